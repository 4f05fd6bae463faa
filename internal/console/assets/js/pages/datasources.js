// Administration → Connections → Data sources: the other accounts whose records are kept in tables. For
// who is no admin: whom to ask.
import { h, show, actions, when, empty, me } from "../ui.js";
import { call } from "../api.js";
import { badge, interval } from "../datasource.js";

show(async () => {
  const all = await call("datasources");
  if (!all.allowed) return ask(all);
  actions(h("a.button.primary", { href: "/admin/connections/sources/new" }, "Add monday.com"));
  const head = ["Name", "Account", "Status", "Synchronised since", "Read", "Next run"];
  return h("div.stack",
    h("p", "A data source is a monday.com account whose records are kept in tables of your own. Only Network Admins can add data sources."),
    all.no_key && h("div.notice.warn", { role: "note" }, h("p", all.no_key)),
    all.list.length ? h("div.scroll.records", { tabIndex: 0, role: "region", "aria-label": "Data sources" }, h("table", h("thead", h("tr", head.map((x) => h("th", { scope: "col" }, x)))),
      h("tbody", all.list.map((d) => h("tr", h("td", h("a", { href: "/admin/connections/sources/" + d.id }, d.name)), h("td", d.account || h("span.quiet", "not known yet")),
        h("td", badge(d.status)), h("td", d.start_date), h("td", interval(d.every)), h("td", d.paused ? h("span.quiet", "paused") : d.next_run ? when(d.next_run) : "in a moment"))))))
      : empty("There are no data sources yet.", h("p", h("a", { href: "/admin/connections/sources/new" }, "Add monday.com"), " to keep its boards, items and updates in tables.")));
});

// ask is the page for everybody else.
function ask(all) {
  return h("div.stack", h("div.notice", { role: "note" }, h("p", "Only Network Admins can add data sources. Contact your network admin for assistance.")),
    h("section.card", h("h2", "Whom to ask"),
      all.admins?.length ? h("ul", all.admins.map((a) => h("li", h("a", { href: "/users/" + a.id }, a.name), ", ", h("a", { href: "mailto:" + a.email }, a.email))))
        : h("p", "Ask whoever has invited you who the network admins are."),
      all.exist && h("p", "There are data sources in this account already; your network admin knows what they hold."),
      h("p.hint", `You are a ${me.kind} of this account. If you are an admin of the monday.com account that is to be added, a network admin can make you one here, so that you can complete the connection.`)));
}
