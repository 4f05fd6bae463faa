// Above the grid: words to look for, rules and an order. Words are looked for in what has come; rules and orders
// are the service's.
import { h, fill, ask } from "../ui.js";
import { searchField } from "../directory.js";
import { model, columns, nameColumn } from "./model.js";
import { labels } from "./cells.js";

const texts = [["contains_text", "contains"], ["not_contains_text", "does not contain"], ["is_empty", "is empty"], ["is_not_empty", "is not empty"]];
const picks = [["any_of", "is"], ["not_any_of", "is not"], ["is_empty", "is empty"], ["is_not_empty", "is not empty"]];
const sizes = [["any_of", "is"], ["greater_than", "is more than"], ["lower_than", "is less than"], ["is_empty", "is empty"], ["is_not_empty", "is not empty"]];
const days = [["any_of", "is"], ["greater_than", "is after"], ["lower_than", "is before"], ["is_empty", "is empty"], ["is_not_empty", "is not empty"]];
const empties = [["is_empty", "is empty"], ["is_not_empty", "is not empty"]];
const byType = { status: picks, dropdown: picks, group: picks, numbers: sizes, rating: sizes, auto_number: sizes, date: days, timeline: days, checkbox: [["is_not_empty", "is checked"], ["is_empty", "is not checked"]],
  name: texts, text: texts, long_text: texts, email: texts, phone: texts, link: texts, people: [...texts.slice(0, 2), ["any_of", "is me"], ...empties], tags: texts, location: texts, country: texts };
const operators = (c) => byType[c.type] ?? empties;
const wordless = new Set(["is_empty", "is_not_empty"]);
const unsorted = new Set(["formula", "button", "subtasks"]);

// compared is what a rule is sent with for what was typed.
function compared(c, operator, value) {
  if (wordless.has(operator)) return [];
  if (c.type === "people" && operator === "any_of") return ["assigned_to_me"];
  if (c.type === "date" || c.type === "timeline") return operator === "any_of" ? ["EXACT", value] : value;
  if (c.type === "status" || c.type === "dropdown") return [Number(value)];
  if (c.type === "group") return [value];
  if (operators(c) === sizes) return operator === "any_of" ? [Number(value)] : Number(value);
  return value;
}

// filters makes the bar. asked(query) is called with rules and order, words(text) with the words.
export function filters({ asked, words }) {
  const rules = [];
  let order = null;
  const chips = h("ul.chips", { "aria-label": "Filters" });
  const told = h("span.quiet", { role: "status" });
  const all = () => [{ ...nameColumn(), id: "name" }, { id: "group", type: "group", title: "Group", settings: {} }, ...columns()];
  const byID = (id) => all().find((c) => c.id === id);

  const query = () => (rules.length || order ? { rules: rules.map((r) => ({ column_id: r.column, operator: r.operator, compare_value: r.compare })), ...(order ? { order_by: [{ column_id: order.column, direction: order.direction }] } : {}) } : null);
  async function apply() {
    fill(chips, rules.map((r, i) => h("li", h("span.clip", { title: r.words }, r.words), h("button.icon", { "aria-label": "Remove the filter " + r.words, onclick: () => { rules.splice(i, 1); apply(); } }, "×"))),
      order && h("li", h("span.clip", `Sorted by ${byID(order.column)?.title ?? order.column} ${order.direction === "asc" ? "↑" : "↓"}`), h("button.icon", { "aria-label": "Remove the order", onclick: () => { order = null; apply(); } }, "×")));
    chips.hidden = !rules.length && !order;
    await asked(query());
  }

  async function add() {
    const first = await ask("Add filter", [{ name: "column", label: "Column", value: "name", options: all().filter((c) => !["formula", "mirror", "button", "subtasks", "progress"].includes(c.type)).map((c) => [c.id, c.title]) }], ({ column }) => column, { yes: "Next" });
    if (!first) return;
    const c = byID(first), ops = operators(c);
    const options = c.type === "group" ? model.board.groups.map((g) => [g.id, g.title]) : c.type === "status" || c.type === "dropdown" ? labels(c).map((l) => [l.id, l.name]) : null;
    const needs = ops.some(([o]) => !wordless.has(o));
    const rule = await ask(`Filter by ${c.title}`, [{ name: "operator", label: "Condition", value: ops[0][0], options: ops },
      needs && { name: "value", label: "Value", options: options ?? undefined, value: options?.[0]?.[0] ?? "", type: ops === days ? "date" : ops === sizes ? "number" : "text" }].filter(Boolean), ({ operator, value = "" }) => {
      if (!wordless.has(operator) && !value && !(c.type === "people" && operator === "any_of")) throw Object.assign(new Error("Write what to compare with."), { field: "value" });
      const name = options?.find(([id]) => id === value)?.[1] ?? value, how = ops.find(([o]) => o === operator)[1];
      return { column: c.id, operator, compare: compared(c, operator, value), words: [c.title, how, wordless.has(operator) || how === "is me" ? "" : name].join(" ").trim() };
    }, { yes: "Apply" });
    if (!rule) return;
    rules.push(rule);
    await apply();
  }

  async function sort() {
    const out = await ask("Sort", [{ name: "column", label: "By", value: order?.column ?? "name", options: all().filter((c) => !unsorted.has(c.type) && c.type !== "group").map((c) => [c.id, c.title]) },
      { name: "direction", label: "Direction", value: order?.direction ?? "asc", options: [["asc", "The lowest first"], ["desc", "The highest first"]] }], (v) => v, { yes: "Sort" });
    if (out) await by(out.column, out.direction);
  }
  async function by(column, direction) { order = { column, direction }; await apply(); }

  chips.hidden = true;
  const root = h("div.board-tools", h("div.filters", searchField("Search items on the board", words), h("button", { onclick: add }, "Filter"), h("button", { onclick: sort }, "Sort"), told), chips);
  return { root, sort: by, tell: (text) => { told.textContent = text; }, query, some: () => rules.length > 0 };
}
