// My profile: who one is in the account, the password, and where one is signed in.
import { h, fill, show, actions, avatar, ask, confirm, toast, when } from "../ui.js";
import { gql, call } from "../api.js";
import { self, refusal, guarded, on, onDay, count, roleOf, roles, statusBadge, teamLink, editProfile, productName } from "../directory.js";
import { facts, day, clock, away, country, language } from "../facts.js";
import { browserCell } from "../session.js";
import { editPhoto } from "../photo.js";

const fields = `id name email title phone mobile_phone location birthday join_date created_at last_activity time_zone_identifier current_language country_code
  is_admin is_guest is_view_only is_pending is_verified enabled url photo_small photo_thumb sign_up_product_kind
  out_of_office { active type start_date end_date disable_notifications } account { name } account_products { kind } teams { id name is_guest }`;
const password = h("section.card"), sessions = h("section.card");
const looking = self.looking ? "You look at the account as somebody else. Go back to yourself to change something." : "";

function cards(u) {
  return h("div.two", h("section.card", h("div.row.profile-head", avatar(u, "large"), h("div", h("p", h("strong", u.name)), h("p.row", h("span.badge", roles[roleOf(u)].words), statusBadge(u),
    u.is_verified ? h("span.badge.good", "Verified") : h("span.badge", "Not verified")), h("p.quiet", u.title))),
  h("h2", "Contact"), facts([["E-mail", u.email], ["Phone", u.phone], ["Mobile phone", u.mobile_phone], ["Location", u.location], ["Country", country(u.country_code)], ["Time zone", clock(u)],
    ["Language", language(u.current_language)], ["Birthday", day(u.birthday)], ["Out of office", away(u.out_of_office)]])),
  h("section.card", h("h2", "In the account"), facts([["Name", u.name], ["Title", u.title], ["Role", roles[roleOf(u)].words], ["Joined", day(u.join_date)], ["Made", onDay(u.created_at)],
    ["Last active", onDay(u.last_activity, "never")], ["Account", u.account?.name], ["Products", u.account_products?.map((p) => productName(p.kind)).join(", ")],
    ["Signed up for", u.sign_up_product_kind && productName(u.sign_up_product_kind)], ["Address", h("a", { href: "/users/" + u.id }, u.url)], ["Number", h("span.mono", u.id)]]),
  h("h2", "Teams"), u.teams.length ? h("ul.rows", u.teams.map((t) => h("li", teamLink(t), t.is_guest && h("span.badge", "Guest team")))) : h("p.quiet", "In no team.")));
}

async function changePassword(mine) {
  const done = await ask(mine.has_password ? "Change the password" : "Set a password", [
    mine.has_password && { name: "old", label: "Present password", type: "password", required: true, autocomplete: "current-password" },
    { name: "new", label: "New password", type: "password", required: true, autocomplete: "new-password", hint: `At least ${mine.password_min} characters; a few words do well.` },
    { name: "again", label: "New password once more", type: "password", required: true, autocomplete: "new-password" },
  ].filter(Boolean), async (values) => {
    if (values.new !== values.again) throw Object.assign(new Error("The two new passwords differ."), { field: "again" });
    await call("password", { old: values.old ?? "", new: values.new });
    return true;
  }, { yes: mine.has_password ? "Change" : "Set", words: "You stay signed in here. Everywhere else you are signed out." });
  if (!done) return;
  toast("The password is set");
  await drawSignIn();
}

async function endOthers(n) {
  if (!(await confirm("End all other sessions?", `You are signed out in ${count(n, "other place")} at once. You stay signed in here.`, { yes: "End them", danger: true }))) return;
  const { ended } = await call("sessions/end-others");
  toast(count(ended, "session") + " ended");
  await drawSignIn();
}

async function end(s) {
  await call("tokens/revoke", { id: s.id });
  toast("Session ended");
  await drawSignIn();
}

// drawSignIn shows the password and the sessions: always those of who has signed in.
async function drawSignIn() {
  const mine = await call("profile");
  const others = mine.sessions.filter((s) => !s.current);
  fill(password, h("div.row.spread", h("h2", "Password"), guarded(h("button", { onclick: on(() => changePassword(mine)) }, mine.has_password ? "Change password" : "Set a password"), looking)),
    h("p", mine.has_password ? "You sign in with your e-mail address and a password." : "You have no password.", mine.provider && ` You can sign in with ${mine.provider}.`));
  fill(sessions, h("div.row.spread", h("h2", "Where you are signed in"), others.length > 0 && guarded(h("button.danger", { onclick: on(() => endOthers(others.length)) }, "End all others"), looking)),
    h("div.scroll.below", { tabIndex: 0, role: "region", "aria-label": "Sessions" }, h("table", h("thead", h("tr", ["Browser", "Address", "Since", "Last used", "Ends", ""].map((x) => h("th", { scope: "col" }, x || h("span.visually-hidden", "Actions"))))),
      h("tbody", mine.sessions.map((s) => h("tr", h("td", browserCell(s)), h("td.mono", s.from || "–"), h("td.nowrap", when(s.created_at)), h("td.nowrap", s.current ? "now" : when(s.last_used)), h("td.nowrap", when(s.expires_at)),
        h("td", s.current ? h("form", { method: "post", action: "/console/sign-out" }, h("button", "Log out"))
          : guarded(h("button.danger", { "aria-label": `End the session from ${s.from || "an unknown address"}`, onclick: on(() => end(s)) }, "End"), looking))))))),
    h("p.hint", "A session ends by itself after 30 days. If one is not yours, end it and change your password."));
}

async function page() {
  const [{ me: u }] = await Promise.all([gql(`{ me { ${fields} } }`), drawSignIn()]);
  const refused = refusal("user.edit", { self: true });
  actions(guarded(h("button.primary", { onclick: on(async () => { if (await editProfile(u)) await show(page); }) }, "Edit profile"), refused),
    guarded(h("button", { onclick: on(async () => { if (await editPhoto(u)) location.reload(); }) }, "Change photo"), refused)); // the frame shows it, too
  return h("div.stack", cards(u), password, sessions);
}

show(page);
