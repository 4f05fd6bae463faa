// How wide columns are: as somebody has made them in this browser, else as the board says, else as their kind needs.
import { model } from "./model.js";

const usual = { long_text: 220, timeline: 210, people: 180, person: 160, team: 160, email: 200, link: 180, phone: 150, date: 150, board_relation: 200, dependency: 200, mirror: 170, subtasks: 190, location: 180, creation_log: 220, last_updated: 220,
  checkbox: 90, numbers: 110, formula: 110, auto_number: 80, item_id: 120, vote: 80, rating: 120, hour: 100, week: 210, dropdown: 160, tags: 160, file: 160, doc: 170, time_tracking: 120 };
export const [least, most] = [60, 900];
const beside = 56; // what stands in a head beside the title
const fit = (px) => Math.round(Math.min(most, Math.max(least, px)));

// Widths are kept a board at a time: { column id: pixels }.
const key = (board) => `board.${board}.widths`;
function kept(board) {
  try { return JSON.parse(localStorage.getItem(key(board))) ?? {}; } catch { return {}; }
}
const boards = new Map();
const of = (board) => boards.get(board) ?? boards.set(board, kept(board)).get(board);

const boardOf = (column, sub) => (sub ? model.subboard : model.board).id;

// widthOf is for a column of the board, or with sub of the board that its subitems are on. Names are at the left all
// the time, so on a narrow window they leave room for the rest.
export function widthOf(column, sub = false) {
  const name = column.type === "name";
  const chosen = of(boardOf(column, sub && !name))[name ? "name" : column.id];
  if (name) return Math.min(chosen ?? 320, Math.max(150, Math.round(innerWidth * 0.47)));
  return fit(chosen ?? column.width ?? Math.max(usual[column.type] ?? 140, Math.min(240, column.title.length * 8 + beside)));
}

// setWidth keeps a width; none of it is for the board's own again.
export function setWidth(column, px, sub = false) {
  const name = column.type === "name", board = boardOf(column, sub && !name), all = of(board), id = name ? "name" : column.id;
  if (px === null) delete all[id]; else all[id] = fit(px);
  try { localStorage.setItem(key(board), JSON.stringify(all)); } catch { /* there is no room: it holds as long as the page does */ }
}
