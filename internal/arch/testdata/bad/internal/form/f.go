// Package form imports a package of its own room.
package form

import _ "feltbok/internal/form/expr"
