package markdown

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestToBlocks reads one of each, and writes it down again.
func TestToBlocks(t *testing.T) {
	t.Parallel()
	const text = `{"alignment":"left","direction":"ltr","deltaFormat":[`
	list := func(ops string) string { return text + ops + `],"indentation":0}` }
	for _, c := range []struct {
		name, md string
		want     []Block
		back     string // "": md
	}{
		{"paragraphs", "One\ntwo.\n\nThree.\n", []Block{{normalText, text + `{"insert":"One two."}]}`, -1}, {normalText, text + `{"insert":"Three."}]}`, -1}}, "One two.\n\nThree.\n"},
		{"titles", "# A\n\n## B\n\n### C\n\n#### D\n", []Block{{largeTitle, text + `{"insert":"A"}]}`, -1}, {mediumTitle, text + `{"insert":"B"}]}`, -1},
			{smallTitle, text + `{"insert":"C"}]}`, -1}, {smallTitle, text + `{"insert":"D"}]}`, -1}}, "# A\n\n## B\n\n### C\n\n### D\n"},
		{"formatting", "a **b** *c* ~~d~~ `e` ***f*** [g](https://x.example/?a=1&b=2) <u>h</u>\n", []Block{{normalText, text +
			`{"insert":"a "},{"insert":"b","attributes":{"bold":true}},{"insert":" "},{"insert":"c","attributes":{"italic":true}},{"insert":" "},` +
			`{"insert":"d","attributes":{"strike":true}},{"insert":" "},{"insert":"e","attributes":{"code":true}},{"insert":" "},` +
			`{"insert":"f","attributes":{"bold":true,"italic":true}},{"insert":" "},{"insert":"g","attributes":{"link":"https://x.example/?a=1&b=2"}},` +
			`{"insert":" "},{"insert":"h","attributes":{"underline":true}}]}`, -1}}, ""},
		{"lists", "- a\n  1. b\n  2. c\n- d\n", []Block{{bulletedList, list(`{"insert":"a"}`), -1},
			{numberedList, strings.Replace(list(`{"insert":"b"}`), ":0}", ":1}", 1), -1}, {numberedList, strings.Replace(list(`{"insert":"c"}`), ":0}", ":1}", 1), -1},
			{bulletedList, list(`{"insert":"d"}`), -1}}, ""},
		{"checks", "- [ ] a\n- [x] b\n", []Block{{checkList, strings.TrimSuffix(list(`{"insert":"a"}`), "}") + `,"checked":false}`, -1},
			{checkList, strings.TrimSuffix(list(`{"insert":"b"}`), "}") + `,"checked":true}`, -1}}, ""},
		{"quote", "> a\\\n> b\n", []Block{{quote, text + `{"insert":"a\nb"}]}`, -1}}, ""},
		{"code", "```go\nx := `1`\n\n```\n", []Block{{code, text + `{"insert":"x := ` + "`1`" + `\n"}],"language":"go"}`, -1}}, ""},
		{"divider", "a\n\n---\n\nb\n", []Block{{normalText, text + `{"insert":"a"}]}`, -1}, {divider, `{"alignment":"left","direction":"ltr"}`, -1}, {normalText, text + `{"insert":"b"}]}`, -1}}, ""},
		{"image", "before ![a *cat*](https://x.example/c.png) after\n", []Block{{normalText, text + `{"insert":"before"}]}`, -1},
			{image, `{"alignment":"left","direction":"ltr","publicUrl":"https://x.example/c.png","alt":"a cat"}`, -1}, {normalText, text + `{"insert":"after"}]}`, -1}},
			"before\n\n![a cat](https://x.example/c.png)\n\nafter\n"},
		{"table", "| a | b |\n| --- | --- |\n| 1<br>2 | x\\|y |\n", []Block{{table, `{"alignment":"left","direction":"ltr","column_count":2,"row_count":2}`, -1},
			{normalText, text + `{"insert":"a"}]}`, 0}, {normalText, text + `{"insert":"b"}]}`, 0}, {normalText, text + `{"insert":"1\n2"}]}`, 0}, {normalText, text + `{"insert":"x|y"}]}`, 0}}, ""},
		{"html is text", "<script>alert(1)</script>\n", []Block{{normalText, text + `{"insert":"<script>alert(1)</script>"}]}`, -1}}, "\\<script>alert(1)\\</script>\n"},
		{"no scripts", "[x](javascript:alert(1)) <data:text/html,y>\n", []Block{{normalText, text + `{"insert":"x data:text/html,y"}]}`, -1}}, "x data:text/html,y\n"},
		{"in a list", "1. a\n\n   b\n\n   > c\n2. d\n", []Block{{numberedList, list(`{"insert":"a"}`), -1}, {normalText, text + `{"insert":"b"}]}`, -1},
			{quote, text + `{"insert":"c"}]}`, -1}, {numberedList, list(`{"insert":"d"}`), -1}}, "1. a\n\nb\n\n> c\n\n1. d\n"},
		{"nothing", " \n\n", nil, "\x00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := ToBlocks(c.md)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			back := strings.TrimPrefix(c.back, "\x00")
			if c.back == "" {
				back = c.md
			}
			if diff := cmp.Diff(back, FromBlocks(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFromBlocks writes what ToBlocks does not make.
func TestFromBlocks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		blocks []Block
		want   string
	}{
		{"text that looks like signs", texts("# no title", "1. no list", "- nor this", "a*b*_c_ snake_case [x](y) <b> &amp; `z`", "+", "a | b", "5 > 3 = x"),
			"\\# no title\n\n1\\. no list\n\n\\- nor this\n\na\\*b\\*\\_c\\_ snake_case \\[x\\](y) \\<b> \\&amp; \\`z\\`\n\n\\+\n\na \\| b\n\n5 > 3 = x\n"},
		{"formatting that stars cannot tell", []Block{{normalText, `{"deltaFormat":[{"insert":"a"},{"insert":" b ","attributes":{"bold":true}},{"insert":"c","attributes":{"italic":true,"underline":true}}]}`, -1}},
			"a<b> b </b><u>*c*</u>\n"},
		{"types as the API tells them", []Block{{"large title", `{"deltaFormat":[{"insert":"A #"}]}`, -1}, {"check list", `{"deltaFormat":[{"insert":"b"}],"checked":true}`, -1}}, "# A \\#\n\n- [x] b\n"},
		{"too deep", []Block{{bulletedList, `{"deltaFormat":[{"insert":"a"}],"indentation":7}`, -1}, {bulletedList, `{"deltaFormat":[{"insert":"b"}],"indentation":7}`, -1}}, "- a\n  - b\n"},
		{"notice box", []Block{{"notice_box", `{"theme":"info"}`, -1}, {normalText, `{"deltaFormat":[{"insert":"mind"}]}`, 0}}, "> mind\n"},
		{"broken content", []Block{{normalText, `{`, -1}, {table, `[]`, -1}, {code, `{"deltaFormat":7}`, 99}, {image, `{"publicUrl":"javascript:x"}`, -5}}, "|  |\n| --- |\n\n```\n```\n"},
		{"mentions are passed over", []Block{{normalText, `{"deltaFormat":[{"insert":{"mention":{"id":1}}},{"insert":"hi","attributes":{"color":"red"}}]}`, -1}}, "hi\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := FromBlocks(c.blocks)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			stable(t, got)
		})
	}
}

func texts(all ...string) (blocks []Block) {
	for _, s := range all {
		b, _ := json.Marshal(map[string]any{"deltaFormat": []any{map[string]any{"insert": s}}})
		blocks = append(blocks, Block{normalText, string(b), -1})
	}
	return blocks
}

// stable fails unless md is its own canonical form.
func stable(t *testing.T, md string) {
	t.Helper()
	blocks, err := ToBlocks(md)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(md, FromBlocks(blocks)); diff != "" {
		t.Fatalf("%q changes when it is read again (-before +after):\n%s", md, diff)
	}
}

// FuzzRoundTrip holds that the canonical form of any text is canonical.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"# a\n- b\n  - [ ] c\n\n> d *e* **f**g\n", "| a |\n|-|\n| `b\\|c` |", "```\n`\n", "a\n\tb\n\n    c\n", "**a*b***c*", "![a](b)[c]: d\n\n[c]",
		"1) x\n\n   y\n\n2) z", "<u>a <b>c</u>\\\n", "a  \nb\\\nc&#10;d&nbsp;e", "<!-- x -->\n<div>\n*x*\n</div>\n", "~~a~~b~c~", "-\n  -\n\n    -", "\u00a0*\u2003x*", "[a](<b c> \"t\")", "<http://a.b> <x@y.z>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, md string) {
		if len(md) > 2000 {
			return
		}
		blocks, err := ToBlocks(md)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range blocks {
			if !json.Valid([]byte(b.Content)) || b.Parent >= i {
				t.Fatalf("block %d: %+v", i, b)
			}
		}
		stable(t, FromBlocks(blocks))
	})
}

// FuzzText holds that text is the same text after it was written as Markdown, whatever is in it.
func FuzzText(f *testing.F) {
	for _, s := range []string{"a", "*", "1. x", "a\n- b", "  x  ", "`", "<b>", "&lt;", "!", "[a]: b", "---", "===", "a|b\n-|-", "\\", "é*ü*"} {
		f.Add(s, s, uint8(3))
	}
	f.Fuzz(func(t *testing.T, a, b string, look uint8) {
		if len(a)+len(b) > 2000 {
			return
		}
		ops := tidy([]op{{Insert: a}, {b, attributes{Bold: look&1 > 0, Italic: look&2 > 0, Underline: look&4 > 0, Strike: look&8 > 0, Code: look&16 > 0}}, {Insert: b}}, false)
		md := inline(ops, false) + "\n"
		blocks, err := ToBlocks(md)
		if err != nil {
			t.Fatal(err)
		}
		var got []op
		for _, b := range blocks {
			if b.Type != normalText {
				t.Fatalf("%q makes a %s", md, b.Type)
			}
			got = append(got, *b.read().Delta...)
		}
		if diff := cmp.Diff(ops, got); diff != "" {
			t.Fatalf("%q (-before +after):\n%s", md, diff)
		}
	})
}

// TestHostile reads what is made to take long.
func TestHostile(t *testing.T) {
	t.Parallel()
	if _, err := ToBlocks(strings.Repeat("x", MaxBytes+1)); !errors.Is(err, ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
	if _, err := ToBlocks(strings.Repeat("a\n\n", MaxBlocks+1)); !errors.Is(err, ErrTooManyBlocks) {
		t.Errorf("too many blocks: %v", err)
	}
	if _, err := ToBlocks(strings.Repeat("[", MaxBytes)); !errors.Is(err, ErrTooDense) {
		t.Errorf("too dense: %v", err)
	}
	const enough = 16 << 10 // what is quadratic would take long with more
	for _, unit := range []string{"[", "*a **a ", "> ", "- ", "`a``", "<b>", "![[", "a*b_", "~~a", "[a](", "1. ", "&#1;", "<!--", "|a", "\\", "[a]: b\n", "<u>\n", "# \n", "- a\n ", "|-\n", "*", "_a*", "(((", "[^"} {
		md := strings.Repeat(unit, enough/len(unit))
		if strings.ContainsAny(unit, "[*~_") { // as many as are let through
			md = strings.Repeat(strings.Repeat(unit, 1000)+"\n\n", 2)
		}
		if blocks, err := ToBlocks(md); err == nil {
			FromBlocks(blocks)
		} else if !errors.Is(err, ErrTooManyBlocks) && !errors.Is(err, ErrTooDense) {
			t.Errorf("%q: %v", unit, err)
		}
	}
}
