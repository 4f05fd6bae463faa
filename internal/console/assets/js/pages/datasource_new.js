// Administration → Connections → Data sources → Add monday.com.
import { h, fill, show, attempt, refuse, me } from "../ui.js";
import { call } from "../api.js";
import { told, safely, intervals, usualShare } from "../datasource.js";

const faults = h("div", { role: "alert" });
const outcome = h("div");

function field(name, label, input, ...hint) {
  input.id = "source-" + name;
  input.setAttribute("aria-describedby", input.id + "-hint");
  return h("div", h("label", { htmlFor: input.id }, label), input, h("p.hint", { id: input.id + "-hint" }, hint));
}

const code = (text) => h("code", text);

show(async () => {
  const all = await call("datasources");
  if (!all.allowed) return h("div.notice", { role: "note" }, h("p", all.why), h("p", h("a", { href: "/admin/connections/sources" }, "Data sources")));
  const token = h("input", { type: "password", required: true, autocomplete: "off", spellcheck: false, maxLength: 4096 });
  const start = h("input", { type: "text", required: true, placeholder: "2024-01-01", autocomplete: "off", maxLength: 40 });
  const name = h("input", { type: "text", maxLength: 255, autocomplete: "off" });
  const every = h("select", intervals().map(([value, words]) => h("option", { value, selected: value === "3600" }, words)));
  const endpoint = h("select", h("option", { value: "" }, "monday.com"), all.endpoints.map((e) => h("option", { value: e }, e)));
  const boards = h("input", { type: "text", autocomplete: "off", placeholder: "all" });
  const share = h("input", { type: "number", min: 1, max: 100, step: 1, value: String(usualShare * 100) });
  const inputs = { auth_token: token, start_date: start, name, every, endpoint, boards, call_share: share };
  const values = () => ({ auth_token: token.value, start_date: start.value, name: name.value, every: Number(every.value), endpoint: endpoint.value,
    boards: boards.value.split(/[\s,]+/).filter(Boolean), call_share: Number(share.value || usualShare * 100) / 100 });

  // tell runs a call of the form.
  const tell = (button, run) => attempt(button, async () => {
    fill(faults);
    fill(outcome, h("p.quiet", { role: "status" }, "Asking the account…"));
    try {
      await run();
    } catch (e) {
      fill(outcome);
      refuse(form, faults, inputs, e);
    }
  });
  const test = (e) => {
    if (!form.reportValidity()) return;
    tell(e.target, async () => fill(outcome, h("div.notice", told(await call("datasource/check", values()), values().call_share))));
  };
  const add = h("button.primary", { disabled: !!all.no_key }, "Add data source");
  const form = h("form.stack.filled", { onsubmit: (e) => {
    e.preventDefault();
    tell(add, async () => {
      const made = await call("datasource/add", values());
      location.assign("/admin/connections/sources/" + made.id);
      await new Promise(() => {}); // the page goes away
    });
  } }, h("h2", "Information required for the connection"), faults,
    field("auth_token", "auth_token", token, "The access token that you have created as described here."),
    field("start_date", "start_date", start, "Date of the first record to synchronise, in ISO 8601 format (eg. ", code("2024-01-01"), "). Items that were last changed before this date are not synchronised."),
    safely(),
    h("details", h("summary", "More settings"), h("div.stack",
      field("name", "Name", name, "Empty: the name of the account."),
      field("every", "How often it is read", every, "Each time what has changed is read, not everything."),
      all.endpoints.length > 0 && field("endpoint", "Service", endpoint, "Whoever runs this server has allowed others than monday.com itself."),
      field("boards", "Boards", boards, "Ids of the boards to keep, with commas between them. Empty: all that the token reaches."),
      field("call_share", "Share of the plan's calls a day, in percent", share, "The rest is left for other integrations of the account."))),
    outcome,
    h("div.row", h("button", { type: "button", onclick: test }, "Test connection"), add));

  const steps = (...list) => h("ol", list.map((x) => h("li", x)));
  const b = (text) => h("strong", text);
  return h("div.stack",
    h("p", h("a", { href: "/admin/connections/sources" }, "← Data sources")),
    all.no_key && h("div.notice.warn", { role: "note" }, h("p", all.no_key)),
    h("div.notice", { role: "note" }, h("p", "Only Network Admins can add data sources. Contact your network admin for assistance.", me.admin && " You are a Network Admin.")),
    h("div.notice", { role: "note" }, h("p", "You must be an admin of the data source that you connect. If you are not, obtain admin privileges there, or have an admin of it added as an admin here, who can then complete the connection.")),
    h("div.two", h("section.card", form),
      h("section.card", h("h2", "Generating the credentials"),
        h("h3", "API token permissions"), h("p", "A personal token can do what its user can do, and nothing else: a private board that the user cannot open is out of its reach too, and so are columns and items that are restricted."),
        h("h3", "Admins"), h("p", "Each admin of the account has an API token of their own. Keep it safe."),
        steps("Log into your monday.com account.", "Click on your avatar in the top right corner.", ["Select ", b("Administration"), "."],
          ["Click ", b("Connections"), " on the left."], ["Select ", b("API"), " in the top menu."], ["Click ", b("Generate"), " in the top right."], ["Click ", b("Copy"), " beside the personal API token."]),
        h("h3", "Everybody else"), h("p", "The other way to one's token, through the developers' section:"),
        steps("Log into your monday.com account.", "Click on your avatar in the top right corner.", ["Select ", b("Developers"), "."],
          ["Click ", b("Developer"), " and then ", b("My Access Tokens"), " at the top."], ["Select ", b("Show"), " beside the token, and copy it."]))));
});
