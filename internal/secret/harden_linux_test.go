package secret_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"feltbok/internal/secret"
)

// TestHarden runs itself again, since what Harden does cannot be taken back.
func TestHarden(t *testing.T) {
	if os.Getenv("FELTBOK_HARDENED") != "" {
		secret.Harden()
		dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
		if dumpable != 0 || err != nil {
			t.Fatalf("the process is dumpable (%d, %v)", dumpable, err)
		}
		var limit unix.Rlimit
		if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil || limit.Cur != 0 || limit.Max != 0 {
			t.Fatalf("core files may have %d of %d bytes (%v)", limit.Cur, limit.Max, err)
		}
		deep()
		return
	}
	command := exec.Command(os.Args[0], "-test.run=^TestHarden$")
	command.Env = append(os.Environ(), "FELTBOK_HARDENED=1")
	out, err := command.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "broken on purpose") {
		t.Fatalf("the child did not panic: %v\n%s", err, out)
	}
	for _, trace := range []string{"goroutine ", "secret_test.deep", "0x"} {
		if strings.Contains(string(out), trace) {
			t.Errorf("the panic printed %q:\n%s", trace, out)
		}
	}
}

//go:noinline
func deep() {
	go func() { panic("broken on purpose") }() // on a goroutine of its own, so that the test's own recovery prints nothing
	select {}
}
