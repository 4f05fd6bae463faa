// How values look: in the grid's cells, in an item's panel, and as plain text for search and export.
import { h, avatar } from "../ui.js";
import { self } from "../directory.js";
import { model } from "./model.js";

// json is a value as the API stores it.
export function json(v) {
  try { return JSON.parse(v?.value ?? "null") ?? {}; } catch { return {}; }
}

// old settings tell the colours of labels; they are read once.
const olds = new WeakMap();
function old(column) {
  if (!olds.has(column)) {
    let settings = {};
    try { settings = JSON.parse(column.settings_str || "{}"); } catch { /* none then */ }
    olds.set(column, settings);
  }
  return olds.get(column);
}

// labels are what a status or dropdown column lets one choose: [{ id, name, color }].
export function labels(column) {
  const colors = old(column).labels_colors ?? {};
  return [...(column.settings?.labels ?? [])].filter((l) => !l.is_deactivated && (column.type !== "status" || l.label))
    .sort((a, b) => (a.index ?? a.id) - (b.index ?? b.id)).map((l) => ({ id: String(l.id), name: l.label, color: colors[l.id]?.color }));
}

// ink is the colour of text that can be read on a colour: the better of black and white.
function ink(hex) {
  const parts = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex ?? "");
  if (!parts) return "";
  const [r, g, b] = parts.slice(1).map((p) => { const c = parseInt(p, 16) / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}

export const label = (text, color) => h("span.label", { title: text, style: color ? { background: color, color: ink(color) } : {} }, text);

// words is a value as text.
export function words(column, v) {
  if (!v) return "";
  if (column.type === "checkbox") return json(v).checked ? "Yes" : "";
  if (column.type === "last_updated" || column.type === "creation_log") return `${(v.updater ?? v.creator)?.name ?? ""} ${v.text ?? ""}`.trim();
  if (column.type === "location") return v.text || place(v);
  if (column.type === "time_tracking") return v.text || (runs(v) ? "Running" : "");
  if (column.type === "file" || column.type === "doc") return (json(v).files ?? []).map((f) => f.name).join(", ") || v.text || "";
  return v.display_value || v.text || "";
}

const dayForm = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const day = (iso) => { const at = new Date(iso + "T00:00:00Z"); return isNaN(at) ? iso : dayForm.format(at); };
const dayWords = (text) => { const [d, time] = (text ?? "").split(" "); return d ? day(d) + (time ? ", " + time : "") : ""; };
const span = (from, to) => { const [a, b] = [from, to ?? from].map((d) => new Date(d + "T00:00:00Z")); return isNaN(a) || isNaN(b) || b < a ? `${from} – ${to}` : dayForm.formatRange(a, b); };

export const people = (v) => (json(v).personsAndTeams ?? []).map((p) => ({ ...p, id: String(p.id) }));

// external is an address that may be gone to.
const external = (href, text) => /^(https?:|mailto:|tel:)/i.test(href ?? "") ? h("a", { href, target: "_blank", rel: "noopener noreferrer", tabIndex: -1, title: text }, text) : h("span", text);

// voted tells whether self is among those who have voted.
const voted = (v) => (json(v).votersIds ?? []).map(String).includes(self.id);

// docOf is the doc that a cell holds, as its value tells of it.
export const docOf = (v) => (json(v).files ?? []).find((f) => f.objectId);

const runs = (v) => String(json(v).running) === "true";
const place = (v) => { const { lat, lng } = json(v); return lat && lng ? `${lat}, ${lng}` : ""; };

function faces(v) {
  const all = people(v), names = (v.text || "").split(", ");
  return h("span.faces", all.slice(0, 3).map((p, i) => [avatar(model.users.get(`${p.kind}-${p.id}`) ?? { name: names[i] ?? "?" })]), h("span.clip", { title: v.text }, v.text));
}

// logged is who did something, and when on the reader's clock.
const momentForm = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
function logged(v, by) {
  const at = new Date((v.text ?? "").replace(/^(\S+) (\S+) UTC$/, "$1T$2Z")), time = isNaN(at) ? v.text : momentForm.format(at);
  return h("span.clip", { title: by ? `${by.name}, ${time}` : time }, by && [by.name, " "], h("span.quiet", time));
}

const shown = {
  status: (c, v) => { const l = v.text && labels(c).find((x) => x.id === String(json(v).index)); return label(v.text || "", l ? l.color : undefined); },
  dropdown: (c, v) => h("span.chips-in", v.text.split(", ").map((t) => h("span.chip", { title: t }, t))),
  tags: (c, v) => h("span.chips-in", v.text.split(", ").map((t) => h("span.chip", { title: t }, "#" + t))),
  people: (c, v) => faces(v), person: (c, v) => faces(v),
  date: (c, v) => dayWords(v.text),
  creation_log: (c, v) => logged(v, v.creator), last_updated: (c, v) => logged(v, v.updater),
  timeline: (c, v) => { const { from, to } = json(v); return h("span.span-label", { title: v.text }, span(from, to)); },
  week: (c, v) => { const w = json(v).week ?? {}; return span(w.startDate, w.endDate); },
  numbers: (c, v) => {
    const { symbol = "", direction } = c.settings?.unit ?? {}, n = Number(v.text);
    const text = v.text && !isNaN(n) ? n.toLocaleString(undefined, { maximumFractionDigits: 10 }) : v.text;
    const unit = symbol && symbol !== "custom" && h("span.quiet", symbol);
    return h("span.number", direction === "left" ? [unit, text] : [text, unit]);
  },
  formula: (c, v) => h("span.number", { title: v.display_value }, v.display_value),
  auto_number: (c, v) => h("span.number", v.text), item_id: (c, v) => h("span.number", v.text),
  progress: (c, v) => h("span.progress", h("meter", { min: 0, max: 100, value: Number(v.text) || 0, "aria-label": `${v.text} %` }), h("span.number", v.text + " %")),
  vote: (c, v) => h("span.number", { title: voted(v) ? "You are one of them" : null }, voted(v) && h("span.mine", { role: "img", "aria-label": "with yours" }, "✓"), v.text),
  team: (c, v) => h("span.faces", avatar({ name: v.text }), h("span.clip", { title: v.text }, v.text)),
  location: (c, v) => h("span.clip", { title: [v.text, place(v)].filter(Boolean).join("\n") }, v.text || place(v)),
  time_tracking: (c, v) => h("span.number", v.text, runs(v) && h("span.badge.good", "Running")),
  rating: (c, v) => { const n = json(v).rating || 0; return h("span.stars", { role: "img", "aria-label": `${n} of ${c.settings?.limit ?? 5}` }, "★".repeat(n), h("span.off", "★".repeat(Math.max(0, (c.settings?.limit ?? 5) - n)))); },
  color_picker: (c, v) => h("span.chips-in", h("span.swatch", { style: { background: v.text } }), v.text),
  link: (c, v) => { const { url, text } = json(v); return external(url, text || url); },
  email: (c, v) => { const { email, text } = json(v); return external("mailto:" + email, text || email); },
  phone: (c, v) => external("tel:" + (json(v).phone ?? "").replace(/\s/g, ""), v.text),
  file: (c, v) => h("span.chip", { title: words(c, v) }, words(c, v)),
  doc: (c, v) => h("a.chip", { href: docOf(v) ? "/docs/" + docOf(v).objectId : null, tabIndex: -1, title: words(c, v) }, words(c, v)),
  button: (c) => h("span.chip", c.settings?.label ?? "Button"),
};

// cell is what a cell shows. An empty one shows nothing but is told as such by its name.
export function cell(column, v) {
  if (column.type === "checkbox") {
    const on = !!json(v).checked;
    return h("span.check" + (on ? ".on" : ""), { "aria-hidden": "true" }, on ? "✓" : "");
  }
  const text = words(column, v);
  if (!text && column.type !== "button") return null;
  const made = shown[column.type]?.(column, v) ?? text;
  return made instanceof Node ? made : h("span.clip", { title: made }, made);
}

// unsaid is the name of a value that shows no words to be named by.
export const unsaid = (column, v, shown) => (column.type === "checkbox" ? `${column.title}: ${json(v).checked ? "Yes" : "No"}` : shown ? null : `${column.title}: empty`);

// right are the types whose values stand at the right.
export const right = new Set(["numbers", "formula", "auto_number", "item_id", "vote"]);
export const typeNames = { status: "Status", text: "Text", long_text: "Long text", numbers: "Numbers", date: "Date", timeline: "Timeline", people: "People", dropdown: "Dropdown", checkbox: "Checkbox", rating: "Rating",
  email: "E-mail", phone: "Phone", link: "Link", tags: "Tags", hour: "Hour", week: "Week", country: "Country", file: "Files", color_picker: "Colour", vote: "Vote", auto_number: "Auto number",
  creation_log: "Creation log", last_updated: "Last updated", item_id: "Item ID", time_tracking: "Time tracking", world_clock: "World clock", location: "Location", name: "Name", team: "Team", doc: "Doc", board_relation: "Connect boards", dependency: "Dependency" };
