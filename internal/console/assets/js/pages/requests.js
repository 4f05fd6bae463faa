// Developers → Requests: what has been asked of the API lately, as it happens.
import { h, show, actions, dialog, attempt, copyText, when } from "../ui.js";
import { call } from "../api.js";
import { table } from "../table.js";
import { clip, count } from "../directory.js";
import { facts } from "../facts.js";
import { languages, code, openInExplorer, millis } from "../developer.js";

const kept = 1000; // as many as the server keeps, of programs and of pages
let all = [], last = 0, paused = false, everyone = false, texts = false, list;

const failed = (r) => r.status >= 400 || r.codes?.length > 0;
const nameOf = (r) => r.name || (r.kind ? "without a name" : "not understood");
const name = h("input", { type: "search", placeholder: "Operation", "aria-label": "Name of the operation", oninput: () => draw() });
const who = h("input", { type: "search", placeholder: "User", "aria-label": "User", oninput: () => draw() });
const status = h("select", { "aria-label": "Status", onchange: () => draw() }, h("option", { value: "" }, "Any status"));
const errors = h("input", { type: "checkbox", onchange: () => draw() }), pages = h("input", { type: "checkbox", onchange: () => draw() });
const told = h("span.quiet", { role: "status" });
const pause = h("button", { "aria-pressed": "false", onclick: () => {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  if (paused) told.textContent = "Paused"; else { draw(true); poll(); }
} }, "Pause");

const columns = () => [
  { head: "When", width: "110px", cell: (r) => h("time", { dateTime: r.at, title: new Date(r.at).toLocaleString() }, new Date(r.at).toLocaleTimeString()), sort: (a, b) => a.number - b.number },
  { head: "Operation", cell: (r) => h("button.link.clip", { title: nameOf(r), "aria-label": `${r.kind || "request"} ${nameOf(r)}: details`, onclick: () => details(r) }, r.name || h("span.quiet", nameOf(r))), sort: (a, b) => nameOf(a).localeCompare(nameOf(b)) },
  { head: "Kind", width: "90px", cell: (r) => r.kind || "–" },
  everyone && { head: "User", cell: (r) => clip(r.user || r.user_id), sort: (a, b) => a.user.localeCompare(b.user) },
  { head: "Version", width: "90px", cell: (r) => r.version || "–" },
  { head: "Complexity", width: "110px", cell: (r) => r.complexity.toLocaleString("en"), sort: (a, b) => a.complexity - b.complexity },
  { head: "Status", width: "150px", cell: (r) => h("span.badge" + (failed(r) ? ".bad" : ".good"), { title: (r.codes ?? []).join(", ") }, r.status, failed(r) && r.codes?.[0] ? " " + r.codes[0] : failed(r) ? " error" : " OK"), sort: (a, b) => a.status - b.status },
  { head: "Time", width: "90px", cell: (r) => millis(r.ms), sort: (a, b) => a.ms - b.ms },
].filter(Boolean);

function draw(keep = false) {
  const q = name.value.toLowerCase(), u = who.value.toLowerCase();
  const shown = all.filter((r) => (pages.checked || !r.page) && (!errors.checked || failed(r)) && (!status.value || String(r.status) === status.value)
    && (!q || nameOf(r).toLowerCase().includes(q)) && (!u || r.user.toLowerCase().includes(u) || r.user_id === u));
  list.update(shown, { keep });
  const words = count(shown.length, "request");
  if (!paused && told.textContent !== words) told.textContent = words;
}

// poll asks what is new. Answers that overlap are no harm: what is known already is left out.
async function poll() {
  if (paused || document.hidden) return;
  const { rows } = await call("requests", { after: last }).catch(() => ({ rows: [] }));
  const fresh = rows.filter((r) => r.number > last);
  if (!fresh.length) return; // drawn again, the rows would lose a click that is under way
  take(fresh);
  draw(true);
}

function take(rows) {
  all = [...rows, ...all].slice(0, kept);
  last = all[0]?.number ?? 0;
  const known = new Set([...status.options].map((o) => o.value));
  for (const s of new Set(rows.map((r) => String(r.status)))) if (!known.has(s)) status.append(h("option", { value: s }, s));
}

async function details(r) {
  const d = await attempt(null, () => call("requests/show", { number: r.number }));
  if (!d) return;
  let variables = {};
  try { variables = d.variables ? JSON.parse(d.variables) : {}; } catch { variables = null; }
  const request = { query: d.query, variables: variables ?? {}, version: d.version };
  const about = [["When", [new Date(d.at).toLocaleString(), " (", when(d.at), ")"]], ["User", h("a", { href: "/users/" + d.user_id }, d.user || d.user_id)], ["Through", d.token], ["From", d.from], ["Address", h("code", d.path)],
    ["Version", d.version || "–"], ["Complexity", d.complexity.toLocaleString("en")], ["Status", d.status], ["Time", millis(d.ms)], ["Request id", h("code", d.id)], d.codes?.filter(Boolean).length && ["Errors", d.codes.filter(Boolean).join(", ")]].filter(Boolean);
  const copied = ["curl", "JavaScript", "Go"];
  await dialog(`${d.kind || "Request"} ${nameOf(d)}`, h("div", facts(about),
    d.errors?.length > 0 && h("div.notice.bad", d.errors.map((e) => h("p", e))),
    d.query ? [h("h3", "Operation"), code(d.query, "operation"), h("h3", "Variables"), code(variables ? JSON.stringify(variables, null, 2) : d.variables, "variables"),
      h("h3", "Copy as"), h("p.hint", "With ", h("code", "TOKEN"), " where yours belongs."), h("div.row", copied.map((l) => h("button", { type: "button", "aria-label": "Copy as " + l, onclick: () => copyText(languages[l](request)) }, l)))]
      : h("p.hint", texts ? "Nothing that could be read was sent." : ["What was asked is not kept: whoever runs the server can have it kept with ", h("code", "lunedi serve --inspect"), "."])),
  (close) => [d.query && h("button", { onclick: () => openInExplorer(request) }, "Replay in the explorer"), h("button.primary", { onclick: () => close(), autofocus: true }, "Close")]);
}

show(async () => {
  const first = await call("requests", { after: 0 });
  ({ everyone, texts } = first);
  list = table({ label: "Requests", columns: columns(), onopen: details, none: "No requests yet. They appear here as programs send them." });
  list.classList.add("wide");
  take(first.rows);
  draw();
  setInterval(poll, 3000);
  actions(pause, h("button", { onclick: () => { all = []; draw(); } }, "Clear"));
  return h("div", h("p", everyone ? "The latest requests of everybody's programs." : "The latest requests of your programs.", " They are kept in memory only.",
    !texts && [" What they asked is not kept; ", h("code", "lunedi serve --inspect"), " keeps it."]),
    h("div.filters", name, everyone && who, status, h("label.inline", errors, "Only errors"), h("label.inline", pages, "Pages of this console, too"), told), list);
});
