// A plain editor for code: line numbers, Tab and indentation, brackets that come in pairs.
import { h } from "./ui.js";

const pairs = { "{": "}", "(": ")", "[": "]" };

// editor makes one. element goes into the page; value is its text; insert puts text where the cursor is;
// onrun is called for Ctrl+Enter.
export function editor({ label, value = "", rows = 14, onrun, oninput }) {
  const gutter = h("pre.gutter", { "aria-hidden": "true" });
  const area = h("textarea", { value, rows, spellcheck: false, autocapitalize: "off", autocomplete: "off", wrap: "off", "aria-label": label, "aria-describedby": "editor-keys" });
  const element = h("div.editor", gutter, area);
  let lines = 0, leaving = false;

  function count() {
    const n = area.value.split("\n").length;
    if (n !== lines) gutter.textContent = Array.from({ length: n }, (_, i) => i + 1).join("\n");
    lines = n;
  }
  // put goes through the browser's own editing, so that it can be undone.
  function put(text, from = area.selectionStart, to = area.selectionEnd) {
    area.setSelectionRange(from, to);
    if (!document.execCommand(text ? "insertText" : "delete", false, text)) area.setRangeText(text, from, to, "end");
    changed();
  }
  function changed() {
    count();
    oninput?.(area.value);
  }
  function indentLines(out) {
    const { selectionStart: a, selectionEnd: b, value } = area;
    const from = value.lastIndexOf("\n", a - 1) + 1, text = value.slice(from, b);
    const made = out ? text.replace(/^ {1,2}/gm, "") : text.replace(/^/gm, "  ");
    if (made === text) return;
    put(made, from, b);
    area.setSelectionRange(from, from + made.length);
  }

  area.addEventListener("input", changed);
  area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
  area.addEventListener("blur", () => { leaving = false; });
  area.addEventListener("keydown", (e) => {
    const { selectionStart: a, selectionEnd: b, value } = area, next = value[b], before = value[a - 1];
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) onrun?.();
    else if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    else if (e.key === "Escape") { leaving = true; return; }
    else if (e.key === "Tab") {
      if (leaving) return; // Escape, then Tab, goes on to the next field
      if (e.shiftKey) indentLines(true);
      else if (value.slice(a, b).includes("\n")) indentLines(false);
      else put("  ");
    } else if (pairs[e.key]) {
      const inside = value.slice(a, b);
      if (!inside && next && !/[\s)\]}]/.test(next)) return;
      put(e.key + inside + pairs[e.key]);
      area.setSelectionRange(a + 1, a + 1 + inside.length);
    } else if (Object.values(pairs).includes(e.key) && a === b && next === e.key) area.setSelectionRange(a + 1, a + 1);
    else if (e.key === "Backspace" && a === b && pairs[before] && pairs[before] === next) put("", a - 1, a + 1);
    else if (e.key === "Enter") {
      const line = value.slice(value.lastIndexOf("\n", a - 1) + 1, a), by = line.match(/^\s*/)[0];
      if (pairs[before] && pairs[before] === next) {
        put("\n" + by + "  \n" + by);
        area.setSelectionRange(a + by.length + 3, a + by.length + 3);
      } else put("\n" + by + (pairs[before] ? "  " : ""));
    } else { leaving = false; return; }
    e.preventDefault();
  });
  count();
  return { element, area, get value() { return area.value; }, set value(text) { area.value = text; changed(); },
    insert(text) { area.focus(); put(text); } };
}
