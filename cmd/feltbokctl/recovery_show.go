package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"feltbok/internal/fault"
	"feltbok/internal/recovery"
)

func rehearsalJSON(r *recovery.Report, written string) map[string]any {
	says := func(err error) string { return fault.Code(err) }
	rings := []map[string]any{}
	for _, ring := range r.Rings {
		rings = append(rings, map[string]any{
			"ring": ring.Ring.String(), "id": ring.ID, "generation": ring.Generation, "readers": ring.Readers, "lines": ring.Lines,
			"objects": ring.Objects, "values": ring.Values, "boxes": ring.Boxes, "fault": says(ring.Err),
		})
	}
	faults := []map[string]string{}
	for _, err := range r.Faults {
		f, _ := fault.Of(err)
		faults = append(faults, map[string]string{"code": f.Code, "where": f.Where})
	}
	value := map[string]any{
		"passed": r.Passed(), "kit": r.Kit, "alone": r.Alone, "custodians": append([]string{}, r.Used...), "backup_sha256": r.Backup, "vault": r.Vault,
		"device": r.Device, "alias": r.Alias, "rings": rings, "canary": says(r.Canary), "faults": faults,
		"rehearsal": map[string]any{"id": written, "date": r.Date.UTC().Format(time.DateOnly), "succeeded": r.Passed(), "shares_used": len(r.Used), "note": r.Note()},
	}
	if b := r.Bundle; b != nil {
		value["bundle"] = map[string]any{"file": b.File, "parts": b.Parts, "lines": b.Lines, "boxes": b.Boxes, "fault": says(b.Err)}
	}
	return value
}

func showRehearsal(w io.Writer, r *recovery.Report, written string) {
	verdict := func(err error) string {
		if err == nil {
			return "opens"
		}
		return fault.Code(err)
	}
	if r.Kit != "" {
		fmt.Fprintf(w, "kit %s, opened by %s\n", r.Kit, orNobody(r.Used))
	}
	if r.Backup != "" {
		fmt.Fprintf(w, "backup of %s, sha256 %s\n", orUnknown(r.Alias), r.Backup)
	}
	for _, ring := range r.Rings {
		fmt.Fprintf(w, "  %-12s %-8s generation %d, %d readers, %d lines, %d objects, %d values, %d boxes\n", ring.Ring, verdict(ring.Err), ring.Generation,
			ring.Readers, ring.Lines, ring.Objects, ring.Values, ring.Boxes)
	}
	if len(r.Rings) > 0 {
		fmt.Fprintf(w, "  %-12s %s\n", "canary", verdict(r.Canary))
	}
	if b := r.Bundle; b != nil {
		fmt.Fprintf(w, "  %-12s %-8s %d parts, %d lines, %d boxes\n", "bundle", verdict(b.Err), b.Parts, b.Lines, b.Boxes)
	}
	if r.Passed() {
		fmt.Fprintln(w, "Passed: with this kit and this backup nothing is lost.")
	} else {
		fmt.Fprintln(w, "Not passed: this machine is not cleared for travel.")
	}
	switch {
	case written != "":
		fmt.Fprintf(w, "Written as rehearsal %s; the machine gets it with its next bundle.\n", written)
	case r.Backup != "":
		fmt.Fprintf(w, "Nothing was written. With --workspace headquarters notes: date %s, succeeded %v, shares_used %d, note %q\n",
			r.Date.UTC().Format(time.DateOnly), r.Passed(), len(r.Used), r.Note())
	}
}

func orNobody(labels []string) string {
	if len(labels) == 0 {
		return "nobody"
	}
	return strings.Join(labels, ", ")
}

func orUnknown(alias string) string {
	if alias == "" {
		return "a machine without a record"
	}
	return alias
}
