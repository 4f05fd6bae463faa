// The schema browser: types, fields and arguments, to be looked through, searched and put into the document.
import { h, fill, $ } from "./ui.js";

const named = (t) => (t.ofType ? named(t.ofType) : t);
const typeText = (t) => (t.kind === "NON_NULL" ? typeText(t.ofType) + "!" : t.kind === "LIST" ? `[${typeText(t.ofType)}]` : t.name);
const leaf = (t) => ["SCALAR", "ENUM"].includes(t.kind);

// schemaBrowser shows a version's schema; insert is told what to put into the document.
export function schemaBrowser(insert) {
  let types = new Map(), roots = [], path = [];
  const find = h("input", { type: "search", placeholder: "Find a type, field or argument", "aria-label": "Find in the schema", oninput: () => draw() });
  const body = h("div.schema-body", { tabIndex: 0, role: "region", "aria-label": "Schema" });
  const element = h("div.schema", find, body);

  const typeButton = (t) => { const n = named(t); return h("button.link", { type: "button", "aria-label": `Type ${n.name}`, onclick: () => go([...path, n.name]) }, typeText(t)); };
  function go(to) { path = to; find.value = ""; draw(); body.scrollTop = 0; $("button", body)?.focus(); }

  // selection is what of a type can be asked for without arguments: its id and name, else the first few plain fields.
  function selection(t, depth = 0) {
    const type = types.get(named(t).name);
    if (!type || leaf(type)) return "";
    if (!type.fields) return " { __typename }";
    const plain = type.fields.filter((f) => leaf(types.get(named(f.type).name) ?? { kind: "" }) && !f.args.some((a) => a.type.kind === "NON_NULL" && a.defaultValue === null)).map((f) => f.name);
    const usual = ["id", "name"].filter((n) => plain.includes(n));
    if (usual.length || plain.length) return ` { ${(usual.length ? usual : plain.slice(0, 3)).join(" ")} }`;
    const inner = depth < 2 && type.fields.find((f) => !f.args.some((a) => a.type.kind === "NON_NULL"));
    return inner ? ` { ${inner.name}${selection(inner.type, depth + 1)} }` : " { __typename }";
  }
  const text = (f) => {
    const needed = f.args.filter((a) => a.type.kind === "NON_NULL" && a.defaultValue === null);
    return f.name + (needed.length ? `(${needed.map((a) => `${a.name}: ${blank(a.type)}`).join(", ")})` : "") + selection(f.type);
  };
  function blank(t) {
    if (t.kind === "NON_NULL") return blank(t.ofType);
    if (t.kind === "LIST") return "[]";
    const type = types.get(t.name);
    if (type?.kind === "ENUM") return type.enumValues[0]?.name ?? "null";
    if (type?.kind === "INPUT_OBJECT") return "{}";
    return { Int: "0", Float: "0", Boolean: "false" }[t.name] ?? '""';
  }

  const args = (f) => f.args?.length > 0 && h("ul.args", f.args.map((a) => h("li", h("code", a.name), ": ", typeButton(a.type), a.defaultValue !== null && h("span.quiet", " = " + a.defaultValue), a.description && h("span.quiet", " " + a.description))));
  const field = (f, of) => h("li", h("div.row.tight", h("code", of ? `${of}.${f.name}` : f.name), ": ", typeButton(f.type), f.isDeprecated && h("span.badge.warn", { title: f.deprecationReason }, "deprecated"),
    f.args && h("button.small", { type: "button", "aria-label": `Insert ${f.name}`, onclick: () => insert(text(f), of ?? path.at(-1) ?? "") }, "Insert")), f.description && h("p.quiet", f.description), args(f));

  function drawType(t) {
    return [h("h3", t.name, " ", h("span.badge", t.kind.toLowerCase().replace("_", " "))), t.description && h("p.quiet", t.description),
      t.interfaces?.length > 0 && h("p", "Implements ", t.interfaces.map((i) => [typeButton(i), " "])),
      t.possibleTypes?.length > 0 && h("p", "One of ", t.possibleTypes.map((i) => [typeButton(i), " "])),
      t.fields?.length > 0 && h("ul.fields", t.fields.map((f) => field(f))),
      t.inputFields?.length > 0 && h("ul.fields", t.inputFields.map((f) => field(f))),
      t.enumValues?.length > 0 && h("ul.fields", t.enumValues.map((v) => h("li", h("code", v.name), v.description && h("p.quiet", v.description))))];
  }

  function drawFound(q) {
    const has = (x) => x.toLowerCase().includes(q), hits = [];
    for (const t of types.values()) {
      if (has(t.name)) hits.push(h("li", h("button.link", { type: "button", onclick: () => go([t.name]) }, t.name), " ", h("span.quiet", t.kind.toLowerCase().replace("_", " "))));
      for (const f of [...(t.fields ?? []), ...(t.inputFields ?? [])]) if (has(f.name) || f.args?.some((a) => has(a.name))) hits.push(field(f, t.name));
      if (hits.length > 100) break;
    }
    return hits.length ? [h("ul.fields", hits.slice(0, 100)), hits.length > 100 && h("p.hint", "There is more; write more of the name.")] : h("p.quiet", "Nothing in the schema is called like this.");
  }

  function draw() {
    const q = find.value.trim().toLowerCase();
    if (q) return fill(body, drawFound(q));
    const t = types.get(path.at(-1));
    const crumbs = h("div.row.tight", h("button.link", { type: "button", onclick: () => go([]) }, "Schema"), path.slice(0, -1).slice(-3).map((name, i, list) => ["› ", h("button.link", { type: "button", onclick: () => go(path.slice(0, path.length - list.length + i)) }, name)]), path.length > 0 && ["› ", path.at(-1)]);
    fill(body, t ? [crumbs, drawType(t)] : [h("h3", "Start here"), h("ul.fields", roots.map((name) => h("li", h("button.link", { type: "button", onclick: () => go([name]) }, name), " ", h("span.quiet", types.get(name)?.description)))),
      h("h3", "All types"), h("ul.fields.columns", [...types.keys()].filter((n) => !n.startsWith("__")).sort().map((n) => h("li", h("button.link", { type: "button", onclick: () => go([n]) }, n))))]);
  }

  // load shows a version's schema.
  async function load(version) {
    fill(body, h("p.quiet", "Loading…"));
    try {
      const { data } = await (await fetch("/v2/get_schema?" + new URLSearchParams({ version }))).json();
      types = new Map(data.__schema.types.filter((t) => !t.name.startsWith("__")).map((t) => [t.name, t]));
      roots = [data.__schema.queryType?.name, data.__schema.mutationType?.name].filter(Boolean);
      path = path.filter((n) => types.has(n));
      draw();
    } catch {
      fill(body, h("p.quiet", "The schema could not be had."));
    }
  }
  return { element, load };
}
