// Administration → Connections → All tokens: every API token of the account.
import { h, fill, show, attempt, confirm, toast, when } from "../ui.js";
import { call } from "../api.js";
import { table } from "../table.js";
import { clip, count } from "../directory.js";

let all = [];
const find = h("input", { type: "search", placeholder: "Owner or name", "aria-label": "Find a token by its owner or name", oninput: () => draw() });
const told = h("span.quiet", { role: "status" });
const late = (a, b) => (a ?? "").localeCompare(b ?? "");
const nameOf = (t) => t.name || "Personal API token";

const list = table({ label: "API tokens", none: "There are no such tokens.", columns: [
  { head: "Owner", cell: (t) => t.owner ? h("a.clip", { href: "/users/" + t.user_id, title: t.owner }, t.owner) : h("span.quiet", "gone"), sort: (a, b) => a.owner.localeCompare(b.owner) },
  { head: "Name", cell: (t) => t.name ? clip(t.name) : h("span.quiet", nameOf(t)), sort: (a, b) => a.name.localeCompare(b.name) },
  { head: "Scopes", cell: (t) => clip(t.scopes?.join(", ") || "everything") },
  { head: "Made", width: "120px", cell: (t) => when(t.created_at), sort: (a, b) => late(a.created_at, b.created_at) },
  { head: "Last used", width: "120px", cell: (t) => when(t.last_used), sort: (a, b) => late(a.last_used, b.last_used) },
  { head: "Expires", width: "120px", cell: (t) => t.expires_at ? when(t.expires_at) : "never", sort: (a, b) => late(a.expires_at ?? "~", b.expires_at ?? "~") },
  { head: h("span.visually-hidden", "Revoke"), width: "96px", cell: (t) => h("button.danger", { "aria-label": `Revoke ${nameOf(t)} of ${t.owner}`, onclick: (e) => revoke(e.currentTarget, t) }, "Revoke") },
] });
list.classList.add("wide");

async function revoke(button, t) {
  if (!(await confirm(`Revoke “${nameOf(t)}” of ${t.owner}?`, "Whatever uses it stops working at once.", { yes: "Revoke", danger: true }))) return;
  await attempt(button, async () => {
    await call("tokens/revoke", { id: t.id });
    toast("Revoked");
    all = all.filter((other) => other.id !== t.id);
    draw(true);
  });
}

function draw(keep = false) {
  const q = find.value.toLowerCase();
  const shown = all.filter((t) => !q || t.owner.toLowerCase().includes(q) || nameOf(t).toLowerCase().includes(q));
  list.update(shown, { keep });
  fill(told, count(shown.length, "token"));
}

show(async () => {
  all = (await call("tokens/all")) ?? [];
  draw();
  return h("div", h("p", "What a token can do, its owner can do. Secrets are not shown here, and nobody but the owner can see one again."), h("div.filters", find, told), list);
});
