package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Each calls each for every file that is stored, in the order of keys, until it fails. Files that are
// removed meanwhile are left out.
func (d *Dir) Each(ctx context.Context, each func(key string, size int64, r io.Reader) error) error {
	folders, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return fmt.Errorf("list files: %w", err)
	}
	for _, folder := range folders {
		if len(folder.Name()) != 2 || !folder.IsDir() {
			continue
		}
		stored, err := fs.ReadDir(d.root.FS(), folder.Name())
		if err != nil {
			return fmt.Errorf("list files: %w", err)
		}
		for _, f := range stored {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := d.one(f.Name(), each); err != nil && !errors.Is(err, ErrNoFile) {
				return err
			}
		}
	}
	return nil
}

func (d *Dir) one(key string, each func(key string, size int64, r io.Reader) error) error {
	f, err := d.Get(key)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	return each(key, info.Size(), f)
}

// Import stores what r gives under a key that another folder has given out. A file that has the key
// already is that very one: it stays, and r is read all the same.
func (d *Dir) Import(ctx context.Context, key string, r io.Reader) (made bool, err error) {
	if !isKey(key) {
		return false, fmt.Errorf("%q is no key of a file", key)
	}
	if have, err := d.Get(key); err == nil {
		_, err = io.Copy(io.Discard, &steady{ctx, r})
		return false, errors.Join(err, have.Close())
	} else if !errors.Is(err, ErrNoFile) {
		return false, err
	}
	f, err := d.Put(ctx, r, 1<<62)
	if err != nil {
		return false, err
	}
	return true, d.rename(f.Key, key)
}

// rename gives a stored file another key.
func (d *Dir) rename(from, to string) error {
	folder := to[:2]
	if err := d.root.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("store a file: %w", err)
	}
	if err := d.root.Rename(path(from), path(to)); err != nil {
		return errors.Join(fmt.Errorf("store a file: %w", err), d.root.Remove(path(from)))
	}
	if err := errors.Join(d.syncFolder("."), d.syncFolder(folder)); err != nil {
		return fmt.Errorf("store a file: %w", err)
	}
	return nil
}
