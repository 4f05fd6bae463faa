// Teams: all that one may see, and the making of new ones.
import { h, fill, show, actions, ask, empty } from "../ui.js";
import { gql, call, Refused } from "../api.js";
import { table } from "../table.js";
import { self, refusal, guarded, on, count, teamLink, userLink, by, usersField, teamsField, searchField, filterField } from "../directory.js";

const told = h("span.quiet", { role: "status" });
let teams = [], names = new Map(), list;
const filter = { q: "", which: "" };

async function create() {
  const made = await ask("Create team", [
    { name: "name", label: "Team name", required: true, max: 255 },
    usersField({ label: "Members", hint: "A team needs somebody in it, unless you let it be empty." }),
    { name: "guest", label: "Guest team", type: "checkbox", hint: "A guest team is made of guests only; guests are in no other." },
    { name: "nobody", label: "May be empty", type: "checkbox" },
    teamsField({ name: "parent", label: "Part of", one: true, hint: "Leave it out for a team that stands by itself." }),
  ], async ({ name, users, guest, nobody, parent }) => {
    if (!users.length && !nobody) throw new Refused("Choose who is in the team, or check that it may be empty.", { field: "users" });
    return (await gql(`mutation ($input: CreateTeamAttributesInput!, $options: CreateTeamOptionsInput) { create_team(input: $input, options: $options) { id } }`,
    { input: { name, is_guest_team: guest, parent_team_id: parent[0]?.id ?? null, subscriber_ids: users.map((u) => u.id) }, options: { allow_empty_team: nobody } })).create_team;
  }, { yes: "Create team" });
  if (made) location.assign("/teams/" + made.id);
}

const members = (t) => t.users?.length ?? null;
const columns = [
  { head: "Team", cell: teamLink, sort: by((t) => t.name) },
  { head: "Members", width: "110px", cell: (t) => members(t)?.toLocaleString("en") ?? "…", sort: (a, b) => (members(a) ?? 0) - (members(b) ?? 0) },
  { head: "Owners", cell: (t) => !t.owners ? "…" : t.owners.length ? h("span.owners", t.owners.slice(0, 2).map(userLink), t.owners.length > 2 && h("span.quiet", `+${t.owners.length - 2}`)) : h("span.quiet", "–") },
  { head: "Part of", cell: (t) => t.parent ? teamLink(t.parent) : h("span.quiet", "–"), sort: by((t) => t.parent?.name) },
  { head: "Kind", width: "120px", cell: (t) => t.is_guest ? h("span.badge", "Guest team") : "Team", sort: (a, b) => a.is_guest - b.is_guest },
];

function draw(keep) {
  const { q, which } = filter;
  const shown = teams.filter((t) => (!q || t.name.toLowerCase().includes(q)) && (which !== "guest" || t.is_guest) && (which !== "mine" || t.users?.some((u) => u.id === self.id)) && (which !== "own" || t.owners?.some((u) => u.id === self.id)));
  list.update(shown, { keep });
  fill(told, count(shown.length, "team"));
}

show(async () => {
  actions(guarded(h("button.primary", { onclick: on(create) }, "Create team"), refusal("team.create")));
  const [data, parents] = await Promise.all([gql("{ teams { id name is_guest } }"), call("teams/parents").catch(() => ({}))]);
  names = new Map(data.teams.map((t) => [t.id, t]));
  for (const t of data.teams) t.parent = names.get(parents[t.id]);
  teams = data.teams;
  if (!teams.length) return empty(self.role === "guest" ? "You are in no team." : "There are no teams yet. A team is put on boards and into workspaces all at once.");
  list = table({ columns, href: (t) => "/teams/" + t.id, label: "Teams", none: "No team is like this." });
  list.classList.add("wide");
  draw();
  gql("{ teams { id owners { id name } users { id } } }").then(({ teams: full }) => {
    for (const t of full) Object.assign(names.get(t.id) ?? {}, t);
    draw(true);
  }, (e) => fill(told, e.message));
  return h("div", h("div.filters", searchField("Search teams", (q) => { filter.q = q; draw(); }),
    filterField("Which teams", [["", "All teams"], ["mine", "Teams I am in"], ["own", "Teams I own"], ["guest", "Guest teams"]], "", (v) => { filter.which = v; draw(); }), told), list);
});
