// What happened to an item, as the log tells it.
import { h, fill, when, empty, attempt, avatar } from "../ui.js";
import { gql } from "../api.js";
import { model } from "./model.js";

const events = { create_pulse: "made the item", delete_pulse: "deleted the item", archive_pulse: "archived the item", restore_pulse: "brought the item back", update_name: "renamed the item", move_pulse_from_group: "moved the item", move_pulse_into_group: "moved the item to another group",
  create_update: "wrote an update", edit_update: "changed an update", delete_update: "deleted an update", add_owner: "added an owner", subscribe: "put somebody on it", unsubscribe: "took somebody off" };

// said is a value of the log in words; the log writes each type in its own way.
function said(v) {
  if (v === null || v === undefined || v === "") return "empty";
  if (typeof v !== "object") return String(v);
  if (v.label) return v.label.text ?? String(v.label);
  if (v.chosenValues) return v.chosenValues.map((c) => c.name).join(", ") || "empty";
  if (v.personsAndTeams) return v.personsAndTeams.map((p) => model.users.get(`${p.kind}-${p.id}`)?.name ?? "#" + p.id).join(", ") || "empty";
  if (v.from || v.to) return [v.from, v.to].filter(Boolean).join(" – ");
  for (const key of ["value", "text", "date", "checked", "rating", "email", "phone", "url", "countryName", "name", "timezone"]) if (v[key] !== undefined && v[key] !== null && typeof v[key] !== "object") return String(v[key]) + (v.unit?.symbol && v.unit.symbol !== "custom" ? " " + v.unit.symbol : "");
  if (Array.isArray(v.files)) return v.files.map((f) => f.name).join(", ") || "empty";
  return v.value === null ? "empty" : JSON.stringify(v).slice(0, 120);
}

function sentence(log) {
  let data = {};
  try { data = JSON.parse(log.data); } catch { /* told without */ }
  if (log.event === "update_column_value" || log.event === "update_name") {
    return ["changed ", h("strong", data.column_title ?? "the name"), ": ", h("del", said(data.previous_value)), " → ", h("ins", said(data.value))];
  }
  return [events[log.event] ?? log.event.replaceAll("_", " ")];
}

export function activity(item, board) {
  const root = h("div.stack", h("p.quiet", "Loading…"));
  let page = 1, all = [];
  async function load(more) {
    page = more ? page + 1 : 1;
    const some = (await gql("query ($b: [ID!], $i: [ID!], $page: Int!) { boards(ids: $b, state: all) { activity_logs(item_ids: $i, limit: 50, page: $page) { id event data created_at user_id } } }", { b: [board], i: [item.id], page })).boards[0]?.activity_logs ?? [];
    all = more ? [...all, ...some] : some;
    const missing = [...new Set(some.map((l) => l.user_id))].filter((id) => id !== "0" && !model.users.has("person-" + id));
    if (missing.length) for (const u of (await gql("query ($ids: [ID!]) { users(ids: $ids) { id name photo_thumb } }", { ids: missing })).users) model.users.set("person-" + u.id, u);
    const name = (l) => model.users.get("person-" + l.user_id) ?? { name: l.user_id === "0" ? "The server" : "Somebody" };
    fill(root, all.length ? h("ul.rows.log", all.map((l) => h("li", avatar(name(l)), h("span.log-words", h("strong", name(l).name), " ", sentence(l)), h("span.quiet.end.nowrap", when(new Date(Number(l.created_at) / 10000).toISOString()))))) : empty("Nothing is told of it."),
      some.length === 50 && h("button", { onclick: (e) => attempt(e.target, () => load(true)) }, "Older activity"));
  }
  return { root, load };
}
