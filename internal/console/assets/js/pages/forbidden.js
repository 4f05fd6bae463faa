import { h, show, me } from "../ui.js";
show(() => h("div", h("p", `This page is for admins of the account, and you are a ${me.role.replace("_", " ")}. Ask an admin of yours.`),
  h("p", "Your own API token is under ", h("a", { href: "/developers/tokens" }, "Developers → My Access Tokens"), ".")));
