package seed

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/lunedi-dev/lunedi/internal/column"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// place is where a value stands: in the text, and among the fields.
type place struct {
	line, column int
	field        string // users[3].role
}

// fault is one mistake in a seed.
type fault struct {
	file string
	at   place
	msg  string
}

func (f *fault) Error() string {
	if f.at.field == "" {
		return fmt.Sprintf("%s:%d:%d: %s", f.file, f.at.line, f.at.column, f.msg)
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", f.file, f.at.line, f.at.column, f.at.field, f.msg)
}

// faults collects all that is wrong with a file, so that it can be mended at one go.
type faults struct {
	file string
	list []error
}

func (f *faults) add(at place, format string, args ...any) {
	f.list = append(f.list, &fault{f.file, at, fmt.Sprintf(format, args...)})
}

// faultsMax bounds how many mistakes are told at once.
const faultsMax = 20

func (f *faults) err() error {
	if n := len(f.list) - faultsMax; n > 0 {
		f.list = append(f.list[:faultsMax:faultsMax], fmt.Errorf("%s: and %d more", f.file, n))
	}
	return errors.Join(f.list...)
}

// choices are the values that types with a fixed set of them allow.
var choices = map[reflect.Type][]string{
	reflect.TypeFor[work.Role]():            {string(work.Admin), string(work.Member), string(work.Viewer), string(work.Guest)},
	reflect.TypeFor[work.Status]():          {string(work.Active), string(work.Pending), string(work.Inactive)},
	reflect.TypeFor[work.State]():           {string(work.StateActive), string(work.StateArchived), string(work.StateDeleted)},
	reflect.TypeFor[work.WorkspaceKind]():   {string(work.Open), string(work.Closed), string(work.Template)},
	reflect.TypeFor[work.BoardKind]():       {string(work.Public), string(work.Private), string(work.Share)},
	reflect.TypeFor[work.BoardPermission](): {string(work.PermEveryone), string(work.PermCollaborators), string(work.PermAssignee), string(work.PermOwners)},
	reflect.TypeFor[firstDay]():             {"monday", "sunday"},
	reflect.TypeFor[column.Type]():          columnTypes(),
	reflect.TypeFor[folderColor](): {"AQUAMARINE", "BRIGHT_BLUE", "BRIGHT_GREEN", "CHILI_BLUE", "DARK_ORANGE", "DARK_PURPLE", "DARK_RED", "DONE_GREEN",
		"INDIGO", "LIPSTICK", "PURPLE", "SOFIA_PINK", "STUCK_RED", "SUNSET", "WORKING_ORANGE"},
	reflect.TypeFor[folderWeight](): {"FONT_WEIGHT_BOLD", "FONT_WEIGHT_LIGHT", "FONT_WEIGHT_NORMAL", "FONT_WEIGHT_VERY_LIGHT"},
	reflect.TypeFor[folderIcon]():   {"FOLDER", "MOREBELOW", "MOREBELOWFILLED", "WORK"},
}

// columnTypes are the types of columns that boards can have.
func columnTypes() (list []string) {
	for _, t := range column.Types() {
		if t != column.Group {
			list = append(list, string(t))
		}
	}
	return list
}

// decode reads the text into a file. The error joins everything that is wrong with it.
func decode(name string, text []byte) (*file, *faults) {
	d := &decoder{faults{file: name}, map[reflect.Type]*form{}}
	doc, err := parser.ParseBytes(text, 0)
	if err != nil {
		d.add(placeOf(err), "%s", messageOf(err))
		return nil, &d.faults
	}
	f := new(file)
	for i, part := range doc.Docs {
		switch {
		case part.Body == nil:
		case i > 0:
			d.add(at(part.Body, ""), "a seed is one YAML document; this is a second one")
		default:
			d.value(part.Body, reflect.ValueOf(f).Elem(), "")
		}
	}
	return f, &d.faults
}

func placeOf(err error) place {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil {
		return place{line: e.GetToken().Position.Line, column: e.GetToken().Position.Column}
	}
	return place{line: 1, column: 1}
}

func messageOf(err error) string {
	var e yaml.Error
	if errors.As(err, &e) {
		return e.GetMessage()
	}
	return err.Error()
}

func at(n ast.Node, field string) place {
	if t := n.GetToken(); t != nil {
		return place{t.Position.Line, t.Position.Column, field}
	}
	return place{1, 1, field}
}

// decoder puts parsed YAML into Go values of the kinds that file is made of.
type decoder struct {
	faults
	forms map[reflect.Type]*form
}

func (d *decoder) value(n ast.Node, v reflect.Value, field string) {
	switch p := v.Addr().Interface().(type) {
	case *value:
		*p = d.any(n, field)
		return
	case *pairs:
		*p = d.pairs(n, field)
		return
	}
	switch n.(type) {
	case *ast.NullNode:
		return
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.add(at(n, field), "anchors, aliases and tags are not supported; write the value out")
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), field)
	case reflect.Slice:
		d.list(n, v, field)
	case reflect.Struct:
		switch v.Addr().Interface().(type) {
		case *time.Time, *ref:
			d.scalar(n, v, field)
		default:
			d.fields(n, v, field)
		}
	default:
		d.scalar(n, v, field)
	}
}

func (d *decoder) list(n ast.Node, v reflect.Value, field string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.add(at(n, field), "a list is expected: [a, b], or a line with - for each")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values)))
	for i, e := range seq.Values {
		field := fmt.Sprintf("%s[%d]", field, i)
		if _, null := e.(*ast.NullNode); null {
			d.add(at(e, field), "there is nothing here")
			continue
		}
		d.value(e, v.Index(i), field)
	}
}

func (d *decoder) fields(n ast.Node, v reflect.Value, field string) {
	m, ok := n.(ast.MapNode)
	f := d.formOf(v.Type())
	if !ok {
		d.add(at(n, field), "fields are expected: %s", strings.Join(f.names, ", "))
		return
	}
	if r, ok := v.Addr().Interface().(interface{ placed(place) }); ok {
		r.placed(at(n, field))
	}
	for it := m.MapRange(); it.Next(); {
		key := it.Key().String()
		i, known := f.index[key]
		if !known {
			d.add(at(it.Key(), field), "there is no field %q; the fields are %s", key, strings.Join(f.names, ", "))
			continue
		}
		d.value(it.Value(), v.Field(i), strings.TrimPrefix(field+"."+key, "."))
	}
}

// pairs reads fields of any name.
func (d *decoder) pairs(n ast.Node, field string) (list pairs) {
	if _, null := n.(*ast.NullNode); null {
		return nil
	}
	m, ok := n.(ast.MapNode)
	if !ok {
		d.add(at(n, field), "fields are expected: the id of a column, a colon, and a value")
		return nil
	}
	for it := m.MapRange(); it.Next(); {
		name, key := keyText(it.Key()), field+"."+keyText(it.Key())
		list = append(list, pair{name, at(it.Key(), key), d.any(it.Value(), key)})
	}
	return list
}

// any reads whatever YAML says as JSON, with its fields in their order.
func (d *decoder) any(n ast.Node, field string) value {
	v := value{at: at(n, field)}
	if _, null := n.(*ast.NullNode); null {
		return v
	}
	before := len(d.faults.list)
	js := d.appendJSON(nil, n, field)
	if len(d.faults.list) > before {
		return v
	}
	v.json = string(js)
	v.text, _, v.scalar = scalarText(n)
	return v
}

func (d *decoder) appendJSON(dst []byte, n ast.Node, field string) []byte {
	switch n := n.(type) {
	case *ast.NullNode:
		return append(dst, "null"...)
	case *ast.BoolNode:
		return strconv.AppendBool(dst, n.Value)
	case *ast.IntegerNode:
		return fmt.Append(dst, n.Value)
	case *ast.FloatNode:
		return strconv.AppendFloat(dst, n.Value, 'f', -1, 64)
	case *ast.StringNode, *ast.LiteralNode:
		text, _, _ := scalarText(n)
		return append(dst, marshal(text)...)
	case *ast.SequenceNode:
		dst = append(dst, '[')
		for i, e := range n.Values {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = d.appendJSON(dst, e, fmt.Sprintf("%s[%d]", field, i))
		}
		return append(dst, ']')
	case ast.MapNode:
		dst = append(dst, '{')
		for i, it := 0, n.MapRange(); it.Next(); i++ {
			if i > 0 {
				dst = append(dst, ',')
			}
			key := keyText(it.Key())
			dst = append(append(dst, marshal(key)...), ':')
			dst = d.appendJSON(dst, it.Value(), field+"."+key)
		}
		return append(dst, '}')
	}
	d.add(at(n, field), "a text, a number, true, false, a list or fields are expected; anchors, aliases and tags are not supported")
	return dst
}

// keyText is the name of a field of any name; String would keep its quotes.
func keyText(key ast.MapKeyNode) string {
	if s, ok := key.(*ast.StringNode); ok {
		return s.Value
	}
	return key.String()
}

// form is what fields a struct is made of.
type form struct {
	names []string
	index map[string]int
}

// formOf reads a type once: most files have many rows of few types.
func (d *decoder) formOf(t reflect.Type) *form {
	f := d.forms[t]
	if f == nil {
		f = &form{index: map[string]int{}}
		for i := range t.NumField() {
			if name := t.Field(i).Tag.Get("yaml"); name != "" {
				f.names, f.index[name] = append(f.names, name), i
			}
		}
		d.forms[t] = f
	}
	return f
}

func (d *decoder) scalar(n ast.Node, v reflect.Value, field string) {
	text, isText, ok := scalarText(n)
	if !ok {
		d.add(at(n, field), "a single value is expected")
		return
	}
	switch p := v.Addr().Interface().(type) {
	case *ref:
		*p = ref{text: text, at: at(n, field)}
		if num, err := strconv.ParseInt(text, 10, 64); err == nil && !isText {
			p.id = num
		}
	case *time.Time:
		t, err := parseTime(text)
		if err != nil {
			d.add(at(n, field), "%q is not a time; write 2024-01-31 or 2024-01-31T09:30:00Z", text)
		}
		*p = t
	case *work.Date:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			d.add(at(n, field), "%q is not a date; write it as 2024-01-31", text)
		}
		*p = work.Date(text)
	case *id:
		num, err := strconv.ParseInt(text, 10, 64)
		if err != nil || num <= 0 {
			d.add(at(n, field), "%q is not an id; ids are whole numbers above 0", text)
		}
		*p = id(num)
	case *timeZone:
		if _, err := time.LoadLocation(text); err != nil {
			d.add(at(n, field), "%q is not a time zone; give an IANA name like Europe/Berlin", text)
		}
		*p = timeZone(text)
	case *bool:
		b, err := strconv.ParseBool(text)
		if err != nil || isText {
			d.add(at(n, field), "%q is neither true nor false", text)
		}
		*p = b
	case *int:
		num, err := strconv.Atoi(text)
		if err != nil {
			d.add(at(n, field), "%q is not a whole number", text)
		}
		*p = num
	default:
		if allowed, ok := choices[v.Type()]; ok && !slices.Contains(allowed, text) {
			d.add(at(n, field), "%q is not allowed; it is one of %s", text, strings.Join(allowed, ", "))
		}
		v.SetString(text)
	}
}

// scalarText is a single value as it is written; isText tells quoted and plain text from numbers and booleans.
func scalarText(n ast.Node) (text string, isText, ok bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true, true
	case *ast.LiteralNode:
		return n.Value.Value, true, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, false, true
	}
	return "", false, false
}

func parseTime(text string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.UTC().Truncate(time.Microsecond), err
}
