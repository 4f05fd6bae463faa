// The frame around every page: menus, search, keys, the tree of boards.
import { h, fill, $, debounce, dialog, me } from "./ui.js";
import { gql } from "./api.js";

// The avatar's menu: opens with a click, Enter or the arrow keys; Escape and leaving close it.
const button = $("#avatar"), list = $("#avatar-list");
button.textContent = me.name.trim().split(/\s+/).map((w) => [...w][0]).slice(0, 2).join("").toUpperCase();
const items = () => [...list.querySelectorAll("[role=menuitem]")];
function menu(open, focus) {
  list.hidden = !open;
  button.setAttribute("aria-expanded", open);
  if (open && focus) items()[0].focus();
  if (!open && focus) button.focus();
}
button.addEventListener("click", () => menu(list.hidden, false));
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

const side = $("#side"), menuButton = $("#menu-button");
menuButton.addEventListener("click", () => menuButton.setAttribute("aria-expanded", side.classList.toggle("open")));

// Keys. Pages add theirs with keys.push([key, words]).
export const keys = [["/", "Search"], ["?", "Show the keys"], ["g h", "Go home"], ["g p", "Go to people"], ["g t", "Go to teams"], ["g w", "Go to workspaces"],
  ["g d", "Go to Developers"], ["↑ ↓", "Move in lists and grids"], ["Enter", "Open"], ["Esc", "Close, or leave a field"]];
const places = { h: "/", p: "/users", t: "/teams", w: "/workspaces", d: "/developers", a: "/admin" };
export function showKeys() {
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

// Search: boards, people and teams by name.
const search = $("#search"), field = $("#search input");
let found = null, at = -1;
function close() { found?.remove(); found = null; at = -1; }
const look = debounce(async () => {
  const q = field.value.trim();
  if (!q) return close();
  const data = await gql(`query ($q: String!) { users(name: $q, limit: 5) { id name email } teams { id name } boards(limit: 10000) { id name type } }`, { q }, { partial: true });
  const has = (x) => x.name.toLowerCase().includes(q.toLowerCase());
  const hits = [...(data.boards ?? []).filter((b) => has(b) && b.type === "board").slice(0, 8).map((b) => ["/boards/" + b.id, b.name, "board"]),
    ...(data.users ?? []).map((u) => ["/users/" + u.id, u.name, u.email]), ...(data.teams ?? []).filter(has).slice(0, 5).map((t) => ["/teams/" + t.id, t.name, "team"])];
  close();
  found = h("ul.search-results", { role: "listbox", "aria-label": "Found" },
    hits.length ? hits.map(([href, words, more]) => h("li", { role: "option" }, h("a", { href, tabIndex: -1 }, words, " ", h("span.quiet", more)))) : h("li.quiet", "Nothing is called like this."));
  search.append(found);
}, 150);
field.addEventListener("input", look);
field.addEventListener("keydown", (e) => {
  if (e.key === "Escape") { close(); field.blur(); return; }
  const all = [...(found?.querySelectorAll("[role=option]") ?? [])];
  if (!all.length) return;
  if (e.key === "ArrowDown" || e.key === "ArrowUp") {
    at = (at + (e.key === "ArrowDown" ? 1 : all.length - 1)) % all.length;
    all.forEach((o, n) => o.setAttribute("aria-selected", n === at));
    e.preventDefault();
  } else if (e.key === "Enter") {
    (all[Math.max(at, 0)].querySelector("a")).click();
    e.preventDefault();
  }
});
search.addEventListener("submit", (e) => e.preventDefault());
document.addEventListener("click", (e) => { if (!e.target.closest("#search")) close(); });

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
    const mark = { private: " 🔒", share: " ↗", public: "" };
    const words = { private: ", private", share: ", shareable", public: "" };
    fill(tree, [...spaces].slice(0, 50).map(([name, list]) => [h("h3", { title: name }, name),
      h("ul", list.slice(0, 30).map((b) => h("li", h("a", { href: "/boards/" + b.id, title: b.name, "aria-current": location.pathname.startsWith("/boards/" + b.id) ? "page" : null },
        b.name, mark[b.board_kind] && [h("span", { "aria-hidden": "true" }, mark[b.board_kind]), h("span.visually-hidden", words[b.board_kind])]))),
        list.length > 30 && h("li", h("a", { href: "/workspaces" }, `and ${list.length - 30} more`)))]));
  }, () => {});
}
