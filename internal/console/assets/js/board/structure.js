// Groups, columns and items: their menus and what these do.
import { ask, confirm, toast } from "../ui.js";
import { gql } from "../api.js";
import { model, may, removeItem, moveItem, duplicateItem, createSubitem, subitems } from "./model.js";
import { typeNames } from "./cells.js";
import { widthOf, setWidth, least, most } from "./widths.js";
import { menu } from "./pick.js";

const newTypes = ["status", "text", "people", "date", "numbers", "timeline", "dropdown", "checkbox", "long_text", "rating", "email", "phone", "link", "tags", "hour", "week", "country", "file",
  "color_picker", "auto_number", "creation_log", "last_updated", "item_id", "world_clock", "vote", "team", "location", "dependency", "board_relation", "doc", "time_tracking"];

const failed = (e) => { console.error(e); toast(e.message || String(e), { bad: true }); };
const trying = (run) => async () => { try { await run(); } catch (e) { failed(e); } };

// structure makes the menus. reload() reads the board anew and shows it, redraw() shows what is known already,
// gone(item) is told of an item that no longer is.
export function structure({ reload, redraw, open, sort, gone }) {
  const id = () => model.board.id;

  async function addGroup() {
    if (await ask("Add group", [{ name: "title", label: "Group name", required: true, max: 255 }], ({ title }) => {
      const last = model.board.groups.at(-1);
      return gql("mutation ($b: ID!, $n: String!, $r: String) { create_group(board_id: $b, group_name: $n, relative_to: $r) { id } }", { b: id(), n: title, r: last?.id ?? null });
    }, { yes: "Add group" })) await reload();
  }

  const rename = async (g) => {
    if (await ask("Rename group", [{ name: "title", label: "Group name", required: true, max: 255, value: g.title }],
      ({ title }) => gql("mutation ($b: ID!, $g: String!, $v: String!) { update_group(board_id: $b, group_id: $g, group_attribute: title, new_value: $v) { id } }", { b: id(), g: g.id, v: title }), { yes: "Rename" })) await reload();
  };

  const dropGroup = (g, how) => trying(async () => {
    const archive = how === "archive", n = model.order.get(g.id)?.length ?? 0;
    if (!(await confirm(`${archive ? "Archive" : "Delete"} the group ${g.title}?`, `Its ${n} ${n === 1 ? "item goes" : "items go"} with it.`, { yes: archive ? "Archive group" : "Delete group", danger: true }))) return;
    await gql(`mutation ($b: ID!, $g: String!) { ${how}_group(board_id: $b, group_id: $g) { id } }`, { b: id(), g: g.id });
    toast(`${archive ? "Archived" : "Deleted"}: ${g.title}`);
    await reload();
  });

  const place = (g, to, side) => trying(async () => {
    await gql(`mutation ($b: ID!, $g: String!, $v: String!) { update_group(board_id: $b, group_id: $g, group_attribute: relative_position_${side}, new_value: $v) { id } }`, { b: id(), g: g.id, v: to.id });
    await reload();
  });

  function group(button, g) {
    const why = may.structure(), at = model.board.groups.indexOf(g), up = model.board.groups[at - 1], down = model.board.groups[at + 1];
    menu(button, `Group ${g.title}`, [["Rename group", () => rename(g), { why }], ["Add group", addGroup, { why }], up && ["Move up", place(g, up, "before"), { why }], down && ["Move down", place(g, down, "after"), { why }],
      ["Duplicate group", trying(async () => { await gql("mutation ($b: ID!, $g: String!) { duplicate_group(board_id: $b, group_id: $g) { id } }", { b: id(), g: g.id }); await reload(); }), { why }],
      ["Archive group", dropGroup(g, "archive"), { why, danger: true }], ["Delete group", dropGroup(g, "delete"), { why, danger: true }]]);
  }

  // settings asks for what columns of a type need to be told; undefined when the asking was ended.
  async function settings(type) {
    if (type === "dropdown") {
      return ask("Labels of the dropdown", [{ name: "labels", label: "Labels", hint: "With commas between them. More can be added through the API." }], ({ labels }) => {
        const some = labels.split(",").map((l) => l.trim()).filter(Boolean);
        return { defaults: some.length ? { settings: { labels: some.map((name, i) => ({ id: i + 1, name })) } } : null };
      }, { yes: "Add column" });
    }
    if (type === "board_relation") {
      const { boards } = await gql("{ boards(limit: 10000, order_by: used_at) { id name type } }");
      return ask("Connect to a board", [{ name: "board", label: "Board", options: boards.filter((b) => b.type === "board").map((b) => [b.id, b.name]), value: id() }, { name: "one", label: "One item at most", type: "checkbox" }],
        ({ board, one }) => ({ defaults: { settings: { boardIds: [Number(board)], allowMultipleItems: !one } } }), { yes: "Add column" });
    }
    return { defaults: null };
  }

  async function addColumn() {
    const asked = await ask("Add column", [{ name: "title", label: "Column title", required: true, max: 255 }, { name: "type", label: "Type", value: "status", options: newTypes.map((t) => [t, typeNames[t]]) },
      { name: "description", label: "Description", hint: "Shown when the pointer rests on the title." }], (v) => v, { yes: "Add column" });
    const more = asked && await settings(asked.type);
    if (!more) return;
    await trying(async () => {
      await gql("mutation ($b: ID!, $t: String!, $y: ColumnType!, $d: String, $s: JSON) { create_column(board_id: $b, title: $t, column_type: $y, description: $d, defaults: $s) { id } }",
        { b: id(), t: asked.title, y: asked.type, d: asked.description || null, s: more.defaults && JSON.stringify(more.defaults) });
      await reload();
    })();
  }

  const columnTitle = async (c) => {
    if (await ask("Rename column", [{ name: "title", label: "Column title", required: true, max: 255, value: c.title }],
      ({ title }) => gql("mutation ($b: ID!, $c: String!, $t: String!) { change_column_title(board_id: $b, column_id: $c, title: $t) { id } }", { b: id(), c: c.id, t: title }), { yes: "Rename" })) await reload();
  };
  const columnWords = async (c) => {
    if (await ask("Describe column", [{ name: "description", label: "Description", type: "textarea", value: c.description ?? "" }],
      ({ description }) => gql("mutation ($b: ID!, $c: String!, $t: String) { change_column_metadata(board_id: $b, column_id: $c, column_property: description, value: $t) { id } }", { b: id(), c: c.id, t: description }))) await reload();
  };
  const dropColumn = (c) => trying(async () => {
    if (!(await confirm(`Delete the column ${c.title}?`, "What items hold in it is deleted with it.", { yes: "Delete column", danger: true }))) return;
    await gql("mutation ($b: ID!, $c: String!) { delete_column(board_id: $b, column_id: $c) { id } }", { b: id(), c: c.id });
    toast(`Deleted: ${c.title}`);
    await reload();
  });

  const columnWidth = async (c) => {
    if (await ask(`Width of ${c.title}`, [{ name: "width", label: "Pixels", type: "number", value: String(widthOf(c)), hint: `From ${least} to ${most}; empty: the usual width. It is kept in this browser.` }], ({ width }) => setWidth(c, width ? Number(width) : null), { yes: "Set" })) redraw();
  };

  function column(button, c) {
    const why = may.structure();
    menu(button, `Column ${c.title}`, [["Sort ascending", () => sort(c.id, "asc")], ["Sort descending", () => sort(c.id, "desc")], ["Column width", () => columnWidth(c)], ["Rename column", () => columnTitle(c), { why }],
      c.type !== "name" && ["Describe column", () => columnWords(c), { why }], ["Add column", addColumn, { why }], c.type !== "name" && ["Delete column", dropColumn(c), { why, danger: true }]]);
  }

  const drop = (item, how) => trying(async () => {
    const archive = how === "archive";
    if (!(await confirm(`${archive ? "Archive" : "Delete"} ${item.name}?`, "Its subitems go with it.", { yes: archive ? "Archive" : "Delete", danger: true }))) return;
    await removeItem(item, how);
    toast(`${archive ? "Archived" : "Deleted"}: ${item.name}`);
    redraw();
    gone(item);
  });

  const move = (item) => async () => {
    const others = model.board.groups.filter((g) => g.id !== item.group);
    if (await ask(`Move ${item.name}`, [{ name: "group", label: "To the group", options: others.map((g) => [g.id, g.title]), value: others[0]?.id }], ({ group }) => moveItem(item, group), { yes: "Move" })) redraw();
  };

  const subitem = (item) => async () => {
    if (await ask(`Add subitem to ${item.name}`, [{ name: "name", label: "Subitem name", required: true, max: 255 }], ({ name }) => createSubitem(item, name), { yes: "Add subitem" })) {
      item.open = true;
      redraw();
    }
  };

  // item is the menu of one; where it is shown itself, what leads there and to its subitems is there already.
  function item(button, it, shown = false) {
    const why = may.fill();
    const unfold = trying(async () => { if (!it.subitems) await subitems(it); it.open = !it.open; redraw(); });
    menu(button, it.name, [!shown && ["Open", () => open(it)], !shown && !it.parent && [it.open ? "Hide subitems" : "Show subitems", unfold], !shown && !it.parent && ["Add subitem", subitem(it), { why }],
      ["Duplicate", trying(async () => { await duplicateItem(it); redraw(); }), { why }], !it.parent && model.board.groups.length > 1 && ["Move to group", move(it), { why }],
      ["Archive", drop(it, "archive"), { why, danger: true }], ["Delete", drop(it, "delete"), { why, danger: true }]]);
  }

  return { addGroup, addColumn, group, column, item };
}
