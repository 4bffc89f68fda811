package ui

// Check calls f with the secret as it is typed so far, to judge it. f must neither keep nor change the bytes.
func (e *SecretEntry) Check(f func(secret []byte)) { f(e.secret) }
