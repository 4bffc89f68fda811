package vault

import (
	"bytes"
	"compress/zlib"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	agevectors "c2sp.org/CCTV/age"
	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/c2sp/wycheproof"
	"golang.org/x/crypto/chacha20poly1305"
)

// hexBytes reads the hex texts of Wycheproof.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

// mustWycheproof calls each for every test of a file and returns how many there were.
func mustWycheproof[Group any](t *testing.T, file string, each func(Group)) {
	t.Helper()
	content, err := fs.ReadFile(wycheproof.TestVectors, file)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		TestGroups []Group `json:"testGroups"`
	}
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	for _, group := range all.TestGroups {
		each(group)
	}
}

func TestWycheproof_XChaCha20Poly1305(t *testing.T) {
	type group struct {
		NonceBits int `json:"ivSize"`
		Tests     []struct {
			ID                         int `json:"tcId"`
			Key, IV, AAD, Msg, Ct, Tag hexBytes
			Result                     string
		}
	}
	count := 0
	mustWycheproof(t, "xchacha20_poly1305_test.json", func(g group) {
		for _, tt := range g.Tests {
			count++
			aead, err := chacha20poly1305.NewX(tt.Key)
			if err != nil || len(tt.IV) != nonceSize {
				if tt.Result != "invalid" {
					t.Errorf("case %d: refused, want %s", tt.ID, tt.Result)
				}
				continue
			}
			sealed := append(bytes.Clone(tt.Ct), tt.Tag...)
			plain, err := aead.Open(nil, tt.IV, sealed, tt.AAD)
			if (err == nil) != (tt.Result == "valid") || (err == nil && !bytes.Equal(plain, tt.Msg)) {
				t.Errorf("case %d: got %v, want %s", tt.ID, err, tt.Result)
			}
			if tt.Result == "valid" && !bytes.Equal(aead.Seal(nil, tt.IV, tt.Msg, tt.AAD), sealed) {
				t.Errorf("case %d: sealing gives other bytes", tt.ID)
			}
		}
	})
	if count < 300 {
		t.Errorf("only %d cases", count)
	}
}

func TestWycheproof_Ed25519(t *testing.T) {
	type group struct {
		PublicKey struct{ PK hexBytes } `json:"publicKey"`
		Tests     []struct {
			ID       int `json:"tcId"`
			Msg, Sig hexBytes
			Result   string
		}
	}
	count := 0
	mustWycheproof(t, "ed25519_test.json", func(g group) {
		for _, tt := range g.Tests {
			count++
			if got := ed25519.Verify(ed25519.PublicKey(g.PublicKey.PK), tt.Msg, tt.Sig); got != (tt.Result == "valid") {
				t.Errorf("case %d: got %v, want %s", tt.ID, got, tt.Result)
			}
		}
	})
	if count < 140 {
		t.Errorf("only %d cases", count)
	}
}

func TestWycheproof_HKDF(t *testing.T) {
	type group struct {
		Tests []struct {
			ID                   int `json:"tcId"`
			IKM, Salt, Info, OKM hexBytes
			Size                 int
			Result               string
		}
	}
	count := 0
	mustWycheproof(t, "hkdf_sha256_test.json", func(g group) {
		for _, tt := range g.Tests {
			count++
			out, err := hkdf.Key(sha256.New, tt.IKM, tt.Salt, string(tt.Info), tt.Size)
			if (err == nil) != (tt.Result == "valid") || (err == nil && !bytes.Equal(out, tt.OKM)) {
				t.Errorf("case %d: got %v, want %s", tt.ID, err, tt.Result)
			}
		}
	})
	if count < 80 {
		t.Errorf("only %d cases", count)
	}
}

// ageVector is one file of the age test kit: header lines, a blank line, the file.
type ageVector struct {
	expect     string
	payload    string // hex SHA-256
	identities []age.Identity
	armored    bool
	file       []byte
}

func parseAgeVector(content []byte) (v ageVector, err error) {
	compressed := false
	v.file = content
	for {
		line, rest, ok := bytes.Cut(v.file, []byte("\n"))
		if !ok {
			return v, errors.New("no blank line")
		}
		if v.file = rest; len(line) == 0 {
			break
		}
		name, value, _ := strings.Cut(string(line), ": ")
		var identity age.Identity
		switch name {
		case "expect":
			v.expect = value
		case "payload":
			v.payload = value
		case "identity":
			if identity, err = age.ParseX25519Identity(value); err != nil {
				identity, err = age.ParseHybridIdentity(value)
			}
		case "passphrase":
			identity, err = age.NewScryptIdentity(value)
		case "armored":
			v.armored = true
		case "compressed":
			compressed = true
		}
		if err != nil {
			return v, err
		}
		if identity != nil {
			v.identities = append(v.identities, identity)
		}
	}
	if compressed {
		r, err := zlib.NewReader(bytes.NewReader(v.file))
		if err != nil {
			return v, err
		}
		if v.file, err = io.ReadAll(r); err != nil {
			return v, err
		}
	}
	return v, nil
}

// The outcome must be of the expected class: a payload for success and only then, no reader for "no match", and another
// error before or in the payload for the rest.
func TestAgeVectors(t *testing.T) {
	files, err := fs.ReadDir(agevectors.Vectors, ".")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, file := range files {
		content, err := fs.ReadFile(agevectors.Vectors, file.Name())
		if err != nil {
			t.Fatal(err)
		}
		v, err := parseAgeVector(content)
		if err != nil {
			t.Fatalf("%s: %v", file.Name(), err)
		}
		count++
		t.Run(file.Name(), func(t *testing.T) {
			var in io.Reader = bytes.NewReader(v.file)
			if v.armored {
				in = armor.NewReader(in)
			}
			payload, err := decryptAll(in, v.identities)
			var none *age.NoIdentityMatchError
			switch v.expect {
			case "success":
				if sum := sha256.Sum256(payload); err != nil || hex.EncodeToString(sum[:]) != v.payload {
					t.Errorf("got %v, sum %x", err, sum)
				}
			case "no match":
				if !errors.As(err, &none) {
					t.Errorf("got %v", err)
				}
			case "HMAC failure", "header failure", "armor failure", "payload failure":
				if err == nil || errors.As(err, &none) {
					t.Errorf("got %v, want %s", err, v.expect)
				}
			default:
				t.Errorf("unknown expectation %q", v.expect)
			}
		})
	}
	if count < 100 {
		t.Errorf("only %d files", count)
	}
}

func decryptAll(in io.Reader, identities []age.Identity) ([]byte, error) {
	r, err := age.Decrypt(in, identities...)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
