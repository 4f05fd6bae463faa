// One team: who is in it and who owns it, and the teams below it.
import { h, fill, show, actions, title, ask, confirm, toast } from "../ui.js";
import { gql, call } from "../api.js";
import { table } from "../table.js";
import { self, refusal, guarded, on, clip, count, userLink, userFields, teamLink, roleOf, roles, statusBadge, by, pages, fromPath, missing, usersField, chosen, tell, faultsOf, inChunks, searchField, sentence } from "../directory.js";

const id = fromPath();
const told = h("span.quiet", { role: "status" });
let team, members = [], owners = new Set(), list, words = "";

const mayMembers = () => refusal("team.members", { owner: owners.has(self.id) });
const mayOwners = () => refusal("team.owners", { owner: owners.has(self.id) });

async function add() {
  const out = await ask(`Add people to ${team.name}`, [usersField({ taken: new Set(members.map((u) => u.id)), guests: team.is_guest,
    hint: team.is_guest ? "This is a guest team: only guests can be in it." : "Guests can only be in guest teams." })], async ({ users }) => {
    chosen(users, "users");
    const warned = [];
    const done = await inChunks(users.map((u) => u.id), async (ids) => (await gql(`mutation ($team: ID!, $ids: [ID!]!) { add_users_to_team(team_id: $team, user_ids: $ids) {
      successful_users { id name } failed_users { id name } } }`, { team: id, ids }, { warned: (w) => warned.push(...w) })).add_users_to_team);
    return { ...done, warned };
  }, { yes: "Add" });
  if (!out) return;
  const n = out.successful_users.length;
  await tell(n ? `Added: ${count(n, "person", "people")}` : "", out.failed_users.map((u) => [u.name, out.warned.find((w) => w.includes(u.id)) ?? "could not be added"]));
  await again();
}

async function remove(u) {
  if (!(await confirm(`Take ${u.name} out of ${team.name}?`, "Who is in a workspace or on a board through this team only is no longer.", { yes: "Remove", danger: true }))) return;
  const warned = [];
  const { remove_users_from_team: out } = await gql(`mutation ($team: ID!, $ids: [ID!]!) { remove_users_from_team(team_id: $team, user_ids: $ids) { failed_users { name } } }`,
    { team: id, ids: [u.id] }, { warned: (w) => warned.push(...w) });
  if (out.failed_users?.length) throw new Error(warned.map(sentence).join(" ") || "It could not be done.");
  toast(`${u.name} is no longer in the team`);
  await again();
}

async function own(u, owner) {
  const name = owner ? "assign_team_owners" : "remove_team_owners";
  const { [name]: out } = await gql(`mutation ($team: ID!, $ids: [ID!]!) { ${name}(team_id: $team, user_ids: $ids) { errors { user_id message } } }`, { team: id, ids: [u.id] });
  await tell(owner ? `${u.name} owns the team now` : `${u.name} no longer owns the team`, faultsOf([u], out.errors));
  await again();
}

async function drop() {
  if (!(await confirm(`Delete the team ${team.name}?`, "It leaves every workspace and board it is in, and the teams below it stand by themselves. Its people stay in the account.", { yes: "Delete team", danger: true }))) return;
  await gql("mutation ($id: ID!) { delete_team(team_id: $id) { id } }", { id });
  location.assign("/teams");
}

const columns = () => [
  { head: "Name", cell: userLink, sort: by((u) => u.name) },
  { head: "E-mail", cell: (u) => clip(u.email), sort: by((u) => u.email) },
  { head: "Role", width: "90px", cell: (u) => roles[roleOf(u)].words, sort: by((u) => roleOf(u)) },
  { head: "In the team", width: "130px", cell: (u) => owners.has(u.id) ? h("span.badge.good", "Owner") : "Member", sort: (a, b) => owners.has(b.id) - owners.has(a.id) },
  { head: "Status", width: "100px", cell: statusBadge },
  (!mayMembers() || !mayOwners()) && { head: h("span.visually-hidden", "Actions"), width: "240px", cell: (u) => h("span.row.nowrap.tight",
    !mayOwners() && (owners.has(u.id) ? h("button", { onclick: on(() => own(u, false)), "aria-label": "Remove as owner: " + u.name }, "Remove as owner")
      : ["admin", "member"].includes(roleOf(u)) && h("button", { onclick: on(() => own(u, true)), "aria-label": "Make owner: " + u.name }, "Make owner")),
    !mayMembers() && h("button.danger", { onclick: on(() => remove(u)), "aria-label": "Remove: " + u.name }, "Remove")) },
].filter(Boolean);

function draw(keep, more) {
  const shown = members.filter((u) => !words || (u.name + " " + u.email).toLowerCase().includes(words));
  list.update(shown, { keep });
  fill(told, count(shown.length, "member"), more ? ", more are coming…" : "");
}

async function load() {
  const { teams } = await gql("query ($id: ID!) { teams(ids: [$id]) { id name is_guest picture_url owners { id } } }", { id });
  team = teams[0];
  if (!team) return false;
  owners = new Set(team.owners.map((u) => u.id));
  return true;
}

const loadMembers = () => pages(async (page, limit) => (await gql(`query ($id: ID!, $page: Int, $limit: Int) { teams(ids: [$id]) { users(page: $page, limit: $limit) { ${userFields} } } }`, { id, page, limit })).teams[0]?.users ?? [],
  (some, more) => { members = some; if (list) draw(true, more); });

async function again() {
  await load();
  await loadMembers();
}

show(async () => {
  if (!/^\d+$/.test(id) || !(await load())) return missing("team", "/teams", "All teams");
  const [parents, { teams: all }] = await Promise.all([call("teams/parents").catch(() => ({})), gql("{ teams { id name } }"), loadMembers()]);
  const above = all.find((t) => t.id === parents[id]), below = all.filter((t) => parents[t.id] === id);
  title(team.name);
  actions(guarded(h("button.primary", { onclick: on(add) }, "Add people"), mayMembers()),
    guarded(h("button.danger", { onclick: on(drop) }, "Delete team"), refusal("team.delete", { owner: owners.has(self.id) })));
  list = table({ columns: columns(), href: (u) => "/users/" + u.id, label: "Members", none: members.length ? "Nobody is called like this." : "Nobody is in this team yet." });
  list.classList.add("wide");
  draw();
  return h("div", h("p.row", h("span.badge", team.is_guest ? "Guest team" : "Team"), above && h("span.row", h("span.quiet", "Part of"), teamLink(above)),
    below.length > 0 && h("span.row", h("span.quiet", "Above"), below.map(teamLink))), h("div.filters", searchField("Search members", (q) => { words = q; draw(); }), told), list);
});
