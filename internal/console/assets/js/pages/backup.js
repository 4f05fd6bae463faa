// Administration → Backup: all that the server keeps, in one file.
import { h, show, ask } from "../ui.js";
import { call } from "../api.js";
import { code, download, saving } from "../developer.js";
import { guarded } from "../directory.js";

show(async () => {
  const about = await call("backup/about");
  const name = () => `lunedi-${new Date().toISOString().slice(0, 16).replace(":", "")}.backup`;
  const get = h("button.primary", { onclick: saving(async () => {
    if (!about.needs_password) return download("backup", {}, name());
    await ask("Download a backup", [{ name: "password", label: "Your password", type: "password", required: true, autocomplete: "current-password" }],
      ({ password }) => download("backup", { password }, name()), { yes: "Download" });
  }) }, "Download a backup");
  return h("div.stack",
    h("section.card", h("h2", "Make a backup"), h("p", "All that the server keeps, as it is at one moment: people, boards, items, updates, uploaded files, the audit log, and tokens in their encrypted form. Others go on working meanwhile."),
      h("p", guarded(get, about.here ? "" : about.why)), h("p.hint", "Whoever has the file can read everything in it: keep it safe."), h("h3", "From the command line"), code("lunedi admin backup lunedi.backup", "command for a backup"),
      h("p.hint", "It can be run beside the server. With ", h("code", "--database"), " it is told which database; a timer can do so every night.")),
    h("section.card", h("h2", "The key"), h("p", "API tokens are encrypted with a key that is not in the backup: ", h("code", "lunedi.key"), " beside the database, or ", h("code", "LUNEDI_KEY"),
      ". Keep a copy of it in another place. Without it tokens go on working after a restore, but cannot be shown again.")),
    h("section.card", h("h2", "Restore"), h("p", "A backup is restored into a database that does not exist yet or is empty, SQLite or PostgreSQL, whichever it was made of. All of it is checked first; when anything is wrong, nothing is written."),
      code("mkdir restored\nlunedi admin restore --database restored/lunedi.db lunedi.backup\nlunedi serve --database restored/lunedi.db", "commands for a restore")));
});
