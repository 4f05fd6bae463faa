// Administration → Connections: what reaches into the account, and what the account is filled from.
import { h, show, when } from "../ui.js";
import { call } from "../api.js";
import { facts } from "../facts.js";
import { badge } from "../datasource.js";

show(async () => {
  const [tokens, sources] = [(await call("tokens/all")) ?? [], (await call("datasources")).list];
  const used = tokens.map((t) => t.last_used).filter(Boolean).sort().at(-1);
  const card = (title, ...more) => h("section.card", h("h2", title), more);
  return h("div.two",
    card("API", h("p", "Programs reach the account with API tokens. Each can do what its owner can do."),
      facts([["Tokens", tokens.length.toLocaleString("en")], ["Last used", when(used)]]),
      h("p.row", h("a.button.primary", { href: "/admin/connections/api" }, "Your API token"), h("a.button", { href: "/admin/connections/tokens" }, "All tokens"))),
    card("Data sources", h("p", "The records of monday.com accounts are kept in tables of your own."),
      h("ul", sources.map((d) => h("li.row", h("a", { href: "/admin/connections/sources/" + d.id }, d.name), badge(d.status)))),
      h("p.row", h("a.button.primary", { href: "/admin/connections/sources/new" }, "Add monday.com"), h("a.button", { href: "/admin/connections/sources" }, "All data sources"))));
});
