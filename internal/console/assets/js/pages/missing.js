import { h, show, empty } from "../ui.js";
show(() => empty("There is nothing at this address, or nothing that you may see.", h("p", h("a.button", { href: "/" }, "Go home"))));
