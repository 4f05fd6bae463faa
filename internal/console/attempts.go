package console

import (
	"maps"
	"sync"
	"time"
)

// attempts slows down who tries passwords: by the network of the caller, and by the name that is tried.
//
// Names are not secret, so nobody must be able to shut somebody out by trying passwords for that one. The
// tries that count are therefore those for a name from one network. What comes for a name from anywhere is
// counted, too, far more generously, and refuses nothing by itself: once it is used up, each network has
// fewer tries for that name, and later, until the guessing ends. Whoever guesses from many networks at once
// is slowed by that, and who knows the password has two tries from wherever it may be. With several servers
// each counts by itself.
type attempts struct {
	mu    sync.Mutex
	tries map[string]*tries
}

// limit is how many tries there are at once, and after how long another one is given.
type limit struct {
	most  float64
	every time.Duration
}

const tryEvery = 20 * time.Second

var (
	byNetwork     = limit{30, tryEvery}       // whatever the names
	byPair        = limit{8, tryEvery}        // for a name from one network
	byPairGuessed = limit{2, 5 * time.Minute} // the same, while byName is used up
	byName        = limit{100, tryEvery}      // for a name from anywhere
	byUser        = limit{8, tryEvery}        // of who has signed in, to prove it once more
	byWarning     = limit{1, time.Hour}       // in the log, about one name
)

// longest is after how long anybody has all tries again.
const longest = time.Hour

const attemptsMax = 20_000 // names and networks remembered

type tries struct {
	left float64
	at   time.Time
}

// try takes one try for the key; when there is none it tells how long to wait.
func (a *attempts) try(key string, l limit, now time.Time) (wait time.Duration, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tries == nil || len(a.tries) > attemptsMax {
		a.forget(now)
	}
	t := a.tries[key]
	if t == nil {
		t = &tries{l.most, now}
		a.tries[key] = t
	}
	if t.fill(l, now); t.left < 1 {
		return time.Duration((1 - t.left) * float64(l.every)).Round(time.Second), false
	}
	t.left--
	return 0, true
}

// out reports whether there is no try for the key, and takes none.
func (a *attempts) out(key string, l limit, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.tries[key]
	if t == nil {
		return false
	}
	t.fill(l, now)
	return t.left < 1
}

func (t *tries) fill(l limit, now time.Time) {
	t.left = min(l.most, t.left+float64(now.Sub(t.at))/float64(l.every))
	t.at = now
}

// forget drops those who have all their tries again; if that does not help, those who have any, lest
// somebody make the server forget by trying many names; and if that does not help, everybody.
func (a *attempts) forget(now time.Time) {
	for _, gone := range []func(*tries) bool{
		func(t *tries) bool { return now.Sub(t.at) > longest },
		func(t *tries) bool { return t.left >= 1 },
		func(*tries) bool { return true },
	} {
		if a.tries != nil && len(a.tries) <= attemptsMax {
			return
		}
		maps.DeleteFunc(a.tries, func(_ string, t *tries) bool { return gone(t) })
	}
	if a.tries == nil {
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
