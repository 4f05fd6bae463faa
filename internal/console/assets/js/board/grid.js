// The grid: groups with their items as rows, of which only those in sight are in the page. One cell has the focus
// and the arrow keys move it.
import { h } from "../ui.js";
import { model, columns, subcolumns, nameColumn, subitems, parentOf } from "./model.js";
import { cell as valueOf, words as wordsOf, unsaid, right } from "./cells.js";
import { edit, toggle, toggled, clear } from "./editors.js";
import { widthOf, setWidth } from "./widths.js";

const heights = { group: 48, head: 32, item: 36, subhead: 30, sub: 34, addsub: 36, add: 38 };
const subName = { id: "name", type: "name", title: "Subitem" };
const nameWidth = () => widthOf(nameColumn());
const addWidth = 44; // of the column that only has the button for another one

// grid makes it. acts are what its buttons do: open(item), item(button, item), group(button, group),
// column(button, column), addColumn(button), create(group, name), createSub(item, name); each may be missing.
export function grid(acts) {
  const held = h("div.held", { role: "presentation" }); // the head of the group in sight, while its place is above
  const body = h("div.rows-box", { role: "grid" }, held);
  const root = h("div.board-box", body);
  const closed = new Set(), drafts = new Map(), live = new Map(), hays = new WeakMap();
  let rows = [], tops = [0], active = { key: null, col: 0 }, filter = "", sparse = false;
  let heads = new Map(), ends = new Map(), up = null; // where a group's head is, where the group ends; the head that is held

  // ---- What the rows are

  function matches(item) {
    if (!filter) return true;
    let hay = hays.get(item.cells);
    if (hay === undefined) hays.set(item.cells, hay = [item.name, ...columns().map((c) => wordsOf(c, item.cells.get(c.id)))].join("\n").toLowerCase());
    return hay.includes(filter);
  }

  function arrange() {
    rows = [];
    for (const group of model.board.groups) {
      const items = (model.order.get(group.id) ?? []).filter(matches);
      if (!items.length && (filter || sparse)) continue;
      rows.push({ kind: "group", key: "g:" + group.id, group, count: items.length });
      if (closed.has(group.id)) continue;
      rows.push({ kind: "head", key: "h:" + group.id, group });
      for (const item of items) {
        rows.push({ kind: "item", key: "i:" + item.id, group, item });
        if (!item.open || !item.subitems) continue;
        if (item.subitems.length) rows.push({ kind: "subhead", key: "sh:" + item.id, group, item });
        for (const sub of item.subitems) rows.push({ kind: "sub", key: "s:" + sub.id, group, item: sub });
        if (acts.createSub) rows.push({ kind: "addsub", key: "as:" + item.id, group, item });
      }
      if (acts.create && !filter && !sparse) rows.push({ kind: "add", key: "a:" + group.id, group });
    }
    tops = [0];
    [heads, ends] = [new Map(), new Map()];
    rows.forEach((r, n) => {
      tops.push(tops.at(-1) + heights[r.kind]);
      if (r.kind === "head") heads.set(r.group, n);
      ends.set(r.group, tops.at(-1));
    });
    if (!rows.some((r) => r.key === active.key)) active = { key: rows[0]?.key, col: 0 };
  }

  const columnsOf = (r) => (r.kind.startsWith("sub") ? [subName, ...subcolumns()] : [nameColumn(), ...columns()]);
  const widthIn = (r, c) => widthOf(c, r.kind.startsWith("sub"));
  const widthsOf = (kind) => columnsOf({ kind }).map((c) => widthIn({ kind }, c));
  const sum = (list) => list.reduce((a, b) => a + b, 0);

  // ---- Drawing

  function refresh() {
    const at = document.activeElement, inside = body.contains(at), field = inside && at.matches("input");
    arrange();
    live.clear();
    const width = Math.max(sum(widthsOf("item")) + addWidth, model.subboard ? sum(widthsOf("sub")) : 0);
    body.style.width = width + "px";
    body.style.height = tops.at(-1) + "px";
    body.setAttribute("aria-label", `Items of ${model.board.name}`);
    body.setAttribute("aria-rowcount", model.complete ? rows.length : -1);
    body.setAttribute("aria-colcount", columns().length + 1);
    paint();
    if (inside) focusActive(field);
  }

  const find = (y) => { // the row at a height
    let a = 0, b = rows.length;
    while (a < b) { const m = (a + b) >> 1; if (tops[m + 1] <= y) a = m + 1; else b = m; }
    return a;
  };

  // above is the row of the head to hold at the top, and how far the next group has pushed it out.
  function above() {
    const group = rows[find(root.scrollTop)]?.group, n = heads.get(group);
    return n === undefined || tops[n] >= root.scrollTop ? null : { n, top: Math.min(0, ends.get(group) - root.scrollTop - heights.head) };
  }

  function paint() {
    const first = Math.max(0, find(root.scrollTop) - 6), last = Math.min(rows.length, find(root.scrollTop + (root.clientHeight || 900)) + 8);
    const wanted = new Map(), hold = above();
    for (let n = first; n < last; n++) wanted.set(rows[n].key, n);
    if (hold) wanted.set(rows[hold.n].key, hold.n);
    const kept = rows.findIndex((r) => r.key === active.key);
    if (kept >= 0 && live.has(active.key)) wanted.set(active.key, kept); // what has the focus stays
    for (const [key, el] of live) if (!wanted.has(key)) { el.remove(); live.delete(key); }
    const elements = [...wanted].sort((a, b) => a[1] - b[1]).map(([key, n]) => {
      if (!live.has(key)) live.set(key, draw(rows[n], n));
      return live.get(key);
    });
    const at = document.activeElement, had = body.contains(at);
    const head = hold && live.get(rows[hold.n].key);
    if (up && up !== head) up.style.top = up.dataset.top + "px";
    if (head) head.style.top = hold.top + "px";
    if ((held.firstChild ?? null) !== head) held.replaceChildren(...(head ? [head] : []));
    up = head;
    const below = [held, ...elements.filter((e) => e !== head)];
    below.forEach((e, n) => { if (body.children[n] !== e) body.insertBefore(e, body.children[n] ?? null); });
    while (body.children.length > below.length) body.lastChild.remove();
    if (had && document.activeElement !== at && at.isConnected) at.focus({ preventScroll: true });
  }

  const cellOf = (r, col, props, ...children) => h("div.cell", { "aria-colindex": col + 1, "data-col": col, tabIndex: r.key === active.key && col === active.col ? 0 : -1, ...props,
    style: { width: props.width + "px", ...props.style }, width: null }, children);

  const small = (label, mark, run, more = {}) => h("button.icon.small", { tabIndex: -1, "aria-label": label, title: label, onclick: (e) => { e.stopPropagation(); run(e.currentTarget); }, ...more }, mark);

  function draw(r, n) {
    const row = h("div.line.k-" + r.kind, { role: "row", "aria-rowindex": n + 1, "data-key": r.key, "data-top": tops[n], style: { top: tops[n] + "px", height: heights[r.kind] + "px" } }, drawings[r.kind](r));
    row.style.setProperty("--group", r.group.color);
    return row;
  }

  const drawings = {
    group: (r) => cellOf(r, 0, { role: "gridcell", "aria-colspan": columns().length + 1, "aria-expanded": String(!closed.has(r.group.id)), class: "group-cell", "aria-label": `${r.group.title} ${countWords(r.count)}` },
      small(`${closed.has(r.group.id) ? "Expand" : "Collapse"} ${r.group.title}`, closed.has(r.group.id) ? "▸" : "▾", () => fold(r.group)),
      h("span.group-name", { title: r.group.title }, r.group.title), " ", h("span.quiet.nowrap", countWords(r.count)), acts.group && small(`Menu of the group ${r.group.title}`, "⋯", (b) => acts.group(b, r.group), { "aria-haspopup": "menu" })),
    head: (r) => headsOf(r, acts.addColumn && cellOf(r, columns().length + 1, { role: "columnheader", width: addWidth, class: "col-head" }, small("Add column", "+", acts.addColumn))),
    subhead: (r) => headsOf(r),
    item: (r) => line(r, columns()),
    sub: (r) => line(r, subcolumns()),
    add: (r) => adder(r, "Add item to " + r.group.title, "+ Add item", (name) => acts.create(r.group, name)),
    addsub: (r) => adder(r, "Add subitem to " + r.item.name, "+ Add subitem", (name) => acts.createSub(r.item, name)),
  };
  const countWords = (n) => `${n.toLocaleString("en")}${model.complete ? "" : "+"} ${n === 1 ? "item" : "items"}`;

  const headsOf = (r, last) => [columnsOf(r).map((c, i) => cellOf(r, i, { role: "columnheader", width: widthIn(r, c), class: (i ? "" : "first ") + "col-head" + (right.has(c.type) ? " right" : ""), title: c.description ? `${c.title}: ${c.description}` : c.title },
    h("span.clip", c.title), r.kind === "head" && acts.column && small("Menu of the column " + c.title, "⋯", (b) => acts.column(b, c), { "aria-haspopup": "menu" }), grip(r, c, i))), last];

  // grip is what a column is drawn wider and narrower with; twice clicked it has its usual width again. With the keys
  // the same is done from the head's cell: ⇧ → and ⇧ ←.
  function grip(r, c, col) {
    let from = null;
    const end = (e) => {
      if (!from) return;
      from = null;
      setWidth(c, wide(e.currentTarget), r.kind === "subhead");
      refresh();
    };
    const wide = (e) => e.parentElement.offsetWidth;
    return h("span.grip", { "aria-hidden": "true", onclick: (e) => e.stopPropagation(), ondblclick: (e) => { e.stopPropagation(); resize(r, c, null); },
      onpointerdown: (e) => {
        e.preventDefault();
        e.stopPropagation();
        e.currentTarget.setPointerCapture(e.pointerId);
        from = { x: e.clientX, width: wide(e.currentTarget) };
      },
      onpointermove: (e) => {
        if (!from) return;
        const px = Math.max(60, from.width + e.clientX - from.x) + "px", kinds = r.kind === "subhead" ? ".k-sub, .k-subhead" : ".k-item, .k-head"; // only what is in sight, until it is let go
        for (const line of body.querySelectorAll(kinds)) line.querySelector(`[data-col="${col}"]`).style.width = px;
      }, onpointerup: end, onpointercancel: end });
  }
  function resize(r, c, px) {
    setWidth(c, px, r.kind === "subhead");
    refresh();
  }

  function line(r, list) {
    const { item } = r, toggler = r.kind === "item" && small(`${item.open ? "Hide" : "Show"} subitems of ${item.name}`, item.open ? "▾" : "▸", () => unfold(item), { class: "extra" });
    return [cellOf(r, 0, { role: "rowheader", width: nameWidth(), class: "first", "aria-label": item.name, "aria-expanded": r.kind === "item" ? String(!!item.open) : null },
      toggler, h("span.clip.name", { title: item.name, dir: "auto" }, item.name), small("Open " + item.name, "⤢", () => acts.open(item)), acts.item && small("Menu of " + item.name, "⋯", (b) => acts.item(b, item), { "aria-haspopup": "menu", class: "extra" })),
    list.map((c, i) => {
      const v = item.cells.get(c.id), shown = valueOf(c, v);
      return cellOf(r, i + 1, { role: "gridcell", width: widthIn(r, c), class: (right.has(c.type) ? "right " : "") + "t-" + c.type, "aria-label": unsaid(c, v, shown) }, shown);
    })];
  }

  function adder(r, label, words, create) {
    const input = h("input", { "aria-label": label, placeholder: words, maxLength: 255, autocomplete: "off", tabIndex: -1, value: drafts.get(r.key) ?? "", oninput: () => drafts.set(r.key, input.value),
      onfocus: () => { active = { key: r.key, col: 0 }; },
      onkeydown: async (e) => {
        e.stopPropagation();
        if (e.key === "Escape") { input.value = ""; drafts.delete(r.key); focusActive(); }
        else if (e.key === "ArrowUp" || e.key === "ArrowDown") { focusActive(); move(e.key === "ArrowUp" ? -1 : 1, 0); e.preventDefault(); }
        else if (e.key === "Enter" && input.value.trim() && !input.readOnly) {
          input.readOnly = true;
          if (await create(input.value.trim())) drafts.delete(r.key);
          input.readOnly = false;
          refresh();
          focusActive(true);
        }
      } });
    return cellOf(r, 0, { role: "gridcell", width: nameWidth(), class: "first adder", "aria-colspan": columns().length + 1 }, input);
  }

  // ---- Doing

  function fold(group) {
    if (!closed.delete(group.id)) closed.add(group.id);
    active = { key: "g:" + group.id, col: 0 };
    refresh();
    focusActive();
  }

  async function unfold(item) {
    item.open = !item.open;
    active = { key: "i:" + item.id, col: 0 };
    if (item.open && !item.subitems) {
      try { await subitems(item); } catch (e) { item.open = false; acts.failed?.(e); }
    }
    refresh();
  }

  const element = () => live.get(active.key)?.querySelector(`[data-col="${active.col}"]`) ?? live.get(active.key)?.querySelector("[data-col]");
  function focusActive(field) {
    const e = element();
    ((field && e?.querySelector("input")) || e)?.focus({ preventScroll: true });
  }

  function activate(key, col, focus = true) {
    element()?.setAttribute("tabindex", "-1");
    active = { key, col };
    const n = rows.findIndex((r) => r.key === key);
    if (n < 0) return;
    const head = 4 + (["group", "head"].includes(rows[n].kind) ? 0 : heights.head), top = tops[n], bottom = tops[n + 1]; // below what is held
    if (live.get(key) !== up && top < root.scrollTop + head) root.scrollTop = top - head;
    else if (bottom > root.scrollTop + root.clientHeight - 18) root.scrollTop = bottom - root.clientHeight + 18;
    paint();
    if (!live.has(key)) { live.set(key, draw(rows[n], n)); paint(); }
    const e = element();
    e?.setAttribute("tabindex", "0");
    if (e && col > 0) { // beside the names, which stay
      const left = e.offsetLeft, span = e.offsetWidth;
      if (left < root.scrollLeft + nameWidth()) root.scrollLeft = left - nameWidth();
      else if (left + span > root.scrollLeft + root.clientWidth) root.scrollLeft = left + span - root.clientWidth;
    } else if (e) root.scrollLeft = 0;
    if (focus) e?.focus({ preventScroll: true });
  }

  const lastCol = (r) => ({ item: columns().length, head: columns().length + (acts.addColumn ? 1 : 0), sub: subcolumns().length, subhead: subcolumns().length })[r.kind] ?? 0;
  function move(down, across, to) {
    const n = Math.max(0, Math.min(rows.length - 1, to ?? rows.findIndex((r) => r.key === active.key) + down));
    if (rows[n]) activate(rows[n].key, Math.max(0, Math.min(lastCol(rows[n]), active.col + across)));
  }

  // after an editor closes the focus is back at the cell.
  const after = (item) => (how) => {
    refreshItem(item);
    acts.changed?.(item);
    if (how !== "outside") focusActive();
  };

  function refreshItem(item) {
    for (const [i, key] of [[item, (item.parent ? "s:" : "i:") + item.id], [parentOf(item.id), "i:" + parentOf(item.id)?.id]]) {
      const n = i ? rows.findIndex((r) => r.key === key) : -1;
      if (n < 0 || !live.has(key)) continue;
      const fresh = draw(rows[n], n), had = live.get(key).contains(document.activeElement);
      live.get(key).replaceWith(fresh);
      live.set(key, fresh);
      if (had) focusActive();
    }
  }

  function enter(r, e) {
    if (r.kind === "group") fold(r.group);
    else if (r.kind === "item" || r.kind === "sub") change(r, e);
    else if (e.querySelector("input")) e.querySelector("input").focus();
    else e.querySelector("button")?.click();
  }
  const columnAt = (r) => (active.col === 0 ? (r.kind === "sub" ? { id: "name", type: "name", title: "Name" } : { ...nameColumn(), id: "name" }) : (r.kind === "sub" ? subcolumns() : columns())[active.col - 1]);
  function widen(r, by) {
    const c = columnsOf(r)[active.col];
    if (c) resize(r, c, widthIn(r, c) + by);
  }
  function change(r, e) { edit(e, r.item, columnAt(r), after(r.item)); }

  body.addEventListener("keydown", (e) => {
    const r = rows.find((x) => x.key === active.key), cell = element();
    if (!r || !e.target.matches("[data-col]") || e.altKey && e.key !== "Enter") return;
    const page = Math.max(1, Math.floor(root.clientHeight / heights.item) - 3), far = e.ctrlKey || e.metaKey;
    const ways = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [page, 0], PageUp: [-page, 0], Home: [0, -999], End: [0, 999] };
    if (far && e.key === "Home") move(0, -999, 0);
    else if (far && e.key === "End") move(0, 0, rows.length - 1);
    else if (far && e.key === "Enter" && r.item) acts.open(r.item);
    else if (e.shiftKey && e.key === "F10" || e.key === "ContextMenu" || e.key === "m") cell.querySelector("[aria-haspopup]")?.click() ?? live.get(r.key).querySelector("[aria-haspopup]")?.click();
    else if (far) return;
    else if (e.key === "ArrowRight" && r.kind === "item" && active.col === 0 && e.shiftKey) { if (!r.item.open) unfold(r.item); }
    else if (e.key === "ArrowLeft" && r.kind === "item" && active.col === 0 && e.shiftKey) { if (r.item.open) unfold(r.item); }
    else if (e.shiftKey && (r.kind === "head" || r.kind === "subhead") && ["ArrowLeft", "ArrowRight"].includes(e.key)) widen(r, e.key === "ArrowRight" ? 20 : -20);
    else if (ways[e.key]) move(...ways[e.key]);
    else if (e.key === "Enter" || e.key === "F2") enter(r, cell);
    else if (e.key === "o" && r.item) acts.open(r.item);
    else if (e.key === " ") { if (r.kind === "group") fold(r.group); else if (r.item && toggled(columnAt(r))) toggle(cell, r.item, columnAt(r), after(r.item)); }
    else if ((e.key === "Delete" || e.key === "Backspace") && r.item && active.col > 0) clear(cell, r.item, columnAt(r), after(r.item));
    else return;
    e.preventDefault();
    e.stopPropagation();
  });

  let was = null; // the cell that had the focus before the mouse was pressed
  body.addEventListener("mousedown", (e) => { was = document.activeElement; const c = e.target.closest("[data-col]"); if (c && !e.target.closest("button, input, a")) e.preventDefault(); });
  body.addEventListener("click", (e) => {
    const c = e.target.closest("[data-col]"), key = c?.closest("[data-key]")?.dataset.key;
    if (!c || e.target.closest("button, a, input")) return;
    const again = was === c, r = rows.find((x) => x.key === key);
    activate(key, +c.dataset.col);
    if (r.kind === "group" && e.target.closest(".group-name")) fold(r.group);
    else if (r.item && r.kind !== "addsub" && r.kind !== "subhead") {
      if (again) change(r, element());
      else if (e.target.closest(".check")) toggle(element(), r.item, columnAt(r), after(r.item));
    }
  });
  root.addEventListener("scroll", () => requestAnimationFrame(paint));
  addEventListener("resize", () => requestAnimationFrame(() => { if (root.isConnected && model.board) refresh(); }));

  return { root, refresh, refreshItem, focus: focusActive, narrow(words, few) { filter = words; sparse = few; refresh(); },
    shown: () => rows.filter((r) => r.kind === "item"), empty: () => !rows.length,
    write(group) { const n = rows.findIndex((r) => r.key === "a:" + group.id); if (n >= 0) { activate(rows[n].key, 0); focusActive(true); } } };
}
