// What the pages for developers share: requests as programs write them, code to be copied, files to be fetched.
import { h, fill, copyText, attempt, toast } from "./ui.js";
import { Refused } from "./api.js";

export const endpoint = location.origin + "/v2";
const shell = (text) => "'" + text.replaceAll("'", "'\\''") + "'";
const pretty = (value) => JSON.stringify(value, null, 2);
const indent = (text, by) => text.replaceAll("\n", "\n" + by);
const go = (text) => (text.includes("`") ? JSON.stringify(text) : "`" + text + "`");
const py = (text) => (/'''|\\$/.test(text) || text.endsWith("'") ? JSON.stringify(text) : text.includes("\n") || text.includes('"') ? "r'''" + text + "'''" : '"' + text.replaceAll("\\", "\\\\") + '"');

// languages write one request each: { query, variables (an object), version }. The token is never in it.
export const languages = {
  curl: (r) => `curl ${endpoint} \\\n  -H 'Authorization: TOKEN' \\\n  -H 'Content-Type: application/json' \\\n${r.version ? `  -H 'API-Version: ${r.version}' \\\n` : ""}  -d ${shell(JSON.stringify(body(r)))}\n`,
  JavaScript: (r) => `const answer = await fetch(${JSON.stringify(endpoint)}, {
  method: "POST",
  headers: { "Authorization": process.env.TOKEN, "Content-Type": "application/json"${r.version ? `, "API-Version": ${JSON.stringify(r.version)}` : ""} },
  body: JSON.stringify(${indent(pretty(body(r)), "  ")}),
});
const { data, errors } = await answer.json();
if (errors) throw new Error(errors[0].message);
console.log(data);
`,
  Go: (r) => `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	body, err := json.Marshal(map[string]any{
		"query":     ${go(r.query)},
		"variables": json.RawMessage(${go(JSON.stringify(r.variables ?? {}))}),
	})
	if err != nil {
		log.Fatal(err)
	}
	req, err := http.NewRequest("POST", ${JSON.stringify(endpoint)}, bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Authorization", os.Getenv("TOKEN"))
	req.Header.Set("Content-Type", "application/json")
${r.version ? `	req.Header.Set("API-Version", ${JSON.stringify(r.version)})\n` : ""}	res, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %s\\n", res.Status, answer)
}
`,
  Python: (r) => `import json, os, urllib.request

query = ${py(r.query)}
variables = json.loads(${py(JSON.stringify(r.variables ?? {}))})
request = urllib.request.Request(
    ${JSON.stringify(endpoint)},
    data=json.dumps({"query": query, "variables": variables}).encode(),
    headers={"Authorization": os.environ["TOKEN"], "Content-Type": "application/json"${r.version ? `, "API-Version": ${JSON.stringify(r.version)}` : ""}},
)
print(json.load(urllib.request.urlopen(request)))
`,
};
const body = (r) => (r.variables && Object.keys(r.variables).length ? { query: r.query, variables: r.variables } : { query: r.query });

// code shows text to be copied.
export const code = (text, label) => h("div.code", h("pre", { tabIndex: 0, role: "region", "aria-label": label }, text),
  h("button.copy", { type: "button", "aria-label": "Copy " + label, onclick: () => copyText(text) }, "Copy"));

// oneOf is a row of buttons of which one is pressed; choose is told of another.
function oneOf(label, names, chosen, choose) {
  const buttons = names.map((name) => h("button", { type: "button", "aria-pressed": String(name === chosen), onclick: () => {
    for (const b of buttons) b.setAttribute("aria-pressed", String(b.textContent === name));
    choose(name);
  } }, name));
  return h("div.one-of", { role: "group", "aria-label": label }, buttons);
}

// samples shows a request in the languages, one at a time.
export function samples(request, names = Object.keys(languages)) {
  const box = h("div");
  const draw = (name) => fill(box, code(languages[name](request), name));
  draw(names[0]);
  return h("div.stack", oneOf("Language", names, names[0], draw), box);
}

// openInExplorer goes there with a request.
export function openInExplorer(request) {
  sessionStorage.setItem("explorer.open", JSON.stringify(request));
  location.assign("/developers/explorer");
}

// download fetches an answer as a file.
export async function download(path, body, name) {
  const answer = await fetch("/console/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw new Refused(told.message || answer.statusText, { code: told.code, field: told.field, status: answer.status });
  }
  const url = URL.createObjectURL(await answer.blob());
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
  toast("Saved as " + name);
}

// saving is what a button does that downloads.
export const saving = (run) => (e) => attempt(e.currentTarget, run);

export const bytes = (n) => (n < 1000 ? n + " B" : n < 1e6 ? (n / 1e3).toFixed(1) + " kB" : (n / 1e6).toFixed(1) + " MB");
export const millis = (ms) => (ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString("en")) + " ms";
