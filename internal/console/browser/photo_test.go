//go:build !race

package browser

import (
	"context"
	"errors"
	"testing"

	"github.com/lunedi-dev/lunedi/luneditest"
)

// choosePicture puts a picture that the page draws itself into the dialog's field, as choosing a file does.
const choosePicture = `(async () => {
	const c = document.createElement("canvas");
	c.width = c.height = 120;
	c.getContext("2d").fillRect(0, 0, 120, 120);
	const blob = await new Promise((done) => c.toBlob(done, "image/png"));
	const files = new DataTransfer();
	files.items.add(new File([blob], "../<script>.svg", { type: "image/svg+xml" }));
	const field = document.querySelector("#photo-file");
	field.files = files.files;
	field.dispatchEvent(new Event("change"));
	return null;
})()`

// TestPhoto sets one's photo and removes it: pages show it, and the initials without it.
func TestPhoto(t *testing.T) {
	t.Parallel()
	srv := luneditest.Start(t)
	b := newTab(t, srv.URL)
	b.signIn("a member")
	b.visit("/profile")
	b.see("heading", "My profile")
	until := func(what, expression string) {
		t.Helper()
		b.until(what, func(ctx context.Context) error {
			if yes, err := evaluate[bool](ctx, expression); err != nil || yes {
				return err
			}
			return errors.New("not yet")
		})
	}
	shown := `[...document.querySelectorAll(".avatar img")].filter((i) => i.naturalWidth === 100 || i.naturalWidth === 120).length`

	b.click("button", "Change photo")
	b.click("button", "Save photo")
	b.words("Choose a picture first.")
	_ = eval[any](b, choosePicture)
	b.click("button", "Save photo")
	until("the photo in the frame and on the page", shown+` >= 2`)
	b.visit("/users?q=tomasz")
	until("the photo in the list", shown+` >= 2`)

	b.visit("/profile")
	b.click("button", "Change photo")
	b.click("button", "Remove photo")
	until("no photo", `document.querySelectorAll(".avatar img").length === 0 && document.readyState === "complete" && document.querySelector("#page .avatar")?.textContent.length > 0`)
}
