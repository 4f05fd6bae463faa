package main

import (
	"net/http"
	"strings"
	"testing"
)

// documented are the examples of the API's public documentation as it prints them, curl's and
// JavaScript's texts unwrapped where they differ from the GraphQL beside them.
var documented = []string{
	`query { boards { workspace { id name kind description } } }`,
	`query { boards { id workspace_id } }`,
	`mutation { create_workspace (name:"New Cool Workspace", kind: open, description: "This is a cool description") { id description } }`,
	`mutation { add_users_to_workspace (workspace_id: 20178755, user_ids: [105939, 105940, 105941], kind: subscriber) { id } }`,
	`mutation { delete_users_from_workspace (workspace_id: 20178755, user_ids: [105939, 105940, 105941]) { id } }`,
	`mutation { add_teams_to_workspace (workspace_id: 20178755, team_ids: [105939, 105940, 105941]) { id } }`,
	`mutation { delete_teams_from_workspace (workspace_id: 20178755, team_ids: [105939, 105940, 105941]) { id } }`,
	`query { users (ids: 123456789) { name email url } }`,
	`mutation { add_users_to_board (board_id: 123456789, user_ids: [123456, 234567, 345678], kind: owner) { id } }`,
	`mutation { add_users_to_workspace (workspace_id: 12345678, user_ids: [123456, 654321, 012345], kind: subscriber) { id } }`,
	`mutation { delete_users_from_workspace (workspace_id: 12345678, user_ids: [123456, 654321, 012345]) { id } }`,
	`query { teams { name picture_url users { created_at phone } } }`,
	`mutation { create_team( input: { name: "New team" is_guest_team: false subscriber_ids: [ 1234567890 9876543210 ] } options: { allow_empty_team: false } ) { id } }`,
	`mutation { add_teams_to_board( board_id: 1234567890 kind: owner team_ids: [ 654321 123456 ] ) { id } }`,
	`mutation { add_users_to_team( team_id: 7654321 user_ids: [ 123456 654321 012345 ] ) { successful_users { name email } failed_users { name email } } }`,
	`mutation { add_teams_to_workspace( workspace_id: 1234567 kind: owner team_ids: [ 123456 654321 012345 ] ) { id } }`,
	`mutation { assign_team_owners( user_ids: [654321, 123456] team_id: 24681012 ) { errors { message code user_id } team { owners { id } } } }`,
	`mutation { remove_team_owners( user_ids: [ 654321 123456 ] team_id: 9876543210 ) { errors { message code user_id } team { owners { id } } } }`,
	`mutation { remove_team_owners (user_ids: [654321, 123456], team_id: 24681012) { errors { message code user_id } team { owners { id }}}}`,
	`mutation { remove_users_from_team( team_id: 7654321 user_ids: [ 123456 654321 12345 ] ) { successful_users { name email } failed_users { name email } } }`,
	`mutation { delete_teams_from_board (board_id: 1234567890, team_ids: [123456, 654321, 012345]) { id } }`,
	`mutation { delete_teams_from_workspace( workspace_id: 1234567 team_ids: [ 123456 654321 12345 ] ) { id } }`,
}

// TestDocumentedExamples pastes them into the sandbox, twice: what is so already is no error.
func TestDocumentedExamples(t *testing.T) {
	t.Parallel()
	p := dev(t)
	for round := range 2 {
		for _, query := range documented {
			a := p.ask(t, "dev-admin", query)
			switch {
			case strings.Contains(query, "errors {"):
				if !strings.Contains(a.text, `"errors":[]`) && !strings.Contains(a.text, `"errors":null`) {
					t.Errorf("round %d: %s: %s", round, query, a.text)
				}
			case strings.Contains(query, "failed_users"):
				if round == 0 && !strings.Contains(a.text, `"failed_users":[]`) {
					t.Errorf("round %d: %s: %s", round, query, a.text)
				}
			case strings.Contains(a.text, `":[]`):
				t.Errorf("round %d: %s finds nothing: %s", round, query, a.text)
			}
		}
	}
}

// TestDocumentedDelete: what is gone says so.
func TestDocumentedDelete(t *testing.T) {
	t.Parallel()
	p := dev(t)
	query := `mutation { delete_team (team_id: 1234567890) { id } }`
	if a := p.ask(t, "dev-admin", query); !strings.Contains(a.text, `{"delete_team":{"id":"1234567890"}}`) {
		t.Error(a.text)
	}
	a, err := post(http.DefaultClient, p.url, "dev-admin", query)
	if err != nil || a.status != 200 || len(a.Errors) != 1 {
		t.Errorf("%+v %v", a, err)
	}
}
