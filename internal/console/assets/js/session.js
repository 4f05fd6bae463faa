// What pages that show sessions share.
import { h } from "./ui.js";

// browserOf names a browser and its system, from what it calls itself.
export function browserOf(agent) {
  const first = (list) => list.find(([mark]) => agent.includes(mark))?.[1];
  const browser = first([["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Chromium/", "Chromium"], ["Safari/", "Safari"], ["curl/", "curl"]]);
  const system = first([["Windows", "Windows"], ["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Mac OS", "macOS"], ["CrOS", "ChromeOS"], ["Linux", "Linux"]]);
  return browser ? browser + (system ? " on " + system : "") : agent || "Not told";
}

// browserCell shows it on one line, all that it said in the tooltip.
export const browserCell = (s) => h("span.clip", { title: s.name }, browserOf(s.name), s.current && [" ", h("span.badge.good", "This one")]);
