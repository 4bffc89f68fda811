// Package codelist stands above match and may import it.
package codelist

import _ "feltbok/internal/match"
