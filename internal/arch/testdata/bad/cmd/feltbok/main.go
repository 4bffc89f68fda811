// Command feltbok may start the window system.
package main

import _ "fyne.io/fyne/v2/app"
import _ "fmt"
