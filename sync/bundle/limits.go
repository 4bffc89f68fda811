package bundle

import (
	"crypto/rand"
	"encoding/base32"
	"regexp"
	"strings"

	"feltbok/internal/domain"
)

// Limits of security.md 6.2 and 6.3, in bytes unless said otherwise.
const (
	MaxFile       = 256 << 20
	MaxHeader     = 64 << 10 // of an age file, outer or part
	MaxStanzas    = 16       // recipients of an age file
	MaxEntries    = 20_000
	MaxLines      = 2_000_000 // in all parts together
	MaxRaw        = 1 << 30   // of all parts together, unpacked
	MaxRatio      = 200       // unpacked to packed
	MaxChains     = 1024      // in a part
	MaxWitnesses  = 64
	MaxHave       = 64 << 10
	MaxNodes      = 16 // addressees; each has a recipient of its own
	maxManifest   = 1 << 20
	maxSignature  = 16 << 10
	maxDocuments  = 16 << 20 // of all documents together, since they are held in memory
	maxPart       = 128 << 20
	maxPartRaw    = 512 << 20
	maxBlobPlain  = 8 << 20
	maxBlob       = maxBlobPlain + MaxHeader + 16 + (maxBlobPlain/(64<<10)+1)*16 // with age's header, nonce and tags
	smallestTar   = 16384
	tarBlock      = 512
	tarEnd        = 2 * tarBlock
	agePrefix     = "age-encryption.org/v1\n"
	stanzaHybrid  = "mlkem768x25519"
	fileExtension = ".feltbok"
	format        = "feltbok-bundle/1"
)

// Entry names that are not made of parts.
const (
	nameManifest      = "bundle.json"
	nameSignature     = "bundle.json.sig"
	nameUserSignature = "bundle.json.user.sig"
	namePad           = "pad"
)

var entryName = regexp.MustCompile(`^(bundle\.json(\.sig|\.user\.sig)?|doc/[a-z0-9.-]{1,80}\.json(\.sig[1-9]?)?|` +
	`witness/[0-9a-f]{64}\.json(\.sig)?|part/(open|case|special|sealed|orientation|audit)\.age|` +
	`blob/(open|case|special|orientation)/[0-9a-f]{32}\.[0-9]{6}\.age|pad)$`)

// section is the place of an entry in the tar.
type section int

const (
	sectionManifest section = iota
	sectionDocument
	sectionWitness
	sectionPart
	sectionBlob
	sectionPad
)

func sectionOf(name string) section {
	switch head, _, _ := strings.Cut(name, "/"); head {
	case "doc":
		return sectionDocument
	case "witness":
		return sectionWitness
	case "part":
		return sectionPart
	case "blob":
		return sectionBlob
	case namePad:
		return sectionPad
	}
	return sectionManifest
}

// entryLimit gives the greatest size of an entry with a valid name.
func entryLimit(name string) int64 {
	switch sectionOf(name) {
	case sectionManifest:
		if name == nameManifest {
			return maxManifest
		}
		return maxSignature
	case sectionDocument:
		if strings.HasSuffix(name, ".json") {
			return maxDocuments
		}
		return maxSignature
	case sectionWitness:
		if strings.HasSuffix(name, ".json") {
			return maxManifest
		}
		return maxSignature
	case sectionPart:
		return maxPart
	case sectionBlob:
		return maxBlob
	}
	return MaxFile
}

func partName(c domain.Compartment) string { return "part/" + c.String() + ".age" }

// compartmentOf returns the compartment in the name of a part or blob.
func compartmentOf(name string) domain.Compartment {
	name = strings.TrimSuffix(name, ".age")
	fields := strings.Split(name, "/")
	if len(fields) < 2 {
		return 0
	}
	c, _ := domain.ParseCompartment(fields[1])
	return c
}

var crockford = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewFileName returns a name for a bundle that tells nothing: 26 random Crockford characters and ".feltbok".
func NewFileName() string {
	var b [17]byte
	rand.Read(b[:])
	return crockford.EncodeToString(b[:])[:26] + fileExtension
}
