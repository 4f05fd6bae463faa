// A table of many rows: only those in sight are in the page. Arrow keys move, Enter opens.
import { h, fill, empty } from "./ui.js";

// table({ columns: [{ head, cell(row), width, sort(a, b) }], rows, href(row), onopen(row), none, label }).
// It returns an element with update(rows), which begins at the top again unless it is to keep its place.
export function table({ columns, rows = [], href, onopen, none = "There is nothing here.", label }) {
  const step = 36;
  let all = rows, order = null;
  const body = h("tbody");
  const heads = columns.map((c, i) => h("th", { scope: "col", style: c.width ? { width: c.width } : {} },
    c.sort ? h("button", { onclick: () => sortBy(i) }, c.head, h("span", { "aria-hidden": "true" })) : c.head));
  const box = h("div.scroll", { tabIndex: 0, role: "region", "aria-label": label, style: { maxHeight: "72vh" } },
    h("table", { "aria-rowcount": 0 }, h("thead", h("tr", { "aria-rowindex": 1 }, heads)), body));
  const root = h("div", box);
  let active = 0, from = -1, to = -1;

  function sortBy(i) {
    order = order?.i === i ? { i, down: !order.down } : { i, down: false };
    heads.forEach((th, n) => {
      if (n === i) th.setAttribute("aria-sort", order.down ? "descending" : "ascending"); else th.removeAttribute("aria-sort");
      const mark = th.querySelector("span");
      if (mark) mark.textContent = n === i ? (order.down ? " ↓" : " ↑") : "";
    });
    arrange();
  }

  function arrange() {
    if (order) {
      const by = columns[order.i].sort;
      all = [...all].sort((a, b) => (order.down ? -by(a, b) : by(a, b)));
    }
    from = -1;
    paint();
  }

  function paint() {
    const first = Math.max(0, Math.floor(box.scrollTop / step) - 10);
    const last = Math.min(all.length, first + Math.ceil(box.clientHeight / step || 20) + 20);
    if (first === from && last === to) return;
    [from, to] = [first, last];
    const focused = document.activeElement?.closest?.("tr")?.dataset.at;
    const space = (n) => h("tr", { "aria-hidden": "true" }, h("td", { colSpan: columns.length, style: { height: n * step + "px", padding: "0", border: "0" } }));
    fill(body, first > 0 && space(first), all.slice(first, last).map((row, n) => {
      const at = first + n;
      return h("tr", { tabIndex: at === active ? 0 : -1, "data-at": at, "aria-rowindex": at + 2, style: { height: step + "px" },
        ondblclick: () => open(row) }, columns.map((c) => h("td", c.cell(row))));
    }), last < all.length && space(all.length - last));
    box.firstChild.setAttribute("aria-rowcount", all.length + 1);
    if (focused !== undefined) body.querySelector(`tr[data-at="${active}"]`)?.focus({ preventScroll: true });
  }

  function open(row) {
    if (onopen) onopen(row); else if (href) location.assign(href(row));
  }

  function move(to) {
    active = Math.max(0, Math.min(all.length - 1, to));
    const top = active * step;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + step * 2 > box.scrollTop + box.clientHeight) box.scrollTop = top + step * 2 - box.clientHeight;
    from = -1;
    paint();
    body.querySelector(`tr[data-at="${active}"]`)?.focus({ preventScroll: true });
  }

  box.addEventListener("scroll", () => requestAnimationFrame(paint));
  box.addEventListener("keydown", (e) => {
    if (e.target.closest("input, select, textarea")) return;
    const page = Math.max(1, Math.floor(box.clientHeight / step) - 2);
    const keys = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    if (e.key in keys) move(active + keys[e.key]);
    else if (e.key === "Home") move(0);
    else if (e.key === "End") move(all.length - 1);
    else if (e.key === "Enter" && e.target.matches("tr")) open(all[active]);
    else return;
    e.preventDefault();
  });

  root.update = (rows, { keep = false } = {}) => {
    all = rows;
    if (!keep) {
      active = 0;
      box.scrollTop = 0;
    }
    active = Math.max(0, Math.min(active, rows.length - 1));
    if (!rows.length) root.replaceChildren(empty(none));
    else if (box.parentNode !== root) root.replaceChildren(box);
    arrange();
    requestAnimationFrame(paint); // now its height is known
  };
  root.update(rows);
  return root;
}
