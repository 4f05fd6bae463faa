// Files of an item: those in its columns and those with its updates.
import { h, fill, toast, when, empty } from "../ui.js";
import { gql, Refused } from "../api.js";
import { guarded } from "../directory.js";
import { may } from "./model.js";
import { json } from "./cells.js";

// upload runs a mutation with a file as its variable $file.
export async function upload(query, variables, file) {
  const form = new FormData();
  form.append("query", query);
  form.append("variables", JSON.stringify(variables));
  form.append("variables[file]", file, file.name);
  const answer = await fetch("/console/v2", { method: "POST", body: form });
  const got = await answer.json().catch(() => ({}));
  if (!answer.ok || got.errors?.length) throw new Refused(got.errors?.[0]?.extensions?.error_data?.reason || got.errors?.[0]?.message || got.message || "The file was not taken.");
  return got.data;
}

// here is an address of a file on the server that the page came from.
function here(address) {
  const url = new URL(address, location.href);
  return url.pathname + url.search;
}
export const fileLink = (a) => h("a.chip", { href: here(a.public_url), target: "_blank", rel: "noopener", title: a.name }, a.name);
const size = (n) => (n < 1024 ? `${n} bytes` : n < 1 << 20 ? `${Math.round(n / 1024)} KB` : `${(n / (1 << 20)).toFixed(1)} MB`);

export function files(item, columns, changed) {
  const root = h("div.stack", h("p.quiet", "Loading…"));
  const fileColumns = columns.filter((c) => c.type === "file");
  async function load() {
    const { items } = await gql(`query ($id: [ID!]) { items(ids: $id) { in: assets(assets_source: columns) { ...F } with: assets(assets_source: gallery) { ...F } } } fragment F on Asset { id name file_size created_at public_url url_thumbnail uploaded_by { name } }`, { id: [item.id] });
    const inside = new Map((items[0]?.in ?? []).map((a) => [a.id, a])), gallery = items[0]?.with ?? [];
    const row = (a) => h("li", fileLink(a), h("span.quiet.nowrap", size(a.file_size)), h("span.quiet.end.nowrap", a.uploaded_by?.name, " ", when(a.created_at)));
    fill(root, fileColumns.map((c) => {
      const all = json(item.cells.get(c.id)).files ?? [];
      const input = h("input", { type: "file", multiple: true, "aria-label": "Add files to " + c.title, onchange: async () => {
        input.disabled = true;
        try {
          for (const f of input.files) await upload("mutation ($i: ID!, $c: String!, $file: File!) { add_file_to_column(item_id: $i, column_id: $c, file: $file) { id } }", { i: item.id, c: c.id }, f);
          toast(`Added to ${c.title}`);
          await changed();
          await load();
        } catch (e) { toast(e.message, { bad: true }); } finally { input.disabled = false; input.value = ""; }
      } });
      return h("section", h("h3", c.title), all.length ? h("ul.rows", all.map((f) => { const a = inside.get(String(f.assetId)); return a ? row(a) : h("li", /^https?:/i.test(f.linkToFile ?? "") ? h("a.chip", { href: f.linkToFile, target: "_blank", rel: "noopener noreferrer" }, f.name) : h("span.chip", f.name)); })) : h("p.quiet", "No files."),
        may.fill() ? guarded(h("button", "Add files to " + c.title), may.fill()) : h("p", input));
    }), gallery.length > 0 && h("section", h("h3", "With updates"), h("ul.rows", gallery.map(row))), !fileColumns.length && !gallery.length && empty("There are no files. A column of type Files, or an update, takes some."));
  }
  return { root, load };
}
