package sink

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A conn is a connection to an SQLite file, by SQLite's own interface. Through database/sql a row costs
// twice the time: an allocation for every text, a lock for every parameter, a search for every parameter's
// name. It is used by one goroutine at a time.
type conn struct {
	tls   *libc.TLS
	db    uintptr
	out   uintptr // room for a pointer
	mem   arena
	stmts map[string]*stmt
}

// sqliteError is an error of SQLite.
type sqliteError struct {
	code int32 // extended
	msg  string
}

func (e *sqliteError) Error() string { return e.msg }

// openConn opens a file. flags are those of sqlite3_open_v2.
func openConn(path string, flags int32, pragmas ...string) (*conn, error) {
	if strings.IndexByte(path, 0) >= 0 {
		return nil, errors.New("a file name cannot contain NUL")
	}
	c := &conn{tls: libc.NewTLS(), stmts: map[string]*stmt{}}
	c.mem.tls = c.tls
	c.out = malloc(libc.Xmalloc, c.tls, int(unsafe.Sizeof(c.db)))
	*(*uintptr)(pointer(c.out)) = 0
	name, err := libc.CString(path)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, name)
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, c.out, flags|sqlite3.SQLITE_OPEN_NOMUTEX|sqlite3.SQLITE_OPEN_EXRESCODE, 0)
	c.db = *(*uintptr)(pointer(c.out))
	if rc != sqlite3.SQLITE_OK {
		err := c.error(rc)
		c.Close()
		return nil, err
	}
	for _, p := range append([]string{"busy_timeout=10000"}, pragmas...) {
		if err := c.exec("PRAGMA " + p); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, nil
}

// malloc calls libc's, whose type for sizes has another name on every system.
func malloc[N ~uint32 | ~uint64](xmalloc func(*libc.TLS, N) uintptr, tls *libc.TLS, n int) uintptr {
	p := xmalloc(tls, N(n))
	if p == 0 {
		panic("sink: out of memory")
	}
	return p
}

// pointer makes a pointer of an address outside Go's heap.
func pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

func (c *conn) Close() error {
	if c.tls == nil {
		return nil
	}
	for _, s := range c.stmts {
		sqlite3.Xsqlite3_finalize(c.tls, s.p)
	}
	rc := sqlite3.Xsqlite3_close_v2(c.tls, c.db)
	c.mem.free()
	libc.Xfree(c.tls, c.out)
	c.tls.Close()
	c.tls = nil
	if rc != sqlite3.SQLITE_OK {
		return fmt.Errorf("close: SQLite error %d", rc)
	}
	return nil
}

func (c *conn) error(rc int32) error {
	msg := libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))
	if c.db != 0 {
		if more := libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db)); more != msg && more != "not an error" {
			msg += ": " + more
		}
	}
	return diskWords(&sqliteError{rc, msg})
}

// diskWords says what to do about errors of the disk.
func diskWords(e *sqliteError) error {
	switch e.code & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("the disk is full, nothing was written: make room and start again: %w", e)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fmt.Errorf("the file cannot be written to: %w", e)
	case sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("the file cannot be opened, see whether its directory is there and may be written to: %w", e)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("the disk failed or is full: %w", e)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("this is no SQLite file, choose another: %w", e)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("the file is damaged, choose another and sync again: %w", e)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("another program keeps the file locked: let it finish, and start again: %w", e)
	}
	return e
}

// exec runs statements without parameters, and forgets what they return.
func (c *conn) exec(sql string) error {
	text, err := libc.CString(sql)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, text)
	if rc := sqlite3.Xsqlite3_exec(c.tls, c.db, text, 0, 0, 0); rc != sqlite3.SQLITE_OK {
		return c.error(rc)
	}
	return nil
}

// run runs a statement, which is kept for the next time, and says how many rows it changed.
func (c *conn) run(sql string, args ...any) (int64, error) {
	s, err := c.prepare(sql)
	if err != nil {
		return 0, err
	}
	return s.run(args...)
}

// query hands each row of a statement to each.
func (c *conn) query(sql string, each func(*stmt) error, args ...any) error {
	s, err := c.prepare(sql)
	if err != nil {
		return err
	}
	return s.query(each, args...)
}

// maxBytes is less than what SQLite takes in a row.
const maxBytes = 900_000_000

// A stmt is a prepared statement.
type stmt struct {
	*conn
	sql  string
	p    uintptr
	set  []bool // which parameters are not null
	busy bool   // within query
}

// prepare prepares a statement, which the connection keeps. While it is at its rows, another takes its
// place.
func (c *conn) prepare(sql string) (*stmt, error) {
	if s := c.stmts[sql]; s != nil && !s.busy {
		return s, nil
	}
	text, err := libc.CString(sql)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, text)
	if rc := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, text, -1, sqlite3.SQLITE_PREPARE_PERSISTENT, c.out, 0); rc != sqlite3.SQLITE_OK {
		return nil, c.error(rc)
	}
	s := &stmt{conn: c, sql: sql, p: *(*uintptr)(pointer(c.out))}
	s.set = make([]bool, sqlite3.Xsqlite3_bind_parameter_count(c.tls, s.p))
	c.stmts[sql] = s
	return s, nil
}

// bind gives the statement its parameters. Texts lie in the arena until the statement is reset.
func (s *stmt) bind(args []any) error {
	if len(args) != len(s.set) {
		return fmt.Errorf("%d parameters for %d", len(args), len(s.set))
	}
	n := 0
	for _, v := range args {
		switch v := v.(type) {
		case string:
			n += len(v)
		case json.RawMessage:
			n += len(v)
		case time.Time:
			n += len(timeLayout)
		}
	}
	if n > maxBytes {
		return fmt.Errorf("a row of %d bytes: SQLite holds %d", n, maxBytes)
	}
	s.mem.reset(n)
	for i, v := range args {
		if err := s.bindOne(i, v); err != nil {
			return err
		}
	}
	return nil
}

func (s *stmt) bindOne(i int, v any) error {
	at := int32(i + 1)
	rc := int32(sqlite3.SQLITE_OK)
	if v == nil {
		if s.set[i] { // otherwise it is null already
			rc = sqlite3.Xsqlite3_bind_null(s.tls, s.p, at)
		}
		s.set[i] = false
	} else {
		s.set[i] = true
		switch v := v.(type) {
		case string:
			rc = s.bindText(at, s.mem.add(v), len(v))
		case json.RawMessage:
			rc = s.bindText(at, s.mem.add(unsafe.String(unsafe.SliceData(v), len(v))), len(v))
		case time.Time:
			rc = s.bindText(at, s.mem.addTime(v), len(timeLayout))
		case int64:
			rc = sqlite3.Xsqlite3_bind_int64(s.tls, s.p, at, v)
		case float64:
			rc = sqlite3.Xsqlite3_bind_double(s.tls, s.p, at, v)
		case bool:
			var n int32
			if v {
				n = 1
			}
			rc = sqlite3.Xsqlite3_bind_int(s.tls, s.p, at, n)
		default:
			return fmt.Errorf("a parameter cannot be a %T", v)
		}
	}
	if rc != sqlite3.SQLITE_OK {
		return s.error(rc)
	}
	return nil
}

// bindText binds memory that stays as it is until the statement is reset; that is what the 0 says.
func (s *stmt) bindText(at int32, p uintptr, n int) int32 {
	return sqlite3.Xsqlite3_bind_text(s.tls, s.p, at, p, int32(n), 0)
}

func (s *stmt) run(args ...any) (int64, error) {
	if err := s.bind(args); err != nil {
		return 0, err
	}
	rc := sqlite3.Xsqlite3_step(s.tls, s.p)
	var err error
	if rc != sqlite3.SQLITE_DONE && rc != sqlite3.SQLITE_ROW {
		err = s.error(rc)
	}
	sqlite3.Xsqlite3_reset(s.tls, s.p)
	if err != nil {
		return 0, err
	}
	return sqlite3.Xsqlite3_changes64(s.tls, s.db), nil
}

// query runs the statement. While it does, it keeps its parameters apart, so that each may run others.
func (s *stmt) query(each func(*stmt) error, args ...any) (err error) {
	own := s.mem
	s.mem = arena{tls: s.tls}
	err = s.bind(args)
	mine := s.mem
	s.mem = own
	s.busy = true
	defer func() {
		sqlite3.Xsqlite3_reset(s.tls, s.p)
		sqlite3.Xsqlite3_clear_bindings(s.tls, s.p)
		clear(s.set)
		s.busy = false
		if s.stmts[s.sql] != s {
			sqlite3.Xsqlite3_finalize(s.tls, s.p)
		}
		mine.free()
	}()
	if err != nil {
		return err
	}
	for {
		switch rc := sqlite3.Xsqlite3_step(s.tls, s.p); rc {
		case sqlite3.SQLITE_ROW:
			if err := each(s); err != nil {
				return err
			}
		case sqlite3.SQLITE_DONE:
			return nil
		default:
			return s.error(rc)
		}
	}
}

// The columns of the row that the statement is at.

func (s *stmt) null(i int) bool {
	return sqlite3.Xsqlite3_column_type(s.tls, s.p, int32(i)) == sqlite3.SQLITE_NULL
}

func (s *stmt) text(i int) string {
	p := sqlite3.Xsqlite3_column_text(s.tls, s.p, int32(i))
	n := sqlite3.Xsqlite3_column_bytes(s.tls, s.p, int32(i))
	if p == 0 || n == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(pointer(p)), n))
}

func (s *stmt) textOrNil(i int) *string {
	if s.null(i) {
		return nil
	}
	text := s.text(i)
	return &text
}

func (s *stmt) int(i int) int64 { return sqlite3.Xsqlite3_column_int64(s.tls, s.p, int32(i)) }

func (s *stmt) float(i int) float64 { return sqlite3.Xsqlite3_column_double(s.tls, s.p, int32(i)) }

// An arena is memory for the texts of one statement's parameters, where SQLite can read them.
type arena struct {
	tls  *libc.TLS
	p    uintptr
	size int
	buf  []byte // of it, what is used
}

// keepAtMost is what an arena keeps from one row to the next.
const keepAtMost = 1 << 20

func (a *arena) reset(n int) {
	if a.p == 0 || n > a.size || a.size > keepAtMost { // no memory would be a null, not an empty text
		a.free()
		a.size = max(n, 4096)
		a.p = malloc(libc.Xmalloc, a.tls, a.size)
	}
	a.buf = unsafe.Slice((*byte)(pointer(a.p)), a.size)[:0]
}

// add copies a text; reset has made room for it.
func (a *arena) add(s string) uintptr {
	at := a.p + uintptr(len(a.buf))
	a.buf = append(a.buf, s...)
	return at
}

func (a *arena) addTime(t time.Time) uintptr {
	at := a.p + uintptr(len(a.buf))
	a.buf = appendTime(a.buf, t)
	return at
}

func (a *arena) free() {
	if a.p != 0 {
		libc.Xfree(a.tls, a.p)
	}
	a.p, a.size, a.buf = 0, 0, nil
}

// idle reports whether no transaction is open.
func (c *conn) idle() bool { return sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) != 0 }
