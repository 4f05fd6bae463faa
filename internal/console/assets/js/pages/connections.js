// Administration → Connections: what reaches into the account, and what the account is filled from.
import { h, show, when } from "../ui.js";
import { call } from "../api.js";
import { facts } from "../facts.js";

show(async () => {
  const tokens = (await call("tokens/all")) ?? [];
  const used = tokens.map((t) => t.last_used).filter(Boolean).sort().at(-1);
  const card = (title, ...more) => h("section.card", h("h2", title), more);
  return h("div.two",
    card("API", h("p", "Programs reach the account with API tokens. Each can do what its owner can do."),
      facts([["Tokens", tokens.length.toLocaleString("en")], ["Last used", when(used)]]),
      h("p.row", h("a.button.primary", { href: "/admin/connections/api" }, "Your API token"), h("a.button", { href: "/admin/connections/tokens" }, "All tokens"))),
    card("Data sources", h("div.empty", h("p", "Adding monday.com as a data source comes with the connector."), h("p", "Until then, boards are filled through the API."))));
});
