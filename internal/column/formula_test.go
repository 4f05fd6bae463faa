package column

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func evalFormula(src string) (string, error) {
	calc, err := ParseFormula(src)
	if err != nil {
		return "", err
	}
	o, err := calc.Eval(func(name string) (Operand, error) {
		switch name {
		case "n":
			return number(4), nil
		case "Due Date":
			return dateOperand(float64(civil(2026, 6, 20)) * daySeconds), nil
		case "status":
			return textOperand("Done"), nil
		case "empty":
			return Operand{}, nil
		case "yes":
			return truthOperand(true), nil
		}
		return Operand{}, errors.New("no such column")
	}, env)
	return o.String(), err
}

func TestFormula(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"1+2*3", "7"}, {"(1+2)*3", "9"}, {"2^3^2", "512"}, {"-2^2", "-4"}, {"10/4", "2.5"}, {"0.1+0.2", "0.3"}, {"7-2-1", "4"}, {"- -1", "1"},
		{"{n} * 2", "8"}, {"{empty} + 1", "1"}, {`"a" & 1 & 'b'`, "a1b"}, {`{status} = "Done"`, "true"}, {"1 <> 2", "true"}, {"2 >= 3", "false"}, {`"b" > "a"`, "true"},
		{`IF({n} > 3, "big", "small")`, "big"}, {`if(FALSE, 1/0, "safe")`, "safe"}, {`IF(1>2,"x")`, "false"}, {`IF({empty}="","none","some")`, "none"},
		{"AND(TRUE, 1)", "true"}, {"OR(0, FALSE)", "false"}, {"NOT({yes})", "false"}, {"XOR(1,0)", "true"},
		{"SUM(1, 2, {n})", "7"}, {"MIN(3;1;2)", "1"}, {"MAX(3, {n})", "4"}, {"AVERAGE(1,2,{empty})", "1.5"}, {"ROUND(2.345, 2)", "2.35"}, {"ROUND(-2.5)", "-3"}, {"ROUNDUP(1.21,1)", "1.3"}, {"ROUNDDOWN(1.29,1)", "1.2"},
		{"ABS(-3)", "3"}, {"MOD(7,3)", "1"}, {"POWER(2,10)", "1024"}, {"SQRT(9)", "3"},
		{`CONCATENATE("a", {n}, "b")`, "a4b"}, {`LEFT("Grüße", 3)`, "Grü"}, {`RIGHT("abc", 2)`, "bc"}, {`LEFT("ab", 9)`, "ab"}, {`LEN("Grüße")`, "5"}, {`UPPER("a")&LOWER("B")`, "Ab"},
		{`SUBSTITUTE("a-b-c","-","+")`, "a+b+c"}, {`SEARCH("b","abc")`, "2"}, {`SWITCH({status},"Stuck",1,"Done",2,3)`, "2"}, {`SWITCH("x","a",1,9)`, "9"},
		{"TODAY()", "2026-06-17"}, {"DAYS({Due Date}, TODAY())", "3"}, {`DAYS("2026-01-10","2026-01-01")`, "9"}, {"ADD_DAYS({Due Date}, 11)", "2026-07-01"}, {"SUBTRACT_DAYS({Due Date}, 20)", "2026-05-31"},
		{"{Due Date} + 1", "2026-06-21"}, {"{Due Date} - TODAY()", "3"}, {`FORMAT_DATE({Due Date}, "DD/MM/YYYY")`, "20/06/2026"}, {"YEAR({Due Date})+MONTH({Due Date})", "2032"}, {"DATE(2026,2,31)", "2026-03-03"},
		{"{Due Date} > TODAY()", "true"}, {`"10" > "9"`, "true"}, {"", ""},
	} {
		got, err := evalFormula(tt.in)
		if tt.in == "" {
			if err == nil {
				t.Error("an empty formula is one")
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("%s = %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{"1/0", "1+", "(1", "{n", `"x`, "NOPE(1)", "{missing}", `"a"+1`, "SQRT(-1)", "x", "1 2", "IF(1)", "LEFT()", "10^400", "@", `DAYS("x","y")`, "{Due Date}*1e9+1e300", "ADD_DAYS({Due Date},1e12)", "SUM(1,,2)",
		strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200), strings.Repeat("-", 5000) + "1", strings.Repeat("1+", 4000) + "1", strings.Repeat(" ", maxFormula+1)} {
		if got, err := evalFormula(in); err == nil {
			t.Errorf("%.40s = %q", in, got)
		}
	}
}

func TestSheet(t *testing.T) {
	num, date, line := column(t, Numbers, ""), column(t, Date, ""), column(t, Timeline, "")
	num.ID, date.Title, line.ID = "numbers", "Deadline", "timeline"
	values := map[*Column]Value{num: num.Kind.Restore(`"21"`), date: date.Kind.Restore(`{"date":"2026-06-20","time":null}`), line: line.Kind.Restore(`{"to":"2026-06-15","from":"2026-06-01"}`)}
	columns := []*Column{num, date, line}
	formula := func(id, src string) *Column {
		c := column(t, Formula, fmt.Sprintf(`{"formula":%s}`, quote(src)))
		c.ID, c.Title = id, strings.ToUpper(id)
		columns = append(columns, c)
		return c
	}
	double, half, circle, broken := formula("double", "{numbers}*2"), formula("half", "{DOUBLE}/4"), formula("circle", "{circle}+1"), formula("broken", "1+")
	dated, length := formula("dated", `{deadline} & "!"`), formula("length", "{timeline#Days} + DAYS({timeline#End},{timeline#Start})")
	chain := formula("c0", "{numbers}")
	for i := 1; i < 40; i++ {
		chain = formula(fmt.Sprint("c", i), fmt.Sprintf("{c%d}+{c%d}", i-1, i-1))
	}
	s := NewSheet(columns)
	get := func(c *Column) Value { return values[c] }
	for c, want := range map[*Column]string{double: "42", half: "10.5", circle: "", broken: "", dated: "2026-06-20!", length: "29", chain: ""} {
		v := s.Formula(c, get, env)
		if got := c.DisplayValue(v, env); got != want {
			t.Errorf("%s shows %q, want %q", c.ID, got, want)
		}
		if _, ok := c.Text(v, env); ok {
			t.Errorf("%s has a text", c.ID)
		}
	}
	if s.Problem(broken) == nil || s.Problem(double) != nil {
		t.Error("problems")
	}
}
