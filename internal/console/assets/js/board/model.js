// What the board page knows of its board, and every question it asks the API about it. Nothing is shown before
// the service has said that it is so.
import { gql } from "../api.js";
import { self, refusal } from "../directory.js";

// ids of the page: /boards/{board} or /boards/{board}/pulses/{item}.
export const idsOf = (path = location.pathname) => {
  const [, , board, , item] = path.split("/");
  return { board: decodeURIComponent(board ?? ""), item: item ? decodeURIComponent(item) : null };
};

const values = `column_values { id text value ... on BoardRelationValue { display_value linked_item_ids } ... on DependencyValue { display_value linked_item_ids } ... on MirrorValue { display_value }
  ... on FormulaValue { display_value } ... on SubtasksValue { display_value } ... on LastUpdatedValue { updater { name } } ... on CreationLogValue { creator { name } } }`;
const itemFields = `id name state group { id } ${values}`;
const subitemFields = `id name board { id } ${values}`;
const columnFields = "id title type description width settings settings_str revision archived";
const groupFields = "id title color";
const pageFields = `cursor items { ${itemFields} }`;

// board is the one that the page shows; items are by id; order is what each group shows, by its id.
export const model = { board: null, items: new Map(), order: new Map(), complete: false, asking: 0, users: new Map(), zone: undefined };

// cells makes an item's values easy to find.
function take(raw) {
  const item = model.items.get(raw.id) ?? { id: raw.id, open: false, subitems: null };
  Object.assign(item, { name: raw.name, group: raw.group?.id ?? item.group, state: raw.state ?? "active", cells: new Map(raw.column_values.map((v) => [v.id, v])) });
  model.items.set(item.id, item);
  return item;
}

export const placeable = (c) => c.type !== "name" && !c.archived;
export const columns = () => model.board.columns.filter(placeable);
export const nameColumn = () => model.board.columns.find((c) => c.type === "name") ?? { id: "name", type: "name", title: "Item", settings: {} };

const boardQuery = `query ($id: ID!, $q: ItemsQuery, $limit: Int!) { me { time_zone_identifier teams { id } }
  boards(ids: [$id], state: all) { id name description board_kind state type access_level permissions items_count item_terminology url workspace { id name }
    columns { ${columnFields} } groups { ${groupFields} } creator { id name } owners { id name email photo_thumb } subscribers { id name email photo_thumb is_guest }
    team_owners(limit: 100) { id name } team_subscribers(limit: 100) { id name } items_page(limit: $limit, query_params: $q) { ${pageFields} } } }`;

// load reads the board and its first items; more() has the rest. drawn is called whenever there is more to see.
export async function load(id, query) {
  const data = await gql(boardQuery, { id, q: query ?? null, limit: 100 });
  const b = data.boards[0];
  if (!b) return null;
  model.zone = data.me.time_zone_identifier;
  model.board = b;
  const mine = new Set(data.me.teams.map((t) => t.id));
  b.owner = b.owners.some((u) => u.id === self.id) || b.team_owners.some((t) => mine.has(t.id));
  b.joined = b.owner || b.subscribers.some((u) => u.id === self.id) || b.team_subscribers.some((t) => mine.has(t.id) || t.id === "-1");
  for (const u of b.subscribers) model.users.set("person-" + u.id, u);
  for (const t of b.team_subscribers) model.users.set("team-" + t.id, t);
  begin(b.items_page);
  return b;
}

function begin(page) {
  model.items.clear();
  model.order = new Map(model.board.groups.map((g) => [g.id, []]));
  add(page);
}

function add(page) {
  for (const raw of page.items) {
    const known = model.items.has(raw.id), item = take(raw);
    if (!known) (model.order.get(item.group) ?? model.order.set(item.group, []).get(item.group)).push(item);
  }
  model.cursor = page.cursor;
  model.complete = !page.cursor;
}

// more reads what is left, 500 items at a time, until everything is there or something else is asked for.
export async function more(drawn) {
  const turn = ++model.asking;
  while (model.cursor) {
    const { next_items_page: page } = await gql(`query ($c: String!) { next_items_page(limit: 500, cursor: $c) { ${pageFields} } }`, { c: model.cursor });
    if (turn !== model.asking) return;
    add(page);
    drawn();
  }
}

// ask reads the items anew, by rules and in an order.
export async function ask(query) {
  const turn = ++model.asking;
  const { boards } = await gql(`query ($id: ID!, $q: ItemsQuery) { boards(ids: [$id]) { groups { ${groupFields} } columns { ${columnFields} } items_page(limit: 100, query_params: $q) { ${pageFields} } } }`, { id: model.board.id, q: query ?? null });
  if (turn !== model.asking || !boards[0]) return;
  Object.assign(model.board, { groups: boards[0].groups, columns: boards[0].columns });
  begin(boards[0].items_page);
}

// ---- What self may do here, as far as can be said beforehand: "" or the service's words.

// fillRefusal is why self may not do what filling a board b takes: change its items, or write in it when it is a doc's.
export function fillRefusal(b, action) {
  if (b.state !== "active") return "The board is not active. Nothing on it can be changed.";
  const closed = self.looking || self.role === "view_only" || (b.permissions === "owners" && b.access_level !== "edit");
  return closed ? refusal(action) || "The board's permission lets only its owners change it." : "";
}

export const may = {
  structure: () => (model.board.access_level === "edit" ? refusalIfLooking() : refusal("board.structure") || "The board's permission lets only its owners change it."),
  edit: () => (model.board.access_level === "edit" ? refusalIfLooking() : refusal("board.edit") || "The board's permission lets only its owners change it."),
  fill: () => fillRefusal(model.board, "item.edit"),
  update: () => (self.role === "guest" && !self.looking ? "" : refusal("update.create", facts())), // guests see only boards on which they may
  act: (action) => refusal(action, facts()),
};
const facts = () => ({ open: model.board.board_kind === "public", joined: model.board.joined, owner: model.board.owner });
const refusalIfLooking = () => (self.looking ? refusal("board.edit") : "");

// permissions are who may change what, in words.
export const permissionWords = { everyone: "Everybody who sees the board may change it.", collaborators: "Everybody who sees the board may change its items, and only its owners the board itself.",
  assignee: "Everybody may change the items assigned to them, and only its owners everything.", owners: "Only its owners may change it." };

// ---- Changes. Each asks for the item as it is afterwards, since formulas and the like change with it.

// boardOf is the board that an item is on: subitems are on one of their own.
export const boardOf = (item) => item.board?.id ?? model.board.id;

async function changed(document, variables) {
  const data = await gql(document, variables);
  return absorb(Object.values(data)[0]);
}

export function absorb(raw) {
  const parent = raw && parentOf(raw.id);
  if (parent) {
    const sub = parent.subitems.find((s) => s.id === raw.id);
    return Object.assign(sub, { name: raw.name, cells: new Map(raw.column_values.map((v) => [v.id, v])) });
  }
  return take(raw);
}

export const parentOf = (id) => [...model.items.values()].find((i) => i.subitems?.some((s) => s.id === id));

// setValue puts a value in: JSON for value, or text the simple way.
export const setValue = (item, column, { value, text }) => text !== undefined
  ? changed(`mutation ($b: ID!, $i: ID!, $c: String!, $v: String) { change_simple_column_value(board_id: $b, item_id: $i, column_id: $c, value: $v) { ${itemFields} } }`, { b: boardOf(item), i: item.id, c: column.id, v: text })
  : changed(`mutation ($b: ID!, $i: ID!, $c: String!, $v: JSON!) { change_column_value(board_id: $b, item_id: $i, column_id: $c, value: $v) { ${itemFields} } }`, { b: boardOf(item), i: item.id, c: column.id, v: JSON.stringify(value) });

export async function createItem(name, group) {
  const data = await gql(`mutation ($b: ID!, $g: String, $n: String!) { create_item(board_id: $b, group_id: $g, item_name: $n) { ${itemFields} } }`, { b: model.board.id, g: group, n: name });
  return put(take(data.create_item));
}

function put(item, after) {
  const list = model.order.get(item.group) ?? model.order.set(item.group, []).get(item.group);
  const at = after ? list.indexOf(after) : -1;
  if (at < 0) list.push(item); else list.splice(at + 1, 0, item);
  return item;
}

export async function createSubitem(parent, name) {
  await gql("mutation ($p: ID!, $n: String!) { create_subitem(parent_item_id: $p, item_name: $n) { id } }", { p: parent.id, n: name });
  await subitems(parent);
}

// subitems reads the subitems of an item, and the columns of the board they are on.
export async function subitems(item) {
  const { items } = await gql(`query ($id: [ID!]) { items(ids: $id) { ${itemFields} subitems { ${subitemFields} } } }`, { id: [item.id] });
  if (!items[0]) return;
  item.subitems = null;
  absorb(items[0]);
  item.subitems = items[0].subitems.map((raw) => ({ id: raw.id, name: raw.name, board: raw.board, parent: item, cells: new Map(raw.column_values.map((v) => [v.id, v])) }));
  const on = item.subitems[0]?.board.id;
  if (on && model.subboard?.id !== on) {
    const { boards } = await gql(`query ($id: ID!) { boards(ids: [$id]) { id columns { ${columnFields} } } }`, { id: on });
    model.subboard = boards[0];
  }
}
export const subcolumns = () => (model.subboard?.columns ?? []).filter(placeable);

// subitem is one on its own, as an item's page shows it.
export async function oneItem(id) {
  const { items } = await gql(`query ($id: [ID!]) { items(ids: $id) { ${itemFields} created_at updated_at creator { id name } parent_item { id name }
    board { id name columns { ${columnFields} } } subscribers { id name } } }`, { id: [id] });
  return items[0] ?? null;
}

function forget(item) {
  if (item.parent) { item.parent.subitems = item.parent.subitems.filter((s) => s !== item); return; }
  model.items.delete(item.id);
  const list = model.order.get(item.group);
  if (list?.includes(item)) list.splice(list.indexOf(item), 1);
}

export async function removeItem(item, how) {
  await gql(`mutation ($i: ID!) { ${how}_item(item_id: $i) { id } }`, { i: item.id });
  forget(item);
}

export async function moveItem(item, group) {
  const old = model.order.get(item.group);
  await changed(`mutation ($i: ID!, $g: String!) { move_item_to_group(item_id: $i, group_id: $g) { ${itemFields} } }`, { i: item.id, g: group });
  if (old?.includes(item)) old.splice(old.indexOf(item), 1);
  put(item);
}

export async function duplicateItem(item) {
  const data = await gql(`mutation ($b: ID!, $i: ID!) { duplicate_item(board_id: $b, item_id: $i) { ${itemFields} } }`, { b: boardOf(item), i: item.id });
  if (item.parent) return subitems(item.parent);
  return put(take(data.duplicate_item), item);
}
