package shell

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// mustBus starts a bus of our own and returns its address.
func mustBus(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("no dbus-daemon here; what a signal means is tested without one")
	}
	bus := exec.Command(program, "--session", "--nofork", "--nosyslog", "--print-address", "--address=unix:path="+filepath.Join(t.TempDir(), "bus"))
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Process.Kill(); bus.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address)
}

func mustConnect(t *testing.T, address string) *dbus.Conn {
	t.Helper()
	bus, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus
}

const ownSession, otherSession = dbus.ObjectPath("/org/freedesktop/login1/session/_37"), dbus.ObjectPath("/org/freedesktop/login1/session/_38")

// logind answers as systemd's does; of each inhibitor it keeps the end that shows when it is let go.
type logind struct {
	held chan *os.File
	kept chan *os.File // the service's own copy of the end that it sends, to be closed once it is sent
}

func (l logind) Inhibit(what, who, _, mode string) (dbus.UnixFD, *dbus.Error) {
	if what != "sleep" || who == "" || mode != "delay" {
		return 0, dbus.MakeFailedError(io.ErrUnexpectedEOF)
	}
	ours, theirs, err := os.Pipe()
	if err != nil {
		return 0, dbus.MakeFailedError(err)
	}
	l.held <- ours
	l.kept <- theirs
	return dbus.UnixFD(theirs.Fd()), nil
}

func (logind) GetSessionByPID(uint32) (dbus.ObjectPath, *dbus.Error) { return ownSession, nil }

// The machine sleeps only after the lock, and what concerns others does not lock.
func TestWatchBuses(t *testing.T) {
	address := mustBus(t)
	login, screen := mustConnect(t, address), mustConnect(t, address)
	service := logind{held: make(chan *os.File, 4), kept: make(chan *os.File, 4)}
	if err := login.Export(service, loginPath, loginManager); err != nil {
		t.Fatal(err)
	}
	if reply, err := login.RequestName(loginService, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
	system, desktop := mustConnect(t, address), mustConnect(t, address)
	locked := make(chan struct{})
	watchBuses(system, desktop, func() { locked <- struct{}{} })
	emit := func(from *dbus.Conn, path dbus.ObjectPath, name string, values ...any) {
		t.Helper()
		if err := from.Emit(path, name, values...); err != nil {
			t.Fatal(err)
		}
	}
	inhibitor := <-service.held
	letGo := make(chan struct{})
	go func() {
		io.Copy(io.Discard, inhibitor) // ends when nobody holds the other end
		close(letGo)
	}()

	emit(login, loginPath, loginManager+".PrepareForSleep", true)
	select {
	case <-letGo:
		t.Fatal("the machine may sleep before the lock")
	case <-locked:
	}
	(<-service.kept).Close()
	<-letGo
	emit(login, loginPath, loginManager+".PrepareForSleep", false)
	(<-service.held).Close() // the next sleep is held back again

	emit(login, otherSession, loginSession+".Lock")
	emit(login, ownSession, loginSession+".Unlock")
	emit(login, "/org/freedesktop/UPower", properties+".PropertiesChanged", powerInterface, map[string]dbus.Variant{"LidIsClosed": dbus.MakeVariant(false)}, []string{})
	emit(login, ownSession, loginSession+".Lock")
	<-locked
	emit(login, "/org/freedesktop/UPower", properties+".PropertiesChanged", powerInterface, map[string]dbus.Variant{"LidIsClosed": dbus.MakeVariant(true)}, []string{})
	<-locked
	emit(screen, "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver.ActiveChanged", false)
	emit(screen, "/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged", true)
	<-locked
	select {
	case <-locked:
		t.Fatal("locked once too often")
	default:
	}
}

func TestSignals_WhatTheyMean(t *testing.T) {
	locks := 0
	s := &sleeper{session: ownSession, lock: func() { locks++ }}
	lid := func(value any) []any {
		return []any{powerInterface, map[string]dbus.Variant{"LidIsClosed": dbus.MakeVariant(value)}, []string{}}
	}
	for _, c := range []struct {
		name   string
		signal dbus.Signal
		want   int
	}{
		{"about to sleep", dbus.Signal{Name: loginManager + ".PrepareForSleep", Body: []any{true}}, 1},
		{"own session", dbus.Signal{Name: loginSession + ".Lock", Path: ownSession}, 1},
		{"another's session", dbus.Signal{Name: loginSession + ".Lock", Path: otherSession}, 0},
		{"lid closed", dbus.Signal{Name: properties + ".PropertiesChanged", Body: lid(true)}, 1},
		{"lid open", dbus.Signal{Name: properties + ".PropertiesChanged", Body: lid(false)}, 0},
		{"lid of another shape", dbus.Signal{Name: properties + ".PropertiesChanged", Body: lid("closed")}, 0},
		{"other property", dbus.Signal{Name: properties + ".PropertiesChanged", Body: []any{powerInterface, map[string]dbus.Variant{}}}, 0},
		{"nothing in it", dbus.Signal{Name: properties + ".PropertiesChanged"}, 0},
	} {
		before := locks
		s.heard(&c.signal)
		if locks-before != c.want {
			t.Errorf("%s: locked %d times, want %d", c.name, locks-before, c.want)
		}
	}
	for _, name := range screenSavers {
		for _, body := range [][]any{{true}, {false}, {}, {1}} {
			want := len(body) == 1 && body[0] == true
			if screenLocked(&dbus.Signal{Name: name + ".ActiveChanged", Body: body}) != want {
				t.Errorf("%s %v: want %v", name, body, want)
			}
		}
	}
	if screenLocked(&dbus.Signal{Name: "org.example.ScreenSaver.ActiveChanged", Body: []any{true}}) {
		t.Error("a stranger's signal locks")
	}
	s = &sleeper{lock: func() { locks++ }}
	before := locks
	s.heard(&dbus.Signal{Name: loginSession + ".Lock", Path: otherSession})
	if locks != before+1 {
		t.Error("without knowing the own session a lock of any is not heeded")
	}
}

func TestWatchSystem_WithoutAnyBus(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	if connect(t.Context(), dbus.SystemBusPrivate) != nil || connect(t.Context(), dbus.SessionBusPrivateNoAutoStartup) != nil {
		t.Fatal("connected to a bus that is not there")
	}
	watchBuses(nil, nil, func() { t.Error("locked") })
	watchSystem(func() { t.Error("locked") })()
}
