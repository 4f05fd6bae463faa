// Facts, as pages show them: a list of names and values.
import { h } from "./ui.js";

const names = (type) => {
  const all = new Intl.DisplayNames(undefined, { type });
  return (code) => { try { return code && all.of(code); } catch { return code; } };
};
export const [country, language] = [names("region"), names("language")];

export const facts = (list) => h("dl.facts", list.map(([name, value]) => [h("dt", name), h("dd", value || h("span.quiet", "–"))]));
