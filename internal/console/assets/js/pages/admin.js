// Administration → General: what the account is, and the versions of the API it answers in.
import { h, show, actions, ask, toast, failure, fill } from "../ui.js";
import { gql, call } from "../api.js";
import { refusal, guarded, on, onDay, roles, count, productName } from "../directory.js";
import { facts, country } from "../facts.js";

const held = h("div", h("p.quiet", "Loading…"));
const kinds = { current: "Current: served when no version is asked for", release_candidate: "Release candidate", maintenance: "Maintenance", previous_maintenance: "Previous maintenance",
  old_previous_maintenance: "Old maintenance", old__maintenance: "Old maintenance", dev: "Dev: changes without notice", deprecated: "Deprecated" };

async function rename(account) {
  if (await ask("Rename the account", [{ name: "name", label: "Account name", required: true, max: 255, value: account.name, hint: "The name in addresses, " + account.slug + ", stays." }],
    ({ name }) => call("account/edit", { name }), { yes: "Rename" })) { toast("Renamed"); location.reload(); }
}

function counts(c, plan) {
  const n = (x) => (x ?? 0).toLocaleString("en");
  const all = Object.values(c.users).reduce((a, b) => a + b, 0);
  return facts([["Users", h("a", { href: "/users" }, n(all))], ...Object.entries(roles).map(([key, r]) => [r.many, h("a", { href: "/users?kind=" + key }, n(c.users[key === "viewer" ? "view_only" : key]))]),
    ["Pending", h("a", { href: "/users?status=pending" }, n(c.pending))], ["Inactive", h("a", { href: "/users?status=inactive" }, n(c.inactive))], ["Teams", h("a", { href: "/teams" }, n(c.teams))],
    ["Workspaces", h("a", { href: "/workspaces" }, n(c.workspaces))], ["Boards", n(c.boards)], plan && ["Seats of the plan", n(plan.max_users)]].filter(Boolean));
}

show(async () => {
  const { account: a, versions } = await gql(`{ account { id name slug tier country_code created_at first_day_of_the_week is_during_trial is_trial_expired show_timeline_weekends sign_up_product_kind active_members_count
    plan { tier period max_users version } products { id kind tier default_workspace_id } } versions { value kind display_name } }`);
  actions(guarded(h("button", { onclick: on(() => rename(a)) }, "Rename the account"), refusal("account.edit")));
  call("account/counts").then((c) => fill(held, counts(c, a.plan)), (e) => fill(held, failure(e)));
  return h("div.stack", h("div.two",
    h("section.card", h("h2", "Account"), facts([["Name", a.name], ["Name in addresses", h("code", a.slug)], ["Number", h("span.mono", a.id)], ["Plan", a.plan ? [a.plan.tier, a.plan.period && `, ${a.plan.period}`] : "None"],
      ["Trial", a.is_during_trial ? "Going on" : a.is_trial_expired ? "Over" : "No"], ["Country", country(a.country_code)], ["Weeks begin on", a.first_day_of_the_week === "sunday" ? "Sunday" : "Monday"],
      ["Weekends on timelines", a.show_timeline_weekends ? "Shown" : "Hidden"], ["Opened for", a.sign_up_product_kind && productName(a.sign_up_product_kind)], ["Made", onDay(a.created_at)]])),
    h("section.card", h("h2", "What it holds"), held)),
  h("div.two", h("section.card", h("h2", "Products"), a.products.length ? h("ul.rows", a.products.map((p) => h("li", h("strong", productName(p.kind)), p.tier && h("span.badge", p.tier),
    p.default_workspace_id && h("a", { href: "/workspaces/" + p.default_workspace_id }, "Its workspace")))) : h("p.quiet", "None.")),
  h("section.card", h("h2", "API"), h("p", `Requests may ask for ${count(versions.length, "version")} of the API:`), h("ul.rows", versions.map((v) => h("li", h("code", v.value), h("span.quiet", kinds[v.kind] ?? v.display_name)))),
    h("p", h("a.button", { href: "/admin/connections" }, "Connections"), " ", h("a.button", { href: "/admin/connections/api" }, "Your API token")))));
});
