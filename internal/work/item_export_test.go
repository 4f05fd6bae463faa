package work

// Slot is slot.
func Slot(pos []int64, at int) (p int64, from int, moved []int64) { return slot(pos, at) }
