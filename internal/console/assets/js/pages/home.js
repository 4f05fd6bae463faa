// Home: the boards used last, by workspace; for an empty account the way to begin.
import { h, fill, show, actions, when, empty } from "../ui.js";
import { gql } from "../api.js";
import { self, refusal, guarded, on, count, boardMark, workspaceHref, workspaceID, createBoard, invite, searchField } from "../directory.js";

const most = 8; // boards of a workspace that are shown at first
const box = h("div.stack");
const known = new Set(["-1"]); // workspaces that self sees: one may be on a board of one that one does not see

const create = (primary = true) => guarded(h(primary ? "button.primary" : "button", { onclick: on(() => createBoard()) }, "Create board"), refusal("board.create", { open: true }));
const invitation = () => guarded(h("button", { onclick: on(invite) }, "Invite people"), refusal("user.invite"));

// begin is what stands on the page while there are no boards.
function begin() {
  if (self.role === "guest") return empty("Nothing is shared with you yet.", h("p", "Somebody of the account has to put you on a shareable board. It is here then."));
  if (self.role === "viewer") return empty("There are no boards yet.", h("p", "Boards that others make are here, for you to look at."));
  return h("div.stack.begin", h("p", "There are no boards here yet. Three steps to begin with:"),
    h("ol.steps",
      h("li.card", h("h2", "Make a board"), h("p", "A board holds the items that you and others work on, in groups and columns."), create()),
      h("li.card", h("h2", "Bring in the others"), h("p", "Invite them by e-mail address: members, viewers, or guests from outside."), invitation()),
      h("li.card", h("h2", "Connect a program"), h("p", "With an API token a program does what you can do."), h("a.button", { href: self.admin ? "/admin/connections/api" : "/developers/tokens" }, "Get an API token"))));
}

const tile = (b) => h("li", h("a.tile", { href: "/boards/" + b.id, title: b.name }, h("strong.clip", b.name),
  h("span.row.quiet", boardMark(b), h("span", "Used ", when(b.updated_at)))));

function space(workspace, boards, all) {
  const seen = known.has(workspaceID(workspace)), shown = all || !seen ? boards : boards.slice(0, most);
  return h("section", h("div.space", h("h2", seen ? h("a.plain.clip", { href: workspaceHref(workspace), title: workspace.name }, workspace.name) : h("span.clip", { title: workspace.name }, workspace.name)), h("span.quiet.nowrap", count(boards.length, "board"))),
    h("ul.tiles", shown.map(tile)),
    shown.length < boards.length && h("p", h("a", { href: workspaceHref(workspace) }, `All ${boards.length} boards of ${workspace.name}`)));
}

show(async () => {
  const { boards, workspaces } = await gql("{ boards(limit: 10000, order_by: used_at) { id name type board_kind updated_at workspace { id name } } workspaces(limit: 10000) { id } }");
  for (const w of workspaces) known.add(workspaceID(w));
  const list = boards.filter((b) => b.type === "board");
  actions(invitation(), create());
  if (!list.length) return begin();
  const draw = (q) => {
    const spaces = new Map();
    for (const b of list) {
      if (q && !b.name.toLowerCase().includes(q)) continue;
      const w = b.workspace ?? { id: null, name: "Main Workspace" };
      const id = workspaceID(w);
      if (!spaces.has(id)) spaces.set(id, [w, []]);
      spaces.get(id)[1].push(b);
    }
    const found = [...spaces.values()];
    fill(box, found.slice(0, 30).map(([w, some]) => space(w, some, !!q && some.length <= 50)), found.length > 30 && h("p", h("a", { href: "/workspaces" }, `${found.length - 30} more workspaces`)),
      !found.length && empty("No board is called like this."));
  };
  draw("");
  return h("div", h("div.filters", searchField("Search boards", draw), h("span.hint", "The boards used last come first.")), box);
});
