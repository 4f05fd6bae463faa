// The frame around every page: menus, search, keys, the tree of boards.
import { h, fill, $, debounce, dialog, icon, initials, me } from "./ui.js";
import { gql } from "./api.js";

// The avatar's menu: opens with a click, Enter or the arrow keys; Escape and leaving close it.
const button = $("#avatar"), list = $("#avatar-list");
button.dataset.initials = initials(me.name); // drawn, not said: its name is the person's
const photo = $("img", button);
const gone = () => photo.remove(); // the initials show then
if (photo?.complete && !photo.naturalWidth) gone();
photo?.addEventListener("error", gone);
const items = () => [...list.querySelectorAll("[role=menuitem]")];
function menu(open, focus) {
  list.hidden = !open;
  button.setAttribute("aria-expanded", open);
  if (open && focus) items()[0].focus();
  if (!open && focus) button.focus();
}
button.addEventListener("click", (e) => menu(list.hidden, e.detail === 0)); // 0: with the keyboard
button.addEventListener("keydown", (e) => { if (e.key === "ArrowDown") { menu(true, true); e.preventDefault(); } });
list.addEventListener("keydown", (e) => {
  const all = items(), at = all.indexOf(document.activeElement);
  if (e.key === "Escape") menu(false, true);
  else if (e.key === "ArrowDown") all[(at + 1) % all.length].focus();
  else if (e.key === "ArrowUp") all[(at + all.length - 1) % all.length].focus();
  else if (e.key === "Tab") { menu(false); return; }
  else return;
  e.preventDefault();
});
document.addEventListener("click", (e) => { if (!e.target.closest(".avatar-menu")) menu(false); });

$("#theme").addEventListener("click", () => {
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", next);
  document.documentElement.dataset.theme = next;
});

// Where there is no room for what stands at the left, a button shows it; Escape and a click elsewhere hide it.
const side = $("#side"), menuButton = $("#menu-button");
const showSide = (open) => menuButton.setAttribute("aria-expanded", side.classList.toggle("open", open));
menuButton.addEventListener("click", () => showSide());
document.addEventListener("click", (e) => { if (!e.target.closest("#side, #menu-button")) showSide(false); });
for (const e of [side, menuButton]) e.addEventListener("keydown", (k) => { if (k.key === "Escape") { showSide(false); menuButton.focus(); } });

$(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Keys. Pages add theirs with keys.push([key, words]).
export const keys = [["/", "Search"], ["?", "Show the keys"], ["g h", "Go home"], ["g p", "Go to people"], ["g t", "Go to teams"], ["g w", "Go to workspaces"],
  ["g d", "Go to Developers"], ["↑ ↓", "Move in lists and grids"], ["Enter", "Open"], ["Esc", "Close, or leave a field"]];
const places = { h: "/", p: "/users", t: "/teams", w: "/workspaces", d: "/developers", a: "/admin" };
function showKeys() {
  return dialog("Keyboard shortcuts", h("table", h("tbody", keys.map(([key, words]) => h("tr", h("td.nowrap", key.split(" ").map((k) => [h("kbd", k), " "])), h("td", words))))),
    (close) => h("button.primary", { onclick: () => close(), autofocus: true }, "Close"));
}
$("#keys").addEventListener("click", () => { menu(false); showKeys(); });
let before = "";
addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea, [contenteditable], dialog")) return;
  if (e.key === "/") { $("#search input").focus(); e.preventDefault(); }
  else if (e.key === "?") { showKeys(); e.preventDefault(); }
  else if (before === "g" && places[e.key]) location.assign(places[e.key]);
  before = e.key;
});

// Search: boards, people and teams by name. What is found are links below the field; the arrow keys
// move between them, Enter in the field follows the first.
const search = $("#search"), field = $("#search input"), found = h("div.search-results", { hidden: true }), told = h("p.visually-hidden", { role: "status" });
search.append(found, told);
let latest = 0;
const links = () => [...found.querySelectorAll("a")];
function close() { look.cancel(); latest++; found.hidden = true; fill(found); fill(told); }
const look = debounce(async () => {
  const q = field.value.trim(), mine = ++latest;
  if (!q) return close();
  const data = await gql(`query ($q: String!) { users(name: $q, limit: 5) { id name email } teams { id name } boards(limit: 10000) { id name type } }`, { q }, { partial: true }).catch(() => ({}));
  if (mine !== latest) return; // something else was typed meanwhile
  const has = (x) => x.name.toLowerCase().includes(q.toLowerCase());
  const named = (type) => (data.boards ?? []).filter((b) => b.type === type && has(b));
  const hits = [...named("board").slice(0, 8).map((b) => ["/boards/" + b.id, b.name, "board"]), ...named("document").slice(0, 5).map((b) => ["/docs/" + b.id, b.name, "doc"]),
    ...(data.users ?? []).map((u) => ["/users/" + u.id, u.name, u.email]), ...(data.teams ?? []).filter(has).slice(0, 5).map((t) => ["/teams/" + t.id, t.name, "team"])];
  fill(found, hits.length ? h("ul", { "aria-label": "Found" }, hits.map(([href, words, more]) => h("li", h("a", { href }, words, " ", h("span.quiet", more))))) : h("p.quiet", "Nothing is called like this."));
  fill(told, hits.length ? `${hits.length} found` : "Nothing found");
  found.hidden = false;
}, 150);
field.addEventListener("input", look);
search.addEventListener("keydown", (e) => {
  const all = links(), at = all.indexOf(document.activeElement);
  if (e.key === "Escape") {
    if (at >= 0) field.focus(); else field.blur();
    close();
  } else if (e.key === "ArrowDown" && all.length) all[(at + 1) % all.length].focus();
  else if (e.key === "ArrowUp" && at >= 0) (all[at - 1] ?? field).focus();
  else if (e.key === "Enter" && e.target === field) all[0]?.click();
  else return;
  e.preventDefault();
});
search.addEventListener("submit", (e) => e.preventDefault());
document.addEventListener("click", (e) => { if (!e.target.closest("#search")) close(); });
search.addEventListener("focusout", (e) => { if (e.relatedTarget && !search.contains(e.relatedTarget)) close(); });

// The boards, by workspace.
const tree = $("#tree");
if (tree) {
  gql(`{ boards(limit: 10000) { id name type board_kind workspace { id name } } }`).then(({ boards }) => {
    const spaces = new Map();
    for (const b of boards) {
      if (b.type !== "board") continue;
      const name = b.workspace?.name ?? "Main workspace";
      if (!spaces.has(name)) spaces.set(name, []);
      spaces.get(name).push(b);
    }
    const mark = { private: "lock", share: "share" };
    const words = { private: ", private", share: ", shareable" };
    const main = (name) => name.toLowerCase() === "main workspace";
    const order = [...spaces].sort(([a], [b]) => main(b) - main(a) || a.localeCompare(b));
    fill(tree, order.slice(0, 50).map(([name, list]) => [h("h3", { title: name }, name),
      h("ul", list.slice(0, 30).map((b) => h("li", h("a", { href: "/boards/" + b.id, title: b.name, "aria-current": location.pathname.split("/")[2] === b.id ? "page" : null },
        b.name, mark[b.board_kind] && [" ", icon(mark[b.board_kind]), h("span.visually-hidden", words[b.board_kind])]))),
        list.length > 30 && h("li", h("a", { href: "/workspaces" }, `and ${list.length - 30} more`)))]));
  }, () => {});
}
