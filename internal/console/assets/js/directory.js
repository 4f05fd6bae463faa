// What the pages about people, teams and workspaces share: whom the page acts for and what that one may
// do, choosing people and teams, telling what became of a change, and the dialogs that several of them open.
import { h, fill, $, avatar, ask, attempt, dialog, toast, debounce, copyText, empty } from "./ui.js";
import { gql, call } from "./api.js";
import { combobox } from "./combobox.js";

// self is whom the page acts for: somebody else than who has signed in while an admin looks at the account
// as that one. rules are what self may do, as the service says it.
export const self = await call("me").catch(() => ({ id: document.body.dataset.me, role: document.body.dataset.role, rules: {} }));
self.admin = self.role === "admin";

// refusal tells why self may not do something about what the facts (self, joined, owner, open) hold of; ""
// when it may. The service decides in any case: this only says so beforehand.
export function refusal(action, facts = {}) {
  if (self.looking) return "You look at the account as somebody else. Go back to yourself to change something.";
  const rule = self.rules[action];
  return !rule?.refusal || rule.unless?.some((fact) => facts[fact]) ? "" : rule.refusal;
}

// guarded is a button, or, where there is a refusal, the button switched off with the reason one click away.
export function guarded(button, refused) {
  if (!refused) return button;
  button.disabled = true;
  const words = button.textContent;
  return h("span.guarded", button, h("button.plain.why", { type: "button", "aria-label": `Why? ${words}`, onclick: () => because(words, refused) }, "Why?"));
}

// on is what a button does: refusals are told, and the keyboard's place is kept even where the page was made anew.
export const on = (run) => async (e) => {
  const button = e.currentTarget, nameOf = (b) => b.getAttribute("aria-label") ?? b.textContent, name = nameOf(button);
  await attempt(button, run);
  if (document.activeElement !== document.body) return;
  const now = [...document.querySelectorAll("main button:enabled")], whom = name.includes(": ") && name.slice(name.indexOf(": "));
  (button.isConnected ? button : now.find((b) => nameOf(b) === name) ?? now.find((b) => whom && nameOf(b).endsWith(whom)) ?? $("#main")).focus({ preventScroll: true });
};

const because = (words, refused) => dialog(`Why not “${words}”?`, h("div", h("p", sentence(refused)),
  !self.admin && h("p.hint", "An admin of the account can change what you may do.")), (close) => h("button.primary", { onclick: () => close(), autofocus: true }, "Close"));

export const sentence = (words) => (/[.!?]$/.test(words) ? words : words + ".");
export const count = (n, one, many = one + "s") => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

const days = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }), full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });

// onDay shows a day, of which the API tells no time: "yesterday", and the date when it is long ago.
export function onDay(text, none = "–") {
  if (!text) return h("span.quiet", none);
  const iso = text.slice(0, 10), at = Date.parse(iso + "T00:00:00Z"), now = new Date();
  const ago = Math.round((at - Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())) / 864e5);
  return h("time", { dateTime: iso, title: full.format(at) }, Math.abs(ago) < 14 ? days.format(ago, "day") : full.format(at));
}

// clip is text on one line, cut where there is no more room; it is whole in its tooltip.
export const clip = (text, spec = "span.clip") => h(spec, { title: text ?? "" }, text ?? "");

// Roles, as the API writes and the pages call them.
export const roles = { admin: { words: "Admin", many: "Admins", name: "ADMIN" }, member: { words: "Member", many: "Members", name: "MEMBER" },
  viewer: { words: "Viewer", many: "Viewers", name: "VIEW_ONLY" }, guest: { words: "Guest", many: "Guests", name: "GUEST" } };
export const roleOf = (u) => (u.is_admin ? "admin" : u.is_guest ? "guest" : u.is_view_only ? "viewer" : "member");
export const statusOf = (u) => (!u.enabled ? "inactive" : u.is_pending ? "pending" : "active");
export const statuses = { active: "Active", pending: "Pending", inactive: "Inactive" };
export const statusBadge = (u) => h("span.badge" + { active: ".good", pending: ".warn", inactive: "" }[statusOf(u)], statuses[statusOf(u)]);
export const userFields = "id name email title is_admin is_guest is_view_only is_pending enabled photo_thumb";

// userLink and teamLink name somebody on one line.
export const userLink = (u) => h("a.who-link", { href: "/users/" + u.id, title: u.name }, avatar(u), h("span.clip", u.name));
export const teamLink = (t) => {
  const mark = avatar({ name: t.name });
  mark.classList.add("team");
  return h("a.who-link", { href: "/teams/" + t.id, title: t.name }, mark, h("span.clip", t.name));
};

// Kinds of boards, as people know them.
export const boardKinds = { public: "Main", private: "Private", share: "Shareable" };
export const boardMark = (b) => b.type === "document" ? h("span.badge", "Doc") : b.board_kind !== "public" && h("span.badge", boardKinds[b.board_kind]);

// workspaceID is a workspace's number as the API takes it: the Main Workspace may have none to tell.
export const workspaceID = (w) => w?.id ?? "-1";
export const workspaceHref = (w) => "/workspaces/" + (w?.id ?? "main");

const order = new Intl.Collator(undefined, { sensitivity: "base", numeric: true });
export const by = (of) => (a, b) => order.compare(of(a) ?? "", of(b) ?? "");
export const byDay = (of) => (a, b) => ((of(a) ?? "") < (of(b) ?? "") ? -1 : (of(a) ?? "") > (of(b) ?? "") ? 1 : 0);

// pages asks for a list piece by piece and hands over what has come so far, so that its beginning is seen
// at once: a short piece is asked for before the long ones. run(page, limit) returns a piece.
export async function pages(run, got, limit = 1000, first = 100) {
  const beginning = await run(1, first);
  got(beginning, beginning.length === first);
  if (beginning.length < first) return beginning;
  const all = [];
  for (let page = 1; ; page++) {
    const some = await run(page, limit);
    all.push(...some);
    const more = some.length === limit;
    got(all, more);
    if (!more) return all;
  }
}

// inChunks does something to many, at most so many at a time, and puts the results together: lists are
// joined under their names.
export async function inChunks(list, run, most = 200) {
  const out = {};
  for (let i = 0; i < list.length; i += most) {
    for (const [name, some] of Object.entries(await run(list.slice(i, i + most)))) (out[name] ??= []).push(...(some ?? []));
  }
  return out;
}

// tell says what became of a change to several: one toast when all went well, otherwise a dialog that says
// of each why not. faults: [[whom, words]].
export async function tell(done, faults) {
  if (!faults.length) { toast(done); return; }
  await dialog("Not everything was done", h("div", done && h("p", done), h("p", `${count(faults.length, "refusal")}:`),
    h("ul.outcome", { tabIndex: 0 }, faults.map(([whom, words]) => h("li", h("strong", whom), " ", sentence(words))))),
  (close) => h("button.primary", { onclick: () => close(), autofocus: true }, "Close"));
}

// ---- Choosing

// chooser is a field to choose several of many by typing: find(words) returns those that match, at most some;
// of them row(x) is what is shown and x.id tells them apart. Its value are the chosen.
function chooser({ id, label, find, row, words, taken = new Set(), one = false }) {
  const chosen = new Map();
  let begun = false;
  const { input, list, look, draw: drawList } = combobox({ id, label, named: true, placeholder: words, find, row, many: !one, selected: (x) => chosen.has(x.id), off: (x) => (taken.has(x.id) ? "already" : ""),
    none: (q) => (q ? "Nobody is called like this." : "There is nobody to choose."), take: toggle });
  const chips = h("ul.chips", { "aria-label": "Chosen", hidden: true });
  const root = h("div.chooser", chips, input, list);

  function draw() {
    drawList();
    fill(chips, [...chosen.values()].map((x) => h("li", clip(x.name), h("button.icon", { type: "button", "aria-label": "Take out " + x.name, onclick: () => { toggle(x); input.focus(); } }, "×"))));
    chips.hidden = !chosen.size;
  }

  function toggle(x) {
    if (!chosen.delete(x.id)) {
      if (one) chosen.clear();
      chosen.set(x.id, x);
      if (input.value) { // on to the next one
        input.value = "";
        look();
      }
    }
    draw();
    open(!one || !chosen.size);
  }

  // open shows the list. It stays when the field is left: what is below it would jump away from under the pointer.
  function open(yes) {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
    if (!yes || begun) return;
    begun = true;
    look();
  }

  for (const event of ["focus", "click", "input"]) input.addEventListener(event, () => open(true));
  input.addEventListener("keydown", (e) => {
    if (e.key !== "Backspace" || input.value || !chosen.size) return;
    e.preventDefault();
    chosen.delete([...chosen.keys()].pop());
    draw();
  });
  open(false);
  Object.defineProperty(root, "value", { get: () => [...chosen.values()] });
  root.focus = () => input.focus();
  return root;
}

// findUsers looks for people by name or e-mail address. Of guests there are few: they are all asked for once.
function findUsers(guests) {
  let all = null;
  return async (q) => {
    if (guests) {
      all ??= (await gql(`{ users(kind: guests) { ${userFields} } }`)).users;
      return all.filter((u) => (u.name + " " + u.email).toLowerCase().includes(q.toLowerCase())).slice(0, 50);
    }
    const data = await gql(`query ($name: String, $emails: [String]) { named: users(name: $name, limit: 30) { ${userFields} } mailed: users(emails: $emails) { ${userFields} } }`,
      { name: q || null, emails: [q] });
    return [...data.mailed, ...data.named.filter((u) => !data.mailed.some((m) => m.id === u.id))];
  };
}

// usersField is a field for ask with which people are chosen; with guests only guests.
export const usersField = ({ name = "users", label = "People", taken, guests = false, one = false, hint } = {}) => ({ name, label, hint, make: (id) => chooser({
  id, label, taken, one, find: findUsers(guests), words: "Type a name or an e-mail address",
  row: (u) => [avatar(u), h("span.choice", h("span", u.name), h("span.quiet", u.email)), u.is_guest && h("span.badge", "Guest"), u.is_pending && h("span.badge.warn", "Pending")] }) });

// teamsField is one for teams.
export const teamsField = ({ name = "teams", label = "Teams", taken, one = false, hint } = {}) => {
  let all = null;
  return { name, label, hint, make: (id) => chooser({ id, label, taken, one, words: "Type the name of a team",
    find: async (q) => {
      all ??= (await gql("{ teams { id name is_guest } }")).teams.sort(by((t) => t.name));
      return all.filter((t) => t.name.toLowerCase().includes(q.toLowerCase())).slice(0, 100);
    },
    row: (t) => [h("span.choice", t.name), t.is_guest && h("span.badge", "Guest team")] }) };
};

// chosen refuses to go on with nobody chosen.
export function chosen(list, field, words = "Choose somebody first.") {
  if (!list.length) throw Object.assign(new Error(words), { field });
  return list.map((x) => x.id);
}

// ---- Dialogs that several pages open

// invite asks whom to invite, tells what became of each address, and offers links to sign in with.
// It returns those invited, or null.
export async function invite() {
  const done = await ask("Invite people", [
    { name: "emails", label: "E-mail addresses", type: "textarea", required: true, hint: "One or many, with commas, spaces or line breaks between them." },
    { name: "role", label: "As", value: "MEMBER", options: [["MEMBER", "Members: they work in the account"], ["VIEW_ONLY", "Viewers: they see and change nothing"], ["GUEST", "Guests: from outside, on shareable boards only"]],
      hint: "Nobody is invited as an admin: an admin changes the role afterwards." },
  ], async ({ emails, role }) => {
    const list = [...new Set(emails.split(/[\s,;]+/).filter(Boolean))];
    if (!list.length) throw Object.assign(new Error("Write at least one address."), { field: "emails" });
    return inChunks(list, async (some) => (await gql(`mutation ($emails: [String!]!, $role: UserRole) { invite_users(emails: $emails, user_role: $role) {
      invited_users { id name email } errors { email message } } }`, { emails: some, role })).invite_users);
  }, { yes: "Invite" });
  if (!done) return null;
  const { invited_users: invited = [], errors = [] } = done;
  const links = await dialog(invited.length ? `Invited: ${count(invited.length, "person", "people")}` : "Nobody was invited", h("div",
    invited.length > 0 && h("ul.outcome", { tabIndex: 0 }, invited.map((u) => h("li", h("span.badge.good", "Invited"), " ", u.email))),
    errors.length > 0 && h("ul.outcome", { tabIndex: 0 }, errors.map((e) => h("li", h("span.badge.bad", "Not invited"), " ", h("strong", e.email), " ", sentence(e.message)))),
    invited.length > 0 && h("p.hint", "No e-mail is sent. Give each person a sign-in link: with it they choose a password and come in.")),
  (close) => [invited.length > 0 && h("button.primary", { onclick: () => close(true), autofocus: true }, "Make sign-in links"),
    h("button", { onclick: () => close(null), autofocus: !invited.length }, "Close")]);
  if (links) await signInLinks(invited);
  return invited;
}

// signInLinks makes a link for each and shows them, to be passed on.
export async function signInLinks(users) {
  const made = [], faults = [];
  for (const u of users) {
    try { made.push([u, await call("link", { id: u.id })]); } catch (e) { faults.push([u, e.message]); }
  }
  await dialog(users.length === 1 ? "Sign-in link" : "Sign-in links", h("div",
    made.length > 0 && h("p", "Each link works once and for seven days; it takes the place of one made before. Whoever has it can come in: pass it on privately."),
    made.map(([u, link]) => h("div.link-row", h("div", h("strong", u.name), " ", h("span.quiet", u.email)), h("div.row", h("span.secret", { "aria-label": "Sign-in link for " + u.name }, link.url),
      h("button", { onclick: () => copyText(link.url), "aria-label": "Copy the link for " + u.name }, "Copy")))),
    faults.length > 0 && h("ul.outcome", { tabIndex: 0 }, faults.map(([u, words]) => h("li", h("strong", u.name), " ", sentence(words))))),
  (close) => [made.length > 1 && h("button", { onclick: () => copyText(made.map(([u, link]) => `${u.email}\t${link.url}`).join("\n")) }, "Copy all"), h("button.primary", { onclick: () => close() }, "Done")]);
}

// changeRole asks for a role and gives it to users. It returns whether anything was asked of the server.
export async function changeRole(users) {
  const now = users.length === 1 ? roleOf(users[0]) : "member";
  const out = await ask(users.length === 1 ? "Change the role" : `Change the role of ${count(users.length, "person", "people")}`, [
    { name: "role", label: "Role", value: roles[now].name, options: Object.values(roles).map((r) => [r.name, r.words]),
      hint: "Who becomes a guest leaves all teams but guest teams and all boards but shareable ones. Viewers and guests own nothing." },
  ], async ({ role }) => ({ role, ...await inChunks(users.map((u) => u.id), async (ids) => (await gql(`mutation ($ids: [ID!]!, $role: BaseRoleName) { update_users_role(user_ids: $ids, new_role: $role) {
    updated_users { id } errors { user_id message } } }`, { ids, role })).update_users_role) }), { yes: "Change role" });
  if (!out) return false;
  const role = Object.values(roles).find((r) => r.name === out.role);
  const done = out.updated_users.length;
  await tell(done ? `${done === 1 ? nameOf(users, out.updated_users[0].id) + " is now: " + role.words : count(done, "person", "people") + " are now: " + role.words}` : "", faultsOf(users, out.errors));
  return true;
}

// setActive lets users in, or shuts them out after asking.
export async function setActive(users, active) {
  const whom = users.length === 1 ? users[0].name : count(users.length, "person", "people");
  if (!active && !(await dialog(`Deactivate ${whom}?`, h("p", "They can no longer come in, and their tokens stop working at once. What they made stays, and they can be activated again."), (close) => [
    h("button", { onclick: () => close(null), autofocus: true }, "Cancel"), h("button.danger", { onclick: () => close(true) }, "Deactivate")]))) return false;
  const [name, list] = active ? ["activate_users", "activated_users"] : ["deactivate_users", "deactivated_users"];
  const out = await inChunks(users.map((u) => u.id), async (ids) => (await gql(`mutation ($ids: [ID!]!) { ${name}(user_ids: $ids) { ${list} { id } errors { user_id message } } }`, { ids }))[name]);
  const done = out[list].length;
  await tell(done ? `${done === 1 ? nameOf(users, out[list][0].id) : count(done, "person", "people")}: ${active ? "activated" : "deactivated"}` : "", faultsOf(users, out.errors));
  return true;
}

const nameOf = (users, id) => users.find((u) => u.id === id)?.name ?? id;
export const faultsOf = (users, errors) => (errors ?? []).map((e) => [e.user_id ? nameOf(users, e.user_id) : "All", e.message]);

// editProfile asks for changes to a user's profile and makes those that differ.
export async function editProfile(user) {
  const own = user.id === self.id, confirms = self.admin && !own; // an address that a user has entered counts once an admin has saved it
  const protect = own && (await call("profile")).has_password;
  const fields = [["name", "Name", { required: true, max: 255 }], ["email", "E-mail", { required: true, type: "email", hint: confirms && "By saving it you confirm that the address is this person's." }], ["title", "Title", { max: 255 }], ["phone", "Phone", { max: 255 }],
    ["mobile_phone", "Mobile phone", { max: 255 }], ["location", "Location", { max: 255 }], ["birthday", "Birthday", { type: "date" }], ["join_date", "Joined", { type: "date" }]]
    .map(([name, label, more]) => ({ name, label, value: user[name] ?? "", ...more }));
  if (protect) fields.splice(2, 0, { name: "password", label: "Your password", type: "password", autocomplete: "current-password", hint: "Only to change the e-mail address, by which you sign in." });
  return ask(`Edit ${own ? "your profile" : "the profile"}`, fields, async ({ password = "", ...values }) => {
    const changed = Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== (user[name] ?? "") || (confirms && name === "email")));
    if (own && changed.email) {
      await call("email", { email: changed.email, password });
      user.email = changed.email; // should another field be refused
      delete changed.email;
    }
    if (!Object.keys(changed).length) return true;
    const { update_multiple_users: out } = await gql(`mutation ($updates: [UserUpdateInput!]!) { update_multiple_users(user_updates: $updates) { errors { message } } }`,
      { updates: [{ user_id: user.id, user_attribute_updates: changed }] });
    if (out.errors?.length) throw Object.assign(new Error(out.errors[0].message), { field: fields.find((f) => out.errors[0].message.startsWith(f.name))?.name });
    toast("Saved");
    return true;
  });
}

// workspaces are those that self may see: the Main Workspace first, whether it has a number or not.
export async function workspaces(fields = "id name kind is_default_workspace") {
  const { main, list } = await gql(`{ main: workspaces(ids: [-1]) { ${fields} } list: workspaces(limit: 10000) { ${fields} } }`);
  return [...main, ...list.filter((w) => !w.is_default_workspace)];
}

export const workspaceKinds = { open: "Open", closed: "Closed", template: "Template" };

// products are what the API's words for them mean.
export const products = { core: "Work management", crm: "CRM", software: "Dev", service: "Service", marketing: "Marketing", project_management: "Projects", whiteboard: "Whiteboards", forms: "Forms" };
export const productName = (kind) => products[kind] ?? kind;

// workspaceForm are the fields of a new workspace, or of w that is to be changed. have are the account's products.
export const workspaceForm = (have, w) => [
  { name: "name", label: "Workspace name", required: true, max: 255, value: w?.name },
  { name: "description", label: "Description", type: "textarea", value: w?.description ?? "" },
  !w?.is_default_workspace && { name: "kind", label: "Kind", value: w?.kind ?? "open", options: [["open", "Open: everybody in the account but guests finds it"], ["closed", "Closed: only those who are let in"]] },
  have.length > 0 && { name: "product", label: "Product", value: w?.account_product?.id ?? "", options: [...(w?.account_product ? [] : [["", "None"]]), ...have.map((p) => [p.id, productName(p.kind)])] },
].filter(Boolean);

// createBoard asks what board to make, in one workspace if it is given, and goes to it.
export async function createBoard({ workspace, folder } = {}) {
  const spaces = workspace ? [workspace] : await workspaces();
  const made = await ask("Create board", [
    { name: "name", label: "Board name", required: true, max: 255 },
    { name: "kind", label: "Kind", value: "public", options: [["public", "Main: everybody in the account finds it"], ["private", "Private: those you put on it"], ["share", "Shareable: those you put on it, guests too"]] },
    { name: "workspace", label: "Workspace", value: workspaceID(spaces[0]), options: spaces.map((w) => [workspaceID(w), w.name]) },
    { name: "empty", label: "Without sample items", type: "checkbox" },
  ], async ({ name, kind, workspace, empty }) => (await gql(`mutation ($name: String!, $kind: BoardKind!, $workspace: ID, $folder: ID, $empty: Boolean) {
    create_board(board_name: $name, board_kind: $kind, workspace_id: $workspace, folder_id: $folder, empty: $empty) { id } }`, { name, kind, workspace, folder: folder ?? null, empty })).create_board,
  { yes: "Create board" });
  if (made) location.assign("/boards/" + made.id);
}

// fromPath is the last part of the address: whom or what the page is about.
export const fromPath = () => decodeURIComponent(location.pathname.split("/").pop());

// missing is what a page shows whose subject is not there, or not for self.
export const missing = (what, href, list) => empty(`There is no such ${what}, or you may not see it.`, h("p", h("a.button", { href }, list)));

// searchField is a field above a list that narrows it while one types.
export function searchField(label, run) {
  const input = h("input", { type: "search", "aria-label": label, placeholder: label, autocomplete: "off", oninput: debounce(() => run(input.value.trim().toLowerCase()), 80) });
  return input;
}

// filterField is a choice above a list. options: [[value, words]].
export const filterField = (label, options, value, run) => h("select", { "aria-label": label, onchange: (e) => run(e.target.value) }, options.map(([v, words]) => h("option", { value: v, selected: v === value }, words)));
