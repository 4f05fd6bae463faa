// A person's facts, as pages show them.
import { h } from "./ui.js";

const names = (type) => {
  const all = new Intl.DisplayNames(undefined, { type });
  return (code) => { try { return code && all.of(code); } catch { return code; } };
};
export const [country, language] = [names("region"), names("language")];
export const day = (text) => text && new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeZone: "UTC" }).format(new Date(text.slice(0, 10)));

// clock is the time where the person is.
export function clock(u) {
  if (!u.time_zone_identifier) return null;
  try {
    const now = new Intl.DateTimeFormat(undefined, { timeStyle: "short", timeZone: u.time_zone_identifier }).format(new Date()), hours = u.utc_hours_diff;
    return `${u.time_zone_identifier}, now ${now}` + (hours === undefined || hours === null ? "" : ` (UTC${hours < 0 ? "−" : "+"}${Math.abs(hours)})`);
  } catch {
    return u.time_zone_identifier;
  }
}

export function away(o) {
  if (!o) return null;
  return [o.active && h("span.badge.warn", "Now"), " ", (o.type || "away").replaceAll("_", " "), ": ", day(o.start_date) ?? "?", o.end_date ? " to " + day(o.end_date) : "",
    o.disable_notifications ? ", without notifications" : ""];
}

export const facts = (list) => h("dl.facts", list.map(([name, value]) => [h("dt", name), h("dd", value || h("span.quiet", "–"))]));
