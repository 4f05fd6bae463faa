package work

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestFuzzy(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ab", 127) + "c" // 255 characters
	for _, c := range []struct {
		query, name string
		want        bool
	}{
		{"jose", "José García", true},
		{"José", "Jose\u0301 Garcia", true}, // decomposed
		{"garcia jose", "José  García", true},
		{"JOSE\u0301", "josé", true},
		{"smith", "John Smyth", true},   // one slip in five letters
		{"smiht", "John Smith", true},   // neighbours swapped
		{"smith", "John Smooth", false}, // two
		{"jon", "Jan", false},           // too short to slip
		{"joh", "John", true},           // a part
		{"christoper", "Christopher Robin", true},
		{"kristofer", "Christopher", false}, // three
		{"müller", "Mueller", true},         // one slip
		{"strasse", "Straße", true},
		{"soren", "Søren Łukasz", true},
		{"lukasz", "Søren Łukasz", true},
		{"nguyen", "Nguyễn Thị Ánh", true},
		{"istanbul", "İSTANBUL", true},
		{"דוד", "דוד כהן", true},
		{"דוד", "\u200fדוד\u200f כהן", true}, // direction marks
		{"محمد", "مُحَمَّد", true},           // vowel marks
		{"山田", "山田 太郎", true},
		{"🦊", "Foxy 🦊 Fox", true},
		{"👩‍💻", "👩‍💻 Ada", true},
		{"🐻", "Foxy 🦊", false},
		{"", "anybody", true},
		{"   ", "anybody", true},
		{"x", "", false},
		{long, long, true},
		{long + "d", long + "d", false}, // longer than any name
		{"a.*b", "a.*b", true},
		{"a.*b", "axxb", false},
		{"%", "100% Joe", true},
		{"ab" + strings.Repeat("c", 62), "ba" + strings.Repeat("c", 62), true},  // as long as is looked at
		{"ab" + strings.Repeat("c", 63), "ba" + strings.Repeat("c", 63), false}, // longer
		{"abcd", "bacd", true},
		{"abcdefgh", "badcefgh", true},  // two swaps
		{"abcdefgh", "badcfegh", false}, // three
		{"\xff\xfe", "x", false},
	} {
		if got := fuzzy(c.query)(c.name); got != c.want {
			t.Errorf("%q for %q: %v", c.query, c.name, got)
		}
	}
}

// However long and however repetitive, a query is answered soon.
func TestFuzzyHostile(t *testing.T) {
	t.Parallel()
	name := strings.Repeat("ab cd ", 42)
	start := time.Now()
	for _, q := range []string{strings.Repeat("a ", 500_000), strings.Repeat("a", 1<<20), strings.Repeat("é\u0301", 100_000),
		strings.Repeat("abcdefgx ", 28), strings.Repeat("\xff", 255), strings.Repeat("ß", 255)} {
		match := fuzzy(q)
		for range 500 {
			match(name)
		}
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}

func FuzzFold(f *testing.F) {
	f.Add("José", "Jose\u0301")
	f.Fuzz(func(t *testing.T, a, b string) {
		once := fold(a)
		if fold(once) != once && utf8.ValidString(a) {
			t.Errorf("%q folds to %q and then to %q", a, once, fold(once))
		}
		if fuzzy(a)(b); !fuzzy(a)(a) && utf8.RuneCountInString(a) <= nameMax {
			t.Errorf("%q is not near itself", a)
		}
	})
}

func TestPager(t *testing.T) {
	t.Parallel()
	const huge = int(^uint(0) >> 1)
	for _, c := range []struct {
		page Page
		size int
		want string
	}{
		{Page{Limit: -1}, 3, "abc"},
		{Page{Limit: -1, Number: 1}, 3, "abc"},
		{Page{Limit: -1, Number: 2}, 3, ""},
		{Page{Limit: -huge, Number: 0}, 3, "abc"},
		{Page{Limit: 0}, 3, ""},
		{Page{Limit: 0, Number: huge}, 3, ""},
		{Page{Limit: 2}, 3, "ab"},
		{Page{Limit: 2, Number: 1}, 3, "ab"},
		{Page{Limit: 2, Number: 2}, 3, "c"},
		{Page{Limit: 2, Number: 3}, 3, ""},
		{Page{Limit: 3, Number: 2}, 3, ""},
		{Page{Limit: 3, Number: 1}, 3, "abc"},
		{Page{Limit: huge}, 3, "abc"},
		{Page{Limit: huge, Number: huge}, 3, ""},
		{Page{Limit: 2, Number: huge}, 3, ""},
		{Page{Limit: 2, Number: huge/2 + 2}, 3, ""}, // the product overflows to a small number
		{Page{Limit: 4, Number: huge/4 + 2}, 3, ""},
		{Page{Limit: 1 << 32, Number: 1<<32 + 1}, 3, ""},
		{Page{Limit: 1}, 0, ""},
	} {
		p := newPager[rune](c.page, c.size)
		if p.rows == nil {
			t.Errorf("%+v: nil, not empty", c.page)
		}
		for _, r := range "abcdefgh"[:c.size] {
			if p.full() {
				break
			}
			p.add(r)
		}
		if string(p.rows) != c.want {
			t.Errorf("%+v of %d: %q, want %q", c.page, c.size, string(p.rows), c.want)
		}
	}
	if err := (Page{Number: -1}).check(); err == nil {
		t.Error("page -1 is let through")
	}
}
