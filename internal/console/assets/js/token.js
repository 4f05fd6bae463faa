// Revealing the personal API token: after the password once more, where there is one.
import { ask } from "./ui.js";
import { call } from "./api.js";

// reveal returns the secret, or null when the person thinks better of it.
export async function reveal(mine) {
  if (!mine.needs_password) return (await call("token/show", {})).secret;
  const got = await ask("Show the API token", [{ name: "password", label: "Your password", type: "password", required: true, autocomplete: "current-password" }],
    async ({ password }) => (await call("token/show", { password })).secret, { yes: "Show" });
  return got || null;
}
