// One board: its grid, and over it one item.
import { h, fill, show, actions, title, toast, empty } from "../ui.js";
import { keys } from "../shell.js";
import { missing } from "../directory.js";
import { idsOf, model, may, load, more, ask, createItem, createSubitem } from "../board/model.js";
import { grid } from "../board/grid.js";
import { structure } from "../board/structure.js";
import { buttons, about } from "../board/header.js";
import { filters } from "../board/filter.js";
import { panel } from "../board/item.js";

keys.push(["Enter", "On a board: change the cell"], ["Space", "On a board: check or uncheck"], ["Del", "On a board: empty the cell"], ["o", "On a board: open the item"], ["m", "On a board: the menu of the item, group or column"],
  ["⇧ →", "On an item's name: show its subitems"], ["⇧ → ⇧ ←", "On a column's title: wider, narrower"]);

const ids = idsOf();
let view, bar, side, said, top;

const failed = (e) => { console.error(e); toast(e.message || String(e), { bad: true }); };

// open goes to an item: the address is its own, the grid stays behind it.
function open(item) {
  if (side.shown === item.id) return;
  history.pushState({}, "", `/boards/${model.board.id}/pulses/${item.id}`);
  side.show(item.id);
}

function tell() {
  const n = view.shown().length, all = [...model.order.values()].reduce((a, l) => a + l.length, 0);
  bar.tell(`${n.toLocaleString("en")}${n === all ? "" : " of " + all.toLocaleString("en")} ${all === 1 ? "item" : "items"}${model.complete ? "" : ", more are coming…"}`);
  said.hidden = !view.empty();
  view.root.hidden = view.empty();
  fill(said, view.empty() && empty("No item is like this."));
}

function redraw() { view.refresh(); tell(); }

async function rest() {
  try { await more(redraw); } catch (e) { failed(e); }
}

// reload reads the board anew, keeping rules, order and place.
async function reload() {
  try {
    if (!(await load(ids.board, bar.query()))) { location.reload(); return; }
  } catch (e) { failed(e); return; }
  head();
  redraw();
  rest();
}

function head() {
  title(model.board.name);
  fill(top, about());
  actions(buttons({ reload, addGroup: made.addGroup, addColumn: made.addColumn, shown: view.shown, newItem: () => { const first = model.board.groups[0]; if (first) view.write(first); } }));
}
let made;

async function page() {
  const b = /^\d+$/.test(ids.board) ? await load(ids.board) : null;
  if (!b || b.state === "deleted") {
    actions();
    return missing("board", "/", "All boards");
  }
  if (b.type === "document") {
    location.replace("/docs/" + b.id);
    return h("p.quiet", "Loading…");
  }
  top = h("div");
  said = h("div", { hidden: true });
  let few = "";
  bar = filters({ words: (words) => { few = words; view.narrow(words, bar.some()); tell(); }, asked: async (query) => {
    try { await ask(query); } catch (e) { failed(e); return; }
    view.narrow(few, bar.some());
    tell();
    rest();
  } });
  made = structure({ reload, redraw, open, sort: (column, direction) => bar.sort(column, direction), gone: (item) => { if (side.shown === item.id) side.close(); } });
  const fills = !may.fill(), shape = !may.structure();
  view = grid({ open, item: made.item, group: made.group, column: made.column, addColumn: shape ? made.addColumn : null, failed, changed: (item) => { if (side.shown === item.id) side.update(); },
    create: fills ? async (group, name) => { try { await createItem(name, group.id); redraw(); return true; } catch (e) { failed(e); return false; } } : null,
    createSub: fills ? async (item, name) => { try { await createSubitem(item, name); return true; } catch (e) { failed(e); return false; } } : null });
  side = panel({ open, redraw, changed: (item) => view.refreshItem(item), menuOf: (button, item) => made.item(button, item, true), refocus: () => view.focus(), closed: () => { if (idsOf().item) history.pushState({}, "", "/boards/" + model.board.id); } });
  head();
  requestAnimationFrame(() => { redraw(); rest(); if (ids.item) side.show(ids.item); });
  return h("div.board", top, bar.root, said, view.root, side.root);
}

addEventListener("popstate", () => {
  const { item } = idsOf();
  if (!side) return;
  if (item) side.show(item); else side.close();
});

show(page);
