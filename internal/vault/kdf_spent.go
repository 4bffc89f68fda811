//go:build !ci

package vault

// Spent is what a passphrase really costs: exactly what its slot says.
func (k KDF) Spent() KDF { return k }
