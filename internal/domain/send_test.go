package domain_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"feltbok/internal/domain"
)

var updateRoles = flag.Bool("update-roles", false, "write docs/roles.md anew")

// TestRolesPage_SaysWhatTheTablesSay walks every role, kind of bundle, compartment, kind of line, type and field and holds the
// page that people read against the tables that the program obeys (security.md 6.3).
func TestRolesPage_SaysWhatTheTablesSay(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "roles.md")
	got := rolesPage()
	if *updateRoles {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(got, "\n") {
		page := strings.Split(string(want), "\n")
		if i >= len(page) || page[i] != line {
			t.Fatalf("docs/roles.md differs from line %d on: the tables say\n%s", i+1, line)
		}
	}
	if len(got) != len(want) {
		t.Error("docs/roles.md says more than the tables")
	}
}

func sideText(s domain.Side) string {
	var names []string
	for _, side := range []struct {
		side domain.Side
		name string
	}{{domain.SideField, "field"}, {domain.SideHQ, "headquarters"}, {domain.SideApplicant, "a machine that asks to join"}} {
		if s&side.side != 0 {
			names = append(names, side.name)
		}
	}
	return strings.Join(names, ", ")
}

func roleText(may func(domain.Role) bool) string {
	var roles []string
	for _, role := range domain.AllRoles {
		if may(role) {
			roles = append(roles, string(role))
		}
	}
	switch len(roles) {
	case 0:
		return "nobody"
	case len(domain.AllRoles):
		return "all"
	}
	return strings.Join(roles, " ")
}

func row(b *strings.Builder, cells ...string) { fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | ")) }

func header(b *strings.Builder, title, text string, cells ...string) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", title, text)
	row(b, cells...)
	fmt.Fprintf(b, "|%s\n", strings.Repeat("---|", len(cells)))
}

func rolesPage() string {
	b := &strings.Builder{}
	b.WriteString("# Who may send and write what\n\nWritten by a test from the tables that the program obeys (`internal/domain/send.go`, `role.go` and the types); do not edit it by\nhand. A line is judged by who wrote it and on whose machine, whoever brings it; what the tables do not give is refused with\n`E-KIND` (whole file: such a kind or part does not exist), `E-ROLE` (whole file or single line) or `E-OP`.\n")
	header(b, "Bundles", "Which role sends which kind of bundle, from whose machines, with which parts.", "Kind", "From", "Role", "Parts")
	for _, kind := range domain.AllBundles() {
		sent := false
		for _, role := range domain.AllRoles {
			if !role.MaySend(kind, 0) {
				continue
			}
			var parts []string
			for _, c := range domain.AllCompartments {
				if role.MaySend(kind, c) {
					parts = append(parts, c.String())
				}
			}
			if parts == nil {
				parts = []string{"documents only"}
			}
			row(b, kind, sideText(domain.SendersOf(kind)), string(role), strings.Join(parts, ", "))
			sent = true
		}
		if !sent {
			row(b, kind, sideText(domain.SendersOf(kind)), "nobody", "")
		}
	}
	header(b, "Lines", "Which role makes which kind of line in which compartment, on machines of the field and of headquarters.", "Line", "Compartment", "In the field", "At headquarters")
	for _, line := range domain.AllLines {
		for _, c := range domain.AllCompartments {
			on := func(side domain.Side) string {
				return roleText(func(r domain.Role) bool { return r.MayMake(line, c, side) })
			}
			if field, hq := on(domain.SideField), on(domain.SideHQ); field != "nobody" || hq != "nobody" {
				row(b, line, c.String(), field, hq)
			}
		}
	}
	header(b, "Types and fields", "Which role writes which fields; a type stands in one compartment only. Fields that several roles share stand together.", "Type", "Compartment", "Roles", "Fields")
	for _, info := range domain.Types() {
		fields := map[string][]string{}
		var order []string
		for _, f := range info.Fields {
			roles := roleText(func(r domain.Role) bool { return r.MayWrite(info.Type, f.Name) })
			if fields[roles] == nil {
				order = append(order, roles)
			}
			fields[roles] = append(fields[roles], f.Name)
		}
		making := roleText(func(r domain.Role) bool { return r.MayCreate(info.Type) })
		for _, roles := range order {
			row(b, string(info.Type), info.Compartment.String(), roles, strings.Join(fields[roles], ", "))
		}
		if !slices.Contains(order, making) || len(order) > 1 {
			row(b, string(info.Type), info.Compartment.String(), making, "*make and remove*")
		}
	}
	return b.String()
}

// TestMayMake_AgreesWithRings: nobody makes lines where the ring is missing, nor on machines where the role does not work.
func TestMayMake_AgreesWithRings(t *testing.T) {
	for _, role := range domain.AllRoles {
		for _, line := range domain.AllLines {
			for _, c := range domain.AllCompartments {
				for _, side := range []domain.Side{domain.SideField, domain.SideHQ, domain.SideApplicant} {
					if !role.MayMake(line, c, side) {
						continue
					}
					if !role.Works(side) {
						t.Errorf("%s makes %s on a machine of side %d", role, line, side)
					}
					if line != domain.LineStub && !slices.Contains(role.Rings(), domain.RingOf(c)) {
						t.Errorf("%s makes %s in %s without the ring", role, line, c)
					}
					if boxed := c == domain.Sealed || c == domain.Audit; line == domain.LineBox && !boxed || line == domain.LineSet && c == domain.Audit {
						t.Errorf("%s in %s", line, c)
					}
				}
			}
		}
		if got := role.MayMake(domain.LineErase, domain.Case, domain.SideHQ); got != role.MayErase() {
			t.Errorf("%s orders erasure: %t in one table, %t in the other", role, got, role.MayErase())
		}
	}
}

func TestMayMake(t *testing.T) {
	for _, c := range []struct {
		role domain.Role
		line string
		c    domain.Compartment
		side domain.Side
		want bool
	}{
		{domain.INT, domain.LineSet, domain.Case, domain.SideField, true},
		{domain.INT, domain.LineSet, domain.Case, domain.SideHQ, false},
		{domain.REM, domain.LineSet, domain.Special, domain.SideHQ, true},
		{domain.INT, domain.LineSet, domain.Sealed, domain.SideField, false}, // only in a box
		{domain.INT, domain.LineBox, domain.Sealed, domain.SideField, true},
		{domain.HQC, domain.LineBox, domain.Sealed, domain.SideHQ, false},
		{domain.HQS, domain.LineSet, domain.Sealed, domain.SideHQ, true},
		{domain.HQS, domain.LineSet, domain.Sealed, domain.SideField, false},
		{domain.INT, domain.LineErase, domain.Case, domain.SideField, false},
		{domain.HQC, domain.LineErase, domain.Special, domain.SideHQ, false},
		{domain.HQS, domain.LineErase, domain.Special, domain.SideHQ, true},
		{domain.ADM, domain.LineErase, domain.Case, domain.SideHQ, false},
		{domain.INT, domain.LineSignoff, domain.Case, domain.SideField, true},
		{domain.NCO, domain.LineSignoff, domain.Orientation, domain.SideField, false},
		{domain.HQC, domain.LineSignoff, domain.Case, domain.SideHQ, false},
		{domain.NCO, domain.LineSet, domain.Orientation, domain.SideField, true},
		{domain.NCO, domain.LineSet, domain.Case, domain.SideField, false},
		{domain.DPO, domain.LineBox, domain.Audit, domain.SideHQ, true},
		{domain.DPO, domain.LineBox, domain.Audit, domain.SideField, false},
		{domain.INT, "unheard-of", domain.Case, domain.SideField, false},
		{"KING", domain.LineSet, domain.Case, domain.SideHQ, false},
	} {
		if got := c.role.MayMake(c.line, c.c, c.side); got != c.want {
			t.Errorf("%s makes %s in %s on side %d = %t, want %t", c.role, c.line, c.c, c.side, got, c.want)
		}
	}
}
