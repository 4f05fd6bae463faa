// One workspace: its boards and folders, and the people and teams in it.
import { h, fill, show, actions, title, ask, confirm, toast, when, empty } from "../ui.js";
import { gql } from "../api.js";
import { table } from "../table.js";
import { self, refusal, guarded, on, onDay, clip, count, userLink, userFields, teamLink, roleOf, roles, statusBadge, by, pages, fromPath, missing, usersField, teamsField, chosen,
  boardMark, createBoard, workspaceForm, workspaceKinds, productName, searchField } from "../directory.js";

const asked = fromPath();
const id = asked === "main" ? "-1" : asked;
const told = h("span.quiet", { role: "status" });
let w, facts = {}, people = [], owners = new Set(), list, words = "", products = [];
const may = (action, more) => refusal(action, { ...facts, ...more });

async function load() {
  const data = await gql(`query ($id: ID!, $in: ID) {
    workspaces(ids: [$id], state: all) { id name description kind state is_default_workspace created_at account_product { id kind }
      owners_subscribers(limit: 1000) { id name } team_owners_subscribers(limit: 1000) { id } teams_subscribers(limit: 1000) { id name is_guest } }
    me { teams { id } } account { products { id kind } }
    boards(workspace_ids: [$in], limit: 10000, order_by: used_at) { id name type board_kind board_folder_id updated_at }
    folders(workspace_ids: [$in], limit: 100) { id name parent { id } }
  }`, { id, in: id });
  [w] = data.workspaces;
  if (!w || w.state === "deleted") return null;
  const mine = new Set(data.me.teams.map((t) => t.id)), of = (teams) => teams.some((t) => mine.has(t.id));
  products = data.account.products;
  owners = new Set(w.owners_subscribers.map((u) => u.id));
  for (let page = 2, last = data.folders; last.length === 100; page++) {
    last = (await gql("query ($in: ID, $page: Int) { folders(workspace_ids: [$in], limit: 100, page: $page) { id name parent { id } } }", { in: id, page })).folders;
    data.folders.push(...last);
  }
  facts = { open: w.kind === "open", owner: owners.has(self.id) || of(w.team_owners_subscribers), joined: w.is_default_workspace || of(w.teams_subscribers) };
  return data;
}

// ---- Boards and folders

async function folder(parent) {
  if (await ask(parent ? `New folder in ${parent.name}` : "New folder", [{ name: "name", label: "Folder name", required: true, max: 255 }],
    ({ name }) => gql("mutation ($name: String!, $in: ID, $parent: ID) { create_folder(name: $name, workspace_id: $in, parent_folder_id: $parent) { id } }", { name, in: id, parent: parent?.id ?? null }), { yes: "Create folder" })) await show(page);
}

async function createDoc() {
  const made = await ask("Create doc", [{ name: "name", label: "Doc name", required: true, max: 255 },
    { name: "kind", label: "Kind", value: "public", options: [["public", "Main: everybody in the account finds it"], ["private", "Private: those you put on it"], ["share", "Shareable: those you put on it, guests too"]] }],
  async ({ name, kind }) => (await gql("mutation ($in: ID!, $n: String!, $k: BoardKind) { create_doc(location: { workspace: { workspace_id: $in, name: $n, kind: $k } }) { object_id } }", { in: id, n: name, k: kind })).create_doc, { yes: "Create doc" });
  if (made) location.assign("/docs/" + made.object_id);
}

async function rename(f) {
  if (await ask("Rename folder", [{ name: "name", label: "Folder name", required: true, max: 255, value: f.name }],
    ({ name }) => gql("mutation ($id: ID!, $name: String) { update_folder(folder_id: $id, name: $name) { id } }", { id: f.id, name }), { yes: "Rename" })) await show(page);
}

async function dropFolder(f) {
  if (!(await confirm(`Delete the folder ${f.name}?`, "The folders and boards in it are deleted with it.", { yes: "Delete folder", danger: true }))) return;
  await gql("mutation ($id: ID!) { delete_folder(folder_id: $id) { id } }", { id: f.id });
  toast(`Deleted: ${f.name}`);
  await show(page);
}

const boardRow = (b) => h("li", h("a.clip", { href: (b.type === "document" ? "/docs/" : "/boards/") + b.id, title: b.name }, b.name), boardMark(b), h("span.quiet.nowrap", when(b.updated_at)));

function content({ boards, folders }) {
  const all = boards.filter((b) => b.type === "board" || b.type === "document"), known = new Set(folders.map((f) => f.id));
  const branch = (f) => {
    const inside = folders.filter((x) => x.parent?.id === f.id), here = all.filter((b) => b.board_folder_id === f.id);
    const docs = here.filter((b) => b.type === "document").length, boards = here.length - docs;
    const holds = [boards && count(boards, "board"), docs && count(docs, "doc"), inside.length && count(inside.length, "folder")].filter(Boolean).join(", ") || "empty";
    return h("li.folder", h("details", { open: true }, h("summary", clip(f.name), h("span.quiet", holds)), (inside.length > 0 || here.length > 0) && h("ul.rows", inside.map(branch), here.map(boardRow))),
      !may("folder.edit") && h("div.folder-acts", h("button.plain", { "aria-label": "Create board in " + f.name, onclick: on(() => createBoard({ workspace: w, folder: f.id })) }, "Create board"),
        h("button.plain", { "aria-label": "New folder in " + f.name, onclick: on(() => folder(f)) }, "New folder"), h("button.plain", { "aria-label": "Rename " + f.name, onclick: on(() => rename(f)) }, "Rename"),
        h("button.plain.danger", { "aria-label": "Delete the folder " + f.name, onclick: on(() => dropFolder(f)) }, "Delete")));
  };
  const loose = all.filter((b) => !known.has(b.board_folder_id)), top = folders.filter((f) => !known.has(f.parent?.id));
  return h("section.card", h("div.row.spread", h("h2", "Boards, docs and folders"), guarded(h("button", { onclick: on(() => folder(null)) }, "New folder"), may("folder.edit"))),
    all.length + folders.length ? h("ul.rows", top.map(branch), loose.map(boardRow)) : empty("There is no board or doc here that you see."));
}

// ---- People and teams

const asOptions = [["subscriber", "Members: they are in it"], ["owner", "Owners: they run it"]];

async function addPeople() {
  const out = await ask(`Add people to ${w.name}`, [usersField({ taken: new Set(people.map((u) => u.id)) }), { name: "kind", label: "As", value: "subscriber", options: asOptions }],
    async ({ users, kind }) => (await gql("mutation ($in: ID!, $ids: [ID!]!, $kind: WorkspaceSubscriberKind) { add_users_to_workspace(workspace_id: $in, user_ids: $ids, kind: $kind) { id } }",
      { in: id, ids: chosen(users, "users"), kind })).add_users_to_workspace, { yes: "Add" });
  if (out) { toast(`Added: ${count(out.length, "person", "people")}`); await show(page); }
}

async function addTeams(teams) {
  const out = await ask(`Add teams to ${w.name}`, [teamsField({ taken: new Set(teams.map((t) => t.id)) }), { name: "kind", label: "As", value: "subscriber", options: asOptions }],
    async ({ teams, kind }) => (await gql("mutation ($in: ID!, $ids: [ID!]!, $kind: WorkspaceSubscriberKind) { add_teams_to_workspace(workspace_id: $in, team_ids: $ids, kind: $kind) { id } }",
      { in: id, ids: chosen(teams, "teams", "Choose a team first."), kind })).add_teams_to_workspace, { yes: "Add" });
  if (out) { toast(`Added: ${count(out.length, "team")}`); await show(page); }
}

async function removeUser(u) {
  const me = u.id === self.id;
  if (!(await confirm(me ? `Leave ${w.name}?` : `Take ${u.name} out of ${w.name}?`, w.kind === "closed" ? "A closed workspace is found only by those who are in it." : "An open workspace is found all the same.", { yes: me ? "Leave" : "Remove", danger: true }))) return;
  await gql("mutation ($in: ID!, $ids: [ID!]!) { delete_users_from_workspace(workspace_id: $in, user_ids: $ids) { id } }", { in: id, ids: [u.id] });
  toast(me ? "You have left the workspace" : `${u.name} is no longer in the workspace`);
  await show(page);
}

async function removeTeam(t) {
  if (!(await confirm(`Take ${t.name} out of ${w.name}?`, "Its people stay in it only where they are in it by themselves.", { yes: "Remove", danger: true }))) return;
  await gql("mutation ($in: ID!, $ids: [ID!]!) { delete_teams_from_workspace(workspace_id: $in, team_ids: $ids) { id } }", { in: id, ids: [t.id] });
  toast(`${t.name} is no longer in the workspace`);
  await show(page);
}

// own makes an owner, or a plain member again: to be the latter one has to leave and come back.
async function own(u, owner) {
  if (!owner) await gql("mutation ($in: ID!, $ids: [ID!]!) { delete_users_from_workspace(workspace_id: $in, user_ids: $ids) { id } }", { in: id, ids: [u.id] });
  await gql("mutation ($in: ID!, $ids: [ID!]!, $kind: WorkspaceSubscriberKind) { add_users_to_workspace(workspace_id: $in, user_ids: $ids, kind: $kind) { id } }", { in: id, ids: [u.id], kind: owner ? "owner" : "subscriber" });
  toast(owner ? `${u.name} owns the workspace now` : `${u.name} is a plain member now`);
  await show(page);
}

const columns = () => [
  { head: "Name", cell: userLink, sort: by((u) => u.name) },
  { head: "E-mail", cell: (u) => clip(u.email), sort: by((u) => u.email) },
  { head: "Role", width: "90px", cell: (u) => roles[roleOf(u)].words, sort: by((u) => roleOf(u)) },
  { head: "In it as", width: "110px", cell: (u) => owners.has(u.id) ? h("span.badge.good", "Owner") : "Member", sort: (a, b) => owners.has(b.id) - owners.has(a.id) },
  { head: "Status", width: "100px", cell: statusBadge },
  { head: h("span.visually-hidden", "Actions"), width: may("workspace.owners") && may("workspace.remove") ? "90px" : "240px", cell: (u) => h("span.row.nowrap.tight",
    !may("workspace.owners") && (owners.has(u.id) ? h("button", { onclick: on(() => own(u, false)), "aria-label": "Make member: " + u.name }, "Make member")
      : ["admin", "member"].includes(roleOf(u)) && h("button", { onclick: on(() => own(u, true)), "aria-label": "Make owner: " + u.name }, "Make owner")),
    !may("workspace.remove", { self: u.id === self.id }) && h("button.danger", { onclick: on(() => removeUser(u)), "aria-label": (u.id === self.id ? "Leave: " : "Remove: ") + u.name }, u.id === self.id ? "Leave" : "Remove")) },
];

function draw(keep, more) {
  const shown = people.filter((u) => !words || (u.name + " " + u.email).toLowerCase().includes(words));
  list.update(shown, { keep });
  fill(told, count(shown.length, "person", "people"), more ? ", more are coming…" : "");
}

function inside() {
  if (w.is_default_workspace) {
    return h("section.card", h("h2", "People"), h("p", "Everybody in the account but guests is in the Main Workspace, and its admins own it. ", h("a", { href: "/users" }, "All people")));
  }
  words = "";
  list = table({ columns: columns(), href: (u) => "/users/" + u.id, label: "People in the workspace", none: "Nobody is in it by themselves." });
  list.classList.add("wide");
  pages(async (page, limit) => (await gql(`query ($id: ID!, $page: Int!, $limit: Int!) { workspaces(ids: [$id], state: all) { users_subscribers(page: $page, limit: $limit) { ${userFields} } } }`, { id, page, limit })).workspaces[0]?.users_subscribers ?? [],
    (some, more) => { people = some; draw(true, more); }).catch((e) => fill(told, e.message));
  const teams = w.teams_subscribers, teamOwners = new Set(w.team_owners_subscribers.map((t) => t.id));
  return h("div.stack", h("section.card", h("div.row.spread", h("h2", "People"), guarded(h("button", { onclick: on(addPeople) }, "Add people"), may("workspace.invite"))),
    h("div.filters", searchField("Search people in the workspace", (q) => { words = q; draw(); }), told), list),
  h("section.card", h("div.row.spread", h("h2", "Teams"), guarded(h("button", { onclick: on(() => addTeams(teams)) }, "Add teams"), may("workspace.invite"))),
    teams.length ? h("ul.rows", teams.map((t) => h("li", teamLink(t), teamOwners.has(t.id) && h("span.badge.good", "Owner"), t.is_guest && h("span.badge", "Guest team"),
      !may("workspace.remove") && h("button.danger.end", { onclick: on(() => removeTeam(t)), "aria-label": "Remove: " + t.name }, "Remove")))) : h("p.quiet", "No team is in it.")));
}

// ---- The workspace itself

async function edit() {
  const out = await ask("Edit workspace", workspaceForm(products, w), async ({ name, description, kind, product }) => {
    const attributes = { name, description };
    if (kind) attributes.kind = kind;
    if (product) attributes.account_product_id = product;
    await gql("mutation ($id: ID!, $a: UpdateWorkspaceAttributesInput!) { update_workspace(id: $id, attributes: $a) { id } }", { id, a: attributes });
  });
  if (out) { toast("Saved"); await show(page); }
}

async function drop() {
  if (!(await confirm(`Delete the workspace ${w.name}?`, "The boards and folders in it are deleted with it, for everybody.", { yes: "Delete workspace", danger: true }))) return;
  await gql("mutation ($id: ID!) { delete_workspace(workspace_id: $id) { id } }", { id });
  location.assign("/workspaces");
}

async function page() {
  const data = /^-?\d+$/.test(id) ? await load() : null;
  if (!data) {
    actions();
    return missing("workspace", "/workspaces", "All workspaces");
  }
  title(w.name);
  actions(guarded(h("button.primary", { onclick: on(() => createBoard({ workspace: w })) }, "Create board"), may("board.create")), guarded(h("button", { onclick: on(createDoc) }, "Create doc"), may("board.create")),
    guarded(h("button", { onclick: on(edit) }, "Edit workspace"), may("workspace.edit")),
    guarded(h("button.danger", { onclick: on(drop) }, "Delete workspace"), may("workspace.delete") || (w.is_default_workspace && "The Main Workspace cannot be deleted")));
  return h("div.stack", h("div", h("p.row", h("span.badge", workspaceKinds[w.kind] ?? w.kind), w.state !== "active" && h("span.badge.warn", w.state === "archived" ? "Archived" : w.state),
    w.account_product && h("span.badge", productName(w.account_product.kind)), w.created_at && h("span.quiet", "Made ", onDay(w.created_at))),
  w.description && h("p.words", w.description)), content(data), inside());
}

show(page);
