// One item over its board: what it holds, what is written about it, its files and what happened to it.
import { h, fill, when, failure, empty } from "../ui.js";
import { guarded } from "../directory.js";
import { model, may, oneItem, absorb, placeable, parentOf } from "./model.js";
import { cell as valueOf, unsaid, typeNames } from "./cells.js";
import { edit, readOnly } from "./editors.js";
import { updates } from "./updates.js";
import { files } from "./files.js";
import { activity } from "./activity.js";
import { subitems } from "./subitems.js";

// panel makes the place where items are shown. open(item) goes to another one; changed(item) is told of changes,
// redraw() of subitems, closed() when it is closed; refocus() is where the focus goes then, if what had it is gone.
export function panel({ open, changed, redraw, closed, refocus, menuOf }) {
  const root = h("div.panel", { role: "dialog", hidden: true, tabIndex: -1 });
  let item, raw, shown = null, back = null;

  root.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || e.target.matches("textarea") && e.target.value) return;
    e.preventDefault();
    e.stopPropagation();
    close();
  });

  function close() {
    if (root.hidden) return;
    root.hidden = true;
    fill(root);
    shown = null;
    closed();
    if (back?.isConnected && back !== document.body) back.focus(); else refocus();
  }

  // show opens an item by its number.
  async function show(id, tab = "updates") {
    if (!root.contains(document.activeElement)) back = document.activeElement;
    shown = id;
    root.hidden = false;
    root.setAttribute("aria-label", "Item");
    root.setAttribute("aria-busy", "true");
    fill(root, h("p.quiet", "Loading…"));
    root.focus();
    try {
      const got = await oneItem(id);
      if (shown !== id) return;
      if (!got || got.state === "deleted") fill(root, top("Not found"), empty("There is no such item, or you may not see it."));
      else {
        raw = got;
        draw(tab);
      }
    } catch (e) {
      if (shown === id) fill(root, top("Item"), failure(e, () => show(id, tab)));
    } finally {
      if (shown === id) { root.setAttribute("aria-busy", "false"); if (!root.contains(document.activeElement)) root.focus(); }
    }
  }

  const top = (words, ...more) => h("div.panel-head", h("h2.panel-name", { id: "item-name", dir: "auto" }, words), more, h("button.icon", { "aria-label": "Close item", onclick: close }, "×"));

  function draw(tab) {
    const cells = new Map(raw.column_values.map((v) => [v.id, v]));
    const known = model.items.get(raw.id) ?? parentOf(raw.id)?.subitems.find((s) => s.id === raw.id);
    item = known ?? { id: raw.id, name: raw.name, group: raw.group?.id, board: raw.board, cells };
    Object.assign(item, { name: raw.name, cells });
    if (raw.parent_item) item.board = raw.board;
    const columns = raw.board.columns.filter(placeable);
    root.setAttribute("aria-label", "Item " + raw.name);
    const name = { id: "name", type: "name", title: "Name", settings: {} };
    const rename = h("button.icon", { "aria-label": "Rename " + raw.name, title: "Rename", onclick: () => edit(root.querySelector("#item-name"), item, name, after) }, "✎");
    const more = h("button.icon", { "aria-label": "Menu of " + raw.name, "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => menuOf(more, item) }, "⋯");
    const group = model.board.groups.find((g) => g.id === item.group);
    const parts = { updates: ["Updates", () => updates(item)], files: ["Files", () => files(item, columns, reread)], ...(!raw.parent_item && { subitems: ["Subitems", () => subitems(item, { open, redraw })] }), activity: ["Activity", () => activity(item, raw.board.id)] };
    const body = h("div", { id: "item-part", role: "tabpanel" });
    const tabs = h("div.panel-tabs", { role: "tablist", "aria-label": "About the item", onkeydown: (e) => {
      const all = [...tabs.children], at = all.indexOf(document.activeElement), to = { ArrowRight: at + 1, ArrowLeft: at + all.length - 1, Home: 0, End: all.length - 1 }[e.key];
      if (to === undefined || at < 0) return;
      e.preventDefault();
      all[to % all.length].click();
      all[to % all.length].focus();
    } }, Object.entries(parts).map(([key, [words]]) => h("button", { role: "tab", id: "tab-" + key, "data-tab": key, "aria-controls": "item-part", onclick: () => choose(key) }, words)));
    function choose(key) {
      for (const t of tabs.children) { t.setAttribute("aria-selected", String(t.dataset.tab === key)); t.tabIndex = t.dataset.tab === key ? 0 : -1; }
      body.setAttribute("aria-labelledby", "tab-" + key);
      const part = parts[key][1]();
      fill(body, part.root);
      part.load().catch((e) => fill(part.root, failure(e, () => choose(key))));
    }
    fill(root, top(raw.name, guarded(rename, may.fill()), menuOf && more),
      h("p.quiet", raw.parent_item ? ["Subitem of ", h("button.plain", { onclick: () => open(raw.parent_item) }, raw.parent_item.name)] : [h("span.dot", { style: { background: group?.color ?? "" } }), " ", group?.title ?? model.board.name],
        " · ", raw.creator && ["made by ", raw.creator.name, " "], when(raw.created_at), raw.state !== "active" && h("span.badge.warn", raw.state === "archived" ? "Archived" : raw.state)),
      h("dl.values", columns.map((c) => value(c))), tabs, body);
    choose(parts[tab] ? tab : "updates");
  }

  function value(c) {
    const v = item.cells.get(c.id), shown = valueOf(c, v), id = "about-" + c.id, off = readOnly(c) || may.fill();
    if (shown?.matches("a")) { // a link is followed with the link, and changed with a button of its own
      shown.tabIndex = 0;
      const held = h("div.value.plain", shown, !off && h("button.icon.small", { "aria-label": "Change " + c.title, title: "Change", onclick: () => edit(held, item, c, after) }, "✎"));
      return [h("dt", { id, title: c.description || typeNames[c.type] || c.type }, c.title), h("dd", { "data-column": c.id }, held)];
    }
    const b = h("div.value.t-" + c.type, { role: "button", tabIndex: 0, "aria-label": unsaid(c, v, shown), "aria-describedby": id, "aria-disabled": off ? "true" : null, title: off || null,
      onclick: () => edit(b, item, c, after), onkeydown: (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); edit(b, item, c, after); } } }, shown ?? h("span.quiet", { "aria-hidden": "true" }, "—"));
    return [h("dt", { id, title: c.description || typeNames[c.type] || c.type }, c.title), h("dd", { "data-column": c.id }, b)];
  }

  // after a change everything that may have changed with it is drawn again.
  function after(how) {
    update(how);
    changed(item);
  }
  function update(how) {
    const fresh = model.items.get(item.id) ?? parentOf(item.id)?.subitems.find((s) => s.id === item.id) ?? item;
    item = fresh;
    const at = root.contains(document.activeElement) ? document.activeElement.closest("dd")?.dataset.column : null;
    root.querySelector("#item-name").textContent = item.name;
    for (const dd of root.querySelectorAll("dd[data-column]")) {
      const c = raw.board.columns.find((x) => x.id === dd.dataset.column), [, now] = value(c);
      const old = dd.firstChild;
      dd.replaceChildren(now.firstChild);
      if (how !== "outside" && (at === c.id || old === last)) (dd.querySelector("button") ?? dd.firstChild).focus();
    }
  }
  let last = null; // the value that had the focus last
  root.addEventListener("focusin", (e) => { last = e.target.closest(".value"); });

  async function reread() {
    const got = await oneItem(item.id);
    if (!got) return;
    raw = got;
    if (model.items.has(got.id)) absorb(got);
    item.cells = new Map(got.column_values.map((v) => [v.id, v]));
    after("outside");
  }

  return { root, show, close, update() { if (item && shown === item.id) update("outside"); }, get shown() { return shown; } };
}
