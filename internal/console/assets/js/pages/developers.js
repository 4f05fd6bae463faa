// Developers → Developer: where the API is and how to ask it.
import { h, show } from "../ui.js";
import { gql } from "../api.js";
import { self } from "../directory.js";
import { endpoint, code, samples } from "../developer.js";

const kinds = { current: "served when no version is asked for", release_candidate: "to become the current one", maintenance: "still served", previous_maintenance: "still served",
  old_previous_maintenance: "still served", old__maintenance: "still served", dev: "changes without notice", deprecated: "no longer served" };
const first = { query: "query ($limit: Int) {\n  me { id name }\n  boards(limit: $limit) { id name }\n}", variables: { limit: 5 } };

show(async () => {
  const { versions } = await gql(`{ versions { value kind display_name } }`);
  const viewer = self.role === "view_only", guest = self.role === "guest";
  const schema = (v, format) => "/v2/get_schema?" + new URLSearchParams({ version: v, format });
  return h("div.stack",
    h("section.card", h("h2", "The address"), code(endpoint, "address of the API"),
      h("p", "One address for everything: ", h("code", "POST"), " a GraphQL document as JSON, with an API token in the header ", h("code", "Authorization"), ".")),
    h("section.card", h("h2", "A token"), viewer || guest ? h("div.notice.warn", h("p", viewer ? "Viewers cannot use the API with a token." : "Guests have no personal API token."))
      : h("p", "A program that has your token can do what you can do, and nothing else."), h("p", h("a.button" + (viewer || guest ? "" : ".primary"), { href: "/developers/tokens" }, "My Access Tokens"))),
    h("section.card", h("h2", "A first request"), h("p", "Put your token in the place of ", h("code", "TOKEN"), ", or into the environment variable of that name; or ", h("a", { href: "/developers/explorer" }, "try it in the API explorer"), ", which needs none."), samples(first)),
    h("section.card", h("h2", "Versions and their schemas"), h("p", "A request says which version it was written for in the header ", h("code", "API-Version"), "."),
      h("div.scroll", { tabIndex: 0, role: "region", "aria-label": "Versions" }, h("table", h("thead", h("tr", ["Version", "", "Schema"].map((x) => h("th", { scope: "col" }, x || h("span.visually-hidden", "What it is"))))),
        h("tbody", versions.map((v) => h("tr", h("td", h("code", v.value)), h("td", v.display_name, ": ", kinds[v.kind] ?? ""),
          h("td.nowrap", h("a", { href: schema(v.value, "sdl"), download: `schema-${v.value}.graphql`, "aria-label": `Schema of ${v.value} as SDL` }, "SDL"), " · ",
            h("a", { href: schema(v.value, "json"), download: `schema-${v.value}.json`, "aria-label": `Schema of ${v.value} as JSON` }, "JSON")))))))),
    h("section.card", h("h2", "More"), h("ul", h("li", h("a", { href: "/developers/explorer" }, "API explorer"), ": ask, and look around in the schema"),
      h("li", h("a", { href: "/developers/requests" }, "Requests"), ": what your programs have asked lately"), h("li", h("a", { href: "/developers/coverage" }, "Coverage"), ": what of the API is served"))));
});
