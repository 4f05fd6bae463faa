// The blocks of a doc as elements. Of what blocks of a type hold, as clients write it, as much is shown as there are
// words or a place for; the rest is left as it is.
import { h } from "../ui.js";

// contentOf is what is in a block.
export function contentOf(b) {
  try { return JSON.parse(b.content) ?? {}; } catch { return {}; }
}
const delta = (b) => { const { deltaFormat, delta_format } = contentOf(b), ops = deltaFormat ?? delta_format; return Array.isArray(ops) ? ops : []; };
const thing = "\uFFFC"; // stands for what is not text: somebody mentioned, a board

export const textOf = (b) => delta(b).map((o) => (typeof o.insert === "string" ? o.insert : thing)).join("");

// written are the types whose blocks are text, as the API tells of them, and what each is called.
export const written = { "normal text": "Text", "large title": "Large heading", "medium title": "Heading", "small title": "Small heading", "bulleted list": "List", "numbered list": "Numbered list", "check list": "Checklist", quote: "Quotation", code: "Code" };

// edited is a block's content with another text: what stays at both ends keeps its looks, and what is new looks like
// what stands before it.
export function edited(b, text) {
  const ops = delta(b), old = textOf(b), short = Math.min(old.length, text.length);
  let head = 0, tail = 0;
  while (head < short && old[head] === text[head]) head++;
  while (tail < short - head && old.at(-1 - tail) === text.at(-1 - tail)) tail++;
  if (/[\uD800-\uDBFF]/.test(text[head - 1] ?? "")) head--; // never between the halves of a character
  if (/[\uDC00-\uDFFF]/.test(text[text.length - tail] ?? "")) tail--;
  const out = [], put = (insert, attributes) => { if (insert !== "") out.push(attributes ? { insert, attributes } : { insert }); };
  const keep = (from, to) => {
    let at = 0;
    for (const o of ops) {
      const n = typeof o.insert === "string" ? o.insert.length : 1, a = Math.max(from, at), z = Math.min(to, at + n);
      if (a < z) put(typeof o.insert === "string" ? o.insert.slice(a - at, z - at) : o.insert, o.attributes);
      at += n;
    }
  };
  keep(0, head);
  put(text.slice(head, text.length - tail).replaceAll(thing, ""), (out.at(-1) ?? ops[0])?.attributes);
  keep(old.length - tail, old.length);
  const joined = [];
  for (const o of out) {
    const last = joined.at(-1), same = last && typeof last.insert === "string" && typeof o.insert === "string" && JSON.stringify(last.attributes) === JSON.stringify(o.attributes);
    if (same) last.insert += o.insert; else joined.push(o);
  }
  const { delta_format, ...rest } = contentOf(b);
  return { ...rest, deltaFormat: joined };
}

const followed = (href) => /^(https?:|mailto:|tel:)/i.test(href ?? "");
const away = (href, ...words) => h("a", { href, target: "_blank", rel: "noopener noreferrer" }, words);

function inline(b) {
  return delta(b).map(({ insert, attributes: a }) => {
    if (typeof insert !== "string") return h("span.chip", insert?.mention ? "@" + (insert.mention.id ?? "") : "…");
    let e = insert;
    if (a?.code) e = h("code", e);
    if (a?.bold) e = h("strong", e);
    if (a?.italic) e = h("em", e);
    if (a?.underline) e = h("u", e);
    if (a?.strike) e = h("s", e);
    return followed(a?.link) ? away(a.link, e) : e;
  });
}

const lists = { "bulleted list": "ul", "numbered list": "ol", "check list": "ul.checks" };
const titles = { "large title": "h2", "medium title": "h3", "small title": "h4" };

// render makes elements of all blocks. tools(block) are the buttons beside one, or nothing; check(block, on) is
// called when a line of a checklist is done or not, and left out where it cannot be.
export function render(blocks, { tools = () => null, check } = {}) {
  const known = new Set(blocks.map((b) => b.id)), inside = new Map();
  for (const b of blocks) {
    const at = known.has(b.parent_block_id) && b.parent_block_id !== b.id ? b.parent_block_id : null;
    inside.set(at, [...(inside.get(at) ?? []), b]);
  }
  const children = (id) => inside.get(id) ?? [];

  // flow puts lines of one list that follow each other into one.
  function flow(some) {
    const out = [];
    let last = null;
    for (const b of some) {
      const kind = lists[b.type];
      if (!kind) out.push(block(b));
      else if (last?.type === b.type) out.at(-1).append(block(b));
      else out.push(h(kind, block(b)));
      last = b;
    }
    return out;
  }

  const bodies = {
    "check list": (b) => {
      const done = !!contentOf(b).checked;
      return h("label.inline", h("input", { type: "checkbox", checked: done, disabled: !check, onchange: (e) => check(b, e.target.checked) }), h("span" + (done ? ".done" : ""), { dir: "auto" }, inline(b)));
    },
    quote: (b) => h("blockquote", { dir: "auto" }, inline(b)),
    code: (b) => h("pre", { tabIndex: 0, role: "region", "aria-label": "Code" }, h("code", textOf(b))),
    divider: () => h("hr"), "page break": () => h("hr.page-end"),
    "notice box": (b) => h("div.notice", delta(b).length > 0 && h("p", { dir: "auto" }, inline(b)), flow(children(b.id))),
    layout: (b) => h("div.doc-columns", children(b.id).map((c) => h("div", block(c)))),
    table: (b) => {
      const { column_count: n, columnCount: m, cells } = contentOf(b), all = children(b.id), wide = Math.max(1, Number(n ?? m) || cells?.[0]?.length || 1), rows = [];
      for (let i = 0; i < all.length; i += wide) rows.push(all.slice(i, i + wide));
      return h("div.scroll", { tabIndex: 0, role: "region", "aria-label": "Table" }, h("table", h("tbody", rows.map((r) => h("tr", r.map((c) => h("td", block(c))))))));
    },
    image: (b) => picture(contentOf(b)), video: (b) => elsewhere(contentOf(b), "Film"),
  };

  function block(b) {
    const { indentation } = contentOf(b), body = bodies[b.type]?.(b) ?? h(titles[b.type] ?? "p", { dir: "auto" }, inline(b));
    const within = bodies[b.type] && ["notice box", "layout", "table"].includes(b.type) ? null : flow(children(b.id));
    return h((lists[b.type] ? "li" : "div") + ".block", { "data-block": b.id, style: indentation > 0 ? { marginLeft: Math.min(20, indentation) * 1.5 + "rem" } : {} }, h("div.block-line", h("div.block-body", body, within), tools(b)));
  }
  return flow(children(null));
}

const addressOf = (c) => [c.publicUrl, c.public_url, c.url, c.rawUrl, c.raw_url].find((u) => typeof u === "string") ?? "";

// elsewhere is what is kept on another server: pages load nothing from there, so it is a link.
function elsewhere(c, what) {
  const href = addressOf(c), words = `${what}: ${c.alt || href || "without an address"}`;
  return h("p", followed(href) ? away(href, words) : h("span.quiet", words));
}

function picture(c) {
  const href = addressOf(c);
  try {
    const url = new URL(href, location.href);
    if (href && url.origin === location.origin) {
      const img = h("img.doc-image", { src: url.pathname + url.search, alt: c.alt ?? "" });
      img.addEventListener("error", () => img.replaceWith(h("p.quiet", "A picture that is not there any more.")));
      return img;
    }
  } catch { /* no address at all */ }
  return elsewhere(c, "Picture");
}

