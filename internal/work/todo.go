package work

var errTodo = &Error{Code: CodeInternal, Msg: "Not there yet"}
