package shell

import (
	"context"
	"os"
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"
)

// Names on the buses of a Linux desktop.
const (
	loginService   = "org.freedesktop.login1"
	loginPath      = dbus.ObjectPath("/org/freedesktop/login1")
	loginManager   = "org.freedesktop.login1.Manager"
	loginSession   = "org.freedesktop.login1.Session"
	powerInterface = "org.freedesktop.UPower"
	properties     = "org.freedesktop.DBus.Properties"
)

// screenSavers tell by ActiveChanged(true) that the screen was locked.
var screenSavers = []string{"org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.cinnamon.ScreenSaver", "org.mate.ScreenSaver", "org.xfce.ScreenSaver"}

// watchSystem listens to the system's and the desktop's bus. A bus that is not there, a service that does not run and a
// signal that has another shape are passed over in silence. Nothing waits for a bus that does not answer.
func watchSystem(lock func()) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	go watchBuses(connect(ctx, dbus.SystemBusPrivate), connect(ctx, dbus.SessionBusPrivateNoAutoStartup), lock)
	return cancel
}

// connect makes a connection of our own that ends with the context; nil when there is no bus. None is started for us.
func connect(ctx context.Context, dial func(...dbus.ConnOption) (*dbus.Conn, error)) *dbus.Conn {
	bus, err := dial(dbus.WithContext(ctx))
	if err != nil {
		return nil
	}
	if bus.Auth(nil) != nil || bus.Hello() != nil {
		bus.Close()
		return nil
	}
	return bus
}

// sleeper listens on the system's bus and holds sleep back for the moment that locking takes.
type sleeper struct {
	bus  *dbus.Conn
	lock func()

	mu      sync.Mutex
	session dbus.ObjectPath // our own login session, "" when unknown
	delay   *os.File        // while open, the machine waits before it sleeps
}

// watchBuses begins to listen on the buses that there are, until they are closed.
func watchBuses(system, desktop *dbus.Conn, lock func()) {
	if system != nil {
		_ = system.AddMatchSignal(dbus.WithMatchInterface(loginManager), dbus.WithMatchMember("PrepareForSleep"))
		_ = system.AddMatchSignal(dbus.WithMatchInterface(loginSession), dbus.WithMatchMember("Lock"))
		_ = system.AddMatchSignal(dbus.WithMatchInterface(properties), dbus.WithMatchMember("PropertiesChanged"), dbus.WithMatchArg(0, powerInterface))
		s := &sleeper{bus: system, lock: lock}
		listen(system, s.heard)
		s.findSession()
		s.hold()
	}
	if desktop != nil {
		for _, name := range screenSavers {
			_ = desktop.AddMatchSignal(dbus.WithMatchInterface(name), dbus.WithMatchMember("ActiveChanged"))
		}
		listen(desktop, func(signal *dbus.Signal) {
			if screenLocked(signal) {
				lock()
			}
		})
	}
}

// listen hands signals on, one after the other, until the bus is closed.
func listen(bus *dbus.Conn, heard func(*dbus.Signal)) {
	signals := make(chan *dbus.Signal, 16)
	bus.Signal(signals)
	go func() {
		for signal := range signals {
			heard(signal)
		}
	}()
}

// heard locks when the machine is about to sleep, when the lid closes or when our session is locked.
func (s *sleeper) heard(signal *dbus.Signal) {
	switch signal.Name {
	case loginManager + ".PrepareForSleep":
		if truth(signal.Body, 0) {
			s.lock()
			s.release()
		} else {
			s.hold()
		}
	case loginSession + ".Lock":
		s.mu.Lock()
		own := s.session == "" || signal.Path == s.session
		s.mu.Unlock()
		if own {
			s.lock()
		}
	case properties + ".PropertiesChanged":
		if lidClosed(signal.Body) {
			s.lock()
		}
	}
}

// findSession asks which login session is ours, so that another user's lock is not taken for our own.
func (s *sleeper) findSession() {
	var path dbus.ObjectPath
	if s.bus.Object(loginService, loginPath).Call(loginManager+".GetSessionByPID", dbus.FlagNoAutoStart, uint32(os.Getpid())).Store(&path) == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.session = path
	}
}

// hold asks for a moment before the next sleep.
func (s *sleeper) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.delay != nil {
		return
	}
	var fd dbus.UnixFD
	call := s.bus.Object(loginService, loginPath).Call(loginManager+".Inhibit", dbus.FlagNoAutoStart, "sleep", "Feltbok", "Lock the register", "delay")
	if call.Store(&fd) == nil {
		s.delay = os.NewFile(uintptr(fd), "inhibitor")
	}
}

// release lets the machine sleep.
func (s *sleeper) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.delay != nil {
		s.delay.Close()
		s.delay = nil
	}
}

func truth(body []any, at int) bool {
	if at >= len(body) {
		return false
	}
	value, _ := body[at].(bool)
	return value
}

func lidClosed(body []any) bool {
	if len(body) < 2 {
		return false
	}
	changed, _ := body[1].(map[string]dbus.Variant)
	closed, _ := changed["LidIsClosed"].Value().(bool)
	return closed
}

func screenLocked(signal *dbus.Signal) bool {
	return slices.ContainsFunc(screenSavers, func(name string) bool { return signal.Name == name+".ActiveChanged" }) && truth(signal.Body, 0)
}
