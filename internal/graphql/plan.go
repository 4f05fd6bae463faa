package graphql

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// program is what was learned from a document that was parsed and found valid: everything about the
// chosen operation that does not depend on literals and variables.
type program struct {
	key    string
	schema *schema
	kind   ast.Operation
	name   string
	vars   []variable
	index  map[string]int // of vars
	slots  []slot
	equal  [][2]int // literals that must be the same
	// conditions are the variables of @skip and @include. Where there are none, plan is the only plan;
	// else there is one for each way they can turn out, compiled from doc when it first does.
	conditions []int
	plan       *plan
	doc        *document
	op         *ast.OperationDefinition
	bytes      int
}

// slot says what a literal is to be.
type slot struct {
	used  bool
	named *inNamed // nil within a custom scalar's lists and objects
}

// plan is a tree of instructions.
type plan struct {
	root    *objectPlan
	objects []*objectPlan // children before parents
	argsets []argset
	scopes  []string
	dynamic bool // the cost depends on arguments
	nodes   int
}

// objectPlan is a selection on one object type.
type objectPlan struct {
	id    int
	name  string
	steps []step // what encoding reads of each node, close together
	nodes []node
	// pre counts the nodes that are resolved level by level before anything is encoded.
	pre int
	// canonical is the selection's text when its encoding may be kept; see memo.go.
	canonical string
	memo      *selectionIdentity // nil when encodings in lists are not kept
	cost      int
	dynamic   bool
	scoped    bool // a field of it, or below, asks for a right
}

// step is what is done for every node.
type step struct {
	key []byte // `{"alias":` or `,"alias":`
	// append is set where nothing stands between the object and its JSON.
	append func(dst []byte, obj any) []byte
}

// node is one field of a selection.
type node struct {
	field  *field
	alias  string
	tokens []int
	args   int // index into argsets; -1 without
	scope  int // index into scopes; -1 without

	single *objectPlan            // the selection, where the type is an object type
	types  map[string]*objectPlan // the selections, where it is an interface or union

	pre  int  // index among the object's prefetched nodes; -1 when it is resolved as it is encoded
	deep bool // fields below are prefetched

	memo *selectionIdentity // nil when encodings are not kept
	// passing: the object is made for one request, so that an encoding can be kept only as part of another.
	passing bool
	scoped  bool // the field, or one below, asks for a right
}

// argset is the arguments of one field in the document.
type argset struct {
	field  *field
	values []*valueNode // by definition; nil where the document gives none
	tokens []int        // of the values
	static bool         // nothing in it changes from run to run
	// variables says that there are some; only they can make the values invalid at run.
	variables bool
	args      Args
}

// argumentError is what variables made wrong with an argument.
type argumentError struct {
	problem
	token int
}

// eval makes the arguments. A variable that was not given counts as no argument.
func (a *argset) eval(env *environment, values []any, given []bool) (Args, error) {
	var failed error
	for i := range a.field.args {
		def := &a.field.args[i]
		var v any
		var present bool
		if a.values[i] != nil {
			var err error
			if v, present, err = a.values[i].eval(env); err != nil {
				failed = &argumentError{problem(fmt.Sprintf("Argument %q has invalid value; %s", def.name, err)), a.tokens[i]}
			}
		}
		if !present && def.hasDefault {
			v, present = def.def, true
		}
		if v == nil && def.typ.nonNull {
			failed = &argumentError{problem(fmt.Sprintf("Argument %q of non-null type %q must not be null.", def.name, def.typ.str)), a.tokens[i]}
		}
		values[i], given[i] = v, present
	}
	return Args{names: a.field.argNames, values: values, given: given}, failed
}
