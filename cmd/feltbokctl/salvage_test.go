package main

import (
	"database/sql"
	"errors"

	"github.com/rogpeppe/go-internal/testscript"
)

// spoil VAULT: overwrites the sealed body of the newest object of the compartment case, as a bad sector does.
func spoil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: spoil VAULT")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	result, err := db.Exec("UPDATE object SET body=zeroblob(300) WHERE rowid=(SELECT max(rowid) FROM object WHERE compartment=2)")
	if err == nil {
		if n, _ := result.RowsAffected(); n != 1 {
			err = errors.New("no object to spoil")
		}
	}
	ts.Check(errors.Join(err, db.Close()))
}
