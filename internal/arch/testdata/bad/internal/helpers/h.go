// Package helpers is named after nothing.
package helpers
