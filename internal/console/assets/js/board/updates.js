// What is written about an item: updates with replies, likes and files.
import { h, fill, avatar, when, toast, confirm, attempt, empty } from "../ui.js";
import { gql } from "../api.js";
import { self, guarded, count } from "../directory.js";
import { may } from "./model.js";
import { upload, fileLink } from "./files.js";

const who = "creator { id name photo_thumb } created_at edited_at text_body likes { creator_id creator { name } } assets { id name public_url }";
const query = `query ($id: [ID!], $page: Int!) { items(ids: $id) { updates(limit: 25, page: $page) { id ${who} pinned_to_top { item_id } replies { id ${who} } } } }`;

// html is plain text as the API takes it.
const html = (text) => text.trim().replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\r?\n/g, "<br>");

// updates fills its element with them.
export function updates(item) {
  const root = h("div.updates"), list = h("div.stack");
  let page = 1, known = [];
  const why = may.update();

  async function load(more) {
    page = more ? page + 1 : 1;
    const some = (await gql(query, { id: [item.id], page })).items[0]?.updates ?? [];
    known = more ? [...known, ...some] : some;
    const pinned = (u) => u.pinned_to_top.some((p) => p.item_id === item.id);
    fill(list, known.length ? [...known].sort((a, b) => pinned(b) - pinned(a)).map((u) => one(u, null, pinned(u))) : empty("Nothing has been written yet."),
      some.length === 25 && h("button", { onclick: (e) => attempt(e.target, () => load(true)) }, "Older updates"));
  }
  const run = (document, variables, words) => async (e) => attempt(e?.target, async () => { await gql(document, variables); if (words) toast(words); await load(); });

  // composer is where one writes; send(body) says what becomes of it.
  function composer(label, button, send, { value = "", cancel, files = false } = {}) {
    const area = h("textarea.short", { "aria-label": label, placeholder: label, value }), attach = files && h("input", { type: "file", multiple: true, "aria-label": "Attach files" });
    const faults = h("div", { role: "alert" });
    const go = h("button.primary", button);
    const form = h("form.composer", { onsubmit: async (e) => {
      e.preventDefault();
      if (!area.value.trim()) { area.focus(); return; }
      go.disabled = true;
      fill(faults);
      try {
        const id = await send(html(area.value));
        area.value = "";
        for (const f of attach?.files ?? []) await upload("mutation ($u: ID!, $file: File!) { add_file_to_update(update_id: $u, file: $file) { id } }", { u: id }, f);
        if (attach) attach.value = "";
        await load();
      } catch (err) { fill(faults, h("p.fault", err.message)); } finally { go.disabled = false; }
    }, onkeydown: (e) => {
      if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); form.requestSubmit(); }
      if (e.key === "Escape" && cancel) { e.stopPropagation(); cancel(); }
    } }, area, faults, h("div.row.tight", go, cancel && h("button", { type: "button", onclick: cancel }, "Cancel"), attach));
    return form;
  }

  function one(u, parent, pinned) {
    const mine = u.creator?.id === self.id, liked = u.likes.some((l) => l.creator_id === self.id), name = u.creator?.name ?? "somebody", below = h("div");
    const text = h("p.words", { dir: "auto" }, u.text_body);
    const edit = () => {
      fill(text, composer("Edit", "Save", async (body) => (await gql("mutation ($id: ID!, $b: String!) { edit_update(id: $id, body: $b) { id } }", { id: u.id, b: body })).edit_update.id, { value: u.text_body, cancel: () => fill(text, u.text_body) }));
      text.querySelector("textarea").focus();
    };
    const remove = async (e) => {
      if (await confirm("Delete this " + (parent ? "reply?" : "update?"), parent ? "It cannot be brought back." : "Its replies are deleted with it.", { yes: "Delete", danger: true })) await run("mutation ($id: ID!) { delete_update(id: $id) { id } }", { id: u.id }, "Deleted")(e);
    };
    const reply = () => {
      fill(below, composer("Write a reply", "Reply", async (body) => (await gql("mutation ($i: ID!, $p: ID!, $b: String!) { create_update(item_id: $i, parent_id: $p, body: $b) { id } }", { i: item.id, p: u.id, b: body })).create_update.id, { cancel: () => fill(below) }));
      below.querySelector("textarea").focus();
    };
    const kind = parent ? "reply" : "update";
    return h(parent ? "div.reply" : "article.update", { "aria-label": `${parent ? "Reply" : "Update"} by ${name}` }, h("div.row.tight", avatar(u.creator), h("strong.clip", { title: name }, name), h("span.quiet", when(u.created_at)), u.edited_at && u.edited_at !== u.created_at && h("span.quiet", "edited"), pinned && h("span.badge", "Pinned")),
      text, u.assets.length > 0 && h("p.row.tight", u.assets.map(fileLink)),
      h("div.row.tight.doings", h("button.plain", { "aria-pressed": String(liked), title: u.likes.map((l) => l.creator?.name).filter(Boolean).join(", "), "aria-label": `${liked ? "Take back the like of" : "Like"} the ${kind} by ${name}, ${count(u.likes.length, "like")}`, disabled: !!why,
        onclick: run(`mutation ($id: ID!) { ${liked ? "unlike" : "like"}_update(update_id: $id) { id } }`, { id: u.id }) }, liked ? "♥ " : "♡ ", u.likes.length || "Like"),
      !parent && !why && h("button.plain", { onclick: reply, "aria-label": "Reply to the update by " + name }, "Reply"),
      !parent && !may.fill() && h("button.plain", { onclick: run(`mutation ($id: ID!, $i: ID) { ${pinned ? "unpin_from_top" : "pin_to_top"}(id: $id, item_id: $i) { id } }`, { id: u.id, i: item.id }), "aria-label": `${pinned ? "Unpin" : "Pin"} the update by ${name}` }, pinned ? "Unpin" : "Pin"),
      mine && h("button.plain", { onclick: edit, "aria-label": `Edit the ${kind} by ${name}` }, "Edit"),
      !may.act("update.delete") || mine ? h("button.plain", { onclick: remove, "aria-label": `Delete the ${kind} by ${name}` }, "Delete") : null),
      (u.replies ?? []).map((r) => one(r, u)), below);
  }

  fill(root, why ? h("p", guarded(h("button", "Write an update"), why)) : composer("Write an update", "Update", async (body) => (await gql("mutation ($i: ID!, $b: String!) { create_update(item_id: $i, body: $b) { id } }", { i: item.id, b: body })).create_update.id, { files: true }), list);
  fill(list, h("p.quiet", "Loading…"));
  return { root, load };
}
