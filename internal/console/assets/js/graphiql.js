// GraphiQL, asking as who has signed in or with a token, in any API version. It is no part of this program:
// its files come from the folder that the server was told of, as globals.
import { h, fill, $, failure } from "./ui.js";
import { gql, call } from "./api.js";

const { React, ReactDOM, GraphiQL } = window;
window.__webpack_nonce__ = document.body.dataset.nonce; // its dialogs' style sheet is let in by that

const version = h("select", { id: "graphiql-version", onchange: draw });
const asWhom = h("select", { id: "graphiql-as", onchange: () => { tokenField.hidden = asWhom.value !== "token"; if (tokenField.hidden || token.value) draw(); else token.focus(); } },
  h("option", { value: "session" }, `${document.body.dataset.name} (signed in here)`), h("option", { value: "token" }, "An API token…"));
const token = h("input", { type: "password", autocomplete: "off", onchange: draw });
const tokenField = h("label", { hidden: true }, "API token", token);
const told = $("#told"), root = ReactDOM.createRoot($("#graphiql"));

// fetcher asks, and tells above what it took and what it was worth.
async function fetcher({ query, variables, operationName }) {
  const headers = { "Content-Type": "application/json", "API-Version": version.value };
  const withToken = asWhom.value === "token";
  if (withToken) headers.Authorization = token.value.trim();
  const began = performance.now();
  const got = await fetch(withToken ? "/v2" : "/console/v2/explorer", { method: "POST", headers, body: JSON.stringify({ query, variables, operationName }) });
  if (got.status === 401 && !withToken) location.assign("/sign-in?next=/developers/graphiql");
  const text = await got.text();
  if (operationName !== "IntrospectionQuery") { // it asks for the schema by itself
    const line = `${got.status}, ${Math.round(performance.now() - began)} ms`;
    fill(told, line);
    call("requests", { after: 0 }).then(({ rows }) => {
      const r = rows.find((row) => row.id === got.headers.get("X-Request-Id"));
      if (r) fill(told, `${line}, complexity ${r.complexity.toLocaleString("en")}`);
    }, () => {});
  }
  try { return JSON.parse(text); } catch { return { errors: [{ message: text || got.statusText }] }; }
}

// draw makes it anew, with the schema of the version, for who asks.
function draw() {
  fill(told);
  root.render(React.createElement(GraphiQL, { key: version.value + asWhom.value + token.value, fetcher, isHeadersEditorEnabled: false, shouldPersistHeaders: false,
    defaultQuery: "# Ctrl+Enter runs this as you.\nquery {\n  me {\n    id\n    name\n  }\n}\n" }));
}

try {
  const { versions } = await gql("{ versions { value kind } }");
  fill(version, versions.map((v) => h("option", { value: v.value, selected: v.kind === "current" }, `${v.value} (${v.kind.replaceAll("_", " ")})`)));
  fill($("#version"), h("label", "API version", version));
  fill($("#who"), h("label", "Who asks", asWhom), " ", tokenField);
  draw();
} catch (e) {
  fill($("#graphiql"), failure(e, () => location.reload()));
}
