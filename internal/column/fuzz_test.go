package column

import (
	"encoding/json"
	"testing"
)

func FuzzParse(f *testing.F) {
	for i, w := range written {
		f.Add(i, w.in)
		f.Add(i+1, w.json)
		f.Add(i, w.simple)
	}
	f.Fuzz(func(t *testing.T, n int, in string) {
		typ := types[uint(n)%uint(len(types))]
		c := column(t, typ, map[Type]string{Dropdown: threeLabels}[typ])
		for _, parse := range []func(string, Write) (Written, error){c.Parse, c.ParseSimple} {
			got, err := parse(in, Write{Env: env, CreateLabels: n%2 == 0})
			if err != nil {
				continue
			}
			v := got.Value
			if !v.Empty() && !json.Valid([]byte(v.JSON)) {
				t.Fatalf("%s made %q of %q", typ, v.JSON, in)
			}
			if got.Settings != nil {
				c.Settings = *got.Settings
			}
			again, err := c.Parse(v.JSON, Write{Env: env})
			if !v.Empty() && (err != nil || again.Value != v) {
				t.Fatalf("%s: %q came back as %+v, %v", typ, v.JSON, again.Value, err)
			}
			c.Text(v, env)
			c.Key(v, env)
		}
		// What is stored may come from elsewhere: reading must not fail on it.
		raw := c.Kind.Restore(in)
		c.DisplayValue(raw, env)
		c.Key(raw, env)
		c.Kind.Wire(raw, env.Now)
		c.operand(raw, "end", env)
	})
}

func FuzzRule(f *testing.F) {
	f.Add(0, 0, `["EXACT","2026-01-01"]`, "START_DATE", `{"date":"2026-01-01"}`)
	f.Add(3, 5, `[1,"x",null,{"a":[]}]`, "UPDATED_AT", `"x"`)
	f.Fuzz(func(t *testing.T, n, op int, val, attr, cell string) {
		c := column(t, types[uint(n)%uint(len(types))], "")
		ops := append([]Operator{""}, c.Kind.Operators...)
		var v any
		if json.Unmarshal([]byte(val), &v) != nil {
			v = val
		}
		m, err := c.CompileRule(Rule{ops[uint(op)%uint(len(ops))], v, attr}, env)
		if err != nil {
			return
		}
		m.Has(Value{}, Done{})
		m.Has(c.Kind.Restore(cell), Done{Done: true})
	})
}

func FuzzFormula(f *testing.F) {
	for _, s := range []string{`IF({n}>1,"a",ROUND(2.5,1))`, `{a}&'b'`, "((((1", "-+-1^2", `SWITCH(1,2,3)`, "DAYS(TODAY(),{Due Date})", `FORMAT_DATE(TODAY(),"YYYYMMDDA")`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		s, err := evalFormula(src)
		if err == nil && len(s) > 1<<20 {
			t.Fatalf("%d bytes", len(s))
		}
	})
}

func FuzzSettings(f *testing.F) {
	f.Add(0, `{"labels":{"0":"Done"}}`)
	f.Add(1, `{"settings":{"labels":[{"label":"a","color":"done_green","index":0}]}}`)
	f.Fuzz(func(t *testing.T, n int, in string) {
		k := kinds[types[uint(n)%uint(len(types))]]
		s, err := k.ParseSettings(in)
		if err != nil {
			return
		}
		again, err := k.ParseSettings(k.SettingsJSON(s))
		if err != nil || k.SettingsJSON(again) != k.SettingsJSON(s) {
			t.Fatalf("%s: %s came back as %s, %v", k.Name, k.SettingsJSON(s), k.SettingsJSON(again), err)
		}
		k.SettingsStr(s)
	})
}
