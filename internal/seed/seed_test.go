package seed

import "testing"

func TestSampleParses(t *testing.T) {
	s, err := Parse(SampleName, Sample)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(len(s.Snapshot.Users), len(s.Tokens))
}
func BenchmarkSample(b *testing.B) {
	for b.Loop() {
		Parse(SampleName, Sample)
	}
}
