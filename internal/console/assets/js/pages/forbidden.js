import { h, show, me } from "../ui.js";
show(() => h("div", h("p", `This page is for admins of the account, and you are a ${me.kind}. Ask an admin of yours.`),
  h("p", me.role === "member" ? "Your own API token is under " : "Why you have no API token is told under ", h("a", { href: "/developers/tokens" }, "Developers → My Access Tokens"), ".")));
