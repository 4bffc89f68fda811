package register_test

import (
	"os"
	"testing"

	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/store/crashdisk"
)

// A disk that is full or broken at any call of a travel lock leaves the register open as it was, or the vault under travel
// lock as a whole; at any call of a release it leaves the vault locked or released. In each case the code opens it and
// nothing is missing.
func TestDiskFault_AtEveryCallOfATravelLock(t *testing.T) {
	for _, disk := range diskFaults {
		t.Run(disk.name, func(t *testing.T) {
			h := mustHistory(t, powerSeed)
			h.save()
			failures := 0
			fail := func(at int, run func() error) (reached bool, err error) {
				failure := disk.failure
				failure.At = at
				h.disk.Fail(failure)
				err = run()
				reached = h.disk.Calls() >= at
				h.disk.Fail(crashdisk.Failure{})
				if err != nil {
					failures++
					if code := fault.Code(err); code != disk.code {
						t.Errorf("call %d: %v, want %s", at, err, disk.code)
					}
				}
				return reached, err
			}
			reopen := func(at int, want string) {
				_, r, found, err := h.who.open(h.dir)
				if h.must(err); found != want && want != "any" {
					t.Errorf("call %d: vault was found %q, want %q", at, found, want)
				}
				h.register = r
				h.mustAgree()
			}
			for at, more := 1, true; more; {
				before := h.mustState()
				reached, _ := fail(at, func() error { return h.register.TravelLock(background, h.who.code) })
				if h.register.Identity() != nil { // failed before the commit
					if h.mustState() != before {
						t.Errorf("call %d: the register changed", at)
					}
					h.save()
				} else {
					reopen(at, foundTravel)
				}
				h.must(h.register.TravelLock(background, h.who.code))
				released, err := fail(at, func() error { return register.Release(background, h.dir, h.who.code) })
				if err == nil {
					reopen(at, foundUsual)
				} else {
					reopen(at, "any")
				}
				h.save()
				more = reached || released
				if at++; os.Getenv(powerCutsVariable) == "" {
					at += at
				}
			}
			if failures == 0 {
				t.Error("no call failed")
			}
			h.end()
		})
	}
}
