package clock

import _ "feltbok/internal/domain"
