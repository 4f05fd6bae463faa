package datasource

import (
	"slices"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// partsMost is how many parts of a run are told of: those under way come before those that are done.
const partsMost = 40

// parts is how far a run is with each part of its work. There is one for each board and pass, so that
// those that are done are forgotten, the oldest first.
type parts struct{ all []work.SourceProgress }

func (p *parts) add(one work.SourceProgress) {
	p.all = slices.DeleteFunc(p.all, func(old work.SourceProgress) bool {
		// A run waits as a whole: when a part of it gets further, the wait is over.
		return old.Pass == one.Pass && old.Board == one.Board || !old.Until.IsZero()
	})
	p.all = append(p.all, one)
	for len(p.all) > partsMost {
		i := max(0, slices.IndexFunc(p.all, func(old work.SourceProgress) bool { return old.End }))
		p.all = slices.Delete(p.all, i, i+1)
	}
}

// list is a copy, those under way first.
func (p *parts) list() []work.SourceProgress {
	list := slices.Clone(p.all)
	slices.SortStableFunc(list, func(a, b work.SourceProgress) int {
		switch {
		case a.End == b.End:
			return 0
		case b.End:
			return -1
		}
		return 1
	})
	return list
}
