// Changing a value at its cell: which types can be, with what, and how it goes to the service.
import { h, fill, avatar, toast } from "../ui.js";
import { gql } from "../api.js";
import { self } from "../directory.js";
import { model, may, setValue, boardOf } from "./model.js";
import { json, labels, label, people, docOf } from "./cells.js";
import { popover, picker, fault, told, because } from "./pick.js";

// readOnly says why values of a type are not changed here; "" when they are.
const reasons = { formula: "A formula is worked out from other columns.", mirror: "A mirror shows what linked items hold. Change it there.", auto_number: "Numbers are given out as items are made.",
  creation_log: "It tells who made the item, and when.", last_updated: "It tells who changed the item last, and when.", item_id: "The item's number never changes.",
  progress: "Progress is worked out from status columns.", subtasks: "The arrow at the item's name shows its subitems.", file: "Open the item to add files.", button: "Buttons run automations, which this server does not have.",
  time_tracking: "The API tells how long something took, and takes no times." };
export const readOnly = (column) => reasons[column.type] ?? (forms[column.type] || picks[column.type] || toggles[column.type] || column.type === "doc" ? "" : "Values of this type are changed through the API.");

// A form is made of fields, each [name, label, attributes]; of() gives their values, to() what is sent.
const textual = (attributes = {}) => ({ fields: [["text", null, attributes]], of: (v) => ({ text: v?.text ?? "" }), to: ({ text }) => ({ text }) });
const forms = {
  name: { fields: [["text", null, { maxLength: 255, required: true }]], of: (v) => ({ text: v.text }), to: ({ text }) => ({ text }) },
  text: textual(), numbers: textual({ inputMode: "decimal" }),
  long_text: { fields: [["text", null, { area: true }]], of: (v) => ({ text: v?.text ?? "" }), to: ({ text }) => ({ value: text ? { text } : null }) },
  date: { fields: [["date", "Day", { type: "date" }], ["time", "Time", { type: "time" }]], of: (v) => { const [date = "", time = ""] = (v?.text ?? "").split(" "); return { date, time }; },
    to: ({ date, time }) => ({ value: !date ? null : time ? toUTC(date, time) : { date } }) },
  timeline: { fields: [["from", "From", { type: "date" }], ["to", "To", { type: "date" }]], of: (v) => json(v), to: ({ from, to }) => ({ value: from || to ? { from, to } : null }) },
  week: { fields: [["startDate", "A day of the week", { type: "date" }]], of: (v) => json(v).week ?? {}, to: ({ startDate }) => ({ value: startDate ? { week: weekOf(startDate) } : null }) },
  hour: { fields: [["time", null, { type: "time" }]], of: (v) => { const { hour, minute } = json(v); return { time: hour === undefined ? "" : [hour, minute].map((n) => String(n).padStart(2, "0")).join(":") }; },
    to: ({ time }) => ({ value: time ? { hour: +time.slice(0, 2), minute: +time.slice(3) } : null }) },
  email: { fields: [["email", "E-mail address", { inputMode: "email" }], ["text", "Shown as", {}]], of: json, to: ({ email, text }) => ({ value: email ? { email, text: text || email } : null }) },
  link: { fields: [["url", "Address", { inputMode: "url", placeholder: "https://" }], ["text", "Shown as", {}]], of: json, to: ({ url, text }) => ({ value: url ? { url, text: text || url } : null }) },
  phone: { fields: [["phone", "Phone number", { inputMode: "tel" }], ["countryShortName", "Country, in two letters", { maxLength: 2, placeholder: "DE" }]], of: json,
    to: ({ phone, countryShortName: c }) => ({ value: phone ? { phone, countryShortName: c.toUpperCase() } : null }) },
  color_picker: { fields: [["hex", null, { type: "color" }]], of: (v) => ({ hex: json(v).color?.hex ?? "#579bfc" }), to: ({ hex }) => ({ value: { color: { hex } } }) },
  location: { fields: [["address", "Address", {}], ["lat", "Latitude, from −90 to 90", { inputMode: "decimal", placeholder: "52.52" }], ["lng", "Longitude, from −180 to 180", { inputMode: "decimal", placeholder: "13.405" }]], of: json,
    to: ({ address, lat, lng }) => ({ value: address || lat || lng ? { lat: lat.trim(), lng: lng.trim(), address } : null }) },
  world_clock: { fields: [["timezone", null, { placeholder: "Europe/Rome" }]], of: json, to: ({ timezone }) => ({ value: timezone ? { timezone } : null }) },
};

// toUTC is a moment on the caller's clock as the service stores it.
function toUTC(date, time) {
  const wanted = Date.parse(`${date}T${time}:00Z`);
  let at = wanted;
  for (let i = 0; i < 2; i++) at = wanted - (clock(at) - at); // twice: the offset may change in between
  const iso = new Date(at).toISOString();
  return { date: iso.slice(0, 10), time: iso.slice(11, 19) };
}
function clock(at) {
  const p = Object.fromEntries(new Intl.DateTimeFormat("en-GB", { timeZone: model.zone || "UTC", dateStyle: "short", timeStyle: "medium" }).formatToParts(new Date(at)).map((x) => [x.type, x.value]));
  return Date.UTC(p.year, p.month - 1, p.day, p.hour % 24, p.minute, p.second);
}

// weekOf is the week that a day is in, from Monday on.
function weekOf(day) {
  const at = new Date(day + "T00:00:00Z"), iso = (d) => d.toISOString().slice(0, 10);
  at.setUTCDate(at.getUTCDate() - ((at.getUTCDay() + 6) % 7));
  const startDate = iso(at);
  at.setUTCDate(at.getUTCDate() + 6);
  return { startDate, endDate: iso(at) };
}

const has = (words) => (x) => x.name.toLowerCase().includes(words.toLowerCase());

// A pick is a list of what can be chosen: find(column, item, value) gives its search, now the present ones, to what is sent.
const persons = (one) => ({ one, find: () => findPeople, row: (p) => [avatar(p), h("span.choice", h("span", p.name), p.email && h("span.quiet", p.email), p.kind === "team" && h("span.quiet", "Team"))],
  now: (c, v) => { const names = (v?.text ?? "").split(", "); return people(v).map((p, i) => ({ ...p, number: p.id, id: `${p.kind}-${p.id}`, name: names[i] ?? "?" })); },
  to: (ps) => ({ value: ps.length ? { personsAndTeams: ps.map((p) => ({ id: +p.number, kind: p.kind })) } : null }) });
const linked = (one, boards) => ({ one, find: (c, item, v) => (q) => findItems(boards(c, item), item, v?.linked_item_ids ?? [], q), row: (i) => h("span.choice", h("span", i.name), i.board && h("span.quiet", i.board)),
  now: (c, v) => (v?.linked_item_ids ?? []).map((id) => ({ id, name: "" })), to: (is, v) => ({ value: relink(v?.linked_item_ids ?? [], is.map((i) => i.id)) }) });

// relink says what comes and what goes. The rest stays: there may be links to items that self does not see.
function relink(old, now) {
  const pulses = (ids) => ids.map((id) => ({ linkedPulseId: +id }));
  return { added_pulse: pulses(now.filter((id) => !old.includes(id))), removed_pulse: pulses(old.filter((id) => !now.includes(id))) };
}

const picks = {
  status: { one: () => true, find: (c) => async (q) => labels(c).filter(has(q)), row: (l) => label(l.name, l.color), now: (c, v) => labels(c).filter((l) => l.id === String(json(v).index)), to: ([l]) => ({ value: l ? { index: +l.id } : null }) },
  dropdown: { one: (c) => !!c.settings?.limit_select && (c.settings.label_limit_count ?? 1) === 1, find: (c) => async (q) => labels(c).filter(has(q)), row: (l) => h("span.chip", l.name),
    now: (c, v) => labels(c).filter((l) => (json(v).ids ?? []).map(String).includes(l.id)), to: (ls) => ({ value: ls.length ? { ids: ls.map((l) => +l.id) } : null }) },
  people: persons((c) => c.settings?.max_people_allowed === "1" || c.settings?.max_people_allowed === 1), person: persons(() => true), item_assignees: persons(() => false),
  team: { one: () => true, find: () => async (q) => (await gql("{ teams { id name } }")).teams.filter(has(q)).slice(0, 100), row: (t) => [avatar({ name: t.name }), h("span.choice", t.name)], now: (c, v) => (json(v).team_id ? [{ id: String(json(v).team_id), name: v.text }] : []),
    to: ([t]) => ({ value: t ? { team_id: +t.id } : null }) },
  board_relation: linked((c) => c.settings?.allowMultipleItems === false, (c) => (c.settings?.boardIds ?? []).map(String)),
  dependency: linked(() => false, (c, item) => [boardOf(item)]),
  tags: { one: () => false, find: () => async (q) => { tags ??= await allTags(); return tags.filter(has(q)).slice(0, 100); }, row: (t) => h("span.chip", "#" + t.name), made: makeTag,
    now: (c, v) => { const names = (v?.text ?? "").split(", "); return (json(v).tag_ids ?? []).map((id, i) => ({ id: String(id), name: names[i] ?? "" })); }, to: (ts) => ({ value: ts.length ? { tag_ids: ts.map((t) => +t.id) } : null }) },
  country: { one: () => true, find: () => async (q) => countries().filter(has(q)), row: (c) => c.name, now: (c, v) => (json(v).countryCode ? [{ id: json(v).countryCode, name: json(v).countryName }] : []),
    to: ([c]) => ({ value: c ? { countryCode: c.id, countryName: c.name } : null }) },
  rating: { one: () => true, find: (c) => async () => Array.from({ length: c.settings?.limit ?? 5 }, (_, i) => ({ id: String(i + 1), name: String(i + 1) })), row: (r) => h("span.stars", { "aria-label": `${r.name} stars` }, "★".repeat(+r.id)),
    now: (c, v) => (json(v).rating ? [{ id: String(json(v).rating), name: "" }] : []), to: ([r]) => ({ value: r ? { rating: +r.id } : null }) },
};

let tags = null;
const allTags = async () => { const d = await gql("query ($b: [ID!]) { tags { id name } boards(ids: $b) { tags { id name } } }", { b: [model.board.id] }); return [...new Map([...d.tags, ...(d.boards[0]?.tags ?? [])].map((t) => [t.id, t])).values()]; };
async function makeTag(name) {
  const t = (await gql("mutation ($n: String, $b: ID) { create_or_get_tag(tag_name: $n, board_id: $b) { id name } }", { n: name, b: model.board.board_kind === "public" ? null : model.board.id })).create_or_get_tag;
  tags?.push(t);
  return t;
}

async function findPeople(q) {
  const data = await gql("query ($n: String) { users(name: $n, limit: 30) { id name email photo_thumb } teams { id name } }", { n: q || null });
  const all = [...data.users.map((u) => ({ ...u, kind: "person", number: u.id, id: "person-" + u.id })), ...data.teams.filter(has(q)).slice(0, q ? 10 : 0).map((t) => ({ ...t, kind: "team", number: t.id, id: "team-" + t.id }))];
  for (const p of all) model.users.set(p.id, p);
  return all;
}

// findItems looks for items of some boards by name. Those that are linked come first while nothing is typed.
async function findItems(boards, self, linked, q) {
  const rules = q ? [{ column_id: "name", operator: "contains_text", compare_value: [q] }] : [];
  const data = await gql(`query ($b: [ID!], $l: [ID!], $rules: [ItemsQueryRule!]) { linked: items(ids: $l, limit: 100) { id name board { name } } boards(ids: $b) { name items_page(limit: 50, query_params: { rules: $rules }) { items { id name } } } }`,
    { b: boards.length ? boards : ["0"], l: linked.length && !q ? linked.slice(0, 100) : ["0"], rules });
  const first = data.linked.map((i) => ({ id: i.id, name: i.name, board: boards.length > 1 && i.board?.name })), known = new Set([self.id, ...first.map((i) => i.id)]);
  return [...first, ...data.boards.flatMap((b) => b.items_page.items.filter((i) => !known.has(i.id)).map((i) => ({ ...i, board: boards.length > 1 && b.name })))];
}

let regions = null;
function countries() {
  if (regions) return regions;
  const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" }), letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  regions = letters.flatMap((a) => letters.map((b) => ({ id: a + b, name: names.of(a + b) }))).filter((c) => c.name).sort((a, b) => a.name.localeCompare(b.name));
  return regions;
}

// send puts a value in; the cell says that it is being saved.
async function send(cell, item, column, value) {
  cell.classList.add("saving");
  cell.setAttribute("aria-busy", "true");
  try { await setValue(item, column, value); } finally { cell.classList.remove("saving"); cell.removeAttribute("aria-busy"); }
}

// quick changes a value without an editor: a check mark, or nothing in place of something.
async function quick(cell, item, column, value, done) {
  const why = may.fill();
  if (why) { told(cell, column.title, { message: why, code: "DENIED" }, () => cell.focus()); return false; }
  try {
    await send(cell, item, column, value);
    done();
    return true;
  } catch (e) {
    told(cell, column.title, e, () => cell.focus());
    return false;
  }
}

// Some values are one's own yes or no: each gives, once it knows, what is sent for the other.
const toggles = {
  checkbox: async (item, column) => ({ value: json(item.cells.get(column.id)).checked ? null : { checked: "true" } }),
  // Votes are sent as those of everybody, so they are asked for first: somebody may have voted meanwhile.
  vote: async (item, column) => {
    const { items } = await gql("query ($i: [ID!], $c: [String!]) { items(ids: $i) { column_values(ids: $c) { ... on VoteValue { voter_ids } } } }", { i: [item.id], c: [column.id] });
    const all = (items[0]?.column_values[0]?.voter_ids ?? []).map(String), others = all.filter((id) => id !== self.id), now = others.length < all.length ? others : [...all, self.id];
    return { value: now.length ? { votersIds: now.map(Number) } : null };
  },
};
export const toggled = (column) => !!toggles[column.type];

// toggle changes such a value.
export async function toggle(cell, item, column, done) {
  const next = may.fill() ? null : await toggles[column.type](item, column).catch((e) => { told(cell, column.title, e, () => cell.focus()); });
  if (next !== undefined) await quick(cell, item, column, next, done);
}

// clear takes a value out; it can be put back for some seconds.
export async function clear(cell, item, column, done) {
  const before = item.cells.get(column.id), links = before?.linked_item_ids ?? [];
  if (readOnly(column) || ["vote", "doc"].includes(column.type) || !before?.value && !links.length) return; // the votes of others stay, and a doc is deleted on its page
  if (!(await quick(cell, item, column, { value: links.length ? relink(links, []) : null }, done))) return;
  const value = links.length ? relink([], links) : JSON.parse(before.value);
  delete value.changed_at;
  toast(`Cleared: ${column.title}`, { action: { words: "Undo", run: () => quick(cell, item, column, typeof value === "string" ? { text: value } : { value }, done) } });
}

// edit opens what changes a value. done(how) is called when it is closed.
export function edit(cell, item, column, done) {
  const why = readOnly(column) || may.fill(), there = column.type === "doc" && docOf(item.cells.get(column.id));
  if (why && !there) {
    const hint = popover(cell, h("div.told", h("p", why)), { label: column.title, wide: 240, left: (how) => how === "escape" && cell.focus() });
    hint.box.tabIndex = -1;
    hint.box.focus();
    if (!readOnly(column)) hint.box.firstChild.append(h("button.plain.why", { onclick: () => { hint.close("why"); because(column.title, why); } }, "Why?"));
    return;
  }
  if (toggled(column)) { toggle(cell, item, column, done); return; }
  if (column.type === "doc") { doc(cell, item, column, done); return; }
  const v = column.type === "name" ? { text: item.name } : item.cells.get(column.id);
  const what = `${column.title} of ${item.name}`;
  const pick = picks[column.type];
  if (pick) {
    const root = picker({ label: what, find: pick.find(column, item, v), row: pick.row, now: pick.now(column, v), one: pick.one(column), made: pick.made, clear: !!(v?.text || v?.display_value), chosen: async (list) => {
      await send(cell, item, column, pick.to(list, v));
      box.close("saved");
    } });
    const box = popover(cell, root, { label: "Edit " + what, wide: 260, left: (how) => done(how) });
    root.place = box.place;
    root.focus();
    return;
  }
  form(cell, item, column, v, what, done);
}

// doc goes to the doc in a cell, or makes one there.
function doc(cell, item, column, done) {
  const there = docOf(item.cells.get(column.id)), faults = h("div", { role: "alert" });
  const make = async (e) => {
    e.target.disabled = true;
    try {
      const { create_doc: made } = await gql("mutation ($i: ID!, $c: String!) { create_doc(location: { board: { item_id: $i, column_id: $c } }) { object_id } }", { i: item.id, c: column.id });
      location.assign("/docs/" + made.object_id);
    } catch (err) {
      e.target.disabled = false;
      fill(faults, fault(column.title, err));
      box.place();
    }
  };
  const first = there ? h("a.button.primary", { href: "/docs/" + there.objectId }, "Open the doc") : h("button.primary", { onclick: make }, "Make a doc");
  const box = popover(cell, h("div.told", there && h("p.clip", { title: there.name }, there.name), faults, h("div.row.tight", first, h("button", { onclick: () => box.close("escape") }, "Cancel"))), { label: `${column.title} of ${item.name}`, wide: 220, left: (how) => done(how) });
  first.focus();
}

function form(cell, item, column, v, what, done) {
  const { fields, of, to } = forms[column.type], now = of(v), inputs = {};
  const faults = h("div", { role: "alert" });
  const lone = fields.length === 1 && !fields[0][2].area;
  const rows = fields.map(([name, words, { area, ...attributes }]) => {
    const input = h(area ? "textarea" : "input", { ...attributes, "aria-label": words ? null : what, value: now[name] ?? "", autocomplete: "off" });
    inputs[name] = input;
    return words ? h("label", words, input) : input;
  });
  let saving = false;
  async function save() {
    if (saving) return;
    const values = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value]));
    if (Object.entries(values).every(([name, value]) => value === (now[name] ?? "")) && column.type !== "color_picker") { box.close("escape"); return; }
    saving = true;
    fill(faults);
    try {
      await send(cell, item, column, to(values));
      box.close("saved");
    } catch (e) {
      fill(faults, fault(column.title, e));
      box.place();
      Object.values(inputs)[0].focus();
    } finally { saving = false; }
  }
  const root = h("form.edit" + (lone ? ".lone" : ""), { noValidate: true, onsubmit: (e) => { e.preventDefault(); save(); }, onkeydown: (e) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { e.preventDefault(); save(); }
  } }, rows, faults, lone ? null : h("div.row.tight", h("button.primary", "Save"), h("button", { type: "button", onclick: () => box.close("escape") }, "Cancel"), v?.text && column.type !== "long_text" && h("button", { type: "button", onclick: () => { for (const i of Object.values(inputs)) i.value = ""; save(); } }, "Clear")));
  const box = popover(cell, root, { label: "Edit " + what, wide: lone ? 220 : 260, left: (how) => {
    if (how !== "outside") { done(how); return; }
    const values = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value])); // clicking elsewhere saves, too
    const same = Object.entries(values).every(([name, value]) => value === (now[name] ?? ""));
    if (same) done(how); else quick(cell, item, column, to(values), () => done(how));
  } });
  const input = Object.values(inputs)[0];
  input.focus();
  if (input.select && input.type !== "date" && input.type !== "time" && input.type !== "color") input.select();
}
