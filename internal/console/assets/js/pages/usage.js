// Administration → Usage: how much there is, and what is asked of the API.
import { h, fill, show, actions, when, empty } from "../ui.js";
import { gql, call } from "../api.js";
import { bytes, millis } from "../developer.js";
import { roles } from "../directory.js";
import { facts } from "../facts.js";

const n = (x) => (x ?? 0).toLocaleString("en");
const box = (label, head, rows) => h("div.scroll", { tabIndex: 0, role: "region", "aria-label": label }, h("table", h("thead", h("tr", head.map((x) => h("th", { scope: "col" }, x)))), h("tbody", rows.map((r) => h("tr", r.map((c, i) => h(i ? "td" : "th.rowhead", i ? {} : { scope: "row" }, c)))))));

// bars shows numbers of days, with the numbers in words for who does not see them.
function bars(days) {
  const most = Math.max(...days.map((d) => d.count), 1);
  return box("Requests by day", ["Day", "Requests", "Failed", ""], days.toReversed().map((d) => [d.day, n(d.count), n(d.failed), h("span.bar", { "aria-hidden": "true", style: { width: Math.max(1, (100 * d.count) / most) + "%" } })]));
}

// countItems adds up the boards' items, page by page: a large account takes a moment.
async function countItems(into) {
  let items = 0, boards = 0;
  for (let page = 1; ; page++) {
    const list = (await gql(`query ($page: Int) { boards(limit: 200, page: $page, state: all) { items_count } }`, { page }, { partial: true })).boards ?? [];
    boards += list.length;
    items += list.reduce((sum, b) => sum + (b?.items_count ?? 0), 0);
    fill(into, `${n(items)} on ${n(boards)} boards that you see`, list.length === 200 && "…");
    if (list.length < 200) return;
  }
}

async function make() {
  const [u, held, { versions }] = await Promise.all([call("usage"), call("account/counts"), gql(`{ versions { value kind } }`)]);
  const items = h("span", h("button", { onclick: () => { fill(items, "Counting…"); countItems(items).catch((e) => fill(items, e.message)); } }, "Count the items"));
  const asked = Object.values(u.versions).reduce((a, b) => a + b, 0);
  const old = versions.map((v) => [v.value, v.kind, u.versions[v.value] ?? 0]);
  return h("div.stack", h("div.two",
    h("section.card", h("h2", "What there is"), facts([...Object.entries(roles).map(([key, r]) => [r.many, n(held.users[key === "viewer" ? "view_only" : key])]), ["Pending", n(held.pending)], ["Inactive", n(held.inactive)],
      ["Teams", n(held.teams)], ["Workspaces", n(held.workspaces)], ["Boards", n(held.boards)], ["Items", items]])),
    h("section.card", h("h2", "The server"), facts([["Running since", when(u.since)], ["Requests since", n(asked)], ["Boards in memory", n(u.boards_in_memory)], ["Memory for boards", bytes(u.memory)]]),
      h("p.hint", "Numbers of requests are of this server since it was started. For more, ", h("code", "/metrics"), " is there for Prometheus."))),
  h("section.card", h("h2", "API versions in use"), asked ? box("API versions in use", ["Version", "", "Requests"], old.map(([v, kind, count]) => [h("code", v), kind.replaceAll("_", " "), n(count)])) : empty("No program has asked anything since the server was started.")),
  h("section.card", h("h2", "Requests by day"), u.days.length ? bars(u.days) : empty("There were none yet.")),
  h("section.card", h("h2", "Requests by operation"), u.operations.length ? box("Requests by operation", ["Operation", "Kind", "Requests", "Failed", "Complexity", "Time on average"],
    u.operations.slice(0, 100).map((o) => [o.name || h("span.quiet", "without a name"), o.kind || "–", n(o.count), n(o.failed), n(Math.round(o.complexity / o.count)), millis(o.ms)])) : empty("There were none yet."),
    u.operations.length > 100 && h("p.hint", `The 100 most frequent of ${n(u.operations.length)}.`)));
}

actions(h("button", { onclick: () => show(make) }, "Refresh"));
show(make);
