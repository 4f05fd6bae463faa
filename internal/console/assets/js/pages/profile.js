// My profile: who one is in the account, the password, and where one is signed in.
import { h, fill, show, actions, ask, confirm, toast, when } from "../ui.js";
import { gql, call } from "../api.js";
import { self, refusal, guarded, on, count, editProfile } from "../directory.js";
import { personFields, contactCard, accountFacts, teamList } from "../person.js";
import { browserCell } from "../session.js";
import { editPhoto } from "../photo.js";

const password = h("section.card"), sessions = h("section.card");
const looking = self.looking ? "You look at the account as somebody else. Go back to yourself to change something." : "";

const cards = (u) => h("div.two", contactCard(u, true),
  h("section.card", h("h2", "In the account"), accountFacts(u, true), h("h2", "Teams"), teamList(u)));

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
  const [{ me: u }] = await Promise.all([gql(`{ me { ${personFields} } }`), drawSignIn()]);
  const refused = refusal("user.edit", { self: true });
  actions(guarded(h("button.primary", { onclick: on(async () => { if (await editProfile(u)) await show(page); }) }, "Edit profile"), refused),
    guarded(h("button", { onclick: on(async () => { if (await editPhoto(u)) location.reload(); }) }, "Change photo"), refused)); // the frame shows it, too
  return h("div.stack", cards(u), password, sessions);
}

show(page);
