package model

import "testing"

type faulty struct{ endpoint string }

func newFaults(w *world, seed uint64) *faulty { return &faulty{w.srv.Endpoint} }

func (f *faulty) require(t *testing.T) {}
func (f *faulty) counts() string       { return "" }
