// Developers → API explorer: ask the API, as it is asked by programs.
import { h, fill, show, actions, confirm, copyText, debounce, me } from "../ui.js";
import { gql, call } from "../api.js";
import { self } from "../directory.js";
import { editor } from "../editor.js";
import { schemaBrowser } from "../schema.js";
import { bytes, millis, languages } from "../developer.js";

const keptRuns = 50;
const stored = (name, none) => { try { return JSON.parse(localStorage.getItem("explorer." + name)) ?? none; } catch { return none; } };
const store = (name, value) => { try { localStorage.setItem("explorer." + name, JSON.stringify(value)); } catch { /* there is no room */ } };
const opened = (() => { try { return JSON.parse(sessionStorage.getItem("explorer.open")); } catch { return null; } })();
sessionStorage.removeItem("explorer.open");

const begin = { query: "# Ctrl+Enter runs this as you. Fields are in the schema beside it.\nquery {\n  me {\n    id\n    name\n  }\n}\n", variables: {} };
const last = opened ?? stored("last", begin);
const keep = debounce(() => store("last", { query: doc.value, variables: parse(vars.value).value ?? {}, version: version.value }), 500);

const doc = editor({ label: "GraphQL document", value: last.query, rows: 18, onrun: run, oninput: () => { keep(); operations(); } });
const vars = editor({ label: "Variables, as JSON", value: JSON.stringify(last.variables ?? {}, null, 2), rows: 5, onrun: run, oninput: keep });
const version = h("select", { id: "explorer-version", onchange: () => { schema.load(version.value); keep(); } });
const asWhom = h("select", { id: "explorer-as", onchange: () => { tokenField.hidden = asWhom.value !== "token"; if (!tokenField.hidden) token.focus(); } },
  h("option", { value: "session" }, self.looking ? `${self.name} (whose view you have)` : `${self.name} (signed in here)`), h("option", { value: "token" }, "An API token…"));
const token = h("input", { id: "explorer-token", type: "password", autocomplete: "off", spellcheck: false });
const tokenField = h("form", { hidden: true, onsubmit: (e) => { e.preventDefault(); run(); } }, h("label", { htmlFor: "explorer-token" }, "API token"), token);
const operation = h("select", { id: "explorer-operation" }), operationField = h("div", { hidden: true }, h("label", { htmlFor: "explorer-operation" }, "Operation"), operation);
const told = h("div.row.told", { role: "status" });
const answer = h("pre.answer", { tabIndex: 0, role: "region", "aria-label": "Answer" }, h("span.quiet", "The answer comes here."));
const history = h("div");
const go = h("button.primary", { onclick: run, title: "Ctrl+Enter" }, "Run");
const schema = schemaBrowser((text) => {
  // Into an empty document goes a whole operation.
  if (doc.value.replace(/#.*$/gm, "").trim()) doc.insert(text); else doc.value = `query {\n  ${text}\n}\n`;
});
let shown = "", running = null;

function parse(text) {
  try {
    const value = text.trim() ? JSON.parse(text) : {};
    return value === null || typeof value !== "object" || Array.isArray(value) ? { fault: "Variables are a JSON object, like {\"id\": 5}." } : { value };
  } catch (e) {
    return { fault: "The variables are not JSON: " + e.message };
  }
}

// operations offers a choice where a document has several.
function operations() {
  const plain = doc.value.replace(/"""[^]*?"""|"(?:\\.|[^"\\\n])*"|#.*$/gm, "");
  const names = [...plain.matchAll(/(?:^|[}\s])(?:query|mutation)\s+([_A-Za-z]\w*)/g)].map((m) => m[1]);
  const was = operation.value;
  operationField.hidden = names.length < 2;
  fill(operation, names.map((n) => h("option", { value: n, selected: n === was }, n)));
}

const badge = (words, kind = "") => h("span.badge" + kind, words);

async function run() {
  if (running) return running.abort();
  const variables = parse(vars.value);
  if (variables.fault) { fill(told, badge("not sent", ".bad"), variables.fault); return; }
  if (asWhom.value === "token" && !token.value.trim()) { fill(told, badge("not sent", ".bad"), "Give the API token to ask with."); token.focus(); return; }
  running = new AbortController();
  fill(go, "Stop");
  fill(told, h("span.quiet", "Running…"));
  const headers = { "Content-Type": "application/json", "API-Version": version.value };
  const url = asWhom.value === "token" ? "/v2" : "/console/v2/explorer";
  if (url === "/v2") headers.Authorization = token.value.trim();
  const began = performance.now();
  try {
    const got = await fetch(url, { method: "POST", headers, signal: running.signal,
      body: JSON.stringify({ query: doc.value, variables: variables.value, ...(operationField.hidden ? {} : { operationName: operation.value }) }) });
    const text = await got.text(), took = performance.now() - began;
    if (got.status === 401 && url !== "/v2") return location.assign("/sign-in?next=/developers/explorer");
    let errors = 0;
    try {
      const json = JSON.parse(text);
      errors = json.errors?.length ?? 0;
      shown = JSON.stringify(json, null, 2);
    } catch { shown = text; }
    answer.textContent = shown;
    answer.scrollTop = 0;
    const complexity = h("span");
    fill(told, badge(got.status, got.ok ? ".good" : ".bad"), errors > 0 && badge(errors === 1 ? "1 error" : `${errors} errors`, ".bad"), h("span", millis(took)), complexity, h("span.quiet", bytes(text.length)),
      got.headers.get("Api-Version") && h("span.quiet", "version " + got.headers.get("Api-Version")));
    remember({ query: doc.value, variables: variables.value, version: version.value, at: Date.now(), ok: got.ok && !errors });
    cost(got.headers.get("X-Request-Id"), complexity);
  } catch (e) {
    if (e.name !== "AbortError") console.error(e);
    fill(told, badge("stopped", ".bad"), e.name === "AbortError" ? "You stopped it. The server may have done it all the same." : "The server does not answer. Is it running?");
  } finally {
    running = null;
    fill(go, "Run");
  }
}

// cost asks the inspector what the request was worth.
async function cost(id, into) {
  const { rows } = await call("requests", { after: 0 }).catch(() => ({ rows: [] }));
  const r = rows.find((row) => row.id === id);
  if (r) fill(into, "complexity " + r.complexity.toLocaleString("en"));
}

function remember(one) {
  const list = stored("history", []).filter((o) => o.query !== one.query || JSON.stringify(o.variables) !== JSON.stringify(one.variables));
  store("history", [one, ...list].slice(0, keptRuns));
  drawHistory();
}

const firstLine = (q) => q.split("\n").map((l) => l.trim()).filter((l) => l && !l.startsWith("#")).join(" ").slice(0, 120) || "nothing";
function drawHistory() {
  const list = stored("history", []);
  fill(history, h("details", h("summary", `History (${list.length})`), list.length ? [h("ul.fields", list.map((o) => h("li", h("button.link.clip", { type: "button", title: o.query, onclick: () => {
    doc.value = o.query;
    vars.value = JSON.stringify(o.variables ?? {}, null, 2);
    if ([...version.options].some((v) => v.value === o.version)) { version.value = o.version; schema.load(o.version); }
    doc.area.focus();
  } }, firstLine(o.query)), " ", h("span.quiet", new Date(o.at).toLocaleString(), o.ok ? "" : ", with errors")))),
  h("button", { onclick: async () => { if (await confirm("Clear the history?", "It is kept in this browser only.", { yes: "Clear", danger: true })) { store("history", []); drawHistory(); } } }, "Clear history")] : h("p.quiet", "What you run is kept here, in this browser only.")));
}

// tidy indents the document anew, by its braces.
function tidy() {
  let depth = 0;
  doc.value = doc.value.split("\n").map((line) => {
    const text = line.trim(), plain = text.replace(/"(?:\\.|[^"\\])*"|#.*$/g, "");
    const shuts = plain.match(/^[)\]}]+/)?.[0].length ?? 0;
    const at = Math.max(0, depth - shuts);
    depth = Math.max(0, depth + (plain.match(/[([{]/g)?.length ?? 0) - (plain.match(/[)\]}]/g)?.length ?? 0));
    return text && "  ".repeat(at) + text;
  }).join("\n");
}

show(async () => {
  const { versions } = await gql(`{ versions { value kind } }`);
  const want = last.version && versions.some((v) => v.value === last.version) ? last.version : versions.find((v) => v.kind === "current")?.value;
  fill(version, versions.map((v) => h("option", { value: v.value, selected: v.value === want }, `${v.value} (${v.kind.replaceAll("_", " ")})`)));
  schema.load(version.value);
  operations();
  drawHistory();
  actions("graphiql" in document.body.dataset && h("a.button", { href: "/developers/graphiql" }, "Open GraphiQL"), h("button", { onclick: tidy }, "Tidy"), h("button", { onclick: () => copyText(languages.curl({ query: doc.value, variables: parse(vars.value).value ?? {}, version: version.value })) }, "Copy as curl"), go);
  return h("div.explorer",
    h("div.filters.pickers", h("div", h("label", { htmlFor: "explorer-version" }, "API version"), version), h("div", h("label", { htmlFor: "explorer-as" }, "Who asks"), asWhom), tokenField, operationField,
      me.admin && h("p.hint", "To ask as somebody else, open a profile under ", h("a", { href: "/users" }, "People"), " and view the account as that person.")),
    h("div.explorer-grid",
      h("section", { "aria-label": "Request" }, h("h2", "Request"), doc.element, h("p.hint", { id: "editor-keys" }, h("kbd", "Ctrl"), " ", h("kbd", "Enter"), " runs; ", h("kbd", "Tab"), " indents; ", h("kbd", "Esc"), " and then ", h("kbd", "Tab"), " leaves."),
        h("h3", "Variables"), vars.element, history),
      h("section", { "aria-label": "Answer and what it took" }, h("div.row.spread", h("h2", "Answer"), h("button", { onclick: () => copyText(shown) }, "Copy answer")), told, answer),
      h("section", { "aria-label": "Schema browser" }, h("h2", "Schema"), schema.element)));
});
