// Package today is a screen that takes what it must ask for.
package today

import _ "feltbok/internal/store"
import _ "crypto/sha256"
import _ "feltbok/internal/workspace"
