// A field over a list: what is typed narrows the list, the arrow keys move in it, Enter takes what is marked.
import { h, fill, debounce } from "./ui.js";

// combobox makes input and list. find(words) returns what can be taken, each with an id; row(x) is what is shown of
// one, selected(x) whether it is chosen, off(x) why it cannot be, "" when it can; first(found, words) is where the mark
// begins; none(words) is said when nothing was found. take(x) is called for what is taken, done() for Ctrl+Enter,
// drawn() whenever the list has changed, failed(e) when find has failed.
export function combobox({ id, label, named = false, placeholder, find, row, selected, off = () => "", many = false, first = () => 0, none, take, done, drawn, failed }) {
  const listID = id + "-list";
  const input = h("input", { id, role: "combobox", "aria-label": named ? null : label, placeholder, autocomplete: "off", "aria-expanded": "true", "aria-controls": listID, "aria-autocomplete": "list" });
  const list = h("ul.choices", { id: listID, role: "listbox", "aria-label": label, "aria-multiselectable": String(many) });
  let found = [], at = 0, turn = 0, looked = null;

  const said = (words, spec = "li.quiet") => fill(list, h(spec, { role: "option", "aria-disabled": "true", "aria-selected": "false" }, words));

  function draw() {
    if (looked === null) return;
    if (!found.length) said(none(looked));
    else {
      fill(list, found.map((x, n) => h("li", { id: `${listID}-${n}`, role: "option", class: n === at ? "at" : "", "aria-selected": String(selected(x)), "aria-disabled": off(x) ? "true" : null,
        onmousedown: (e) => e.preventDefault(), onclick: () => { if (!off(x)) take(x); } }, row(x), off(x) && h("span.quiet", " " + off(x)))));
    }
    if (found[at]) input.setAttribute("aria-activedescendant", `${listID}-${at}`); else input.removeAttribute("aria-activedescendant");
    list.children[at]?.scrollIntoView?.({ block: "nearest" });
    drawn?.();
  }

  async function look() {
    const mine = ++turn, words = input.value.trim();
    try {
      const some = await find(words);
      if (mine !== turn) return; // somebody has typed on
      [found, looked, at] = [some, words, first(some, words)];
      draw();
    } catch (e) {
      if (mine !== turn) return;
      [found, looked, at] = [[], words, 0];
      draw();
      if (failed) failed(e); else said(e.message, "li.fault");
    }
  }

  input.addEventListener("input", debounce(look, 100));
  // Enter takes what is marked or, before the list is there, what comes first for what was typed when it was pressed.
  // Who types on quickly gets all of it, in that order.
  let entered = Promise.resolve();
  async function enter(marked, words) {
    const some = marked ? [marked] : await find(words), x = marked ?? some[first(some, words)];
    if (x && !off(x)) await take(x);
  }
  input.addEventListener("keydown", (e) => {
    if (list.hidden || e.isComposing) return;
    const to = { ArrowDown: Math.min(found.length - 1, at + 1), ArrowUp: Math.max(0, at - 1) }[e.key];
    if (to === undefined && e.key !== "Enter") return;
    e.preventDefault();
    if (e.key === "Enter") {
      const words = input.value.trim(), marked = looked === words ? found[at] : null, finish = done && (e.ctrlKey || e.metaKey);
      if (looked !== words || marked || finish) entered = entered.then(() => (finish ? done() : enter(marked, words))).catch((err) => (failed ? failed(err) : said(err.message, "li.fault")));
      return;
    }
    at = to;
    draw();
  });
  said("Loading…");
  return { input, list, look, draw };
}
