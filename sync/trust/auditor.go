package trust

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// AllowedSigners writes the file of that name for `ssh-keygen -Y verify`, with which anybody checks our signatures without
// Feltbok (security.md 6.4). The authorities count as long as the root that vouches for them.
func (t *Trust) AllowedSigners() string {
	const stamp = "20060102150405Z"
	root := t.Root()
	var lines strings.Builder
	for _, ca := range t.certificateAuthorities() {
		for _, who := range []struct{ principal, namespaces string }{
			{prefixDevice + "*", NamespaceBundle},
			{prefixUser + "*", NamespaceBundle + "," + NamespaceSignoff},
			{prefixHQ + "*", NamespaceReceipt + "," + NamespaceGrant},
		} {
			fmt.Fprintf(&lines, "%s cert-authority,namespaces=%q,valid-after=%q,valid-before=%q %s\n",
				who.principal, who.namespaces, root.Issued.Format(stamp), root.Expires.Format(stamp), ca)
		}
	}
	return lines.String()
}

func (t *Trust) certificateAuthorities() []string {
	if t.directory.value == nil {
		return nil
	}
	return t.directory.value.CA
}

// Codes of a key revocation list (OpenSSH PROTOCOL.krl).
const (
	krlMagic        = "SSHKRL\n\x00"
	krlCertificates = 1
	krlSerialList   = 0x20
)

// RevokedAt writes the key revocation list for `ssh-keygen -Y verify -r`: the serials of all missions whose cut-off lies
// before the moment, which is the one handed to -Overify-time. It is an empty list when there are none.
func (t *Trust) RevokedAt(at time.Time) []byte {
	var serials []uint64
	for _, mission := range t.missions {
		for _, entry := range mission.value.Revoked {
			if at.After(entry.Cut) {
				serials = append(serials, entry.Serial)
			}
		}
	}
	slices.Sort(serials)
	serials = slices.Compact(serials)

	list := binary.BigEndian.AppendUint32([]byte(krlMagic), 1)
	list = binary.BigEndian.AppendUint64(list, 1)                 // version of the list
	list = binary.BigEndian.AppendUint64(list, uint64(at.Unix())) // made at
	list = binary.BigEndian.AppendUint64(list, 0)                 // flags
	list = append(list, ssh.Marshal(struct{ Reserved, Comment string }{})...)
	if len(serials) == 0 {
		return list
	}
	var numbers []byte
	for _, serial := range serials {
		numbers = binary.BigEndian.AppendUint64(numbers, serial)
	}
	for _, authority := range t.authorities {
		section := ssh.Marshal(struct {
			CA       []byte
			Reserved string
			Kind     byte
			Numbers  []byte
		}{authority, "", krlSerialList, numbers})
		list = append(list, krlCertificates)
		list = append(list, ssh.Marshal(struct{ Section []byte }{section})...)
	}
	return list
}
