package work

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// Config is what a Service needs.
type Config struct {
	Store Store
	// Key seals API tokens so that they can be shown again; 32 bytes, kept outside the database.
	Key []byte
	// WellKnownTokens lets the sandbox's published tokens in. Only for servers that nobody else can reach.
	WellKnownTokens bool
	// Challenge asks the address of a new webhook whether it wants to be one; not asked when nil.
	Challenge func(ctx context.Context, url string) error
	// Sources are what data sources need; without it there are none.
	Sources Sources
	// ContentCache bounds the memory for what is on boards, in bytes; DefaultContentCache when 0.
	ContentCache int64
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	Log *slog.Logger
}

// Service is the only way to the accounts. It is safe for concurrent use.
type Service struct {
	store     Store
	sealer    *sealer
	wellKnown bool
	challenge func(ctx context.Context, url string) error
	sources   Sources
	now       func() time.Time
	log       *slog.Logger

	mu       sync.Mutex
	closed   bool // nothing is started any more
	accounts map[AccountID]*account
	contents *contentCache
	secrets  sync.Map // hash of a token (string) → secretRef; a hint, the image decides

	deliveries chan struct{} // see Deliveries
	wakes      chan struct{} // see SourceWakes
	records    *stripes      // see amend

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// New makes a Service and starts what it does in the background; Close ends it.
func New(cfg Config) (*Service, error) {
	sealer, err := newSealer(cfg.Key)
	if err != nil {
		return nil, err
	}
	s := &Service{store: cfg.Store, sealer: sealer, wellKnown: cfg.WellKnownTokens, challenge: cfg.Challenge, sources: cfg.Sources,
		now: cfg.Now, log: cfg.Log, accounts: map[AccountID]*account{}, contents: newContentCache(cfg.ContentCache), deliveries: make(chan struct{}, 1), wakes: make(chan struct{}, 1), records: newStripes()}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if s.store.Shared() {
		s.start(s.watch)
	}
	s.start(s.upkeep)
	s.start(s.watchContents)
	return s, nil
}

// start runs what Close waits for. It reports false, and runs nothing, once the service is closed.
func (s *Service) start(run func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.wg.Go(run)
	}
	return !s.closed
}

// Close waits for what is being committed, records when tokens were last used, and stops. What has
// not begun by then fails with CodeUnavailable and has not happened. Reads go on as long as the Store
// is not shared. The Store stays open.
func (s *Service) Close() {
	s.mu.Lock()
	again := s.closed
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
	if !again {
		s.flush(false)
	}
}

// Ready reports whether the database answers.
func (s *Service) Ready(ctx context.Context) error { return s.store.Ping(ctx) }

// Accounts lists the accounts of this server, ascending.
func (s *Service) Accounts(ctx context.Context) ([]AccountID, error) {
	ids, err := s.store.Accounts(ctx)
	if err != nil {
		return nil, cutShort(ctx, err)
	}
	return ids, nil
}

// Preload brings an account into memory ahead of its first request.
func (s *Service) Preload(ctx context.Context, id AccountID) error {
	_, err := s.account(ctx, id)
	return err
}

// NewAccount stores a whole account at once: what a seed describes, or an organisation's first admin
// and nothing else. Rows must be complete; their ids are kept. LastID is raised above all of them.
// CodeInvalid where rows contradict each other.
func (s *Service) NewAccount(ctx context.Context, snap *Snapshot) error {
	if err := snap.check(); err != nil {
		return err
	}
	snap.Seq = max(snap.Seq, 1)
	a := &snap.Account
	if a.CreatedAt.IsZero() {
		a.CreatedAt = s.now().UTC().Truncate(time.Microsecond)
	}
	a.LastID = max(a.LastID, snap.lastID())
	if err := s.store.Create(ctx, snap); err != nil {
		return fmt.Errorf("create account %d: %w", a.ID, err)
	}
	return nil
}

// account returns a loaded account.
func (s *Service) account(ctx context.Context, id AccountID) (*account, error) {
	s.mu.Lock()
	a := s.accounts[id]
	if a == nil {
		a = newAccount(s, id)
		s.accounts[id] = a
	}
	s.mu.Unlock()
	if err := a.load(ctx); err != nil {
		if errors.Is(err, ErrNoAccount) {
			return nil, notFound("account", id)
		}
		return nil, cutShort(ctx, err)
	}
	return a, nil
}

// watch follows what other processes commit, so that reads find it already there.
func (s *Service) watch() {
	for s.ctx.Err() == nil {
		err := s.store.Watch(s.ctx, func(id AccountID) {
			s.mu.Lock()
			a := s.accounts[id]
			s.mu.Unlock()
			if a != nil && a.image.Load() != nil {
				if err := a.fresh(s.ctx); err != nil && s.ctx.Err() == nil {
					s.log.Warn("following the change feed", "account", id, "err", err)
				}
			}
		})
		if err != nil && s.ctx.Err() == nil {
			s.log.Warn("watching for changes", "err", err)
		}
		select {
		case <-s.ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// cutShort is the error of a call to the store that the caller's own context may have ended.
func cutShort(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return unavailable(err)
}

// unavailable is what a caller is told about an error of the store.
func unavailable(err error) error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	return &Error{Code: CodeUnavailable, Msg: "The database does not answer; try again in a moment", Err: err}
}
