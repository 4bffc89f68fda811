// Package types is named after nothing.
package types
