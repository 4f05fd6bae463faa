// What the page of a person and one's own profile share: what is asked about the person, and the cards that show it.
import { h, avatar } from "./ui.js";
import { onDay, roleOf, roles, statusBadge, teamLink, productName } from "./directory.js";
import { facts, country, language } from "./facts.js";

// personFields are what the cards show.
export const personFields = `id name email title phone mobile_phone location birthday join_date created_at last_activity time_zone_identifier current_language country_code
  is_admin is_guest is_view_only is_pending is_verified enabled url photo_small photo_thumb sign_up_product_kind
  out_of_office { active type start_date end_date disable_notifications } account { name } account_products { kind } teams { id name is_guest }`;

const day = (text) => text && new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeZone: "UTC" }).format(new Date(text.slice(0, 10)));

// clock is the time where the person is.
function clock(u) {
  if (!u.time_zone_identifier) return null;
  try {
    const now = new Intl.DateTimeFormat(undefined, { timeStyle: "short", timeZone: u.time_zone_identifier }).format(new Date()), hours = u.utc_hours_diff;
    return `${u.time_zone_identifier}, now ${now}` + (hours === undefined || hours === null ? "" : ` (UTC${hours < 0 ? "−" : "+"}${Math.abs(hours)})`);
  } catch {
    return u.time_zone_identifier;
  }
}

function away(o) {
  if (!o) return null;
  return [o.active && h("span.badge.warn", "Now"), " ", (o.type || "away").replaceAll("_", " "), ": ", day(o.start_date) ?? "?", o.end_date ? " to " + day(o.end_date) : "",
    o.disable_notifications ? ", without notifications" : ""];
}

const verified = (u) => u.is_verified ? h("span.badge.good", "Verified") : h("span.badge", "Not verified");

const mailLink = (address) => h("a", { href: "mailto:" + address }, address);
const callLink = (number) => number && h("a", { href: "tel:" + number.replace(/[^+\d]/g, "") }, number);

// contactCard shows who somebody is and how to reach them. One's own addresses (own) are no links, and one's
// name stands in the card, since the page is not called by it.
export function contactCard(u, own) {
  const mail = own ? u.email : mailLink(u.email), call = own ? (number) => number : callLink;
  return h("section.card", h("div.row.profile-head", avatar(u, "large"), h("div", own && h("p", h("strong", u.name)), h("p.row", h("span.badge", roles[roleOf(u)].words), statusBadge(u), verified(u)), h("p.quiet", u.title))),
    h("h2", "Contact"), facts([["E-mail", mail], ["Phone", call(u.phone)], ["Mobile phone", call(u.mobile_phone)], ["Location", u.location], ["Country", country(u.country_code)], ["Time zone", clock(u)],
      ["Language", language(u.current_language)], ["Birthday", day(u.birthday)], ["Out of office", away(u.out_of_office)]]));
}

// accountFacts are what somebody is in the account; one's own profile (own) has fewer.
export function accountFacts(u, own) {
  return facts([["Name", u.name], ["Title", u.title], ["Role", roles[roleOf(u)].words], !own && ["Status", statusBadge(u)], !own && ["Verified", u.is_verified ? "Yes" : "No"],
    ["Joined", day(u.join_date)], ["Made", onDay(u.created_at)], ["Last active", onDay(u.last_activity, "never")], ["Account", u.account?.name], ["Products", u.account_products?.map((p) => productName(p.kind)).join(", ")],
    ["Signed up for", u.sign_up_product_kind && productName(u.sign_up_product_kind)], !own && ["Photo", u.photo_original && h("a", { href: u.photo_original, rel: "noreferrer" }, "Open")],
    ["Address", h("a", { href: "/users/" + u.id }, u.url)], ["Number", h("span.mono", u.id)]].filter(Boolean));
}

export const teamList = (u) => u.teams.length ? h("ul.rows", u.teams.map((t) => h("li", teamLink(t), t.is_guest && h("span.badge", "Guest team")))) : h("p.quiet", "In no team.");
