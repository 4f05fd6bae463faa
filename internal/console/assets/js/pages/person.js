// One person: the profile, teams and boards, and what an admin does about them.
import { h, fill, show, actions, title, avatar, failure } from "../ui.js";
import { gql } from "../api.js";
import { self, refusal, guarded, on, onDay, clip, roleOf, roles, statusBadge, teamLink, boardMark, fromPath, missing, editProfile, changeRole, setActive, signInLinks, productName } from "../directory.js";
import { editPhoto } from "../photo.js";
import { facts, day, clock, away, country, language } from "../facts.js";

const id = fromPath();
const fields = `id name email title phone mobile_phone location birthday join_date created_at last_activity time_zone_identifier utc_hours_diff current_language country_code
  is_admin is_guest is_view_only is_pending is_verified enabled url photo_original photo_small photo_thumb sign_up_product_kind
  out_of_office { active type start_date end_date disable_notifications } account { name } account_products { kind } teams { id name is_guest }`;
const boards = h("div", h("p.quiet", "Loading…"));

function card(u) {
  return h("div.two", h("section.card", h("div.row.profile-head", avatar(u, "large"), h("div", h("p.row", h("span.badge", roles[roleOf(u)].words), statusBadge(u),
    u.is_verified ? h("span.badge.good", "Verified") : h("span.badge", "Not verified")), h("p.quiet", u.title))),
  h("h2", "Contact"), facts([["E-mail", h("a", { href: "mailto:" + u.email }, u.email)], ["Phone", u.phone && h("a", { href: "tel:" + u.phone.replace(/[^+\d]/g, "") }, u.phone)],
    ["Mobile phone", u.mobile_phone && h("a", { href: "tel:" + u.mobile_phone.replace(/[^+\d]/g, "") }, u.mobile_phone)], ["Location", u.location], ["Country", country(u.country_code)], ["Time zone", clock(u)],
    ["Language", language(u.current_language)], ["Birthday", day(u.birthday)], ["Out of office", away(u.out_of_office)]])),
  h("section.card", h("h2", "In the account"), facts([["Name", u.name], ["Title", u.title], ["Role", roles[roleOf(u)].words], ["Status", statusBadge(u)], ["Verified", u.is_verified ? "Yes" : "No"],
    ["Joined", day(u.join_date)], ["Made", onDay(u.created_at)], ["Last active", onDay(u.last_activity, "never")], ["Account", u.account?.name], ["Products", u.account_products?.map((p) => productName(p.kind)).join(", ")],
    ["Signed up for", u.sign_up_product_kind && productName(u.sign_up_product_kind)], ["Photo", u.photo_original && h("a", { href: u.photo_original, rel: "noreferrer" }, "Open")], ["Address", h("a", { href: "/users/" + u.id }, u.url)], ["Number", h("span.mono", u.id)]])));
}

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
  return h("div.stack", card(u), h("div.two", h("section.card", h("h2", "Teams"), u.teams.length ? h("ul.rows", u.teams.map((t) => h("li", teamLink(t), t.is_guest && h("span.badge", "Guest team"))))
    : h("p.quiet", "In no team.")), h("section.card", h("h2", "Boards"), boards)));
}

show(page);
