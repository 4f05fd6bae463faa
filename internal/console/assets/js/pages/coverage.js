// Developers → Coverage: what clients ask for, and what of it is served.
import { h, fill, show } from "../ui.js";
import { call } from "../api.js";

// inline shows `code`, **strong** and [links](…) to other servers; others lead to files that are not served.
function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\))/).map((part) => {
    const link = part.match(/^\[([^\]]+)\]\(([^)]+)\)$/);
    if (link) return /^https:\/\//.test(link[2]) ? h("a", { href: link[2], rel: "noreferrer" }, link[1]) : h("code", link[1]);
    if (part.startsWith("`")) return h("code", part.slice(1, -1));
    return part.startsWith("**") ? h("strong", part.slice(2, -2)) : part;
  });
}

const cells = (line) => line.replace(/^\||\|\s*$/g, "").split("|").map((c) => c.trim());

// render makes elements of as much of Markdown as the page has: headings, paragraphs and tables.
function render(text) {
  const out = [], rows = [], parts = []; // parts: each table, with its rows
  const blocks = text.replace(/<!--[^]*?-->/g, "").split(/\n{2,}|\n(?=\|)|(?<=\|)\n(?!\|)/).map((b) => b.trim()).filter(Boolean);
  let name = "Coverage", at = 0;
  while (at < blocks.length) {
    const b = blocks[at];
    if (b.startsWith("|")) {
      const lines = [];
      while (at < blocks.length && blocks[at].startsWith("|")) lines.push(...blocks[at++].split("\n"));
      const [head, , ...body] = lines;
      const trs = body.map((line) => h("tr", cells(line).map((c, i) => h(i ? "td" : "th.rowhead", i ? {} : { scope: "row" }, inline(c)))));
      rows.push(...trs);
      parts.push({ rows: trs, box: h("div.scroll", { tabIndex: 0, role: "region", "aria-label": name }, h("table", h("thead", h("tr", cells(head).map((c) => h("th", { scope: "col" }, c ? inline(c) : h("span.visually-hidden", "What"))))), h("tbody", trs))) });
      out.push(parts.at(-1).box);
      continue;
    }
    const heading = b.match(/^(#+)\s+(.*)$/);
    if (heading && heading[1].length > 1) name = heading[2];
    if (!heading) out.push(h("p", inline(b.replaceAll("\n", " "))));
    else if (heading[1].length > 1) out.push(h("h2", inline(heading[2])));
    at++;
  }
  return { out, rows, parts };
}

show(async () => {
  const { out, rows, parts } = render((await call("coverage")).markdown);
  const told = h("span.quiet", { role: "status" });
  const find = h("input", { type: "search", placeholder: "Find a query, field or argument", "aria-label": "Find a query, field or argument", oninput: () => {
    const q = find.value.trim().toLowerCase();
    let n = 0;
    for (const tr of rows) {
      tr.hidden = !!q && !tr.textContent.toLowerCase().includes(q);
      n += !tr.hidden;
    }
    for (const p of parts) p.box.hidden = p.rows.every((tr) => tr.hidden);
    fill(told, q && `${n} of ${rows.length} lines`);
  } });
  return h("div.coverage", h("div.filters", find, told), out);
});
