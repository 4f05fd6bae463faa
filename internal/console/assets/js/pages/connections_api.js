// Administration → Connections → API: an admin's own personal API token.
import { h, fill, show, actions, attempt, confirm, copyText, when } from "../ui.js";
import { call } from "../api.js";
import { reveal } from "../token.js";

const box = h("div");
let mine;

async function generate(e) {
  if (mine.token && !(await confirm("Generate a new token?", "The token that you have now stops working at once, wherever it is used.", { yes: "Generate", danger: true }))) return;
  await attempt(e.target, async () => {
    box.inert = true; // the token that it shows is no good any more
    try {
      const made = await call("token/generate");
      mine.token = made.token;
      draw(made.secret);
    } finally { box.inert = false; }
  });
}

// draw shows the token: all of it when it has just been made or was asked for, otherwise dots.
function draw(secret) {
  actions(h("button.primary", { onclick: generate }, "Generate"));
  if (!mine.token) {
    fill(box, h("div.empty", h("p", "You have no API token yet."), h("p", "Click ", h("strong", "Generate"), " to make one.")));
    return;
  }
  fill(box, h("div.row", h("span.secret", { id: "secret", "aria-label": "Personal API token" }, secret ?? "•".repeat(32)),
    h("button", { onclick: (e) => attempt(e.target, async () => {
      secret ??= await reveal(mine);
      if (secret) { draw(secret); await copyText(secret); document.querySelector("#copy")?.focus(); }
    }), id: "copy" }, "Copy"),
    !secret && h("button", { onclick: (e) => attempt(e.target, async () => { const s = await reveal(mine); if (s) draw(s); }) }, "Show")),
  h("p.hint", "Made ", when(mine.token.created_at), ", last used ", when(mine.token.last_used), ". Whoever has it can do all that you can: keep it safe."));
}

show(async () => {
  mine = await call("token");
  draw();
  return h("div.stack", h("section.card", h("h2", "Personal API token"),
    h("p", "With this token a program acts as you: it reaches the boards, columns and items that you reach, and nothing else."), box),
  h("p.hint", "The API answers ", h("code", "POST " + location.origin + "/v2"), " with the token in the header ", h("code", "Authorization"), ". ",
    h("a", { href: "/developers/explorer" }, "Try it in the explorer"), "."));
});
