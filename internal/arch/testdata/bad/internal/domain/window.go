package domain

import _ "fyne.io/fyne/v2"
