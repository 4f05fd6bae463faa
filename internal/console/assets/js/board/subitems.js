// What an item's page tells of its subitems: a list that leads to them, and a field for another one.
import { h, fill, attempt } from "../ui.js";
import { may, subitems as read, subcolumns, createSubitem } from "./model.js";
import { cell as valueOf } from "./cells.js";

// subitems makes the part. open(subitem) goes to one; redraw() is called when there is another one.
export function subitems(item, { open, redraw }) {
  const list = h("ul.rows"), name = h("input", { "aria-label": "Add subitem to " + item.name, placeholder: "+ Add subitem", maxLength: 255, required: true, autocomplete: "off" }), add = h("button", "Add");
  const form = h("form.adding", { onsubmit: (e) => {
    e.preventDefault();
    attempt(add, async () => {
      await createSubitem(item, name.value.trim());
      name.value = "";
      draw();
      redraw();
      name.focus();
    });
  } }, name, add);
  const root = h("div.stack", list, !may.fill() && form);

  function draw() {
    const status = subcolumns().find((c) => c.type === "status");
    fill(list, item.subitems?.length ? item.subitems.map((s) => h("li", h("button.link.clip", { dir: "auto", title: s.name, onclick: () => open(s) }, s.name), status && h("span.end.t-status", valueOf(status, s.cells.get(status.id)))))
      : h("li.quiet", "There are no subitems."));
  }
  return { root, load: async () => { await read(item); draw(); } };
}
