package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lunedi-dev/lunedi/internal/files"
	"github.com/lunedi-dev/lunedi/internal/work"
)

// upload is a file in a form, and the value of the variables that stand for it.
type upload struct {
	part   string   // its name in the form
	paths  []string // of its variables, where a map tells them
	name   string   // what the file is called, from when its part is reached
	stored *files.File
	kept   bool // an asset has it
}

var errNoUpload = wrongArgument("file", "A file is uploaded as a part of a multipart/form-data form, and the variable stands for that part; "+
	"it cannot be a text. With curl: -F query='mutation ($file: File!) { … }' -F 'variables[file]=@report.pdf'")

// checkFile takes nothing for a file but what came as one.
func checkFile(v any) (any, error) {
	if f, ok := v.(*upload); ok {
		return f, nil
	}
	return nil, errNoUpload
}

// uploads is a form while it is read. Its parts may come in any order. A file is stored when it is
// come to; where everything else is known by then, the operation runs first, and reads it when it is
// wanted.
type uploads struct {
	h      *Handler
	body   io.Reader
	form   *multipart.Reader
	fields map[string]string
	mapped bool
	left   int // bytes that fields may still have
	parts  int
	ended  bool
	files  []*upload
	next   *upload // come to and not read yet, from
	open   io.Reader
}

// isForm reports whether a request is a form that may hold files.
func isForm(header http.Header) (boundary string, ok bool) {
	for _, t := range header["Content-Type"] {
		if kind, params, err := mime.ParseMediaType(t); err == nil && kind == "multipart/form-data" {
			return params["boundary"], true
		}
	}
	return "", false
}

// uploaded runs the operation in a form.
func (h *Handler) uploaded(w http.ResponseWriter, r *http.Request, boundary string, j *job, prepared func(request) answer, refused func(*refusal) answer) answer {
	control := http.NewResponseController(w)
	j.c.Context = &polled{r.Context(), time.Now().Add(uploadTime)}
	u := &uploads{h: h, fields: map[string]string{}, left: h.cfg.MaxBody}
	u.body = &patient{io.LimitReader(r.Body, h.cfg.MaxFile+int64(h.cfg.MaxBody)+1<<20), control}
	u.form = multipart.NewReader(u.body, boundary)
	j.k.uploads = u
	defer func() {
		u.close()
		_ = control.SetWriteDeadline(time.Now().Add(uploadPause)) // where there is none, there is none to move
	}()
	if boundary == "" {
		return refused(refuse(400, codeBadRequest, "The form cannot be read: its Content-Type has no boundary. Leave that header to the program that makes the form"))
	}
	err := u.read(j.c)
	var req request
	if err == nil {
		req, err = u.request()
	}
	switch e := h.wire(err); {
	case err == nil:
		return prepared(req)
	case errors.Is(err, context.Canceled):
		return answer{status: statusGone}
	case e.status == http.StatusServiceUnavailable:
		h.cfg.Log.Error("an uploaded file could not be stored", "request_id", j.k.id, "err", err)
		return refused(refuse(e.status, e.code, e.message))
	case work.ErrorOf(err).Code == work.CodeLimit:
		return refused(refuse(http.StatusRequestEntityTooLarge, codeBadRequest, e.message))
	default:
		return refused(refuse(400, codeBadRequest, e.message))
	}
}

// patient is a request's body that is waited for as long as bytes keep coming.
type patient struct {
	io.Reader
	control *http.ResponseController
}

func (p *patient) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Now().Add(uploadPause)) // where there is none, there is none to move
	return p.Reader.Read(b)
}

func badForm(format string, args ...any) error {
	return &work.Error{Code: work.CodeInvalid, Field: "file", Msg: fmt.Sprintf(format, args...)}
}

// read reads the form up to a file for which the operation need not wait, or its end.
func (u *uploads) read(ctx context.Context) error {
	for {
		if err := u.advance(); err != nil || u.next == nil {
			return err
		}
		if u.ready() {
			return nil
		}
		if err := u.store(ctx); err != nil {
			return err
		}
	}
}

// advance reads fields up to the next file, or the end of the form, where next is nil.
func (u *uploads) advance() error {
	for !u.ended {
		p, err := u.form.NextPart()
		switch {
		case err == io.EOF:
			u.ended = true
			return nil
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return badForm("The form ends in the middle")
		case err != nil:
			return badForm("The form cannot be read: %v", err)
		}
		if u.parts++; u.parts > maxParts {
			return badForm("The form has more than %d parts", maxParts)
		}
		name := p.FormName()
		if isFilePart(p) {
			u.next, u.open = u.file(name), p
			u.next.name = cleanName(p.FileName())
			return nil
		}
		if err := u.field(name, p); err != nil {
			return err
		}
	}
	return nil
}

// textParts are never files, whatever their header says.
var textParts = map[string]bool{"query": true, "variables": true, "operationName": true, "map": true, "operations": true}

func isFilePart(p *multipart.Part) bool {
	if textParts[p.FormName()] {
		return false
	}
	_, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	_, named := params["filename"]
	return named || p.Header.Get("Content-Type") != "" || bracketed(p.FormName()) == ""
}

// bracketed is the variable in a part's name like variables[file].
func bracketed(part string) string {
	name, ok := strings.CutPrefix(part, "variables[")
	if !ok || !strings.HasSuffix(name, "]") {
		return ""
	}
	return strings.ReplaceAll(strings.TrimSuffix(name, "]"), "][", ".")
}

// file is the file that a part is.
func (u *uploads) file(part string) *upload {
	for _, f := range u.files {
		if f.part == part && f.stored == nil {
			return f
		}
	}
	f := &upload{part: part, name: "file"}
	u.files = append(u.files, f)
	return f
}

func (u *uploads) field(name string, p io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(p, int64(u.left)+1))
	if err != nil {
		return badForm("The form cannot be read to its end: %v", err)
	}
	if u.left -= len(text); u.left < 0 {
		return badForm("The form's fields are larger than %d bytes", u.h.cfg.MaxBody)
	}
	if !utf8.Valid(text) {
		return badForm("The form's part %q is not UTF-8", name)
	}
	if u.fields[name] = string(text); name == "map" {
		return u.readMap(text)
	}
	return nil
}

// readMap notes which parts are which variables: {"0": ["variables.file"]}, or a text for the list.
func (u *uploads) readMap(text []byte) error {
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return badForm(`The form's part "map" must be a JSON object like {"0":["variables.file"]}`)
	}
	if len(parts) > maxParts {
		return badForm("The form has more than %d parts", maxParts)
	}
	u.mapped = true
	for part, raw := range parts {
		var one string
		var list []string
		if json.Unmarshal(raw, &one) == nil {
			list = []string{one}
		} else if json.Unmarshal(raw, &list) != nil {
			return badForm(`The form's part "map" must be a JSON object like {"0":["variables.file"]}`)
		}
		f := u.mappedFile(part)
		for _, path := range list {
			f.paths = append(f.paths, strings.TrimPrefix(path, "variables."))
		}
	}
	return nil
}

// mappedFile is the file that a map speaks of, stored already or not.
func (u *uploads) mappedFile(part string) *upload {
	for _, f := range u.files {
		if f.part == part {
			return f
		}
	}
	return u.file(part)
}

var declared = regexp.MustCompile(`\$([_A-Za-z][_0-9A-Za-z]*)`)

// ready reports whether the operation can run before the next file is read: it is here, with its
// variables, and which of them is the file.
func (u *uploads) ready() bool {
	if u.fields["operations"] != "" {
		return u.mapped
	}
	if u.fields["query"] == "" || u.next.paths == nil && bracketed(u.next.part) == "" {
		return false
	}
	if u.fields["variables"] != "" {
		return true
	}
	known := map[string]bool{}
	for _, f := range u.files {
		for _, path := range append(f.paths, bracketed(f.part)) {
			known[path] = true
		}
	}
	for name := range u.fields {
		known[bracketed(name)] = true
	}
	for _, m := range declared.FindAllStringSubmatch(u.fields["query"], -1) {
		if !known[m[1]] { // its value may yet come
			return false
		}
	}
	return true
}

// take stores a file unless it is stored already.
func (u *uploads) take(ctx context.Context, f *upload) error {
	for f.stored == nil {
		if u.next == nil {
			if err := u.advance(); err != nil {
				return err
			}
		}
		if u.next == nil {
			return badForm("The form has no part %q, though its map says so", f.part)
		}
		if err := u.store(ctx); err != nil {
			return err
		}
	}
	return nil
}

// store stores the file that was come to.
func (u *uploads) store(ctx context.Context) error {
	f, from := u.next, &noted{Reader: u.open}
	u.next, u.open = nil, nil
	if u.h.cfg.Files == nil {
		return badForm("This server takes no files: it was started without a folder for them")
	}
	stored, err := u.h.cfg.Files.Put(ctx, from, u.h.cfg.MaxFile)
	switch {
	case err == nil:
		f.stored = &stored
		return nil
	case errors.Is(err, files.ErrTooLarge):
		return &work.Error{Code: work.CodeLimit, Field: "file", Msg: fmt.Sprintf("The file %q is larger than %d bytes, which is the most that can be uploaded", f.name, u.h.cfg.MaxFile)}
	case ctx.Err() != nil:
		return ctx.Err()
	case from.err != nil:
		return badForm("The form ends in the middle of the file %q", f.name)
	}
	return &work.Error{Code: work.CodeUnavailable, Msg: "The file could not be stored; try again later", Err: err}
}

// noted is a reader that remembers what it failed with.
type noted struct {
	io.Reader
	err error
}

func (n *noted) Read(b []byte) (int, error) {
	c, err := n.Reader.Read(b)
	if err != nil && err != io.EOF {
		n.err = err
	}
	return c, err
}

// request is the operation in the form, with its files as variables.
func (u *uploads) request() (request, error) {
	req := request{query: u.fields["query"], name: u.fields["operationName"]}
	if operations, ok := u.fields["operations"]; ok {
		var bad *refusal
		if req, bad = decode([]byte(operations), typeJSON); bad != nil {
			return req, badForm("%s (in the form's part \"operations\")", bad.message)
		}
	} else if strings.TrimSpace(req.query) == "" {
		return req, badForm(`The form has no part "query"`)
	} else if text := u.fields["variables"]; text != "" {
		var bad *refusal
		if req.variables, bad = decodeVariables([]byte(text)); bad != nil {
			return req, badForm("%s", bad.message)
		}
	}
	if req.variables == nil {
		req.variables = map[string]any{}
	}
	for name, text := range u.fields {
		if path := bracketed(name); path != "" {
			if err := put(req.variables, path, text); err != nil {
				return req, err
			}
		}
	}
	for _, f := range u.files {
		for _, path := range u.variables(f, req) {
			if err := put(req.variables, path, f); err != nil {
				return req, err
			}
		}
	}
	return req, nil
}

var declaredFile = regexp.MustCompile(`\$([_A-Za-z][_0-9A-Za-z]*)\s*:\s*\[?\s*File\b`)

// variables are the variables that a file is: those that the map says, the one that its part is named
// after, or the one that the operation has for a file.
func (u *uploads) variables(f *upload, req request) []string {
	if f.paths != nil {
		return f.paths
	}
	if path := bracketed(f.part); path != "" {
		return []string{path}
	}
	free := ""
	for _, m := range declaredFile.FindAllStringSubmatch(req.query, -1) {
		switch {
		case req.variables[m[1]] != nil:
		case m[1] == f.part || "variables."+m[1] == f.part:
			return []string{m[1]}
		case free == "":
			free = m[1]
		}
	}
	if free == "" {
		return nil
	}
	return []string{free}
}

// put sets a variable, or what is at a path in one: input.files.0.
func put(variables map[string]any, path string, v any) error {
	names := strings.Split(path, ".")
	var at any = variables
	for i, name := range names {
		last := i == len(names)-1
		switch o := at.(type) {
		case map[string]any:
			if last {
				o[name] = v
				return nil
			}
			if o[name] == nil {
				o[name] = map[string]any{}
			}
			at = o[name]
		case []any:
			n, err := strconv.Atoi(name)
			if err != nil || n < 0 || n >= len(o) {
				return badForm("The form speaks of the variable %q, which is a list without such a place", path)
			}
			if last {
				o[n] = v
				return nil
			}
			at = o[n]
		default:
			return badForm("The form speaks of the variable %q, which the variables have no place for", path)
		}
	}
	return nil
}

// cleanName is what an uploaded file is called, which is a text to be shown and nothing else.
func cleanName(s string) string {
	s = strings.ToValidUTF8(s[strings.LastIndexAny(s, `/\`)+1:], "\uFFFD")
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' { // nor what turns the direction of text
			return -1
		}
		return r
	}, s))
	if s == "" || s == "." || s == ".." {
		return "file"
	}
	if n := utf8.RuneCountInString(s); n > fileNameMax {
		end := []rune(path.Ext(s))
		end = end[:min(len(end), 20)]
		s = string([]rune(s)[:fileNameMax-len(end)]) + string(end)
	}
	return s
}

// close removes what no asset has, and reads some of what was not read.
func (u *uploads) close() {
	for _, f := range u.files {
		if f.stored != nil && !f.kept {
			if err := u.h.cfg.Files.Remove(f.stored.Key); err != nil {
				u.h.cfg.Log.Error("an uploaded file that was refused could not be removed", "key", f.stored.Key, "err", err)
			}
		}
	}
	_, _ = io.CopyN(io.Discard, u.body, maxDrain) // it ends before, or the client goes away
}

// kept reports whether any file came to stay.
func (u *uploads) kept() bool {
	for _, f := range u.files {
		if f.kept {
			return true
		}
	}
	return false
}
