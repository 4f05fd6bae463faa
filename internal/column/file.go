package column

import (
	"strconv"
	"strings"
)

// Attachment is one of the files in a file or doc cell.
type Attachment struct {
	Kind      string // ASSET, LINK, MONDAY_DOC, GOOGLE_DRIVE, DROPBOX, BOX, ONEDRIVE
	Name      string
	AssetID   int64
	Image     bool
	Link      string
	ObjectID  int64 // of a doc's board
	FileID    int64
	CreatedAt int64 // milliseconds since 1970
	CreatedBy int64
}

// attachmentKinds are the kinds by what FileColumnValue and stored values call them.
var attachmentKinds = map[string]string{
	"asset": "ASSET", "link": "LINK", "doc": "MONDAY_DOC", "monday_doc": "MONDAY_DOC", "box": "BOX",
	"dropbox": "DROPBOX", "google_drive": "GOOGLE_DRIVE", "onedrive": "ONEDRIVE",
}

// parseFiles clears the cell, replaces its files or adds one. Uploads do not
// come this way: whoever stores them adds them with Attach.
func parseFiles(w *write, in any) (Value, error) {
	m, ok := object(in, "clear_all", "files", "added_file")
	if !ok {
		return Value{}, w.bad()
	}
	if toBool(m["clear_all"]) {
		return Value{}, nil
	}
	if one := m["added_file"]; one != nil {
		a, ok := attachment(one)
		if !ok {
			return Value{}, w.bad()
		}
		return Attach(append(Attachments(w.Old), a)), nil
	}
	list, ok := m["files"].([]any)
	if !ok {
		return Value{}, w.bad()
	}
	files := make([]Attachment, 0, len(list))
	for _, e := range list {
		a, ok := attachment(e)
		if !ok {
			return Value{}, w.bad()
		}
		files = append(files, a)
	}
	return Attach(files), nil
}

func attachment(in any) (a Attachment, ok bool) {
	m, ok := object(in, "name", "fileType", "assetId", "isImage", "linkToFile", "objectId", "fileId", "createdAt", "createdBy")
	if !ok {
		return a, false
	}
	kind, _ := toText(m["fileType"])
	a.Kind, ok = attachmentKinds[strings.ToLower(kind)]
	a.Name, _ = m["name"].(string)
	a.Link, _ = m["linkToFile"].(string)
	a.Image = toBool(m["isImage"])
	for key, to := range map[string]*int64{"assetId": &a.AssetID, "objectId": &a.ObjectID, "fileId": &a.FileID, "createdAt": &a.CreatedAt, "createdBy": &a.CreatedBy} {
		if m[key] != nil {
			n, isInt := toInt(m[key])
			*to = n
			ok = ok && isInt && n >= 0
		}
	}
	switch a.Kind {
	case "ASSET":
		ok = ok && a.AssetID > 0
	case "MONDAY_DOC":
		ok = ok && (a.ObjectID > 0 || a.Link != "")
	default:
		ok = ok && safeURL(a.Link)
	}
	return a, ok && (a.Name != "" || a.Kind == "MONDAY_DOC")
}

// Attach is the value of a cell with the files.
func Attach(files []Attachment) Value {
	if len(files) == 0 {
		return Value{}
	}
	b := []byte(`{"files":[`)
	for i, f := range files {
		if i > 0 {
			b = append(b, ',')
		}
		b = f.append(b)
	}
	return Value{JSON: string(append(b, `]}`...))}
}

// append writes the file as the service stores it: isImage and createdBy in quotes.
func (f Attachment) append(b []byte) []byte {
	b = appendQuote(append(b, `{"name":`...), f.Name)
	number := func(key string, n int64) {
		if n != 0 {
			b = strconv.AppendInt(append(append(append(b, `,"`...), key...), `":`...), n, 10)
		}
	}
	number("assetId", f.AssetID)
	if f.AssetID != 0 {
		b = append(append(append(b, `,"isImage":"`...), strconv.FormatBool(f.Image)...), '"')
	}
	b = append(append(append(b, `,"fileType":"`...), f.Kind...), '"')
	if f.Link != "" {
		b = appendQuote(append(b, `,"linkToFile":`...), f.Link)
	}
	number("objectId", f.ObjectID)
	number("fileId", f.FileID)
	number("createdAt", f.CreatedAt)
	if f.CreatedBy != 0 {
		b = append(strconv.AppendInt(append(b, `,"createdBy":"`...), f.CreatedBy, 10), '"')
	}
	return append(b, '}')
}

// Attachments are the files in a file or doc cell.
func Attachments(v Value) []Attachment {
	var out []Attachment
	each(field(v.JSON, "files"), func(raw string) bool {
		a := Attachment{Kind: str(field(raw, "fileType")), Name: str(field(raw, "name")), Link: str(field(raw, "linkToFile")), Image: truth(field(raw, "isImage"))}
		a.AssetID, _ = num(field(raw, "assetId"))
		a.ObjectID, _ = num(field(raw, "objectId"))
		a.FileID, _ = num(field(raw, "fileId"))
		a.CreatedAt, _ = num(field(raw, "createdAt"))
		a.CreatedBy, _ = num(field(raw, "createdBy"))
		out = append(out, a)
		return true
	})
	return out
}

// textFiles are the addresses of the files, commas between.
func textFiles(_ *Column, v Value, env Env) string {
	var urls []string
	for _, f := range Attachments(v) {
		switch {
		case f.Link != "":
			urls = append(urls, f.Link)
		case env.Names != nil && f.AssetID != 0:
			if u, ok := env.Names.AssetURL(f.AssetID); ok {
				urls = append(urls, u)
			}
		}
	}
	return strings.Join(urls, ", ")
}
