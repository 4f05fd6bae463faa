// A person's photo: the dialog in which it is chosen or taken away.
import { h, fill, avatar, attempt, dialog, toast } from "./ui.js";
import { call, upload } from "./api.js";

const kinds = "image/jpeg,image/png,image/webp,image/gif";

// editPhoto lets a photo be chosen for a user, or removed. It returns whether that was done.
export function editPhoto(user) {
  const file = h("input", { type: "file", id: "photo-file", accept: kinds, "aria-describedby": "photo-hint" });
  const fault = h("div", { role: "alert" }), preview = h("div", avatar(user, "large"));
  let made = "";
  file.addEventListener("change", () => {
    fill(fault);
    if (made) URL.revokeObjectURL(made);
    made = file.files[0] ? URL.createObjectURL(file.files[0]) : "";
    fill(preview, made ? h("span.avatar.large", { "aria-hidden": "true" }, h("img", { src: made, alt: "" })) : avatar(user, "large"));
  });
  const whose = user.id === document.body.dataset.me ? "Your photo" : "Photo of " + user.name;
  return dialog(whose, h("div.stack", preview, fault, h("label", { htmlFor: "photo-file" }, "Picture"), file,
    h("p.hint", { id: "photo-hint" }, "JPEG, PNG, WebP or GIF, up to 10 MB. Its middle is shown; where and when it was taken is not kept. Whoever has the photo's address can see it.")),
  (close) => [
    h("button", { onclick: () => close(null) }, "Cancel"),
    user.photo_thumb && h("button.danger", { onclick: (e) => attempt(e.currentTarget, async () => { await call("photo/remove", { id: user.id }); toast("The photo is gone"); close(true); }) }, "Remove photo"),
    h("button.primary", { onclick: async (e) => {
      const button = e.currentTarget;
      fill(fault);
      if (!file.files[0]) { fill(fault, h("p.fault", "Choose a picture first.")); file.focus(); return; }
      button.disabled = true;
      try {
        await upload("photo?user=" + user.id, file.files[0]);
        toast("The photo is saved");
        close(true);
      } catch (err) {
        console.error(err);
        fill(fault, h("p.fault", err.message || String(err)));
        file.focus();
      } finally {
        button.disabled = false;
      }
    } }, "Save photo"),
  ]).finally(() => { if (made) URL.revokeObjectURL(made); });
}
