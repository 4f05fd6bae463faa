package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/lunedi-dev/lunedi/internal/console"
	"github.com/spf13/pflag"
)

// oidcConfig is how people sign in through an OpenID provider. Without an issuer they do not.
type oidcConfig struct {
	Issuer, ClientID string
	SecretFile       string // its content is the client's secret; "": a public client, with PKCE alone
	Name             string
	GroupsClaim      string
	Create           bool

	secret string
}

func (c *oidcConfig) flags(f *pflag.FlagSet) {
	f.StringVar(&c.Issuer, "oidc-issuer", "", "let people sign in through the OpenID provider at this address")
	f.StringVar(&c.ClientID, "oidc-client-id", "", "what the provider calls this server; redirects go to PUBLIC-URL/sign-in/oidc/callback")
	f.StringVar(&c.SecretFile, "oidc-client-secret-file", "", "file with the secret that the provider gave this server")
	f.StringVar(&c.Name, "oidc-name", "OpenID", "what the sign-in page calls the provider")
	f.StringVar(&c.GroupsClaim, "oidc-groups-claim", "", "claim that lists a user's groups: who signs in is put into the teams of these names, and taken out of none")
	f.BoolVar(&c.Create, "oidc-create-users", false, "make a member of whoever the provider lets in and the account does not know")
}

func (c *oidcConfig) validate() error {
	if c.Issuer == "" {
		if c.ClientID != "" || c.SecretFile != "" || c.GroupsClaim != "" || c.Create {
			return errors.New("--oidc-issuer is needed for what else is said of OpenID")
		}
		return nil
	}
	var errs []error
	if u, err := url.Parse(c.Issuer); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		errs = append(errs, fmt.Errorf("--oidc-issuer: %q is not like https://id.example.com", c.Issuer))
	}
	if c.ClientID == "" {
		errs = append(errs, errors.New("--oidc-client-id is needed with --oidc-issuer"))
	}
	if c.SecretFile != "" {
		text, err := os.ReadFile(c.SecretFile)
		if c.secret = strings.TrimSpace(string(text)); err == nil && c.secret == "" {
			err = fmt.Errorf("%s is empty", c.SecretFile)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("--oidc-client-secret-file: %w", err))
		}
	}
	return errors.Join(errs...)
}

// console is what the pages are told; nil without an issuer.
func (c *oidcConfig) console() *console.OIDC {
	if c.Issuer == "" {
		return nil
	}
	return &console.OIDC{Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: c.secret, Name: c.Name, GroupsClaim: c.GroupsClaim, Create: c.Create}
}
