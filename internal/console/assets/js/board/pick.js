// What opens at a place of the page: a popover, a menu in one, a list to pick from in one, and words about what
// was refused.
import { h, fill, $, dialog } from "../ui.js";
import { combobox } from "../combobox.js";
import { self, sentence } from "../directory.js";
import { model, permissionWords } from "./model.js";

let open = null;

// popover shows something at an element until close() is called, Escape pressed or something else clicked.
// left(how) is called then: how is "escape", "outside" or what close was called with.
export function popover(anchor, content, { label, role = "dialog", left, wide = 0 } = {}) {
  open?.close("outside");
  const box = h("div.popover", { role, "aria-label": label }, content);
  const place = () => {
    if (!anchor.isConnected) return;
    const a = anchor.getBoundingClientRect(), width = Math.min(innerWidth - 16, Math.max(a.width, wide || box.offsetWidth));
    if (wide) box.style.width = width + "px";
    const below = innerHeight - a.bottom > box.offsetHeight + 12 || a.top < box.offsetHeight + 12;
    box.style.left = Math.max(8, Math.min(a.left, innerWidth - box.offsetWidth - 8)) + "px";
    box.style.top = Math.max(8, Math.min(below ? a.bottom + 2 : a.top - box.offsetHeight - 2, innerHeight - box.offsetHeight - 8)) + "px";
  };
  const outside = (e) => { if (!box.contains(e.target) && !e.target.closest?.("dialog")) me.close("outside"); };
  const me = { box, place, close(how) {
    if (open !== me) return;
    open = null;
    removeEventListener("pointerdown", outside, true);
    removeEventListener("scroll", place, true);
    removeEventListener("resize", place);
    box.remove();
    left?.(how);
  } };
  box.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") { e.stopPropagation(); return; }
    e.preventDefault();
    e.stopPropagation();
    me.close("escape");
  });
  open = me;
  $("#main").append(box);
  place();
  addEventListener("pointerdown", outside, true);
  addEventListener("scroll", place, true);
  addEventListener("resize", place);
  return me;
}

// menu offers actions: [[words, run, { danger, why }]]. One with a why is off and says so when it is chosen.
export function menu(anchor, label, entries) {
  const list = h("div.menu-list", { role: "menu", "aria-label": label }, entries.filter(Boolean).map(([words, run, { danger, why } = {}]) =>
    h("button" + (danger ? ".danger" : ""), { role: "menuitem", tabIndex: -1, "aria-disabled": why ? "true" : null, title: why || null, onclick: () => {
      me.close("chosen");
      if (why) because(words, why, anchor); else run(anchor);
    } }, words, why && h("span.quiet", " Why?"))));
  const me = popover(anchor, list, { role: null, left: (how) => { anchor.setAttribute("aria-expanded", "false"); if (how === "escape") anchor.focus(); } });
  anchor.setAttribute("aria-expanded", "true");
  const all = [...list.children];
  list.addEventListener("keydown", (e) => {
    const at = all.indexOf(document.activeElement), to = { ArrowDown: at + 1, ArrowUp: at + all.length - 1, Home: 0, End: all.length - 1 }[e.key];
    if (e.key === "Tab") { me.close("escape"); e.preventDefault(); return; }
    if (to === undefined) return;
    all[to % all.length].focus();
    e.preventDefault();
  });
  all[0]?.focus();
  return me;
}

// because tells why something is not possible, in the service's words, and who may.
export const because = (what, refused) => dialog(`Why not “${what}”?`, h("div", h("p", sentence(refused)),
  model.board && h("p", permissionWords[model.board.permissions] ?? ""),
  !self.looking && h("p.hint", "An owner of the board or an admin of the account can change that.")), (close) => h("button.primary", { onclick: () => close(), autofocus: true }, "Close"));

// told shows at a place what was refused, and why is one click away.
export function told(anchor, what, e, left) {
  const box = popover(anchor, h("div.told", { role: "alert" }, h("p.fault", sentence(e.message || String(e))),
    h("div.row.tight", denied(e) && h("button", { onclick: () => { box.close("why"); because(what, e.message || String(e)); } }, "Why?"), h("button", { onclick: () => box.close("escape") }, "Close"))),
  { label: what + " was not saved", wide: 280, left });
  box.box.querySelector("button").focus();
}

// denied tells what self may not do from what cannot be done at all, which needs no other reason.
const denied = (e) => /UNAUTHORIZED|DENIED|PERMISSION/i.test(e.code);

// fault is what an editor shows when it is refused, without being closed.
export const fault = (what, e) => [h("p.fault", sentence(e.message || String(e))), denied(e) && h("button.plain.why", { type: "button", onclick: () => because(what, e.message || String(e)) }, "Why?")];

// picker is a list to choose from, narrowed by typing. find(words) returns [{ id, name, … }], row(x) is what is
// shown of one, made(words) makes one that is not there. With one, choosing ends it: chosen([x]) is called; else
// there is a button for it. clear offers to choose nothing.
export function picker({ label, find, row, now = [], one = false, made, clear = false, chosen }) {
  const picked = new Map(now.map((x) => [x.id, x]));
  const faults = h("div", { role: "alert" });
  const { input, list, look, draw } = combobox({ id: "pick-" + Math.random().toString(36).slice(2, 8), label, placeholder: "Type to search", many: !one, selected: (x) => picked.has(x.id),
    find: async (words) => {
      const some = await find(words);
      return made && words && !some.some((x) => x.name.toLowerCase() === words.toLowerCase()) ? [...some, { id: "", name: words, fresh: words }] : some;
    },
    row: (x) => (x.fresh ? `Make “${x.fresh}”` : row(x)), none: (words) => (words ? "There is nothing like this." : "There is nothing to choose from."),
    first: (some, words) => Math.max(0, some.findIndex((x) => !words && picked.has(x.id))),
    take, done: () => end([...picked.values()]), drawn: () => root.place?.(), failed: (e) => fill(faults, fault(label, e)) });
  const save = !one && h("button.primary", { type: "button", onclick: () => end([...picked.values()]) }, "Save");
  const root = h("div.pick", input, list, faults, h("div.row.tight", save, clear && h("button", { type: "button", onclick: () => end([]) }, "Clear")));

  async function end(list) {
    root.setAttribute("aria-busy", "true");
    fill(faults);
    try { await chosen(list); } catch (e) { fill(faults, fault(label, e)); root.place?.(); } finally { root.removeAttribute("aria-busy"); }
  }
  async function take(x) {
    if (x.fresh) {
      try { x = await made(x.fresh); } catch (e) { fill(faults, fault(label, e)); return; }
      input.value = "";
      look();
    }
    if (one) return end([x]);
    if (!picked.delete(x.id)) picked.set(x.id, x);
    draw();
  }
  look();
  root.focus = () => input.focus();
  return root;
}
