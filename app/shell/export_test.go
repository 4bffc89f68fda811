package shell

// SweptAfter is how long after a lock the last sweep has been.
const SweptAfter = keptFor + 2*looksEach
