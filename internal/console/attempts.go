package console

import (
	"sync"
	"time"
)

// attempts slows down who tries passwords: by address of the caller, and by name of the account tried.
type attempts struct {
	mu    sync.Mutex
	tries map[string]*tries
}

type tries struct {
	left float64
	at   time.Time
}

// How many tries there are at once, and after how long another one is given.
const (
	triesByName    = 8
	triesByAddress = 30
	tryEvery       = 20 * time.Second
	attemptsMax    = 20_000 // names and addresses remembered
)

// try takes one try for the key; when there is none it tells how long to wait.
func (a *attempts) try(key string, most float64, now time.Time) (wait time.Duration, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tries == nil || len(a.tries) > attemptsMax {
		a.forget(now)
	}
	t := a.tries[key]
	if t == nil {
		t = &tries{most, now}
		a.tries[key] = t
	}
	t.left = min(most, t.left+float64(now.Sub(t.at))/float64(tryEvery))
	t.at = now
	if t.left < 1 {
		return time.Duration((1 - t.left) * float64(tryEvery)).Round(time.Second), false
	}
	t.left--
	return 0, true
}

// forget drops those who have all their tries again; if that does not help, everybody.
func (a *attempts) forget(now time.Time) {
	for key, t := range a.tries {
		if now.Sub(t.at) > triesByAddress*tryEvery {
			delete(a.tries, key)
		}
	}
	if a.tries == nil || len(a.tries) > attemptsMax {
		a.tries = map[string]*tries{}
	}
}

// giveBack gives one try back.
func (a *attempts) giveBack(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.tries[key]; t != nil {
		t.left++ // try keeps it from being too many
	}
}

// succeed gives all tries back.
func (a *attempts) succeed(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.tries, key)
}
