package work

import "github.com/lunedi-dev/lunedi/internal/perm"

// Refusal is what doing something about which the facts hold would be answered with; nil, when the
// caller may. It is for pages, which say so before anybody tries.
func (v *View) Refusal(a perm.Action, f perm.Facts) error { return allow(v.me, a, f) }
