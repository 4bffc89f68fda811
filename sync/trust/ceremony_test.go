package trust_test

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"feltbok/sync/trust"
)

// holder is the folder of somebody with one root key.
func holder(key ed25519.PrivateKey) *trust.Keys { return &trust.Keys{Root: key} }

// step drafts the move from 1-of-1 to 2-of-3, with the directory under the new root.
func step(w *world) (docs []trust.Document, fresh []ed25519.PrivateKey) {
	var public []string
	for range 3 {
		key := w.private()
		fresh, public = append(fresh, key), append(public, publicText(key))
	}
	root := must(w.trust.NextRoot(public, 2, now))
	directory := must(w.trust.NextDirectory(now, nil))
	return trust.Succeed([]trust.Document{w.rootDoc, w.directoryDoc}, root, directory), fresh
}

// signingOf finds what is said of one document.
func signingOf(t *testing.T, docs []trust.Document, name string) trust.Signing {
	t.Helper()
	for _, s := range must(trust.Signings(docs)) {
		if s.Document == name {
			return s
		}
	}
	t.Fatalf("nothing is said of %s", name)
	return trust.Signing{}
}

// TestCeremony_OneOfOneToTwoOfThree: security.md 16, "Root 1-of-1 → 2-of-3 by a signed step; one key twice is not two".
func TestCeremony_OneOfOneToTwoOfThree(t *testing.T) {
	w := newWorld(t, 1, false)
	docs, fresh := step(w)
	if names := names(docs); !slices.Equal(names, []string{"root-1.json", "root.json", "directory.json"}) {
		t.Fatalf("draft of %v", names)
	}
	refusedSoFar := func(what string) {
		t.Helper()
		if after, refused := w.trust.Accept(now, docs...); len(refused) == 0 || after.Root().Version != 1 {
			t.Errorf("%s: taken", what)
		}
	}
	refusedSoFar("unsigned")
	for i, who := range []struct {
		keys *trust.Keys
		want []string
	}{
		{holder(fresh[0]), []string{"root.json", "directory.json"}},
		{holder(w.keys.Root), []string{"root.json"}},
		{holder(fresh[2]), []string{"root.json", "directory.json"}},
	} {
		before := docs
		signed, done, err := trust.Countersign(docs, who.keys, now)
		if err != nil || !slices.Equal(done, who.want) {
			t.Fatalf("signature %d: %v, %v", i+1, done, err)
		}
		if !cmp.Equal(before, docs) {
			t.Error("Countersign changed the documents that it was given")
		}
		docs = signed
		if _, _, err := trust.Countersign(docs, who.keys, now); err == nil {
			t.Errorf("signature %d counts twice", i+1)
		} else {
			wantCode(t, err, "T-SIGNED")
		}
		if i < 2 {
			refusedSoFar("too few")
		}
	}
	for _, s := range must(trust.Signings(docs)) {
		if !s.Complete() {
			t.Errorf("incomplete: %+v", s)
		}
	}
	after, refused := w.trust.Accept(now, docs...)
	if len(refused) > 0 || after.Root().Version != 2 || after.Root().Threshold != 2 || after.Directory().Version != 2 {
		t.Fatalf("not taken: %v", refused)
	}
	if trust.Fingerprint(after.FirstRoot()) != trust.Fingerprint(w.rootDoc) {
		t.Error("the fingerprint that was printed is another now")
	}
	if weak := after.Weaknesses(); len(weak) != 1 || weak[0].Kind != trust.WarnSingleRoster {
		t.Errorf("weaknesses %v", weak)
	}
	// The third holder's signature is not needed any more; a stranger's never was.
	_, _, err := trust.Countersign(docs, holder(fresh[1]), now)
	wantCode(t, err, "T-SIGNED")
	_, _, err = trust.Countersign(docs, holder(w.private()), now)
	wantCode(t, err, "T-KEY")
}

func names(docs []trust.Document) (all []string) {
	for _, doc := range docs {
		all = append(all, doc.Name)
	}
	return all
}

// TestCeremony_LostKey: one of three keys is lost; the other two make the next root with a new third one.
func TestCeremony_LostKey(t *testing.T) {
	w := newWorld(t, 1, false)
	docs, fresh := step(w)
	for _, key := range []ed25519.PrivateKey{w.keys.Root, fresh[0], fresh[1]} {
		docs, _, _ = trust.Countersign(docs, holder(key), now)
	}
	second, refused := w.trust.Accept(now, docs...)
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	instead := w.private()
	root := must(second.NextRoot([]string{publicText(fresh[0]), publicText(fresh[1]), publicText(instead)}, 2, now))
	directory := must(second.NextDirectory(now, nil))
	draft := trust.Succeed(second.Documents(), root, directory)
	first, _, err := trust.Countersign(draft, holder(fresh[0]), now)
	if err != nil {
		t.Fatal(err)
	}
	if s := signingOf(t, first, trust.NameRoot); len(s.Needs) != 2 || len(s.Needs[0].Signed) != 1 || len(s.Needs[1].Signed) != 1 {
		t.Errorf("a kept key signs for the old root and for the new one: %+v", s.Needs)
	}
	_, _, err = trust.Countersign(first, holder(w.keys.Root), now)
	wantCode(t, err, "T-KEY") // the key of the first root signs nothing any more
	other, _, err := trust.Countersign(draft, holder(instead), now)
	if err != nil {
		t.Fatal(err)
	}
	// Two of the new keys have signed, only one of the old.
	joined := must(trust.Gathered(first, other))
	if _, refused := second.Accept(now, joined...); len(refused) == 0 {
		t.Error("one of the old keys and a new one make a root")
	}
	apart, _, err := trust.Countersign(draft, holder(fresh[1]), now)
	if err != nil {
		t.Fatal(err)
	}
	third, refused := second.Accept(now, must(trust.Gathered(first, apart))...)
	if len(refused) > 0 || third.Root().Version != 3 || trust.Fingerprint(third.FirstRoot()) != trust.Fingerprint(w.rootDoc) {
		t.Fatalf("not taken: %v", refused)
	}
	// A machine that missed the second root walks over both; one that is handed the third alone does not jump.
	if late, refused := w.trust.Accept(now, third.Documents()...); len(refused) > 0 || late.Root().Version != 3 {
		t.Errorf("late: %v", refused)
	}
	only := third.Documents()[2:]
	if late, refused := w.trust.Accept(now, only...); len(refused) == 0 || late.Root().Version != 1 {
		t.Error("a root was jumped over")
	}
}

func TestGathered(t *testing.T) {
	w := newWorld(t, 1, false)
	docs, fresh := step(w)
	a, _, _ := trust.Countersign(docs, holder(fresh[0]), now)
	b, _, _ := trust.Countersign(docs, holder(fresh[1]), now)
	c, _, _ := trust.Countersign(docs, holder(w.keys.Root), now)
	joined, err := trust.Gathered(a, b, c, a)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(joined[1].Signatures); n != 3 {
		t.Errorf("%d signatures on the root, want three: one for each key", n)
	}
	if _, refused := w.trust.Accept(now, joined...); len(refused) > 0 {
		t.Error(refused)
	}
	altered := slices.Clone(b)
	altered[1].Bytes = bytes.Replace(slices.Clone(b[1].Bytes), []byte(`"threshold":2`), []byte(`"threshold":1`), 1)
	_, err = trust.Gathered(altered)
	wantCode(t, err, "T-SIGNATURE")
	altered[1].Signatures = nil
	_, err = trust.Gathered(a, altered)
	wantCode(t, err, "T-OTHER")
}

func TestSignings_Refuses(t *testing.T) {
	w := newWorld(t, 1, false)
	docs, fresh := step(w)
	signed, _, _ := trust.Countersign(docs, holder(fresh[0]), now)
	swapped := slices.Clone(signed)
	swapped[1].Signatures = signed[2].Signatures
	third := w.root
	third.Version = 3
	for name, c := range map[string]struct {
		docs []trust.Document
		code string
	}{
		"no root":                      {docs[2:], "T-STEP"},
		"no directory":                 {docs[:2], "T-STEP"},
		"a version is left out":        {[]trust.Document{w.rootDoc, must(trust.DraftRoot(third)), w.directoryDoc}, "T-STEP"},
		"the signature of another":     {swapped, "T-SIGNATURE"},
		"not a document":               {append(slices.Clone(docs[:2]), trust.Document{Name: trust.NameDirectory, Bytes: []byte("{}\n")}), "E-DOC"},
		"mission that is no document":  {append(slices.Clone(docs), trust.Document{Name: trust.MissionFile(w.mission), Bytes: []byte("x")}), "E-DOC"},
		"root that is no document":     {append(slices.Clone(docs), trust.Document{Name: "root-7.json", Bytes: []byte("x")}), "E-DOC"},
		"nothing at all":               {nil, "T-STEP"},
		"a signature that is only ink": {append(slices.Clone(docs[:2]), trust.Document{Name: trust.NameDirectory, Bytes: docs[2].Bytes, Signatures: [][]byte{[]byte("ink")}}), "T-SIGNATURE"},
	} {
		_, err := trust.Signings(c.docs)
		if err == nil {
			t.Errorf("%s passes", name)
			continue
		}
		wantCode(t, err, c.code)
	}
	_, _, err := trust.Countersign(docs, holder(fresh[0]), now.AddDate(4, 0, 0))
	wantCode(t, err, "T-EXPIRED")
}

// TestCountersign_TwoPeople: with threshold two an administrator alone enrols nobody, and one person with both keys does not
// either (security.md 8.2).
func TestCountersign_TwoPeople(t *testing.T) {
	w := newWorld(t, 1, false)
	directory := must(w.trust.NextDirectory(now, func(d *trust.Directory) { d.MissionThreshold = 2 }))
	strict, refused := w.trust.Accept(now, must(trust.CoSign(directory, w.keys.Root)))
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	next := w.miss
	next.Version++
	draft := trust.Succeed(strict.Documents(), must(trust.DraftMission(next)))
	_, _, err := trust.Countersign(draft, &trust.Keys{Admin: w.keys.Admin, Content: w.keys.Content}, now)
	wantCode(t, err, "T-PEOPLE")
	once, done, err := trust.Countersign(draft, &trust.Keys{Admin: w.keys.Admin}, now)
	if err != nil || !slices.Equal(done, []string{trust.MissionFile(w.mission)}) {
		t.Fatalf("%v %v", done, err)
	}
	if _, refused := strict.Accept(now, once...); len(refused) == 0 {
		t.Error("an administrator alone enrols")
	}
	twice, _, err := trust.Countersign(once, &trust.Keys{Content: w.keys.Content}, now)
	if err != nil {
		t.Fatal(err)
	}
	if after, refused := strict.Accept(now, twice...); len(refused) > 0 {
		t.Error(refused)
	} else if len(after.Weaknesses()) != 1 {
		t.Errorf("weaknesses %v", after.Weaknesses())
	}
	// In a quick start any one roster key does.
	quick := trust.Succeed(w.trust.Documents(), must(trust.DraftMission(next)))
	if s := signingOf(t, quick, trust.MissionFile(w.mission)); len(s.Needs) != 1 || s.Needs[0].Who != trust.NeedRoster || s.Needs[0].Threshold != 1 {
		t.Errorf("quick start: %+v", s)
	}
}

func TestNext_Refuses(t *testing.T) {
	w := newWorld(t, 1, false)
	a, b := publicText(w.private()), publicText(w.private())
	for name, c := range map[string]struct {
		keys      []string
		threshold int
	}{
		"one key twice":             {[]string{a, a}, 2},
		"more signatures than keys": {[]string{a, b}, 3},
		"no key":                    {nil, 1},
		"threshold zero":            {[]string{a}, 0},
		"ten keys":                  {strings.Split(strings.Repeat(a+"|", 9)+b, "|"), 2},
		"not a key":                 {[]string{a, "ssh-rsa AAAA"}, 2},
	} {
		_, err := w.trust.NextRoot(c.keys, c.threshold, now)
		if err == nil {
			t.Errorf("%s passes", name)
			continue
		}
		wantCode(t, err, "T-THRESHOLD")
	}
	_, err := w.trust.NextDirectory(now, func(d *trust.Directory) { d.RosterKeys = d.RosterKeys[:1]; d.MissionThreshold = 2 })
	wantCode(t, err, "T-THRESHOLD")
	_, err = must(trust.Begin(w.rootDoc)).NextDirectory(now, nil)
	wantCode(t, err, "T-STEP")
	next := must(w.trust.NextDirectory(now, func(d *trust.Directory) { d.CA = append(d.CA, a) }))
	after, refused := w.trust.Accept(now, must(trust.CoSign(next, w.keys.Root)))
	if len(refused) > 0 || len(after.Directory().CA) != 2 || !after.Directory().Expires.Equal(now.AddDate(0, 0, 60)) {
		t.Errorf("%v %+v", refused, after.Directory())
	}
	if len(w.trust.Directory().CA) != 1 {
		t.Error("the directory held was changed")
	}
}
