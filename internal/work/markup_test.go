package work_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lunedi-dev/lunedi/internal/work"
)

func TestSafeHTML(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                        "",
		"This update will be added to the item":   "This update will be added to the item",
		"Tom & Jerry > all, 1 &lt; 2\n\tnext":     "Tom & Jerry > all, 1 &lt; 2\n\tnext",
		"a < b and a<3":                           "a &lt; b and a&lt;3",
		"<p>Hello <strong>you</strong></p>":       "<p>Hello <strong>you</strong></p>",
		"<P>one<BR/>two</P>":                      "<p>one<br>two</p>",
		"<ul><li>a<li>b</ul>c":                    "<ul><li>a<li>b</li></li></ul>c",
		"</p></div>x":                             "x",
		"<b>bold":                                 "<b>bold</b>",
		"x<script>alert(1)</script>y":             "xy",
		"x<SCRIPT src=//evil>alert(1)</ScRiPt >y": "xy",
		"x<script>if (a</b) '</scr'</script\n>y":  "xy",
		"x<script>never ends":                     "x",
		"<style>p{}</style><svg onload=alert(1)><p>in</p></svg>z": "z",
		"<!-- <p> --><p>x</p><!doctype html><?php ?>":             "<p>x</p>",
		"<!-- open <p>x": "&lt;!-- open <p>x</p>",
		`<p onclick="x()" id=a style="color:red;position:fixed">t</p>`:      `<p style="color:red">t</p>`,
		`<p style="color:url(javascript:1);background-color:#FFF">t</p>`:    `<p style="background-color:#FFF">t</p>`,
		`<a href="javascript:alert(1)">t</a>`:                               `<a>t</a>`,
		`<a href="JaVa&#x53;cript:alert(1)">t</a>`:                          `<a>t</a>`,
		"<a href=\"java\tscript:alert(1)\">t</a>":                           `<a>t</a>`,
		"<a href=\"\x01javascript:alert(1)\">t</a>":                         `<a>t</a>`,
		`<a href=" https://a.b">t</a>`:                                      `<a>t</a>`,
		`<a href="vbscript:x" href="https://a.b">t</a>`:                     `<a href="https://a.b">t</a>`,
		`<a href='https://a.b/?q="x"&amp;y=1' target=_self>t</a>`:           `<a href="https://a.b/?q=&#34;x&#34;&amp;y=1" target="_blank" rel="noopener noreferrer">t</a>`,
		`<a href=mailto:a@b.c>t</a>`:                                        `<a href="mailto:a@b.c">t</a>`,
		`<a href="/boards/1">t</a><a href="data:text/html,x">u</a>`:         `<a href="/boards/1">t</a><a>u</a>`,
		`<img src=x onerror=alert(1)>`:                                      `<img src="x">`,
		`<img src="data:image/png;base64,x" alt='"><script>'>`:              `<img alt="&#34;&gt;&lt;script&gt;">`,
		`<iframe src="https://a.b"></iframe><form><input value=1>in</form>`: `in`,
		`<a class="user_mention_editor router" data-mention-id="7" data-mention-type="User" href="https://x.y/users/7">@Ann</a>`: `<a class="user_mention_editor router" data-mention-id="7" data-mention-type="User" href="https://x.y/users/7">@Ann</a>`,
		`<p title="a>b">x</p>`:               `<p>x</p>`,
		`<p title="open`:                     `&lt;p title="open`,
		`<p/onclick=x>y`:                     `<p>y</p>`,
		`<<script>script>x`:                  `&lt;`,
		`<`:                                  `&lt;`,
		`</`:                                 `&lt;/`,
		`<td colspan="2" rowspan="x">a</td>`: `<td colspan="2">a</td>`,
	} {
		got := work.SafeHTML(in)
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if again := work.SafeHTML(got); again != got {
			t.Errorf("%q becomes %q and then %q", in, got, again)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"This update will be added to the item":      "This update will be added to the item",
		"<p>This is an update</p>":                   "This is an update",
		"Battery<br><br>Rate: 4.2% per hour":         "Battery\n\nRate: 4.2% per hour",
		"<p>one &amp; two</p><p>three</p>":           "one & two\nthree",
		"<ul><li>a</li><li>b</li></ul>":              "a\nb",
		"a &lt;b&gt; <b>c</b>":                       "a <b> c",
		"  kept  ":                                   "  kept  ",
		`<a href="https://a.b?x=&#34;&gt;">link</a>`: "link",
	} {
		if got := (&work.Update{Body: in}).Text(); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestDeepMarkup(t *testing.T) {
	t.Parallel()
	got := work.SafeHTML(strings.Repeat("<b>", 10_000) + "x" + strings.Repeat("</b>", 10_000))
	if n := strings.Count(got, "<b>"); n != 64 || strings.Count(got, "</b>") != n || !strings.Contains(got, "x") {
		t.Errorf("%d elements deep", n)
	}
	for _, unit := range []string{"<", "</", "<!--", "<a ", "<a b=\"", "<script>", "<script></", "<p", "&lt;", "</script", "<!"} {
		work.SafeHTML(strings.Repeat(unit, work.UpdateMax/len(unit))) // ends in good time
	}
}

// What is kept is safe whatever it was made of: nothing is left but known tags, whole, and making it
// safe again changes nothing.
func FuzzSafeHTML(f *testing.F) {
	for _, s := range []string{"<p>a</p>", `<a href="x" onclick='y'>`, "<script>a</script>", "<!-- -->", "<img src=a alt=\"<>\">", "a<b", "<p style=\"color:red\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := work.SafeHTML(s)
		if again := work.SafeHTML(got); again != got {
			t.Fatalf("%q becomes %q and then %q", s, got, again)
		}
		rest := wholeTag.ReplaceAllStringFunc(got, func(tag string) string {
			for _, bad := range []string{"script", "style>", "iframe", "svg", " on", "javascript:"} {
				if strings.Contains(strings.ToLower(harmless.ReplaceAllString(tag, "")), bad) {
					t.Fatalf("%q leaves %q", s, tag)
				}
			}
			return ""
		})
		if strings.Contains(rest, "<") {
			t.Fatalf("%q leaves %q", s, got)
		}
	})
}

var (
	wholeTag = regexp.MustCompile(`</?[a-z0-9]+( [a-z_-]+="[^"<>]*")*>`)
	harmless = regexp.MustCompile(`alt="[^"]*"|data-mention-type="[^"]*"|class="[^"]*"|href="(https?:|[^:"]*[/?#])[^"]*"|src="[^"]*"`)
)
