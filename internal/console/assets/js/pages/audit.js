// Administration → Audit log: who did what to whom, when, from where and through what.
import { h, fill, show, actions, failure, empty, debounce, when } from "../ui.js";
import { gql, call } from "../api.js";
import { download, saving } from "../developer.js";

const query = new URLSearchParams(location.search);
const field = (label, input) => h("label.filter", h("span", label), input);
const text = h("input", { type: "search", value: query.get("text") ?? "", placeholder: "Name, number, value", oninput: debounce(() => load(1), 300) });
const from = h("input", { type: "date", onchange: () => load(1) }), to = h("input", { type: "date", onchange: () => load(1) });
const action = h("select", { onchange: () => load(1) }, h("option", { value: "" }, "Any action"));
const names = h("datalist", { id: "audit-people" });
const who = h("input", { type: "search", placeholder: "Anybody", autocomplete: "off", oninput: debounce(suggest, 150), onchange: () => choose() });
who.setAttribute("list", "audit-people");
const found = new Map(); // what the field says of somebody → the id
const box = h("div", { "aria-live": "polite" });
let page = 1, chosen = query.get("user") ?? "";

async function suggest() {
  const q = who.value.trim();
  if (found.has(q) || !q) return choose();
  const { users } = await gql(`query ($q: String!) { users(name: $q, limit: 10) { id name } }`, { q }, { partial: true });
  for (const u of users ?? []) found.set(`${u.name} (${u.id})`, u.id);
  fill(names, (users ?? []).map((u) => h("option", { value: `${u.name} (${u.id})` })));
}

function choose() {
  const id = found.get(who.value.trim()) ?? "";
  if (id === chosen || (!id && who.value.trim())) return;
  chosen = id;
  load(1);
}

const filter = () => ({ users: chosen ? [chosen] : null, actions: action.value ? [action.value] : null, text: text.value, from: from.value, to: to.value });

function only(line) {
  const words = `${line.user} (${line.user_id})`;
  found.set(words, line.user_id);
  who.value = words;
  choose();
}

const row = (l) => h("tr", h("td.nowrap", when(l.at)), h("td", l.user_id === "0" ? l.user : h("button.link", { title: "Only what this person did", "aria-label": `Only what ${l.user} did`, onclick: () => only(l) }, l.user)),
  h("td", l.changes.length > 1 ? h("ul.changes", l.changes.slice(0, 5).map((c) => h("li", c)), l.changes.length > 5 && h("li", h("details", h("summary", `and ${l.changes.length - 5} more`), h("ul.changes", l.changes.slice(5).map((c) => h("li", c)))))) : l.changes[0]),
  h("td", h("code", { title: l.meaning }, l.action || "–")), h("td", l.token || "–"), h("td.mono", l.from || "–"));

let last = 0;
async function load(to = page) {
  const mine = ++last;
  page = to;
  try {
    const { lines, more, actions: all } = await call("audit", { ...filter(), page });
    if (mine !== last) return; // somebody has typed on
    if (action.length === 1) action.append(...all.map(([name, words]) => h("option", { value: name, title: words }, name)));
    fill(box, lines.length ? h("div.scroll.audit", { tabIndex: 0, role: "region", "aria-label": "Audit log" }, h("table", h("thead", h("tr", ["When", "Who", "What", "Action", "Through", "From"].map((x) => h("th", { scope: "col" }, x)))), h("tbody", lines.map(row))))
      : empty(page > 1 ? "There is no more." : "Nothing like this is in the log."),
    (page > 1 || more) && h("div.row.pager", h("button", { disabled: page === 1, onclick: () => load(page - 1) }, "Newer"), h("span.quiet", "Page " + page), h("button", { disabled: !more, onclick: () => load(page + 1) }, "Older")));
  } catch (e) {
    if (mine === last) fill(box, failure(e, () => load()));
  }
}

const save = (format) => saving(() => download("audit/export", { ...filter(), format }, `audit-${new Date().toISOString().slice(0, 10)}.${format}`));
actions(h("button", { onclick: save("csv") }, "Export CSV"), h("button", { onclick: save("json") }, "Export JSON"));
show(async () => {
  await load(1);
  return h("div", h("div.filters", field("Find", text), field("Who", who), names, field("Action", action), field("From", from), field("To", to)), box,
    h("p.hint", "What is done to people, teams, workspaces, boards, tokens and the account is noted here; what is done on boards is in their own activity. An export has up to 10,000 lines, of those that the filter lets through."));
});
