package domain

import _ "fyne.io/fyne/v2"
import _ "feltbok/internal/workspace"
import _ "log"
