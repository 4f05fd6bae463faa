package console

// OIDC says how people sign in through an OpenID provider.
type OIDC struct {
	Issuer, ClientID, ClientSecret string
	Name                           string // what the button calls the provider
	GroupsClaim                    string // the claim that lists a user's groups, each put into the team of that name; "": none
	Create                         bool   // makes a member of whom the account does not know yet
}
