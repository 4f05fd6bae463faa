// What the pages about data sources share: the words for how one fares, and what a test has told.
import { h, icon } from "./ui.js";

// statuses: words, how the badge looks, and what the status means for who reads it.
export const statuses = {
  pending: ["Pending", "", "It has not been read yet; its first run begins in a moment."],
  checking: ["Checking", "", "The token is being tried."],
  syncing: ["Syncing", "", "Records are being read."],
  connected: ["Connected", "good", "Everything that the token reaches is kept in step."],
  needs_attention: ["Needs attention", "warn", "It is kept in step but for what is named below."],
  reauthorize: ["Reauthorize", "bad", "The token is no longer good. Enter another one under Rotate token."],
  rate_limited: ["Rate limited", "warn", "The source account allows no more calls for now. It goes on by itself."],
  paused: ["Paused", "", "Nothing is read until it is resumed."],
  error: ["Error", "bad", "The latest run has failed. It is tried again by itself."],
};

export const badge = (status) => h("span.badge" + (statuses[status]?.[1] ? "." + statuses[status][1] : ""), statuses[status]?.[0] ?? status);

// intervals are how often a source can be read; what somebody has set by other means is one more.
const usual = [[300, "5 minutes"], [900, "15 minutes"], [3600, "hour"], [14400, "4 hours"], [43200, "12 hours"], [86400, "day"], [604800, "week"]];
export function intervals(now) {
  const list = usual.some(([s]) => s === now) || !now ? usual : [...usual, [now, Math.round(now / 60) + " minutes"]];
  return list.map(([s, words]) => [String(s), "Every " + words]);
}
export const interval = (seconds) => intervals(seconds).find(([s]) => s === String(seconds))[1].toLowerCase();

// usualShare is the part of the plan's calls that a source uses where it has no share of its own: the connector's.
export const usualShare = 0.8;

export const number = (n) => (n ?? 0).toLocaleString("en");

// problems tell what needs attention, and what to do.
export const problems = (list) => list.map((p) => h("div.notice.warn", h("p", p.name || p.board ? h("strong", (p.name || "Board " + p.board) + ": ") : null, p.message), p.remedy && h("p.hint", p.remedy)));

// told is what testing a connection has told.
export function told(account, share) {
  const limit = account.daily_limit;
  return h("div.stack", { role: "status" }, h("p", h("strong", "The connection works.")),
    h("dl.facts", h("dt", "Account"), h("dd", account.name, account.tier && " (" + account.tier + ")"),
      h("dt", "Token of"), h("dd", account.user_name, account.user_email && [", ", account.user_email]),
      h("dt", "Admin of that account"), h("dd", account.admin ? "Yes" : "No"),
      h("dt", "Boards in reach"), h("dd", number(account.boards)),
      h("dt", "Calls a day"), h("dd", limit ? [number(limit), share ? `, of which ${number(Math.floor(limit * share))} are used at most` : ""] : "The account does not say")),
    account.lost?.length ? [h("h3", "Out of reach"), problems(account.lost)] : null);
}

// lock stands before the words about keeping credentials safe.
export const safely = () => h("p.hint", icon("lock"), " Hand API keys and credentials on through a secure app, such as a password manager, never by mail or chat. Here the token is kept encrypted, and is shown to nobody again.");
