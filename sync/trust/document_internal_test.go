package trust

import (
	"strings"
	"testing"

	"filippo.io/age"
)

// TestCheckRecipient_Remembered: that a recipient was found good once makes no other spelling of it good.
func TestCheckRecipient_Remembered(t *testing.T) {
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	good := identity.Recipient().String()
	for range 2 {
		if err := checkRecipient(good); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{strings.ToUpper(good), good + " ", good[:len(good)-1], "", strings.Replace(good, "age1pq1", "age1pq2", 1)} {
			if checkRecipient(bad) == nil {
				t.Errorf("%.20q… is taken", bad)
			}
		}
	}
	before := len(parsed.sums)
	for i := range mostParsed + 1 {
		parsed.add([32]byte{byte(i), byte(i >> 8), byte(i >> 16), 1})
	}
	if n := len(parsed.sums); n > mostParsed || before > n {
		t.Errorf("%d recipients are remembered", n)
	}
	if err := checkRecipient(good); err != nil {
		t.Error(err)
	}
}
