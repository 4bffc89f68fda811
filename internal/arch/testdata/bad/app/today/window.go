package today

import _ "fyne.io/fyne/v2/app"
import _ "fyne.io/fyne/v2"
