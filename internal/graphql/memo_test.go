package graphql

import "testing"

func TestMemoIsBounded(t *testing.T) {
	t.Parallel()
	const most = 64 << 10
	m := newMemo(most)
	s := identify("T{a}", true)
	json := make([]byte, 300)
	objects := make([]*int, 2000)
	for i := range objects {
		objects[i] = new(int)
		m.put(objects[i], s, moment{}, json)
	}
	m.put(new(int), s, moment{}, make([]byte, most)) // too large to be kept
	kept, bytes := 0, int64(0)
	for i := range m.places {
		e := m.places[i].Load()
		bytes += e.size()
		if e != nil {
			kept++
		}
	}
	if bytes != m.bytes.Load() || bytes > most || kept < 50 {
		t.Errorf("%d entries of %d bytes, counted as %d, of at most %d", kept, bytes, m.bytes.Load(), most)
	}
	if last := m.get(objects[len(objects)-1], s, moment{}); len(last) != len(json) && m.bytes.Load() < most/2 {
		t.Error("what was kept last is gone")
	}
	if m.get(objects[0], identify("T{b}", true), moment{}) != nil || m.get(objects[0], s, moment{epoch: 7}) != nil {
		t.Error("an encoding of something else was returned")
	}
}
