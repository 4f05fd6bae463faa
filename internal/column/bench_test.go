package column

import (
	"fmt"
	"testing"
)

// board is 10,000 values of a type.
func board(b *testing.B, typ Type, form func(i int) string) (*Column, []Value) {
	c := column(b, typ, "")
	values := make([]Value, 10_000)
	for i := range values {
		w, err := c.Parse(form(i), Write{Env: env})
		if err != nil {
			b.Fatal(err)
		}
		values[i] = w.Value
	}
	return c, values
}

func BenchmarkMatch(b *testing.B) {
	for _, bb := range []struct {
		typ  Type
		form func(i int) string
		rule Rule
	}{
		{Status, func(i int) string { return fmt.Sprintf(`{"index":%d}`, i%3) }, Rule{Value: list(1)}},
		{Date, func(i int) string { return fmt.Sprintf(`{"date":"2026-%02d-%02d"}`, i%12+1, i%28+1) }, Rule{GreaterThan, list("TODAY"), ""}},
		{Numbers, func(i int) string { return fmt.Sprint(i) }, Rule{GreaterThan, list(5000), ""}},
		{Text, func(i int) string { return fmt.Sprintf(`"Item number %d"`, i) }, Rule{ContainsText, "99", ""}},
		{People, func(i int) string { return fmt.Sprintf(`"%d,%d"`, i+1, i+2) }, Rule{Value: list("person-77")}},
	} {
		c, values := board(b, bb.typ, bb.form)
		m, err := c.CompileRule(bb.rule, env)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(bb.typ), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				m.Has(values[i%len(values)], Done{})
			}
		})
	}
}

func BenchmarkKey(b *testing.B) {
	c, values := board(b, Date, func(i int) string { return fmt.Sprintf(`{"date":"2026-%02d-%02d"}`, i%12+1, i%28+1) })
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Key(values[i%len(values)], env)
	}
}

func BenchmarkAppendWire(b *testing.B) {
	c, values := board(b, Status, func(i int) string { return fmt.Sprintf(`{"index":%d}`, i%3) })
	var buf []byte
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		buf = c.Kind.AppendWire(buf[:0], values[i%len(values)], env.Now)
	}
}

func BenchmarkParse(b *testing.B) {
	c := column(b, Status, "")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Parse(`{"label":"Done"}`, Write{}); err != nil {
			b.Fatal(err)
		}
	}
}
