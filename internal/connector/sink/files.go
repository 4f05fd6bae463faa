package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// A files is a destination that is a directory of files. The rows are kept in an SQLite file within it, the
// working copy, which is written as one that is a destination is: files of rows can neither be changed in
// place nor hold two of them in step. Publish writes those files anew whose rows were written since it did
// so last; each is replaced as a whole. Rows that are deleted are in them, with _deleted_at.
//
// A stream that knows boards has a directory with a file a board: DIR/items/board_123.parquet. The board is
// not in the names of directories (board_id=123), since what reads those as columns reads a number, and
// then finds a column of texts with that name in the file.
type files struct {
	*sqlite
	dir    string
	format *fileFormat
}

// A fileFormat is a way to write rows into a file.
type fileFormat struct {
	ext string
	// writer makes what writes the rows of fields. Its last call is Close, which does not close to.
	writer func(to io.Writer, stream string, fields []connector.Field, required func(field string) bool) rowFile
}

type rowFile interface {
	Write(row []any) error
	Close() error
}

var (
	parquetFiles = &fileFormat{"parquet", newParquet}
	jsonLines    = &fileFormat{"jsonl", newJSONLines}
)

// workingCopy begins with a point so that patterns for files do not find it.
const workingCopy = ".lunedi.sqlite"

// metaFormatOf is the entry of _lunedi_meta for what files a working copy is exported to.
const metaFormatOf = "files"

func openFiles(ctx context.Context, dir string, format *fileFormat, readOnly bool) (connector.Sink, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if !readOnly {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, fmt.Errorf("make the directory for files: %w", err)
		}
	}
	s, err := openSQLiteFile(ctx, filepath.Join(dir, workingCopy), readOnly)
	if err != nil {
		return nil, err
	}
	s.exported = true
	f := &files{s, dir, format}
	if err := f.check(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	return f, nil
}

// check sees to it that a directory has one kind of files.
func (f *files) check(ctx context.Context) error {
	have, err := f.read.meta(metaFormatOf)
	if err != nil {
		return err
	}
	if have == "" && f.write != nil {
		return f.transaction(ctx, func() error { return f.write.setMeta(metaFormatOf, f.format.ext) })
	}
	if have != f.format.ext {
		return fmt.Errorf("the directory is for %s files: choose another for %s", have, f.format.ext)
	}
	return nil
}

// Publish writes the files whose rows have changed.
func (f *files) Publish(ctx context.Context, _ []connector.BoardColumns) error {
	if f.write == nil {
		return errReadOnly
	}
	parts, err := f.dirtyParts(ctx)
	if err != nil {
		return fmt.Errorf("publish in %s: %w", f.dir, err)
	}
	var errs []error
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			errs = append(errs, err)
			break
		}
		if err := f.publish(ctx, p); err != nil { // it is tried again by the next
			errs = append(errs, fmt.Errorf("%s.%s: %w", p.file(), f.format.ext, diskFull(err)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("publish in %s: %w", f.dir, err)
	}
	return nil
}

// dirtyParts finds what is to be written: what was marked, and files that somebody has removed. Parts of
// streams that were not prepared wait until they are.
func (f *files) dirtyParts(ctx context.Context) (parts []part, err error) {
	err = f.transaction(ctx, func() error {
		ours, err := f.write.metas(metaFile)
		if err != nil {
			return err
		}
		for _, e := range ours {
			if _, err := os.Stat(f.filePath(e[0])); errors.Is(err, fs.ErrNotExist) {
				if err := f.write.setMeta(metaDirty+e[0], e[1]); err != nil {
					return err
				}
			}
		}
		dirty, err := f.write.metas(metaDirty)
		if err != nil {
			return err
		}
		for _, e := range dirty {
			p, err := parsePart(e[1])
			if err != nil {
				return err
			}
			if f.tables[p.Stream] != nil {
				parts = append(parts, p)
			}
		}
		return nil
	})
	return parts, err
}

func (f *files) filePath(name string) string {
	return filepath.Join(f.dir, filepath.FromSlash(name)+"."+f.format.ext)
}

// publish writes a part's file, or removes it when there is nothing in it any more: its rows are on other
// boards now.
func (f *files) publish(ctx context.Context, p part) error {
	name := p.file()
	n, err := f.claim(ctx, p)
	if err != nil {
		return err
	}
	if n == 0 && p.Boards {
		if err := os.Remove(f.filePath(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return f.transaction(ctx, func() error {
			return errors.Join(f.write.dropMeta(metaFile+name), f.write.dropMeta(metaDirty+name))
		})
	}
	if err := replaceFile(f.filePath(name), func(to io.Writer) error { return f.export(ctx, to, p) }); err != nil {
		return err
	}
	return f.transaction(ctx, func() error { return f.write.dropMeta(metaDirty + name) })
}

// claim makes sure that a part's file is ours before it is written, and says whether there are rows for it.
func (f *files) claim(ctx context.Context, p part) (rows int64, err error) {
	name := p.file()
	err = f.transaction(ctx, func() error {
		where, args := p.where()
		if err := f.write.query(fmt.Sprintf("SELECT EXISTS (SELECT 1 FROM %s%s)", quote(p.Stream), where), func(s *stmt) error {
			rows = s.int(0)
			return nil
		}, args...); err != nil {
			return err
		}
		ours, err := f.write.meta(metaFile + name)
		if err != nil || ours != "" {
			return err
		}
		if _, err := os.Lstat(f.filePath(name)); err == nil {
			return foreign("file", f.filePath(name))
		}
		return f.write.setMeta(metaFile+name, p.String())
	})
	return rows, err
}

// where is the condition for a part's rows.
func (p part) where() (string, []any) {
	switch {
	case !p.Boards:
		return "", nil
	case p.Board == nil:
		return " WHERE board_id IS NULL", nil
	}
	return " WHERE board_id = ?", []any{*p.Board}
}

// export writes a part's rows in the order of their key.
func (f *files) export(ctx context.Context, to io.Writer, p part) error {
	t := f.tables[p.Stream].table
	fields := slices.Concat(t.Fields, []connector.Field{{Name: firstSeen, Type: connector.Time},
		{Name: synced, Type: connector.Time}, {Name: deleted, Type: connector.Time}})
	out := f.format.writer(to, t.Name, fields, func(field string) bool {
		return t.isKey(field) || field == firstSeen || field == synced
	})
	types, names := make([]connector.Type, len(fields)), make([]string, len(fields))
	for i, field := range fields {
		types[i], names[i] = field.Type, field.Name
	}
	where, args := p.where()
	row, n := make([]any, len(fields)), 0
	err := f.read.query(fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s", quoteAll(names), quote(t.Name), where, quoteAll(t.Key)),
		func(s *stmt) error {
			if n++; n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := s.row(types, row); err != nil {
				return err
			}
			return out.Write(row)
		}, args...)
	if err != nil {
		return err
	}
	return out.Close()
}

// replaceFile puts a file in place of what has its name, if there is anything, at once and durably: who
// reads sees the one or the other, and so does who comes after a loss of power. What is left over by a run
// that was killed is written over by the next, which has the same file to write.
func replaceFile(name string, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	temp := filepath.Join(dir, "."+filepath.Base(name)+".tmp")
	file, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			file.Close()
			os.Remove(temp)
		}
	}()
	if err := write(file); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp, name); err != nil {
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // it has no such thing
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// diskFull says what to do about a disk that is.
func diskFull(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the disk is full, the file is as it was: make room and start again: %w", err)
	}
	return err
}

var _ connector.Sink = (*files)(nil)
