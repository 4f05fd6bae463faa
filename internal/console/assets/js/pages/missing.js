import { h, show } from "../ui.js";
show(() => h("div", h("p", "There is nothing at this address, or nothing that you may see."), h("p", h("a", { href: "/" }, "Go home"))));
