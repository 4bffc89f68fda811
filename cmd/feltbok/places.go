package main

import (
	"slices"

	"feltbok/app/casefile"
	"feltbok/app/caseload"
	"feltbok/app/dayplan"
	"feltbok/app/desk"
	"feltbok/app/exchange"
	"feltbok/app/interview"
	"feltbok/app/lists"
	"feltbok/app/machines"
	"feltbok/app/record"
	"feltbok/app/review"
	"feltbok/app/roster"
	"feltbok/app/settings"
	"feltbok/app/shell"
	"feltbok/app/today"
	"feltbok/app/travel"
	"feltbok/internal/domain"
)

// Groups of roles that share places (design.md 3).
var (
	fieldRoles    = []domain.Role{"INT", "REM", "MLD"}
	caseworkers   = []domain.Role{"HQC", "HQS"}
	reviewRoles   = append([]domain.Role{"MLD"}, caseworkers...)
	caseRoles     = append(append([]domain.Role{}, fieldRoles...), caseworkers...)
	exchangeRoles = append(append([]domain.Role{}, caseRoles...), "NCO", "NFA")
	trustRoles    = append([]domain.Role{"ADM"}, caseworkers...)
	erasureRoles  = append([]domain.Role{"DPO"}, caseworkers...)
)

// places lists the places of the program in the order of the rail, with the roles that have them (design.md 3).
func places() []shell.Entry {
	return []shell.Entry{
		{ID: "today", TitleKey: "shell.place.today", Icon: "today", Roles: fieldRoles, Build: today.New},
		{ID: "schedule", TitleKey: "shell.place.schedule", Icon: "calendar", Roles: caseRoles, Build: dayplan.New},
		{ID: "caseload", TitleKey: "shell.place.caseload", Icon: "caseload", Roles: caseRoles, Build: caseload.New},
		{ID: "casefile", TitleKey: "shell.place.casefile", Icon: "casefile", Roles: caseRoles, Inner: true, Build: casefile.New},
		{ID: "interview", TitleKey: "shell.place.interview", Icon: "interview", Roles: fieldRoles, Inner: true, Build: interview.New},
		{ID: "review", TitleKey: "shell.place.review", Icon: "flag", Roles: caseRoles, Build: review.New},
		{ID: "record", TitleKey: "shell.place.record", Icon: "edit", Roles: append(append([]domain.Role{}, caseRoles...), "QLM"), Inner: true, Build: record.New},
		{ID: "inbox", TitleKey: "shell.place.inbox", Icon: "inbox", Roles: caseworkers, Build: desk.NewInbox},
		{ID: "conflicts", TitleKey: "shell.place.conflicts", Icon: "conflicts", Roles: reviewRoles, Build: desk.NewConflicts},
		{ID: "exchange", TitleKey: "shell.place.exchange", Icon: "exchange", Roles: exchangeRoles, Build: exchange.New},
		{ID: "roster", TitleKey: "roster.nav", Icon: "orientation", Roles: caseworkers, Build: roster.New},
		{ID: "machines", TitleKey: "machines.nav", Icon: "device", Roles: trustRoles, Build: machines.New},
		{ID: "lists", TitleKey: "lists.nav", Icon: "language", Roles: []domain.Role{"ADM"}, Build: lists.New},
		{ID: "lists", TitleKey: "lists.nav", Icon: "language", Roles: slices.DeleteFunc(slices.Clone(domain.AllRoles), func(r domain.Role) bool { return r == domain.ADM }), Inner: true, Build: lists.New},
		{ID: "travel", TitleKey: "travel.title", Icon: "travel", Roles: fieldRoles, Build: travel.New},
		{ID: "erasure", TitleKey: "desk.erasure.title", Icon: "remove", Roles: erasureRoles, Build: desk.NewErasure},
		{ID: "settings", TitleKey: "shell.place.settings", Icon: "settings", Build: settings.New},
	}
}
