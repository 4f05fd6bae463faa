// People: everybody in the account, to be found, invited, and by admins changed many at once.
import { h, fill, show, actions } from "../ui.js";
import { gql } from "../api.js";
import { table } from "../table.js";
import { self, refusal, guarded, on, clip, count, userLink, userFields, roleOf, roles, statusOf, statuses, statusBadge, onDay, by, byDay, pages, invite, changeRole, setActive, searchField, filterField } from "../directory.js";

const query = new URLSearchParams(location.search);
const filter = { q: (query.get("q") ?? "").toLowerCase(), kind: query.get("kind") ?? "", status: query.get("status") ?? "in" };
const lists = { in: [], out: [] }; // who may come in, and who was deactivated: the latter are asked for when wanted
const loading = { in: false, out: false };
const chosen = new Set();
let loadedOut = false, people, shown = [];

const told = h("span.quiet", { role: "status" });
const bulk = h("div.bulk", { role: "region", "aria-label": "Chosen people", hidden: true });
const all = h("input", { type: "checkbox", "aria-label": "Choose all that are shown", onchange: (e) => { for (const u of shown) e.target.checked ? chosen.add(u.id) : chosen.delete(u.id); draw(true); } });

const cell = (text) => clip(text || "");
const columns = [
  self.admin && { head: all, width: "40px", cell: (u) => h("input", { type: "checkbox", checked: chosen.has(u.id), tabIndex: -1, "aria-label": "Choose " + u.name,
    onchange: (e) => { e.target.checked ? chosen.add(u.id) : chosen.delete(u.id); drawBulk(); } }) },
  { head: "Name", cell: userLink, sort: by((u) => u.name) },
  { head: "E-mail", cell: (u) => cell(u.email), sort: by((u) => u.email) },
  { head: "Title", cell: (u) => cell(u.title), sort: by((u) => u.title) },
  { head: "Kind", width: "90px", cell: (u) => roles[roleOf(u)].words, sort: by((u) => roleOf(u)) },
  { head: "Status", width: "100px", cell: statusBadge, sort: by((u) => statusOf(u)) },
  { head: "Last active", width: "130px", cell: (u) => onDay(u.last_activity, "never"), sort: byDay((u) => u.last_activity) },
  { head: "Since", width: "130px", cell: (u) => onDay(u.created_at), sort: byDay((u) => u.created_at) },
].filter(Boolean);

async function load(which, began) {
  loading[which] = true;
  await pages(async (page, limit) => (await gql(`query ($page: Int, $limit: Int, $gone: Boolean) { users(page: $page, limit: $limit, non_active: $gone) { ${userFields} last_activity created_at } }`,
    { page, limit, gone: which === "out" })).users, (some, more) => {
    lists[which] = some;
    loading[which] = more;
    began?.();
    if (people) draw(true);
  });
}

// draw shows those whom the filter lets through. keep holds the place in the list.
function draw(keep = false) {
  const wanted = filter.status === "inactive" || filter.status === "all";
  if (wanted && !loadedOut) {
    loadedOut = true;
    load("out").catch(fail);
  }
  const { q, kind, status } = filter;
  shown = [...lists.in, ...(wanted ? lists.out : [])].filter((u) => (!kind || roleOf(u) === kind) && (status === "in" || status === "all" || statusOf(u) === status)
    && (!q || u.name.toLowerCase().includes(q) || u.email.toLowerCase().includes(q)));
  people.update(shown, { keep });
  const more = loading.in || (wanted && loading.out);
  fill(told, count(shown.length, "person", "people"), more ? ", more are coming…" : "");
  drawBulk();
}

const selected = () => [...lists.in, ...lists.out].filter((u) => chosen.has(u.id));

function drawBulk() {
  const n = chosen.size;
  bulk.hidden = !n;
  all.checked = shown.length > 0 && shown.every((u) => chosen.has(u.id));
  all.indeterminate = !all.checked && shown.some((u) => chosen.has(u.id));
  if (!n) return;
  const run = (what) => on(async () => { if (await what(selected())) { chosen.clear(); await again(); } });
  fill(bulk, h("strong", `${n.toLocaleString("en")} chosen`),
    guarded(h("button", { onclick: run(changeRole) }, "Change role"), refusal("user.role")),
    guarded(h("button", { onclick: run((u) => setActive(u, true)) }, "Activate"), refusal("user.activate")),
    guarded(h("button.danger", { onclick: run((u) => setActive(u, false)) }, "Deactivate"), refusal("user.deactivate")),
    h("button.plain", { onclick: () => { chosen.clear(); draw(true); } }, "Choose nobody"));
}

const fail = (e) => fill(told, e.message);

// again asks anew for everybody, after a change.
const again = () => Promise.all([load("in"), loadedOut && load("out")]);

function set(name, value) {
  filter[name] = value;
  const kept = new URLSearchParams(Object.entries(filter).filter(([k, v]) => v && !(k === "status" && v === "in")));
  history.replaceState(null, "", kept.size ? "?" + kept : location.pathname);
  draw();
}

show(async () => {
  actions(guarded(h("button.primary", { onclick: on(async () => { if ((await invite())?.length) await again(); }) }, "Invite people"), refusal("user.invite")));
  await new Promise((ready, broken) => load("in", ready).catch((e) => { broken(e); fail(e); }));
  people = table({ columns, href: (u) => "/users/" + u.id, label: "People", none: "Nobody is like this." });
  people.classList.add("wide");
  people.addEventListener("keydown", (e) => { // space chooses
    if (e.key === " " && e.target.matches("tr")) { e.target.querySelector("input[type=checkbox]")?.click(); e.preventDefault(); }
  });
  const search = searchField("Search by name or e-mail", (q) => set("q", q));
  search.value = query.get("q") ?? "";
  draw();
  return h("div", h("div.filters", search,
    filterField("Kind", [["", "All kinds"], ...Object.entries(roles).map(([k, r]) => [k, r.many])], filter.kind, (v) => set("kind", v)),
    filterField("Status", [["in", "Active and pending"], ["active", statuses.active], ["pending", statuses.pending], ["inactive", statuses.inactive], ["all", "Everybody"]], filter.status, (v) => set("status", v)),
    told), bulk, people);
});
