// Package match looks up.
package match

import _ "feltbok/internal/codelist"
