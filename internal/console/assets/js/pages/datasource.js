// Administration → Connections → Data sources → one of them: how it fares, what it has read, what to do.
import { h, fill, show, title, actions, attempt, ask, confirm, when, toast, empty } from "../ui.js";
import { call } from "../api.js";
import { badge, statuses, interval, intervals, problems, told, number, usualShare, safely } from "../datasource.js";

const id = location.pathname.split("/").at(-1);
const passes = { directory: "People and workspaces", boards: "Boards", backfill: "Items", changes: "Changes", sweep: "Comparing ids", updates: "Updates", reread: "Reading anew" };
const live = h("div.stack"), facts = h("div"), runs = h("div"), rows = h("div");
let source, done, buttons, timer;

const go = (name, more = {}) => call("datasource/" + name, { id, ...more });

// doing makes a button that changes something and shows what has become of it. The focus stays where it
// was, or goes to the first button when this one is no longer there.
const doing = (words, run, kind = "") => h("button" + kind, { onclick: async (e) => {
  await attempt(e.target, async () => { if (await run()) await refresh(); });
  const all = [...document.querySelectorAll("#actions button")];
  if (document.activeElement === document.body || document.activeElement === e.target) (all.find((b) => b.textContent === words) ?? all[0])?.focus();
} }, words);

// keeping redraws a box and leaves the focus in it where it was.
function keeping(box, draw) {
  const at = box.contains(document.activeElement) && document.activeElement;
  const name = at && (at.dataset.run ? `[data-run="${CSS.escape(at.dataset.run)}"]` : `[aria-label="${CSS.escape(at.getAttribute("aria-label"))}"]`);
  draw();
  if (name) box.querySelector(name)?.focus();
}

const said = async (call, words) => { await call; toast(words); return true; };

function drawButtons() {
  const now = source.paused + source.status + source.name;
  if (buttons === now) return; // so that the focus stays where it is
  buttons = now;
  actions(
    !source.paused && doing("Sync now", () => said(go("sync"), "A run begins in a moment"), ".primary"),
    !source.paused && doing("Full re-sync", async () => (await confirm("Read everything anew?", "All records are read again. That can take long, and many calls of the account's plan. What is kept stays until then.", { yes: "Full re-sync" }))
      && said(go("sync", { full: true }), "A full run begins in a moment")),
    source.paused ? doing("Resume", () => said(go("pause", { paused: false }), "Resumed"), ".primary") : doing("Pause", () => said(go("pause", { paused: true }), "Paused")),
    doing("Test connection", test), doing("Settings", edit), doing("Rotate token", rotate), doing("Disconnect", disconnect, ".danger"));
}

async function test() {
  const account = await go("check");
  await ask("Test connection", [], async () => true, { yes: "Done", words: told(account, source.call_share || usualShare) });
  return false;
}

const edit = () => ask("Settings of " + source.name, [
  { name: "name", label: "Name", value: source.name, required: true, max: 255 },
  { name: "start_date", label: "start_date", value: source.start_date, required: true, hint: "ISO 8601, eg. 2024-01-01. Earlier than now: what is missing is fetched. Later: nothing that is kept is deleted." },
  { name: "every", label: "How often it is read", options: intervals(source.every), value: String(source.every) },
  { name: "boards", label: "Boards", value: source.boards.join(", "), hint: "Ids with commas between them. Empty: all that the token reaches." },
  { name: "call_share", label: "Share of the plan's calls a day, in percent", type: "number", value: String(Math.round((source.call_share || usualShare) * 100)) },
  { name: "call_cap", label: "Calls a day in place of that share", type: "number", value: source.call_cap ? String(source.call_cap) : "", hint: "Empty: the share counts." },
], (v) => go("edit", { name: v.name, start_date: v.start_date, every: Number(v.every), boards: v.boards.split(/[\s,]+/).filter(Boolean), call_share: Number(v.call_share || 0) / 100, call_cap: Number(v.call_cap || 0) }));

const rotate = () => ask("Rotate token", [
  { name: "auth_token", label: "auth_token", type: "password", required: true, max: 4096, hint: "An API token of an admin of the same account. It is tried before it takes the place of the one there is." },
], (v) => go("rotate", v), { words: safely(), yes: "Rotate" });

async function disconnect() {
  const gone = await ask("Disconnect " + source.name + "?", [
    { name: "drop", label: "What becomes of the data", options: [["", "Keep the tables as they are"], ["drop", "Delete the tables"]], value: "" },
    { name: "name", label: "Type the name of the data source to confirm", required: true, hint: source.name },
  ], async (v) => { await go("remove", { name: v.name, drop: v.drop === "drop" }); return "gone"; }, { yes: "Disconnect", danger: true, words: "Nothing is read any more, and the token is forgotten at once." });
  if (gone === "gone") location.assign("/admin/connections/sources");
  return false;
}

function drawLive() { keeping(live, drawStatus); }

function drawStatus() {
  const [, , means] = statuses[source.status] ?? ["", "", ""];
  const busy = ["checking", "syncing"].includes(source.status);
  fill(live, h("p.row", badge(source.status), h("span", source.waiting && !busy ? "A run begins in a moment." : means), source.since && h("span.quiet", "Changed ", when(source.since), ".")),
    source.status === "rate_limited" && source.limited_until && h("p", "It goes on ", when(source.limited_until), "."),
    problems(source.problems),
    busy && drawProgress(source.progress));
}

const part = (p) => [passes[p.pass] ?? p.pass, p.name || p.board].filter(Boolean).join(": ");

// drawProgress tells what is under way, and in a line what is done: on large accounts that is most of it.
function drawProgress(list) {
  if (!list.length) return null;
  const waits = list.find((p) => p.until), under = list.filter((p) => !p.end && !p.until), over = list.filter((p) => p.end);
  return [
    waits && h("p", "The account allows no more for the moment; it goes on ", when(waits.until), "."),
    under.length > 0 && h("div.scroll.records", { tabIndex: 0, role: "region", "aria-label": "Progress" }, h("table", h("thead", h("tr", ["Being read", "Records", "How far"].map((x) => h("th", { scope: "col" }, x)))),
      h("tbody", under.map((p) => h("tr", h("td", part(p)), h("td.nowrap", number(p.done), p.total ? " of " + number(p.total) : ""),
        h("td", p.total ? h("progress", { max: p.total, value: Math.min(p.done, p.total), "aria-label": part(p) }) : "")))))),
    h("p.hint", number(Math.max(...list.map((p) => p.calls))) + " calls so far.", over.length > 0 && " Done last: " + part(over.at(-1)) + "."),
  ];
}

const day = (iso) => (iso && !iso.startsWith("0001-") ? when(iso) : h("span.quiet", "not yet"));

// callsAllowed is how many calls a day this data source may make, as far as that is known.
function callsAllowed() {
  if (source.call_cap) return number(source.call_cap) + " at most";
  const limit = source.checked?.daily_limit, share = source.call_share || usualShare, percent = Math.round(share * 100) + " %";
  if (limit) return `${number(Math.max(Math.floor(limit * share), 1))} at most, ${percent} of the plan's ${number(limit)}`;
  return `${percent} of the plan's` + (source.checked ? "; how many those are, the account does not say" : "");
}

// callsToday counts what the runs that are remembered have made: others use the same plan, and nobody tells
// how much of it.
function callsToday() {
  const today = new Date().toISOString().slice(0, 10), runs = done.filter((r) => r.started.slice(0, 10) === today);
  const more = runs.length > 0 && runs.length === done.length && done.length >= 100 ? "at least " : "";
  const now = Math.max(0, ...source.progress.map((p) => p.calls)); // of the run that is under way
  return `${more}${number(runs.reduce((n, r) => n + r.calls, now))} by the runs that began today (UTC). What other integrations of the account have used is not told.`;
}

function drawFacts() {
  const last = done.find((r) => r.complete_to && !r.complete_to.startsWith("0001-")), place = done.find((r) => r.place)?.place;
  const item = (name, ...what) => [h("dt", name), h("dd", what)];
  fill(facts, h("dl.facts",
    item("Account", source.account || h("span.quiet", "not known yet")),
    source.checked && item("Token of", source.checked.user_name, source.checked.user_email && ", " + source.checked.user_email),
    item("Complete up to", day(last?.complete_to)),
    item("Next run", source.paused ? "none while it is paused" : ["checking", "syncing"].includes(source.status) ? "under way" : source.waiting || !source.next_run ? "in a moment" : when(source.next_run)),
    item("Read", interval(source.every)), item("start_date", source.start_date),
    item("Boards", source.boards.length ? number(source.boards.length) + " named" : "all that the token reaches"),
    place && item("Tables in", place),
    item("Calls a day", callsAllowed()), item("Calls today", callsToday()),
    source.endpoint && item("Service", source.endpoint),
    item("Added", when(source.created_at), " by ", source.creator)));
}

function table(label, head, body) {
  return h("div.scroll.records", { tabIndex: 0, role: "region", "aria-label": label }, h("table", h("thead", h("tr", head.map((x) => h("th", { scope: "col" }, x)))), h("tbody", body)));
}

function sum(counts, key) { return Object.values(counts ?? {}).reduce((n, c) => n + c[key], 0); }

const outcomes = { complete: ["Complete", "good"], partial: ["Partial", "warn"], failed: ["Failed", "bad"] };
const open = new Set(); // the runs whose tables are shown, by their beginning

function drawRuns() { keeping(runs, drawAllRuns); }

function drawAllRuns() {
  const [words, kind] = [(r) => outcomes[r.outcome]?.[0] ?? r.outcome, (r) => (outcomes[r.outcome] ? "." + outcomes[r.outcome][1] : "")];
  fill(runs, done.length ? table("Runs", ["Began", "Mode", "Outcome", "New", "Changed", "Deleted", "Calls", "Points", "Details"], done.map((r) => {
    const shown = open.has(r.started);
    return [h("tr", h("td", when(r.started)), h("td", r.mode === "full" ? "full" : "sync"), h("td", h("span.badge" + kind(r), words(r))), ["new", "changed", "deleted"].map((k) => h("td", number(sum(r.counts, k)))),
      h("td", number(r.calls)), h("td", number(r.points)),
      h("td", h("button", { "data-run": r.started, "aria-expanded": String(shown), "aria-label": "Tables of the run that began " + new Date(r.started).toLocaleString(), onclick: () => {
        if (shown) open.delete(r.started); else open.add(r.started);
        drawRuns();
      } }, "Tables"))),
    shown && h("tr", h("td", { colSpan: 9 }, r.error && h("p.fault", r.error), problems(r.problems ?? []),
      table("Tables of a run", ["Table", "New", "Changed", "As it was", "Deleted"], Object.entries(r.counts ?? {}).sort().map(([name, c]) => h("tr", h("td", name), [c.new, c.changed, c.same, c.deleted].map((n) => h("td", number(n))))))))];
  })) : empty("There has been no run yet."));
}

function drawRows() { keeping(rows, drawAllRows); }

function drawAllRows() {
  const last = done.find((r) => r.rows);
  fill(rows, last ? table("Rows per table", ["Table", "Rows", "Deleted"], Object.entries(last.rows).sort().map(([name, n]) => h("tr", h("td", name), h("td", number(n.live)), h("td", number(n.deleted)))))
    : empty("Rows are counted at the end of a run."));
}

let drawn = "";
function draw() {
  title(source.name);
  drawButtons();
  drawLive();
  drawFacts();
  const now = JSON.stringify(done.map((r) => [r.started, r.ended]));
  if (now !== drawn) { // runs change seldom, and somebody may be reading
    drawn = now;
    drawRuns();
    drawRows();
  }
}

async function refresh() {
  clearTimeout(timer);
  const got = await call("datasource", { id });
  if (!got.source) return false;
  [source, done] = [got.source, got.runs];
  draw();
  const soon = source.waiting || ["pending", "checking", "syncing"].includes(source.status);
  timer = setTimeout(() => { if (document.hidden) document.addEventListener("visibilitychange", quietly, { once: true }); else quietly(); }, soon ? 1500 : 15000);
  return true;
}

// quietly looks again; when the server does not answer, it is tried again later.
const quietly = () => refresh().catch(() => { timer = setTimeout(quietly, 15000); });

show(async () => {
  if (!(await refresh())) return empty("There is no such data source.", h("p", h("a", { href: "/admin/connections/sources" }, "Data sources")));
  return h("div.stack", h("p", h("a", { href: "/admin/connections/sources" }, "← Data sources")),
    h("section.card", h("h2", "Status"), live), h("section.card", h("h2", "Facts"), facts),
    h("section.card", h("h2", "Rows per table"), rows), h("section.card", h("h2", "Runs"), runs));
});
