package work

import (
	"context"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/perm"
)

// AccountEdit are the changes to an account's settings; nil leaves one as it is.
type AccountEdit struct {
	Name *string
	// MainWorkspaceIsNumbered shows the Main Workspace's id and lists it, as in accounts that were
	// migrated; otherwise the API tells its id as null.
	MainWorkspaceIsNumbered *bool
}

// UpdateAccount changes the account's settings. Permission account.edit.
func (s *Service) UpdateAccount(ctx context.Context, by Caller, e AccountEdit) error {
	return s.commit(ctx, by, func(t *tx) error {
		if err := t.check(perm.AccountEdit, 0); err != nil {
			return err
		}
		a := *t.Account
		if e.Name != nil {
			if err := checkName("name", *e.Name); err != nil {
				return err
			}
			a.Name = strings.TrimSpace(*e.Name)
		}
		if e.MainWorkspaceIsNumbered != nil {
			a.MainWorkspaceIsNumbered = *e.MainWorkspaceIsNumbered
		}
		t.put(Change{Account: &a})
		return nil
	})
}
