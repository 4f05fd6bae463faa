package sink

import (
	"encoding/json"
	"io"
	"reflect"
	"time"

	"github.com/lunedi-dev/lunedi/internal/connector"
	"github.com/parquet-go/parquet-go"
)

// Row groups are ended by whichever comes first, so that what is in memory is bounded: a row group is built
// there before it is written.
const (
	groupRows  = 100_000
	groupBytes = 32 << 20
)

// A parquetWriter writes rows into a Parquet file, compressed with zstd.
type parquetWriter struct {
	to       *parquet.GenericWriter[any]
	fields   []connector.Field
	required []bool
	row      parquet.Row
	rows     int
	bytes    int
}

func newParquet(to io.Writer, stream string, fields []connector.Field, required func(field string) bool) rowFile {
	w := &parquetWriter{fields: fields, required: make([]bool, len(fields)), row: make(parquet.Row, len(fields))}
	root := new(parquetRoot)
	for i, f := range fields {
		w.required[i] = required(f.Name)
		node := parquetNode(f.Type)
		if !w.required[i] {
			node = parquet.Optional(node)
		}
		root.fields = append(root.fields, parquetField{node, f.Name})
	}
	w.to = parquet.NewGenericWriter[any](to, parquet.NewSchema(stream, root), parquet.Compression(&parquet.Zstd), parquet.CreatedBy("lunedi", "", ""))
	return w
}

func parquetNode(t connector.Type) parquet.Node {
	switch t {
	case connector.Integer:
		return parquet.Int(64)
	case connector.Number:
		return parquet.Leaf(parquet.DoubleType)
	case connector.Boolean:
		return parquet.Leaf(parquet.BooleanType)
	case connector.Date:
		return parquet.Date()
	case connector.Time:
		return parquet.Timestamp(parquet.Microsecond)
	case connector.JSON:
		return parquet.JSON()
	}
	return parquet.String()
}

func (w *parquetWriter) Write(row []any) error {
	for i, v := range row {
		level := 1
		if v == nil || w.required[i] {
			level = 0
		}
		w.row[i] = w.value(w.fields[i].Type, v).Level(0, level, i)
	}
	if _, err := w.to.WriteRows([]parquet.Row{w.row}); err != nil {
		return err
	}
	if w.rows++; w.rows >= groupRows || w.bytes >= groupBytes {
		w.rows, w.bytes = 0, 0
		return w.to.Flush()
	}
	return nil
}

func (w *parquetWriter) value(t connector.Type, v any) parquet.Value {
	switch v := v.(type) {
	case string:
		if t == connector.Date {
			day, _ := parseDate(v)
			return parquet.Int32Value(int32(day.Unix() / 86400))
		}
		w.bytes += len(v)
		return parquet.ByteArrayValue([]byte(v))
	case json.RawMessage:
		w.bytes += len(v)
		return parquet.ByteArrayValue(v)
	case int64:
		return parquet.Int64Value(v)
	case float64:
		return parquet.DoubleValue(v)
	case bool:
		return parquet.BooleanValue(v)
	case time.Time:
		return parquet.Int64Value(v.UnixMicro())
	}
	return parquet.NullValue()
}

func (w *parquetWriter) Close() error { return w.to.Close() }

// A parquetRoot is a schema whose fields keep their order; a parquet.Group has them by name.
type parquetRoot struct {
	parquet.Group // empty: what a group is but for its fields
	fields        []parquet.Field
}

type parquetField struct {
	parquet.Node
	name string
}

func (f parquetField) Name() string { return f.name }

// Value is asked for when Go values are written; here only rows are.
func (f parquetField) Value(reflect.Value) reflect.Value { return reflect.Value{} }

func (r *parquetRoot) Fields() []parquet.Field { return r.fields }

// GoType is what rows would be read into.
func (r *parquetRoot) GoType() reflect.Type { return reflect.TypeFor[map[string]any]() }
