// One doc: its blocks, to be read and written.
import { h, fill, show, actions, title, ask, confirm, copyText, toast, when, empty, attempt, $ } from "../ui.js";
import { gql } from "../api.js";
import { self, refusal, guarded, on, boardKinds, fromPath, missing, workspaceHref, userLink, sentence } from "../directory.js";
import { fillRefusal } from "../board/model.js";
import { render, textOf, contentOf, edited, written } from "../doc/blocks.js";

const object = fromPath();
const text = h("div.doc"), faults = h("div", { role: "alert" });
let doc, blocks = [], why = "", state = "";

async function load() {
  const data = await gql(`query ($id: ID!) { me { teams { id } } docs(object_ids: [$id]) { id name doc_kind created_at updated_at created_by { id name photo_thumb } workspace { id name } }
    boards(ids: [$id], state: all) { board_kind state access_level permissions owners { id } subscribers { id } team_owners(limit: 100) { id } team_subscribers(limit: 100) { id } } }`, { id: object });
  const [d] = data.docs, [b] = data.boards;
  if (!d) return false;
  const mine = new Set(data.me.teams.map((t) => t.id)), has = (users, teams) => users.some((u) => u.id === self.id) || teams.some((t) => mine.has(t.id));
  doc = d;
  why = b ? fillRefusal(b, "doc.edit") : "";
  const owner = !!b && has(b.owners, b.team_owners);
  state = b ? refusal("board.state", { owner, joined: owner || has(b.subscribers, b.team_subscribers), open: b.board_kind === "public" }) : "";
  await read();
  return true;
}

async function read() {
  const all = [];
  for (let page = 1; ; page++) {
    const { docs } = await gql("query ($id: ID!, $page: Int) { docs(object_ids: [$id]) { blocks(limit: 100, page: $page) { id type content parent_block_id } } }", { id: object, page });
    const some = docs[0]?.blocks ?? [];
    all.push(...some);
    if (some.length < 100) break;
  }
  blocks = all;
}

// change runs a mutation and shows the doc as it is then; the focus goes to a block.
async function change(run, focus) {
  fill(faults);
  const out = await run();
  await read();
  draw();
  (focus && text.querySelector(`[data-block="${CSS.escape(focus(out) ?? "")}"] button`) || $("#doc-add") || $("#main")).focus({ preventScroll: true });
}

function draw() {
  fill(text, blocks.length ? render(blocks, why ? {} : { tools, check: (b, on) => attempt(null, () => change(() => update(b, { ...contentOf(b), checked: on }), () => b.id)).then(() => draw()) }) : empty("Nothing has been written yet."));
}

const update = (b, content) => gql("mutation ($b: String!, $c: JSON!) { update_doc_block(block_id: $b, content: $c) { id } }", { b: b.id, c: JSON.stringify(content) });

// tools are the buttons of one block.
function tools(b) {
  const said = textOf(b).trim().slice(0, 40) || b.type, button = (words, mark, run) => h("button.icon.small", { "aria-label": `${words} ${said}`, title: words, onclick: run }, mark);
  return h("div.block-tools", written[b.type] && button("Edit", "✎", () => edit(b)), !b.parent_block_id && button("Write below", "+", () => below(b)), button("Delete", "×", on(() => remove(b))));
}

async function remove(b) {
  const inner = blocks.some((x) => x.parent_block_id === b.id);
  if (!(await confirm("Delete this part of the doc?", inner ? "What is in it is deleted with it." : textOf(b) || `It is a ${b.type}.`, { yes: "Delete", danger: true }))) return;
  const at = blocks.indexOf(b), next = blocks[at + 1] ?? blocks[at - 1];
  await change(() => gql("mutation ($b: String!) { delete_doc_block(block_id: $b) { id } }", { b: b.id }), () => next?.id);
}

// composer is where one writes: Ctrl+Enter sends it, Escape gives it up.
function composer(label, button, value, hint, send, cancel) {
  const area = h("textarea.short", { "aria-label": label, placeholder: label, value }), told = h("div", { role: "alert" }), go = h("button.primary", button);
  const form = h("form.composer", { onsubmit: async (e) => {
    e.preventDefault();
    if (!area.value.trim()) { area.focus(); return; }
    go.disabled = true;
    fill(told);
    try { await send(area.value); } catch (err) { fill(told, h("p.fault", sentence(err.message))); area.focus(); } finally { go.disabled = false; }
  }, onkeydown: (e) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); form.requestSubmit(); }
    if (e.key === "Escape" && cancel) { e.preventDefault(); cancel(); }
  } }, area, told, h("div.row.tight", go, cancel && h("button", { type: "button", onclick: cancel }, "Cancel"), hint && h("span.hint", hint)));
  return form;
}

const placeOf = (b) => text.querySelector(`[data-block="${CSS.escape(b.id)}"] > .block-line`);

function edit(b) {
  const line = placeOf(b), back = () => { draw(); placeOf(b)?.querySelector("button")?.focus(); };
  fill(line, composer(`Edit: ${written[b.type]}`, "Save", textOf(b), null, (words) => change(() => update(b, edited(b, words)), () => b.id), back));
  line.querySelector("textarea").focus();
}

async function write(markdown, after) {
  const { add_content_to_doc_from_markdown: out } = await gql("mutation ($d: ID!, $a: String, $m: String!) { add_content_to_doc_from_markdown(docId: $d, afterBlockId: $a, markdown: $m) { success error block_ids } }", { d: doc.id, a: after ?? null, m: markdown });
  if (!out.success) throw new Error(out.error || "It was not written.");
  return out.block_ids;
}
const markdown = "Markdown: # heading, - list, 1. numbers, > quotation, **bold**";

function below(b) {
  const form = composer("Write below", "Add", "", markdown, (words) => change(() => write(words, b.id), (made) => made.at(-1)), () => { form.remove(); placeOf(b)?.querySelector("button")?.focus(); });
  placeOf(b).after(form);
  form.querySelector("textarea").focus();
}

async function rename() {
  if (await ask("Rename doc", [{ name: "name", label: "Doc name", required: true, max: 255, value: doc.name }], ({ name }) => gql("mutation ($d: ID!, $n: String!) { update_doc_name(docId: $d, name: $n) }", { d: doc.id, n: name }), { yes: "Rename" })) await show(page);
}

async function drop() {
  if (!(await confirm(`Delete the doc ${doc.name}?`, "It is deleted for everybody.", { yes: "Delete doc", danger: true }))) return;
  await gql("mutation ($d: ID!) { delete_doc(docId: $d) }", { d: doc.id });
  location.assign(doc.workspace ? workspaceHref(doc.workspace) : "/");
}

async function copy() {
  const { export_markdown_from_doc: out } = await gql("query ($d: ID!) { export_markdown_from_doc(docId: $d) { success error markdown } }", { d: doc.id });
  if (!out.success) throw new Error(out.error);
  await copyText(out.markdown);
  toast("Copied as Markdown");
}

async function page() {
  if (!/^\d+$/.test(object) || !(await load())) {
    actions();
    return missing("doc", "/workspaces", "All workspaces");
  }
  title(doc.name);
  actions(guarded(h("button", { onclick: on(rename) }, "Rename"), why), h("button", { onclick: on(copy) }, "Copy as Markdown"), guarded(h("button.danger", { onclick: on(drop) }, "Delete doc"), state));
  draw();
  const add = composer("Write something", "Add", "", markdown, async (words) => {
    await change(() => write(words), (made) => made.at(-1));
    add.querySelector("textarea").value = "";
  });
  add.querySelector("textarea").id = "doc-add";
  return h("div.stack", h("p.row.tight", h("span.badge", boardKinds[doc.doc_kind] ?? doc.doc_kind), doc.workspace ? h("a", { href: workspaceHref(doc.workspace) }, doc.workspace.name) : h("span.quiet", "Main Workspace"),
    doc.created_by && h("span.row.tight", h("span.quiet", "by"), userLink(doc.created_by)), h("span.quiet", "changed ", when(doc.updated_at))),
  faults, text, why ? h("p", guarded(h("button", "Write something"), why)) : add);
}

show(page);
