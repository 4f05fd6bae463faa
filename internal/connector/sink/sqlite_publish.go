package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/lunedi-dev/lunedi/internal/connector"
)

// Publish makes the indexes that wait for the end of a run, and the views.
func (s *sqlite) Publish(ctx context.Context, boards []connector.BoardColumns) error {
	if s.write == nil {
		return errReadOnly
	}
	var errs []error
	for _, t := range s.order {
		errs = append(errs, s.transaction(ctx, func() error {
			_, later := t.indexes()
			return s.makeIndexes(t.table, later)
		}))
	}
	at := func(name string) *table {
		if t := s.tables[name]; t != nil {
			return t.table
		}
		return nil
	}
	if canView(at) {
		errs = append(errs, s.publishViews(ctx, boards))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("publish in %s: %w", s.path, err)
	}
	return nil
}

func (s *sqlite) publishViews(ctx context.Context, boards []connector.BoardColumns) error {
	have, err := s.write.metas(metaView)
	if err != nil {
		return err
	}
	plan := planViews(have, boards, "")
	if len(plan.drop)+len(plan.make) == 0 {
		return nil
	}
	return s.transaction(ctx, func() error {
		for _, name := range plan.drop {
			if err := s.write.exec("DROP VIEW IF EXISTS " + quote(name)); err != nil {
				return fmt.Errorf("drop view %s: %w", name, err)
			}
			if err := s.write.dropMeta(metaView + name); err != nil {
				return err
			}
		}
		for _, v := range plan.make {
			if err := s.makeView(v); err != nil {
				return fmt.Errorf("view %s: %w", v.name, err)
			}
		}
		return nil
	})
}

func (s *sqlite) makeView(v viewDef) error {
	ours, err := s.write.meta(metaView + v.name)
	if err != nil {
		return err
	}
	kind, err := s.write.kindOf(v.name)
	if err != nil {
		return err
	}
	if kind != "" && ours == "" {
		return foreign(kind, v.name)
	}
	if err := s.write.exec("DROP VIEW IF EXISTS " + quote(v.name) + "; CREATE VIEW " + quote(v.name) + " AS " + v.sql); err != nil {
		return err
	}
	return s.write.setMeta(metaView+v.name, v.sql)
}
