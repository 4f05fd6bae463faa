// The board itself: what it is called and for, who is on it, its end, and its items as a file.
import { h, fill, ask, confirm, dialog, toast, avatar } from "../ui.js";
import { gql } from "../api.js";
import { self, guarded, usersField, teamsField, chosen, boardKinds, count, clip } from "../directory.js";
import { model, may, columns, nameColumn } from "./model.js";
import { words } from "./cells.js";
import { menu, because } from "./pick.js";

const update = (attribute, value) => gql("mutation ($b: ID!, $a: BoardAttributes!, $v: String!) { update_board(board_id: $b, board_attribute: $a, new_value: $v) }", { b: model.board.id, a: attribute, v: value });

async function editBoard(reload) {
  const b = model.board;
  if (await ask("Edit board", [{ name: "name", label: "Board name", required: true, max: 255, value: b.name }, { name: "description", label: "Description", type: "textarea", value: b.description ?? "" }], async ({ name, description }) => {
    if (name !== b.name) await update("name", name);
    if (description !== (b.description ?? "")) await update("description", description);
  })) await reload();
}

async function permission(reload) {
  const roles = { everyone: "editor", collaborators: "contributor", assignee: "assigned_contributor", owners: "viewer" };
  if (await ask("Who may change the board", [{ name: "role", label: "Those who do not own it", value: roles[model.board.permissions], options: [["editor", "change everything"], ["contributor", "change its items"], ["assigned_contributor", "change the items assigned to them"], ["viewer", "only see it"]] }],
    ({ role }) => gql("mutation ($b: ID!, $r: BoardBasicRoleName) { set_board_permission(board_id: $b, basic_role_name: $r) { edit_permissions } }", { b: model.board.id, r: role }))) await reload();
}

async function end(how) {
  const b = model.board, archive = how === "archive";
  if (!(await confirm(`${archive ? "Archive" : "Delete"} the board ${b.name}?`, archive ? "It is put away with its items, for everybody." : "It is deleted with its items, for everybody.", { yes: archive ? "Archive board" : "Delete board", danger: true }))) return;
  try {
    await gql(`mutation ($b: ID!) { ${how}_board(board_id: $b) { id } }`, { b: b.id });
    location.assign("/");
  } catch (e) { toast(e.message, { bad: true }); }
}

// members shows who is on the board, to add to and take off.
async function members(reload) {
  const box = h("div.members"), b = () => model.board;
  let touched = false;
  const run = async (document, variables, words) => {
    try {
      await gql(document, { b: b().id, ...variables });
      touched = true;
      toast(words);
    } catch (e) { toast(e.message, { bad: true }); return; }
    const { boards } = await gql("query ($b: [ID!]) { boards(ids: $b, state: all) { owners { id name email photo_thumb } subscribers { id name email photo_thumb is_guest } team_owners(limit: 100) { id name } team_subscribers(limit: 100) { id name } } }", { b: [b().id] });
    if (!boards[0]) { location.assign("/"); return; }
    Object.assign(model.board, boards[0]);
    draw();
  };
  const add = async (teams) => {
    const [field, name] = teams ? [teamsField({ taken: new Set(b().team_subscribers.map((t) => t.id)) }), "teams"] : [usersField({ taken: new Set(b().subscribers.map((u) => u.id)) }), "users"];
    const kinds = [["subscriber", "Members: they are on it"], ...(may.act("board.owners") ? [] : [["owner", "Owners: they run it"]])];
    const out = await ask(`Add ${teams ? "teams" : "people"} to ${b().name}`, [field, { name: "kind", label: "As", value: "subscriber", options: kinds }], async (v) => ({ ids: chosen(v[name], name), kind: v.kind }), { yes: "Add" });
    if (out) await run(`mutation ($b: ID!, $ids: [ID!]!, $k: BoardSubscriberKind) { add_${name}_to_board(board_id: $b, ${teams ? "team" : "user"}_ids: $ids, kind: $k) { id } }`, out, "Added");
  };
  const off = (x, teams) => run(teams ? "mutation ($b: ID!, $ids: [ID!]!) { delete_teams_from_board(board_id: $b, team_ids: $ids) { id } }" : "mutation ($b: ID!, $ids: [ID!]!) { delete_subscribers_from_board(board_id: $b, user_ids: $ids) { id } }", { ids: [x.id] }, `${x.name} is no longer on the board`);
  const row = (x, teams, owner) => {
    const own = !teams && x.id === self.id, why = may.act("board.remove") && !own ? may.act("board.remove") : "";
    return h("li", avatar(x), clip(x.name), owner && h("span.badge.good", "Owner"), x.is_guest && h("span.badge", "Guest"), h("span.end", why ? h("button.plain.why", { "aria-label": `Why? Remove: ${x.name}`, onclick: () => because(`Remove: ${x.name}`, why) }, "Why?")
      : h("button.danger", { "aria-label": (own ? "Leave: " : "Remove: ") + x.name, onclick: (e) => { e.target.disabled = true; off(x, teams).finally(() => { e.target.disabled = false; }); } }, own ? "Leave" : "Remove")));
  };
  function draw() {
    const owners = new Set(b().owners.map((u) => u.id)), teamOwners = new Set(b().team_owners.map((t) => t.id)), rank = (set) => (a, z) => set.has(z.id) - set.has(a.id) || a.name.localeCompare(z.name);
    fill(box, h("div.row", guarded(h("button", { onclick: () => add(false) }, "Add people"), may.act("board.invite")), guarded(h("button", { onclick: () => add(true) }, "Add teams"), may.act("board.invite"))),
      h("h3", count(b().subscribers.length, "person", "people")), h("ul.rows", [...b().subscribers].sort(rank(owners)).slice(0, 400).map((u) => row(u, false, owners.has(u.id)))),
      b().team_subscribers.length > 0 && [h("h3", count(b().team_subscribers.length, "team")), h("ul.rows", [...b().team_subscribers].sort(rank(teamOwners)).map((t) => row(t, true, teamOwners.has(t.id))))]);
  }
  draw();
  await dialog(`Members of ${b().name}`, box, (close) => h("button.primary", { onclick: () => close(), autofocus: true }, "Close"));
  if (touched) await reload();
}

// csv is what is shown, as spreadsheets read it. What a spreadsheet would take for a formula is quoted as text.
export function csv(rows) {
  const safe = (s) => { const text = /^[=+\-@\t\r]/.test(s) && isNaN(Number(s)) ? "'" + s : s; return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text; };
  const list = columns();
  return [["Group", nameColumn().title, ...list.map((c) => c.title), "Item ID"], ...rows.map(({ group, item }) => [group.title, item.name, ...list.map((c) => words(c, item.cells.get(c.id))), item.id])]
    .map((row) => row.map((s) => safe(String(s ?? ""))).join(",")).join("\r\n") + "\r\n";
}

export function save(name, text) {
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  h("a", { href: url, download: name.replace(/[^\p{L}\p{N} _-]+/gu, " ").trim().slice(0, 80) + ".csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

// buttons are those at the top right.
export function buttons({ reload, addGroup, addColumn, newItem, shown }) {
  const b = model.board, structure = may.structure(), state = may.act("board.state");
  const more = h("button", { "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "Board menu", onclick: () => menu(more, "Board", [["Edit board", () => editBoard(reload), { why: may.edit() }],
    ["Add group", addGroup, { why: structure }], ["Add column", addColumn, { why: structure }], ["Who may change the board", () => permission(reload), { why: may.act("board.permission") }], ["Export as CSV", () => save(b.name, csv(shown()))],
    b.state === "active" && ["Archive board", () => end("archive"), { why: state, danger: true }], ["Delete board", () => end("delete"), { why: state, danger: true }]]) }, "⋯");
  return [guarded(h("button.primary", { onclick: newItem }, "New item"), may.fill()), h("button", { onclick: () => members(reload) }, h("span.row.tight", { "aria-hidden": "true" }, b.subscribers.slice(0, 3).map((u) => avatar(u))), `Members ${b.subscribers.length}`), more];
}

// about is what stands below the name.
export function about() {
  const b = model.board, why = may.fill() || may.structure();
  return h("div.about", b.description && h("p.words", b.description), h("p.row.tight", h("span.badge", boardKinds[b.board_kind] ?? b.board_kind), b.state !== "active" && h("span.badge.warn", b.state === "archived" ? "Archived" : "Deleted"),
    h("span.quiet", b.workspace ? b.workspace.name : "Main workspace"),
    why && h("span.guarded", h("span.badge.warn", may.fill() ? "View only" : "You may change items"), h("button.plain.why", { "aria-label": "Why? " + (may.fill() ? "View only" : "You may change items"), onclick: () => because(may.fill() ? "Change the board" : "Change groups and columns", why) }, "Why?"))));
}
