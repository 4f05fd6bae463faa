// Administration → Security: how people come in, where they are signed in, and who could not sign in with a password.
import { h, fill, show, me, toast, when, copyText, debounce, empty } from "../ui.js";
import { call } from "../api.js";
import { table } from "../table.js";
import { self, guarded, on, clip, count, userLink, signInLinks } from "../directory.js";
import { facts } from "../facts.js";
import { browserCell, browserOf } from "../session.js";

const looking = self.looking ? "You look at the account as somebody else. Go back to yourself to change something." : "";
const roles = { admin: "Admin", member: "Member", view_only: "Viewer", guest: "Guest" };

function signIn(state) {
  const p = state.provider;
  if (!p) {
    return h("section.card", h("h2", "How people sign in"), h("p", "With an e-mail address and a password."), state.sandbox && h("p", "This is a sandbox: one click signs anybody in as anybody."),
      h("p.hint", "To have them sign in through your OpenID provider, start the server with ", h("code.nowrap", "--oidc-issuer"), ", ", h("code.nowrap", "--oidc-client-id"), " and ", h("code.nowrap", "--oidc-client-secret-file"), "; ",
        h("code.nowrap", "lunedi serve --help"), " tells all of it."), !state.secure && insecure(state));
  }
  const answers = h("span", { role: "status" }, h("span.quiet", "Asking…"));
  call("security/provider").then(({ fault }) => fill(answers, fault ? [h("span.badge.bad", "Does not answer"), " ", fault] : h("span.badge.good", "Answers")), (e) => fill(answers, e.message));
  return h("section.card", h("h2", "How people sign in"), h("p", `With ${p.name}, or with an e-mail address and a password.`),
    facts([["Provider", answers], ["Issuer", h("span.mono", p.issuer)], ["Client", h("span.mono", p.client_id)],
      ["Redirect address", [h("span.mono", p.redirect), " ", h("button.plain", { onclick: () => copyText(p.redirect), "aria-label": "Copy the redirect address" }, "Copy")]],
      ["Groups", p.groups_claim ? ["Who signs in is put into the teams that ", h("span.mono", p.groups_claim), " names, and taken out of none"] : "Not taken over"],
      ["Unknown people", p.creates_users ? "Become members" : "Are not let in: invite them first"]]), !state.secure && insecure(state));
}

const insecure = (state) => !state.sandbox && h("p.notice.warn", "People reach this server without encryption: everybody on the way can read passwords and tokens. Use --tls-cert, or a proxy that does and --public-url https://…");

// ---- Sessions

const told = h("span.quiet", { role: "status" });
const search = h("input", { type: "search", id: "session-search", placeholder: "Name, e-mail, address or browser", "aria-label": "Search sessions" });
const list = table({ label: "Sessions", none: "No session is like this.", columns: [
  { head: "Person", cell: (s) => userLink({ id: s.user_id, name: s.user_name }), sort: (a, b) => a.user_name.localeCompare(b.user_name) },
  { head: "Browser", cell: browserCell, sort: (a, b) => browserOf(a.name).localeCompare(browserOf(b.name)) },
  { head: "Address", width: "140px", cell: (s) => clip(s.from || "–", "span.clip.mono") },
  { head: "Since", width: "130px", cell: (s) => when(s.created_at) },
  { head: "Last used", width: "130px", cell: (s) => when(s.last_used) },
  { head: h("span.visually-hidden", "Actions"), width: "120px", cell: (s) => guarded(h("button.danger", { "aria-label": `End the session of ${s.user_name}`, onclick: on(() => end(s)) }, "End"), looking) },
] });
let turn = 0;

async function look() {
  const mine = ++turn;
  const { sessions, total } = await call("security/sessions", { text: search.value });
  if (mine !== turn) return;
  list.update(sessions ?? []);
  fill(told, count(total, "session"), sessions?.length < total ? `; the ${sessions.length.toLocaleString("en")} that were used last are shown. Search for others.` : "");
}
search.addEventListener("input", debounce(() => look().catch((e) => fill(told, e.message))));

async function end(s) {
  await call("tokens/revoke", { id: s.id });
  if (s.current) location.assign("/sign-in");
  toast("Session ended");
  await look();
}

// ---- Passwords

function passwords(state) {
  const users = state.without_password ?? [];
  return h("section.card", h("h2", "Without a password"), users.length ? [
    h("p", state.provider ? `They can sign in with ${state.provider.name} only.` : "They cannot sign in until they have set one. A sign-in link lets them, once."),
    h("div.wide", table({ label: "People without a password", rows: users, columns: [
      { head: "Person", cell: userLink, sort: (a, b) => a.name.localeCompare(b.name) },
      { head: "E-mail", cell: (u) => clip(u.email), sort: (a, b) => a.email.localeCompare(b.email) },
      { head: "Role", width: "110px", cell: (u) => roles[u.role] },
      { head: h("span.visually-hidden", "Actions"), width: "210px", cell: (u) => (u.id === me.id ? h("a", { href: "/profile" }, "On your profile")
        : guarded(h("button", { "aria-label": "Make a sign-in link for " + u.name, onclick: on(() => signInLinks([u])) }, "Make a sign-in link"), looking)) },
    ] })), state.without_password_more > 0 && h("p.quiet", `and ${count(state.without_password_more, "other")}; find them under People.`)]
    : empty("Everybody who is active has a password."));
}

show(async () => {
  const [state] = await Promise.all([call("security"), look()]);
  return h("div.stack", signIn(state), h("section.card", h("h2", "Who is signed in"), h("div.filters", search, told), h("div.wide", list)), passwords(state));
});
