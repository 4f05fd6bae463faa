// One person: the profile, teams and boards, and what an admin does about them.
import { h, fill, show, actions, title, failure } from "../ui.js";
import { gql } from "../api.js";
import { self, refusal, guarded, on, clip, boardMark, fromPath, missing, editProfile, changeRole, setActive, signInLinks } from "../directory.js";
import { editPhoto } from "../photo.js";
import { personFields, contactCard, accountFacts, teamList } from "../person.js";

const id = fromPath();
// Of others there is more to show than of oneself.
const fields = personFields + " utc_hours_diff photo_original";
const boards = h("div", h("p.quiet", "Loading…"));

const cards = (u) => h("div.two", contactCard(u), h("section.card", h("h2", "In the account"), accountFacts(u)));

function controls(u) {
  const same = u.id === self.id, yourself = same && "You cannot do this to yourself. Another admin can.";
  const act = (what) => on(async () => { if (await what()) await show(page); });
  actions(
    guarded(h("button.primary", { onclick: act(() => editProfile(u)) }, "Edit profile"), refusal("user.edit", { self: same })),
    guarded(h("button", { onclick: act(() => editPhoto(u)) }, "Change photo"), refusal("user.edit", { self: same })),
    guarded(h("button", { onclick: act(() => changeRole([u])) }, "Change role"), refusal("user.role") || yourself),
    !same && (self.admin || u.is_pending) && guarded(h("button", { onclick: on(() => signInLinks([u])) }, "Make a sign-in link"), refusal("user.invite")),
    self.admin && !same && !self.looking && u.enabled && !u.is_pending && h("form", { method: "post", action: "/console/as" }, h("input", { type: "hidden", name: "user", value: u.id }), h("button", { title: "See the account as this person does; nothing can be changed meanwhile" }, "View as")),
    u.enabled && !u.is_pending ? guarded(h("button.danger", { onclick: act(() => setActive([u], false)) }, "Deactivate"), refusal("user.deactivate") || yourself)
      : guarded(h("button", { onclick: act(() => setActive([u], true)) }, "Activate"), refusal("user.activate") || yourself),
    u.is_pending && u.enabled && guarded(h("button.danger", { onclick: act(() => setActive([u], false)) }, "Deactivate"), refusal("user.deactivate")));
}

// drawBoards shows on which boards the person is. It takes a moment where there are many, and nothing waits for it.
async function drawBoards() {
  const on = [];
  for (let page = 1, more = true; more; page++) {
    const { boards: some } = await gql("query ($page: Int) { boards(limit: 250, page: $page) { id name type board_kind workspace { name } subscribers { id } owners { id } } }", { page });
    on.push(...some.filter((b) => b.type === "board" && b.subscribers.some((s) => s.id === id)));
    more = some.length === 250;
  }
  fill(boards, on.length ? h("ul.rows", on.map((b) => h("li", h("a", { href: "/boards/" + b.id, title: b.name }, clip(b.name)), boardMark(b), b.owners.some((o) => o.id === id) && h("span.badge", "Owner"),
    h("span.quiet.clip", b.workspace?.name ?? "")))) : h("p.quiet", "On no board that you see by itself. Main boards are open to everybody, and teams can be on boards too."));
}

async function page() {
  if (!/^\d+$/.test(id)) return missing("person", "/users", "All people");
  const { here, gone } = await gql(`query ($id: ID!) { here: users(ids: [$id]) { ...all } gone: users(ids: [$id], non_active: true) { ...all } } fragment all on User { ${fields} }`, { id });
  const u = here[0] ?? gone[0];
  if (!u) {
    actions();
    return missing("person", "/users", "All people");
  }
  title(u.name);
  controls(u);
  drawBoards().catch((e) => fill(boards, failure(e)));
  return h("div.stack", cards(u), h("div.two", h("section.card", h("h2", "Teams"), teamList(u)), h("section.card", h("h2", "Boards"), boards)));
}

show(page);
