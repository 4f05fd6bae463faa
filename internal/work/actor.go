package work

// Actor is who made or did something that the caller sees: whoever sees that sees who it was. It is
// nil for what the server did itself.
func (v *View) Actor(id UserID) *User {
	u, _ := v.img.users.get(id)
	return u
}
