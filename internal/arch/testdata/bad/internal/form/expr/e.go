// Package expr is in the room of form, which imports it.
package expr
