package workspace_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/uuid"
	"golang.org/x/crypto/argon2"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/secret"
	"feltbok/internal/store"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
)

// memoryVariable names the folder on which a second process of this test program works while the first one looks into its
// memory. So nothing of what is looked for is in that process but what it got there by its work.
const memoryVariable = "FELTBOK_MEMORY_CHILD"

// plainVariable, when set, has the second process end with two collections only, to compare.
const plainVariable = "FELTBOK_MEMORY_PLAIN"

func init() {
	if dir := os.Getenv(memoryVariable); dir != "" {
		if err := workAndLock(dir); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// workAndLock is the other process: it gets passphrase and canary over standard input, works with the workspace, locks it
// as the window does, and waits for a look into its memory before and after.
func workAndLock(dir string) error {
	in := [512]byte{}
	n, err := os.Stdin.Read(in[:]) // no buffered reader: its buffer would keep both
	if err != nil {
		return err
	}
	end := bytes.IndexByte(in[:n], '\n')
	ended := make(chan error)
	go func() { ended <- work(dir, in[:end], in[end+1:n]) }() // the window unlocks on a goroutine of its own too
	if err := <-ended; err != nil {
		return err
	}
	clear(in[:])
	if os.Getenv(plainVariable) != "" {
		runtime.GC()
		runtime.GC()
		debug.FreeOSMemory()
	} else {
		secret.Sweep()
	}
	return pause("locked")
}

// pause says how far the work is and waits for a byte.
func pause(stage string) error {
	fmt.Println(stage)
	_, err := os.Stdin.Read(make([]byte, 1))
	return err
}

func work(dir string, passphrase, canary []byte) error {
	ctx := context.Background()
	info, err := workspace.Peek(dir)
	if err != nil {
		return err
	}
	ws, err := workspace.Unlock(ctx, dir, info.Users[0].Slot, passphrase, workspace.Options{})
	clear(passphrase)
	if err != nil {
		return err
	}
	cases, err := ws.Cases(ctx)
	if err != nil || len(cases) != 1 {
		return fmt.Errorf("%d cases: %w", len(cases), err)
	}
	persons, err := ws.Objects(ctx, "person", cases[0].ID)
	if err != nil {
		return err
	}
	typed := string(canary)
	clear(canary)
	target := workspace.Target{Type: "person", ID: persons[0].ID(), Case: cases[0].ID}
	if _, err := ws.Set(ctx, target, map[string]domain.Answer{"birth_place": text(typed)}); err != nil {
		return err
	}
	if file, err := ws.OpenCase(ctx, cases[0].ID, workspace.Everything...); err != nil || file.Person(persons[0].ID()).Text("birth_place") != typed {
		return errors.Join(errors.New("the canary was not read back"), err)
	}
	if _, err := ws.Search(ctx, typed, 5); err != nil {
		return err
	}
	id, err := ws.NewestDraft(ctx)
	if err != nil {
		return err
	}
	session, err := ws.Interview(ctx, id)
	if err != nil {
		return err
	}
	section, path, err := wordsOf(session)
	if err != nil {
		return err
	}
	if _, err := session.Set(ctx, section, path, text(typed)); err != nil {
		return err
	}
	if err := pause("open"); err != nil {
		return err
	}
	return ws.Close()
}

// wordsOf finds a question that is answered by words.
func wordsOf(session *workspace.InterviewSession) (section int, path form.Path, err error) {
	for i, at := range session.Sections() {
		for _, item := range at.Set.Flat() {
			path := form.Path{Name: item.Name}
			if item.Repeat == "" && (item.Kind == form.Text || item.Kind == form.LongText) && session.Instance(i).Visible(path) {
				return i, path, nil
			}
		}
	}
	return 0, path, errors.New("no question for words")
}

// needle is one secret to look for.
type needle struct {
	class string
	bytes []byte
}

// needles opens the sealed file by its formats and lists every secret that a process may have when its user works.
func needles(t *testing.T, dir string, passphrase, canary []byte) (all []needle) {
	t.Helper()
	add := func(class string, secret []byte) { all = append(all, needle{class, bytes.Clone(secret)}) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	engine, err := store.Open(t.Context(), dir)
	must(err)
	defer engine.Close()
	must(engine.View(t.Context(), func(reader store.Reader) error {
		content, mac, err := reader.Header()
		must(err)
		header, err := vault.ParseHeader(content)
		must(err)
		slot := header.Slots[0]
		identity, err := slot.Open(header.Vault, passphrase)
		must(err)
		add("passphrase", passphrase)
		spent := slot.KDF.Spent()
		add("slot key", argon2.IDKey(passphrase, slot.Salt[:], spent.Time, spent.MemoryKiB, spent.Threads, 32))
		add("identity text", []byte(identity.Age.String()))
		add("identity text", []byte(hex.EncodeToString(identity.Sign.Seed())))
		add("signing seed", identity.Sign.Seed())
		first, err := header.OpenFirstRing(slot.ID, identity.Age, content, mac)
		must(err)
		for _, entry := range header.Rings {
			if !entry.Reads(slot.ID) {
				continue
			}
			key := first
			if entry.Ring != domain.RingOpen {
				key, err = header.OpenRing(entry, age.Identity(identity.Age))
				must(err)
			}
			add("ring key", key[:])
			keys := vault.DeriveRingKeys(&key, header.Vault, entry.Ring)
			add("derived key", keys.Wrap[:])
			add("derived key", keys.MAC[:])
			for row, err := range reader.DataKeys(entry.Ring) {
				must(err)
				data, err := vault.OpenDataKey(&keys.Wrap, header.Vault, entry.Ring, entry.ID, vault.KeyID(row.ID), row.Wrapped)
				must(err)
				if data.ID != vault.SystemKeyID(entry.Ring) {
					add("data key", data.Key[:])
					continue
				}
				add("system key", data.Key[:])
				system := vault.DeriveSystemKeys(&data.Key, header.Vault, entry.Ring)
				for _, derived := range []vault.Key{system.Head, system.Name, system.State, system.System} {
					add("derived key", derived[:])
				}
			}
		}
		return nil
	}))
	add("canary", canary)
	return all
}

// found counts the needles of each class in every writable mapping of a process.
func found(t *testing.T, process int, all []needle) map[string]int {
	t.Helper()
	mappings, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", process))
	if err != nil {
		t.Fatal(err)
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", process))
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	counts, seen := map[string]int{}, int64(0)
	const overlap = 4096 // longer than any needle
	buffer := make([]byte, 4<<20+overlap)
	for line := range strings.Lines(string(mappings)) {
		var from, to int64
		var rights string
		if n, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); err != nil || n != 3 || !strings.HasPrefix(rights, "rw") {
			continue
		}
		kept := 0 // bytes of the chunk before, so that nothing at its end is missed
		for at := from; at < to; {
			n, err := memory.ReadAt(buffer[kept:min(int64(len(buffer)), int64(kept)+to-at)], at)
			if n == 0 {
				_ = err // a mapping that cannot be read, such as those of devices
				break
			}
			at += int64(n)
			seen += int64(n)
			chunk := buffer[:kept+n]
			for _, one := range all {
				for rest, begin := chunk, 0; ; {
					i := bytes.Index(rest, one.bytes)
					if i < 0 {
						break
					}
					if begin+i+len(one.bytes) > kept { // else counted with the chunk before
						counts[one.class]++
					}
					rest, begin = rest[i+1:], begin+i+1
				}
			}
			kept = copy(buffer, chunk[max(len(chunk)-overlap, 0):])
		}
	}
	if seen < 1<<20 {
		t.Fatalf("only %d bytes of the process could be read", seen)
	}
	return counts
}

// TestMemory_AfterLock looks into the memory of a process that has worked with a workspace and locked it (security.md 4.7,
// 16). docs/measurements/memory.md has the figures, and what the bounds below cannot promise.
func TestMemory_AfterLock(t *testing.T) {
	// On a busy machine one process in a hundred still has a key (docs/measurements/memory.md); two in a row are a fault.
	over := afterLock(t)
	if len(over) > 0 {
		t.Logf("searched once more, for %q", over)
		over = afterLock(t)
	}
	for _, found := range over {
		t.Error(found)
	}
}

// afterLock searches one process, open and locked, and returns what is left after lock beyond its bound.
func afterLock(t *testing.T) (over []string) {
	t.Helper()
	m := mustLaptop(t)
	caseID, person := mustCase(t, m)
	canary := []byte("Kanarifugl " + uuid.NewString())
	if _, err := m.ws.StartInterview(t.Context(), caseID, person, "individual_adult"); err != nil {
		t.Fatal(err)
	}
	// A passphrase of its own: the others stand in the test program's own data.
	words := []byte(vault.NewPassphrase("nb", 0))
	if err := m.ws.Register().ChangePassphrase(t.Context(), slices.Clone(passphrase), words, vault.TestKDF); err != nil {
		t.Fatal(err)
	}
	m.lock(t)
	all := needles(t, m.dir, words, canary)

	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), memoryVariable+"="+m.dir)
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { child.Process.Kill(); child.Wait() }()
	lines := bufio.NewReader(out)
	await := func(want string) {
		t.Helper()
		if line, err := lines.ReadString('\n'); line != want+"\n" {
			rest, _ := io.ReadAll(lines)
			t.Fatalf("the other process says %q (%v), want %q\n%s", line, err, want, rest)
		}
	}
	if _, err := in.Write(slices.Concat(words, []byte{'\n'}, canary)); err != nil {
		t.Fatal(err)
	}
	await("open")
	open := found(t, child.Process.Pid, all)
	in.Write([]byte{1})
	await("locked")
	locked := found(t, child.Process.Pid, all)
	in.Write([]byte{1})

	number := map[string]int{}
	for _, one := range all {
		number[one.class]++
	}
	t.Logf("runtime/secret: %v", secret.Available)
	for _, class := range slices.Sorted(maps.Keys(number)) {
		t.Logf("%-14s %3d different, %3d copies while open, %3d after lock", class, number[class], open[class], locked[class])
	}
	for _, class := range []string{"ring key", "data key", "canary"} { // the search itself must be able to find
		if open[class] == 0 {
			t.Errorf("no %s is found while the workspace is open", class)
		}
	}
	if os.Getenv(plainVariable) != "" {
		return nil
	}
	bounds := map[string]int{"canary": 2, "identity text": 2} // text passes through many hands; of keys nothing may be left
	for class, copies := range locked {
		if copies > bounds[class] {
			over = append(over, fmt.Sprintf("%d copies of the %s are in memory after lock, at most %d may be", copies, class, bounds[class]))
		}
	}
	return over
}
