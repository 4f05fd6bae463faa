// Workspaces: the open ones, and those one is in.
import { h, fill, show, actions, ask, empty } from "../ui.js";
import { gql } from "../api.js";
import { table } from "../table.js";
import { self, refusal, guarded, on, onDay, clip, count, by, byDay, userLink, workspaceHref, workspaceID, searchField, filterField, workspaceForm, workspaceKinds } from "../directory.js";

const told = h("span.quiet", { role: "status" });
const filter = { q: "", which: "", state: "active" };
let all = [], list, boards = new Map(), mine = new Set();

async function create() {
  const { account } = await gql("{ account { products { id kind } } }");
  const made = await ask("Create workspace", workspaceForm(account.products), async ({ name, description, kind, product }) => (await gql(`mutation ($name: String!, $kind: WorkspaceKind!, $description: String, $product: ID) {
    create_workspace(name: $name, kind: $kind, description: $description, account_product_id: $product) { id } }`, { name, kind, description: description || null, product: product || null })).create_workspace, { yes: "Create workspace" });
  if (made) location.assign("/workspaces/" + made.id);
}

const columns = [
  { head: "Workspace", cell: (w) => h("a.who-link", { href: workspaceHref(w), title: w.name }, h("span.clip", w.name)), sort: by((w) => w.name) },
  { head: "Kind", width: "100px", cell: (w) => h("span.badge", workspaceKinds[w.kind] ?? w.kind), sort: by((w) => w.kind) },
  { head: "Description", cell: (w) => clip(w.description), sort: by((w) => w.description) },
  { head: "Boards", width: "90px", cell: (w) => (boards.get(workspaceID(w)) ?? 0).toLocaleString("en"), sort: (a, b) => (boards.get(workspaceID(a)) ?? 0) - (boards.get(workspaceID(b)) ?? 0) },
  { head: "Owners", cell: (w) => w.owners_subscribers?.length ? h("span.owners", w.owners_subscribers.slice(0, 2).map(userLink), w.owners_subscribers.length > 2 && h("span.quiet", "and others")) : h("span.quiet", "–") },
  { head: "Made", width: "130px", cell: (w) => onDay(w.created_at), sort: byDay((w) => w.created_at) },
];
const fields = "id name kind description state is_default_workspace created_at owners_subscribers(limit: 3) { id name }";

async function load() {
  const { main, list: some, member, boards: on } = await gql(`query ($state: State) { main: workspaces(ids: [-1]) { ${fields} } list: workspaces(limit: 10000, state: $state) { ${fields} }
    member: workspaces(limit: 10000, state: $state, membership_kind: member) { id } boards(limit: 10000) { type workspace_id } }`, { state: filter.state });
  mine = new Set(member.map((w) => w.id));
  boards = new Map();
  for (const b of on) if (b.type === "board") boards.set(b.workspace_id ?? "-1", (boards.get(b.workspace_id ?? "-1") ?? 0) + 1);
  all = [...(filter.state === "active" ? main : []), ...some.filter((w) => !w.is_default_workspace)];
}

function draw() {
  const { q, which } = filter;
  const shown = all.filter((w) => (!q || (w.name + " " + (w.description ?? "")).toLowerCase().includes(q)) && (which !== "mine" || w.is_default_workspace || mine.has(w.id)) && (!["open", "closed"].includes(which) || w.kind === which));
  list.update(shown);
  fill(told, count(shown.length, "workspace"));
}

show(async () => {
  actions(guarded(h("button.primary", { onclick: on(create) }, "Create workspace"), refusal("workspace.create")));
  await load();
  if (!all.length) return empty(self.role === "guest" ? "You are in no workspace. The boards that are shared with you are on the home page." : "There are no workspaces.");
  list = table({ columns, href: workspaceHref, label: "Workspaces", none: "No workspace is like this." });
  list.classList.add("wide");
  draw();
  return h("div", h("div.filters", searchField("Search workspaces", (q) => { filter.q = q; draw(); }),
    filterField("Which workspaces", [["", "All workspaces"], ["mine", "Workspaces I am in"], ["open", "Open ones"], ["closed", "Closed ones"]], "", (v) => { filter.which = v; draw(); }),
    filterField("State", [["active", "In use"], ["archived", "Archived"]], "active", (v) => { filter.state = v; load().then(draw, (e) => fill(told, e.message)); }), told), list);
});
