package store

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// saving makes the statement for a transaction that appends one operation and puts two system values. Beginning and
// committing one around two statements costs a twentieth of the whole save, most of which is the disk.
const saving = `
CREATE TEMP VIEW saving(seq, compartment, row_id, head, body, ring, name, value, ring_2, name_2, value_2) AS SELECT 0,0,0,0,0,0,0,0,0,0,0;
CREATE TEMP TRIGGER save INSTEAD OF INSERT ON saving BEGIN
  INSERT INTO operation(seq, compartment, row_id, head, body) VALUES(NEW.seq, NEW.compartment, NEW.row_id, NEW.head, NEW.body);
  INSERT INTO system_value(ring, name, value) VALUES(NEW.ring, NEW.name, NEW.value), (NEW.ring_2, NEW.name_2, NEW.value_2)
    ON CONFLICT(ring, name) DO UPDATE SET value=excluded.value;
END;
`

// saver is that statement, prepared by the driver itself: what database/sql does around a statement for programs with many
// connections is a good part of what a save costs beside the disk.
type saver struct {
	statement driver.Stmt
	values    [11]driver.NamedValue
}

// saveOne runs the statement, which is a transaction of its own.
func (e *SQLite) saveOne(o *Operation, a, b *SystemValue) error {
	return e.conn.Raw(func(connection any) error {
		s := &e.saver
		if s.statement == nil {
			preparer, ok := connection.(driver.ConnPrepareContext)
			if !ok {
				return fmt.Errorf("driver of SQLite prepares nothing: %T", connection)
			}
			statement, err := preparer.PrepareContext(context.Background(), "INSERT INTO saving VALUES(?,?,?,?,?,?,?,?,?,?,?)")
			if err != nil {
				return err
			}
			s.statement = statement
		}
		for i, value := range [...]driver.Value{
			o.Seq, int64(o.Compartment), o.Row[:], o.Head, present(o.Body), int64(a.Ring), a.Name, a.Value, int64(b.Ring), b.Name, b.Value,
		} {
			s.values[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
		}
		defer clear(s.values[:])
		statement, ok := s.statement.(driver.StmtExecContext)
		if !ok {
			return fmt.Errorf("driver of SQLite executes nothing: %T", s.statement)
		}
		_, err := statement.ExecContext(context.Background(), s.values[:]) // never interrupted halfway, see [SQLite.statement]
		return err
	})
}

// closeSaver gives the statement back, without which SQLite would not let go of the file.
func (e *SQLite) closeSaver() error {
	if e.saver.statement == nil {
		return nil
	}
	statement := e.saver.statement
	e.saver.statement = nil
	return e.conn.Raw(func(any) error { return statement.Close() })
}
