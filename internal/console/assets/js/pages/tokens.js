// Developers → Developer → My Access Tokens.
import { h, fill, show, attempt, confirm, ask, copyText, dialog, when, empty, toast, me } from "../ui.js";
import { call } from "../api.js";
import { reveal } from "../token.js";

const scopes = ["account:read", "assets:read", "boards:read", "boards:write", "docs:read", "docs:write", "me:read", "notifications:write", "tags:read",
  "teams:read", "teams:write", "updates:read", "updates:write", "users:read", "users:write", "webhooks:read", "webhooks:write", "workspaces:read", "workspaces:write"];
const personal = h("div"), named = h("div");
let mine;

function drawPersonal(secret) {
  if (!mine.allowed) {
    fill(personal, h("div.notice.warn", { role: "note" }, h("p", mine.why)));
    return;
  }
  if (!mine.token) {
    fill(personal, h("p", "You have no API token yet."), h("button.primary", { onclick: generate }, "Generate"));
    return;
  }
  fill(personal, h("div.row", h("span.secret", { id: "secret", "aria-label": "API token" }, secret ?? "•".repeat(32)),
    secret ? h("button", { id: "copy", onclick: () => copyText(secret) }, "Copy")
      : h("button", { onclick: (e) => attempt(e.target, async () => { const s = await reveal(mine); if (s) { drawPersonal(s); document.querySelector("#copy").focus(); } }) }, "Show"),
    h("button", { onclick: generate }, "Regenerate")),
  h("p.hint", "Made ", when(mine.token.created_at), ", last used ", when(mine.token.last_used), "."));
}

async function generate(e) {
  if (mine.token && !(await confirm("Generate a new token?", "The token that you have now stops working at once, wherever it is used.", { yes: "Generate", danger: true }))) return;
  await attempt(e.target, async () => {
    personal.inert = true; // the token that it shows is no good any more
    try {
      const made = await call("token/generate");
      mine.token = made.token;
      drawPersonal(made.secret);
    } finally { personal.inert = false; }
  });
}

// several is a list of which any can be checked.
function several(id, label, names) {
  const group = h("div.several", { id, role: "group", "aria-label": label }, names.map((n) => h("label.inline", h("input", { type: "checkbox", value: n }), n)));
  Object.defineProperty(group, "value", { get: () => [...group.querySelectorAll(":checked")].map((i) => i.value) });
  return group;
}

async function create() {
  const made = await ask("New access token", [
    { name: "name", label: "Name", required: true, max: 255, hint: "What it is for: the program or the machine that uses it." },
    { name: "scopes", label: "Scopes", make: (id) => several(id, "Scopes", scopes), hint: "None checked: everything that you may do." },
    { name: "expires", label: "Expires", type: "date", hint: "Empty: never." },
  ], (values) => call("tokens/create", values), { yes: "Create" });
  if (!made) return;
  await dialog("Your new access token", h("div", h("p", "It is shown this once. Copy it now."),
    h("div.row", h("span.secret", { "aria-label": "New access token" }, made.secret), h("button.primary", { onclick: () => copyText(made.secret), autofocus: true }, "Copy"))),
  (close) => h("button", { onclick: () => close() }, "Done"));
  await drawNamed();
}

async function drawNamed() {
  const list = ((await call("tokens")) ?? []).filter((t) => t.name && t.user_id === me.id);
  fill(named, h("div.row.spread", h("h2", "Named tokens"), h("button", { onclick: create }, "New token")),
    list.length ? h("div.scroll.roomy", { tabIndex: 0, role: "region", "aria-label": "Named tokens" }, h("table", h("thead", h("tr", ["Name", "Scopes", "Made", "Last used", "Expires", ""].map((x) => h("th", { scope: "col" }, x || h("span.visually-hidden", "Actions"))))),
      h("tbody", list.map((t) => h("tr", h("td", t.name), h("td", t.scopes?.join(", ") || "everything"), h("td", when(t.created_at)), h("td", when(t.last_used)),
        h("td", t.expires_at ? when(t.expires_at) : "never"), h("td", h("button.danger", { "aria-label": "Revoke " + t.name, onclick: async (e) => {
          if (!(await confirm(`Revoke “${t.name}”?`, "Whatever uses it stops working at once.", { yes: "Revoke", danger: true }))) return;
          await attempt(e.target, async () => { await call("tokens/revoke", { id: t.id }); toast("Revoked"); await drawNamed(); });
        } }, "Revoke")))))))
      : empty("No named tokens. They are good for giving each program its own, with less than everything and an end."));
}

show(async () => {
  mine = await call("token");
  drawPersonal();
  if (mine.allowed) await drawNamed();
  return h("div.stack", h("section.card", h("h2", "API token"),
    h("p", "Your personal token. A program that has it can do what you can do, and nothing else."), personal), mine.allowed && h("section.card", named));
});
