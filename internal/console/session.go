package console

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// session is one request of somebody who has signed in.
type session struct {
	by      work.Caller // whom the request acts for: who has signed in, or whom an admin looks as
	me      *work.User  // who has signed in
	as      *work.User  // whom an admin looks as; nil: oneself
	self    work.Caller // who has signed in, as a caller
	account string
}

// cookie names. With https they carry the prefix that browsers hold them to this host by.
func (c *Console) cookie(name string) string {
	if c.secure {
		return "__Host-" + name
	}
	return name
}

func (c *Console) setCookie(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: c.cookie(name), Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode})
}

func (c *Console) cookieValue(r *http.Request, name string) string {
	k, err := r.Cookie(c.cookie(name))
	if err != nil {
		return ""
	}
	return k.Value
}

// address is where a request comes from.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// network is what attempts are counted by: of IPv6 the part that one customer has all of.
func network(r *http.Request) string {
	ip, err := netip.ParseAddr(address(r))
	if err != nil {
		return address(r)
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// session finds who has signed in.
func (c *Console) session(r *http.Request) (*session, error) {
	by, err := c.cfg.Service.Session(r.Context(), c.cookieValue(r, "lunedi_session"))
	if err != nil {
		return nil, err
	}
	by = by.At(address(r))
	v, err := c.cfg.Service.View(r.Context(), by)
	if err != nil {
		return nil, err
	}
	s := &session{by: by, self: by, me: v.Me(), account: v.Account().Name}
	if id, err := strconv.ParseInt(c.cookieValue(r, "lunedi_as"), 10, 64); err == nil && s.me.Role == work.Admin {
		if as, err := c.cfg.Service.As(r.Context(), by.Account(), work.UserID(id)); err == nil {
			if other, err := c.cfg.Service.View(r.Context(), as); err == nil && other.Me().ID != s.me.ID {
				s.by, s.as = as.At(address(r)), other.Me()
			}
		}
	}
	return s, nil
}

// signedIn lets in who has signed in, and shows all others where to.
func (c *Console) signedIn(serve func(http.ResponseWriter, *http.Request, *session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := c.session(r)
		if err == nil {
			serve(w, r, s)
			return
		}
		if e := work.ErrorOf(err); e.Code != work.CodeUnauthenticated && e.Code != work.CodeNoAccess {
			c.cfg.Log.Error("reading a session", "err", err)
			http.Error(w, "The database does not answer. Try again in a moment.", http.StatusServiceUnavailable)
			return
		}
		if r.Method != http.MethodGet {
			http.Error(w, "Sign in first.", http.StatusUnauthorized)
			return
		}
		http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
	}
}

// called is signedIn for calls of modules, which are answered in JSON.
func (c *Console) called(serve func(http.ResponseWriter, *http.Request, *session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s, err := c.session(r)
		if err != nil {
			status := http.StatusUnauthorized
			if e := work.ErrorOf(err); e.Code != work.CodeUnauthenticated && e.Code != work.CodeNoAccess {
				status = http.StatusServiceUnavailable
			}
			refuse(w, status, work.ErrorOf(err))
			return
		}
		serve(w, r, s)
	}
}

// refuse answers a call with what was wrong.
func refuse(w http.ResponseWriter, status int, e *work.Error) {
	answer(w, status, struct {
		Message string `json:"message"`
		Field   string `json:"field,omitempty"`
		Code    string `json:"code,omitempty"`
	}{e.Msg, e.Field, codes[e.Code]})
}

var codes = map[work.Code]string{work.CodeInvalid: "invalid", work.CodeNotFound: "not_found", work.CodeDenied: "denied", work.CodeLimit: "limit",
	work.CodeUnauthenticated: "unauthenticated", work.CodeNoAccess: "no_access", work.CodeUnavailable: "unavailable", work.CodeInternal: "internal"}

var statuses = map[work.Code]int{work.CodeInvalid: 400, work.CodeNotFound: 404, work.CodeDenied: 403, work.CodeLimit: 400,
	work.CodeUnauthenticated: 401, work.CodeNoAccess: 403, work.CodeUnavailable: 503, work.CodeInternal: 500}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever asked has gone away
}

// maxCall bounds the body of a call, in bytes.
const maxCall = 1 << 20

// call adds a call at POST /console/NAME: a JSON object in, one out. What the service refuses is told
// in its words.
func call[In, Out any](c *Console, name string, serve func(ctx context.Context, s *session, in In) (Out, error)) {
	c.mux.HandleFunc("POST /console/"+name, c.called(func(w http.ResponseWriter, r *http.Request, s *session) {
		var in In
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCall)).Decode(&in); err != nil {
			refuse(w, http.StatusBadRequest, &work.Error{Code: work.CodeInvalid, Msg: "The request is not the JSON that is expected here."})
			return
		}
		out, err := serve(r.Context(), s, in)
		if err != nil {
			e := work.ErrorOf(err)
			if e.Code == work.CodeInternal || e.Code == work.CodeUnavailable {
				c.cfg.Log.Error("console call", "call", name, "err", err)
			}
			refuse(w, statuses[e.Code], e)
			return
		}
		answer(w, http.StatusOK, out)
	}))
}

// change is call for what changes something, which nobody does who looks at the account as somebody else:
// it would be done in one's own name.
func change[In, Out any](c *Console, name string, serve func(ctx context.Context, s *session, in In) (Out, error)) {
	call(c, name, func(ctx context.Context, s *session, in In) (out Out, err error) {
		if err := s.changes(); err != nil {
			return out, err
		}
		return serve(ctx, s, in)
	})
}

// changes refuses who looks at the account as somebody else.
func (s *session) changes() error {
	if s.as == nil {
		return nil
	}
	return &work.Error{Code: work.CodeDenied, Msg: "You see the account as " + s.as.Name + " does; go back to yourself to change anything"}
}

// local keeps redirects on this server.
func local(next string) string {
	odd := func(r rune) bool { return r == '\\' || r <= ' ' || r == 0x7f } // browsers read one as a slash and skip others
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsFunc(next, odd) {
		return "/"
	}
	return next
}
