// The few building blocks that all pages are made of. Text always goes in as text, never as HTML.

// h makes an element: h("a.button", { href, onclick }, "words", child, [children]).
export function h(spec, props = {}, ...children) {
  if (props instanceof Node || typeof props !== "object" || Array.isArray(props) || props === null) {
    children.unshift(props);
    props = {};
  }
  const [tag, ...classes] = spec.split(".");
  const e = document.createElement(tag || "div");
  if (classes.length) e.className = classes.join(" ");
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(e.style, value); // by the object model: the policy allows no style attributes
    else if (name === "class") e.className += " " + value;
    else if (name in e && !name.includes("-") && name !== "list" && name !== "form") e[name] = value;
    else e.setAttribute(name, value === true ? "" : value);
  }
  put(e, children);
  return e;
}

function put(e, children) {
  for (const c of children.flat(Infinity)) {
    if (c === null || c === undefined || c === false) continue;
    e.append(c instanceof Node ? c : document.createTextNode(String(c)));
  }
}

// fill replaces what is in an element.
export function fill(e, ...children) {
  e.replaceChildren();
  put(e, children);
  return e;
}

export const $ = (selector, root = document) => root.querySelector(selector);

// icon draws a small sign beside words that say the same; screen readers pass over it.
const icons = { lock: "M4 7h8v6H4zM5.5 7V5a2.5 2.5 0 0 1 5 0v2", share: "M6 3H3v10h10v-3M8 8l5-5M9 3h4v4" };
export function icon(name) {
  const make = (tag, attributes) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    return e;
  };
  const svg = make("svg", { viewBox: "0 0 16 16", width: "14", height: "14", class: "icon-mark", "aria-hidden": "true" });
  svg.append(make("path", { d: icons[name], fill: "none", stroke: "currentColor", "stroke-width": "1.5" }));
  return svg;
}

// initials stand for a person without a photo.
export const initials = (name) => (name || "?").trim().split(/\s+/).map((w) => [...w][0]).slice(0, 2).join("").toUpperCase();

// me is who is signed in, also while the account is looked at as somebody else: for whom a page acts, directory.js tells.
export const me = { id: document.body.dataset.me, name: document.body.dataset.name, email: document.body.dataset.email, role: document.body.dataset.role,
  get admin() { return this.role === "admin"; }, get kind() { return this.role === "view_only" ? "viewer" : this.role; } };

// title says what the page shows; actions are its buttons, at the top right.
export function title(text) {
  $("#title").textContent = text;
  document.title = document.title.replace(/^[^·]*·/, text + " ·");
}
export function actions(...buttons) { fill($("#actions"), buttons); }

// show runs a page's making: loading, then what it returns, or what went wrong with a way to try again.
export async function show(make) {
  const page = $("#page");
  page.setAttribute("aria-busy", "true");
  try {
    fill(page, await make());
  } catch (e) {
    fill(page, failure(e, () => show(make)));
  }
  page.setAttribute("aria-busy", "false");
}

// failure tells what went wrong.
export function failure(e, again) {
  console.error(e);
  return h("div.notice.bad", { role: "alert" }, h("p", e.message || String(e)), again && h("button", { onclick: again }, "Try again"));
}

export function empty(words, ...more) { return h("div.empty", h("p", words), more); }

// toast tells what has happened, for some seconds.
export function toast(words, { bad = false, action } = {}) {
  const t = h("div.toast" + (bad ? ".bad" : ""), h("span", words), action && h("button.plain", { onclick: action.run }, action.words));
  $("#toasts").append(t);
  setTimeout(() => t.remove(), bad ? 10000 : 5000);
}

// attempt runs what a button does: the button is off meanwhile, and a refusal is told.
export async function attempt(button, run) {
  if (button) button.disabled = true;
  try {
    return await run();
  } catch (e) {
    console.error(e);
    toast(e.message || String(e), { bad: true });
  } finally {
    if (button) button.disabled = false;
  }
}

// dialog shows one and returns what it is closed with: null when it is dismissed.
export function dialog(heading, content, buttons) {
  return new Promise((done) => {
    const d = h("dialog", { "aria-labelledby": "dialog-title" }, h("h2", { id: "dialog-title" }, heading), content,
      h("div.actions", buttons((value) => { result = value; d.close(); })));
    let result = null;
    d.addEventListener("close", () => { d.remove(); done(result); });
    document.body.append(d);
    d.showModal();
  });
}

// confirm asks before something that cannot be taken back.
export function confirm(heading, words, { yes = "Yes", danger = false } = {}) {
  return dialog(heading, h("p", words), (close) => [
    h("button", { onclick: () => close(null), autofocus: danger }, "Cancel"),
    h(danger ? "button.danger" : "button.primary", { onclick: () => close(true), autofocus: !danger }, yes),
  ]);
}

// refuse says in a form why it was refused: at the field that the error names, which gets the focus, or below
// the heading; in sight in any case.
export function refuse(form, faults, inputs, e) {
  for (const [name, input] of Object.entries(inputs)) input.setAttribute("aria-invalid", String(name === e.field));
  const input = inputs[e.field], folded = input?.closest("details");
  if (input) input.parentElement.closest("div, p").append(faults); else form.querySelector("h2").after(faults);
  fill(faults, h("p.fault", e.message || String(e)));
  if (folded) folded.open = true;
  input?.focus();
  faults.scrollIntoView({ block: "nearest" });
}

// ask shows a form. fields: [{ name, label, type, value, options: [[value, words]], required, hint, max }];
// one with make(id) makes its own element, which has a value.
// run gets the values and may refuse by throwing: refuse shows the words.
export function ask(heading, fields, run, { yes = "Save", words, danger = false } = {}) {
  return new Promise((done) => {
    let result = null;
    const inputs = {};
    const faults = h("div", { role: "alert" });
    const rows = fields.map((f) => {
      const id = "ask-" + f.name;
      let input;
      if (f.make) {
        input = f.make(id);
      } else if (f.options) {
        input = h("select", { id }, f.options.map(([value, words]) => h("option", { value, selected: value === f.value }, words)));
      } else if (f.type === "textarea") {
        input = h("textarea", { id, value: f.value ?? "", required: f.required });
      } else {
        input = h("input", { id, type: f.type || "text", required: f.required, maxLength: f.max ?? 524288, autocomplete: f.autocomplete ?? "off" });
        if (f.type === "checkbox") input.checked = !!f.value; else input.value = f.value ?? "";
      }
      inputs[f.name] = input;
      if (f.hint) input.setAttribute("aria-describedby", id + "-hint");
      const hint = f.hint && h("p.hint", { id: id + "-hint" }, f.hint);
      return f.type === "checkbox" ? h("p", h("label.inline", input, f.label), hint) : h("div", h("label", { htmlFor: id }, f.label), input, hint);
    });
    const go = h(danger ? "button.danger" : "button.primary", yes);
    const form = h("form", { onsubmit: async (e) => {
      e.preventDefault();
      const values = {};
      for (const [name, input] of Object.entries(inputs)) {
        values[name] = input.type === "checkbox" ? input.checked : input.value;
      }
      go.disabled = true;
      fill(faults);
      try {
        result = (await run(values)) ?? true;
        d.close();
      } catch (err) {
        console.error(err);
        refuse(form, faults, inputs, err);
      } finally {
        go.disabled = false;
      }
    } }, h("h2", { id: "dialog-title" }, heading), words && h("p", words), faults,
      fields.some((f) => f.type === "password") && h("input", { hidden: true, type: "text", autocomplete: "username", value: me.email, readOnly: true }), // whose, for password managers
      rows,
      h("div.actions", h("button", { type: "button", onclick: () => d.close() }, "Cancel"), go));
    const d = h("dialog", { "aria-labelledby": "dialog-title" }, form);
    d.addEventListener("close", () => { d.remove(); done(result); });
    document.body.append(d);
    d.showModal();
    (Object.values(inputs)[0] ?? go).focus();
  });
}

// avatar shows a person: the photo, or initials. A photo that is kept elsewhere is not asked for: no request
// leaves the machine. Its address may name this server in another way than the browser does.
export function avatar(user, size = "small") {
  const e = h("span.avatar." + size, { title: user?.name, "aria-hidden": "true" });
  const photo = photoPath((size === "large" && user?.photo_small) || user?.photo_thumb);
  return fill(e, photo ? h("img", { src: photo, alt: "", loading: "lazy", decoding: "async", onerror: () => fill(e, initials(user?.name)) }) : initials(user?.name));
}

const photoPath = (url) => /^https?:\/\/[^/]+(\/photos\/[a-z_]+\/[0-9a-f]{32}\.(jpg|png))$/.exec(url ?? "")?.[1];

export const person = (user) => h("a.row.nowrap", { href: "/users/" + user.id }, avatar(user), user.name);

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const since = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

// when shows a moment as people say it, with the exact one at hand.
export function when(iso) {
  if (!iso) return h("span.quiet", "never");
  const at = new Date(iso);
  const s = (at - Date.now()) / 1000;
  const steps = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [86400 * 14, "day", 86400]];
  const step = steps.find(([most]) => Math.abs(s) < most);
  return h("time", { dateTime: at.toISOString(), title: moment.format(at) }, step ? since.format(Math.round(s / step[2]), step[1]) : day.format(at));
}

// copyText puts text on the clipboard, also where the page is not served securely.
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { value: text, class: "visually-hidden" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast("Copied");
}

// debounce waits until nothing has come for a while; cancel() forgets what has.
export function debounce(run, ms = 200) {
  let timer;
  const later = (...args) => { clearTimeout(timer); timer = setTimeout(() => run(...args), ms); };
  later.cancel = () => clearTimeout(timer);
  return later;
}
