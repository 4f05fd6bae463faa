// Package seed describes a whole account in a file: its people, teams,
// workspaces and boards with all that is on them, with the ids they shall
// have. It also makes bulk data.
//
// The one idea: a seed is read into a work.Snapshot and stored as one, so a
// seeded account is an account like any other. The file is YAML; a mistake in
// it is reported with its line and column, the field, and what is allowed
// there, all mistakes at once. The sandbox's sample account (sample.yaml) is
// such a file.
//
// Names of fields are those of the API, and values are written as the API takes
// them; package column reads them, so that the snapshot holds what the API would
// have stored. Who or what is referred to is named by id, or by e-mail address
// or name where only one bears it. Ids that are left out are given out in the
// order of the file, from 1001 up, past those that are taken.
package seed

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/lunedi-dev/lunedi/internal/work"
)

// Sample is the text of the built-in sample account.
//
//go:embed sample.yaml
var Sample []byte

// SampleName is what the sample is called in messages.
const SampleName = "sample.yaml"

// Seed is an account that was read from a file.
type Seed struct {
	Snapshot *work.Snapshot // complete but for its tokens
	Tokens   []Token
}

// Token is an API token with its secret in plain text, as only a seed has it.
type Token struct {
	Secret string
	Name   string // "" is the user's personal token
	User   *work.User
}

// Seal puts the seed's tokens into the snapshot; make turns a secret into a row (work.Service.MakeToken).
func (s *Seed) Seal(make func(id work.TokenID, user work.UserID, name, secret string, at time.Time) (*work.Token, error)) error {
	for i, t := range s.Tokens {
		row, err := make(work.TokenID(i+1), t.User.ID, t.Name, t.Secret, s.Snapshot.Account.CreatedAt)
		if err != nil {
			return fmt.Errorf("token of %s: %w", t.User.Email, err)
		}
		s.Snapshot.Tokens = append(s.Snapshot.Tokens, row)
	}
	return nil
}

// WellKnown gives the sandbox's published tokens (dev-admin, dev-member, dev-guest, dev-viewer) to the
// first active user of each role. It does nothing where the file has tokens of its own.
func (s *Seed) WellKnown() {
	if len(s.Tokens) > 0 {
		return
	}
	for _, w := range []struct {
		secret string
		role   work.Role
	}{{"dev-admin", work.Admin}, {"dev-member", work.Member}, {"dev-guest", work.Guest}, {"dev-viewer", work.Viewer}} {
		for _, u := range s.Snapshot.Users {
			if u.Role == w.role && u.Status == work.Active {
				s.Tokens = append(s.Tokens, Token{Secret: w.secret, User: u})
				break
			}
		}
	}
}

// file is the form of a seed.
type file struct {
	Account    accountSeed     `yaml:"account"`
	Users      []userSeed      `yaml:"users"`
	Teams      []teamSeed      `yaml:"teams"`
	Workspaces []workspaceSeed `yaml:"workspaces"`
	Folders    []folderSeed    `yaml:"folders"`
	Tags       []tagSeed       `yaml:"tags"`
	Boards     []boardSeed     `yaml:"boards"`
	Docs       []docSeed       `yaml:"docs"`
	Tokens     []tokenSeed     `yaml:"tokens"`
}

type accountSeed struct {
	ID                      id            `yaml:"id"`
	Name                    string        `yaml:"name"`
	Slug                    string        `yaml:"slug"`
	Tier                    string        `yaml:"tier"`
	Plan                    *planSeed     `yaml:"plan"`
	Products                []productSeed `yaml:"products"`
	CountryCode             string        `yaml:"country_code"`
	FirstDay                firstDay      `yaml:"first_day_of_the_week"`
	Logo                    string        `yaml:"logo"`
	TimelineWeekends        bool          `yaml:"show_timeline_weekends"`
	SignUpProduct           string        `yaml:"sign_up_product_kind"`
	Trial                   bool          `yaml:"is_during_trial"`
	TrialExpired            bool          `yaml:"is_trial_expired"`
	CreatedAt               time.Time     `yaml:"created_at"`
	MainWorkspaceIsNumbered bool          `yaml:"main_workspace_is_numbered"`
}

type planSeed struct {
	MaxUsers int    `yaml:"max_users"`
	Period   string `yaml:"period"`
	Tier     string `yaml:"tier"`
	Version  int    `yaml:"version"`
}

type productSeed struct {
	ID               id     `yaml:"id"`
	Kind             string `yaml:"kind"`
	Tier             string `yaml:"tier"`
	DefaultWorkspace ref    `yaml:"default_workspace"`
}

type userSeed struct {
	row
	ID            id          `yaml:"id"`
	Name          string      `yaml:"name"`
	Email         string      `yaml:"email"`
	Role          work.Role   `yaml:"role"`
	Status        work.Status `yaml:"status"`
	Verified      *bool       `yaml:"is_verified"`
	Title         string      `yaml:"title"`
	Phone         string      `yaml:"phone"`
	MobilePhone   string      `yaml:"mobile_phone"`
	Location      string      `yaml:"location"`
	CountryCode   string      `yaml:"country_code"`
	Language      string      `yaml:"current_language"`
	TimeZone      timeZone    `yaml:"time_zone_identifier"`
	Birthday      work.Date   `yaml:"birthday"`
	JoinDate      work.Date   `yaml:"join_date"`
	LastActivity  work.Date   `yaml:"last_activity"`
	Photo         string      `yaml:"photo"`
	SignUpProduct string      `yaml:"sign_up_product_kind"`
	Away          *awaySeed   `yaml:"out_of_office"`
	InvitedBy     ref         `yaml:"invited_by"`
	CreatedAt     time.Time   `yaml:"created_at"`
}

type awaySeed struct {
	Kind                 string    `yaml:"type"`
	Start                work.Date `yaml:"start_date"`
	End                  work.Date `yaml:"end_date"`
	DisableNotifications bool      `yaml:"disable_notifications"`
}

type teamSeed struct {
	row
	ID        id        `yaml:"id"`
	Name      string    `yaml:"name"`
	Guest     bool      `yaml:"is_guest"`
	Parent    ref       `yaml:"parent_team"`
	Picture   string    `yaml:"picture_url"`
	Users     []ref     `yaml:"users"`
	Owners    []ref     `yaml:"owners"`
	CreatedAt time.Time `yaml:"created_at"`
}

type workspaceSeed struct {
	row
	ID          id                 `yaml:"id"`
	Main        bool               `yaml:"main"`
	Name        string             `yaml:"name"`
	Description string             `yaml:"description"`
	Kind        work.WorkspaceKind `yaml:"kind"`
	State       work.State         `yaml:"state"`
	Product     ref                `yaml:"product"`
	IconColor   string             `yaml:"icon_color"`
	IconImage   string             `yaml:"icon_image"`
	CreatedBy   ref                `yaml:"created_by"`
	CreatedAt   time.Time          `yaml:"created_at"`
	Users       []ref              `yaml:"subscribers"`
	Owners      []ref              `yaml:"owners"`
	Teams       []ref              `yaml:"team_subscribers"`
	TeamOwners  []ref              `yaml:"team_owners"`
}

type boardSeed struct {
	row
	ID            id                   `yaml:"id"`
	Name          string               `yaml:"name"`
	Description   string               `yaml:"description"`
	Kind          work.BoardKind       `yaml:"kind"`
	State         work.State           `yaml:"state"`
	Workspace     ref                  `yaml:"workspace"`
	Creator       ref                  `yaml:"creator"`
	Permission    work.BoardPermission `yaml:"permissions"`
	Communication string               `yaml:"communication"`
	ItemName      string               `yaml:"item_name"`
	ItemNames     string               `yaml:"item_names"`
	CreatedAt     time.Time            `yaml:"created_at"`
	UpdatedAt     time.Time            `yaml:"updated_at"`
	Users         []ref                `yaml:"subscribers"`
	Owners        []ref                `yaml:"owners"`
	Teams         []ref                `yaml:"team_subscribers"`
	TeamOwners    []ref                `yaml:"team_owners"`
	Everyone      bool                 `yaml:"everyone"`
	Folder        ref                  `yaml:"folder"`
	OnlyAssigned  bool                 `yaml:"only_assigned"`
	Groups        []groupSeed          `yaml:"groups"`
	Columns       []columnSeed         `yaml:"columns"`
	Subitems      *subitemsSeed        `yaml:"subitems"`
	Views         []viewSeed           `yaml:"views"`
	Webhooks      []webhookSeed        `yaml:"webhooks"`
	Items         []itemSeed           `yaml:"items"`
	Activity      []activitySeed       `yaml:"activity"`
}

type tokenSeed struct {
	row
	Secret string `yaml:"secret"`
	Name   string `yaml:"name"`
	User   ref    `yaml:"user"`
}

// row is a place in the file that mistakes can point at.
type row struct{ at place }

func (r *row) placed(at place) { r.at = at }

type (
	id       int64
	firstDay string
	timeZone string
)

// ref names a row by id, e-mail address or name. The zero ref names none.
type ref struct {
	text string
	id   int64 // 0: named by text
	at   place
}

func (r ref) given() bool { return r.text != "" }
