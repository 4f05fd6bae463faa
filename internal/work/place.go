package work

// room is the least distance at which rows that had to make room are put apart.
const room = 1 << 6

// slot is the position for a row that comes to stand at index at of rows with these positions, which
// are in order. Where there is no room between its neighbours, those from index from on take the
// positions in moved.
func slot(pos []int64, at int) (p int64, from int, moved []int64) {
	switch {
	case len(pos) == 0:
		return PosStep, 0, nil
	case at == 0:
		return pos[0] - PosStep, 0, nil
	case at == len(pos):
		return pos[at-1] + PosStep, 0, nil
	}
	if lo, hi := pos[at-1], pos[at]; hi-lo >= 2 {
		return lo + (hi-lo)/2, 0, nil
	}
	// The shortest stretch around the place that is long enough is spread evenly between its ends.
	for width := 1; ; width *= 2 {
		lo, hi := at-1-width, at+width
		if lo < 0 || hi >= len(pos) {
			break
		}
		if gap := (pos[hi] - pos[lo]) / int64(hi-lo+1); gap >= room {
			p, moved = spread(pos[lo], gap, hi-lo-1, at-lo-1)
			return p, lo + 1, moved
		}
	}
	p, moved = spread(0, PosStep, len(pos), at)
	return p, 0, moved
}

// spread gives n rows positions a gap apart above lo, with one left out for a row at index at.
func spread(lo, gap int64, n, at int) (p int64, moved []int64) {
	moved = make([]int64, n)
	for i := range moved {
		step := int64(i + 1)
		if i >= at {
			step++
		}
		moved[i] = lo + gap*step
	}
	return lo + gap*int64(at+1), moved
}

// arrange is slot for rows of a short list: it puts those that have to move, and returns the position.
func arrange[T any](rows []*T, at int, pos func(*T) *int64, put func(*T)) int64 {
	all := make([]int64, len(rows))
	for i, r := range rows {
		all[i] = *pos(r)
	}
	p, from, moved := slot(all, at)
	for i, to := range moved {
		if all[from+i] != to {
			r := *rows[from+i]
			*pos(&r) = to
			put(&r)
		}
	}
	return p
}

// newKey makes up the id of a group or column: a prefix and eight letters or digits that look at random,
// but follow from the account's next id.
func (t *tx) newKey(prefix string, taken func(string) bool) string {
	const digits, most = "0123456789abcdefghijklmnopqrstuvwxyz", 36 * 36 * 36 * 36 * 36 * 36
	for {
		n := uint64(t.newID()) * 1_274_126_177 % most // odd and no multiple of 3: every id gives another key
		key := []byte("mk000000")
		for i := len(key) - 1; i > 1; i-- {
			key[i] = digits[n%36]
			n /= 36
		}
		if id := prefix + "_" + string(key); !taken(id) {
			return id
		}
	}
}
