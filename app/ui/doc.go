// Package ui is the kit that places are built from: the contract between shell and places, and the widgets that more
// than one place needs.
//
// # Contract
//
// A place gets a [Session] and returns a [Place]. It may also be a [Bookmarker], [Searcher] or [Shortcutter]. Work off the
// UI goroutine goes through [Session.Loop], with [Run] for a typed result:
//
//	ui.Run(s.Loop, func(ctx context.Context) ([]workspace.CaseSummary, error) { return s.WS.Cases(ctx) },
//		func(cases []workspace.CaseSummary, err error) {
//			if err != nil { s.Fault(err); return }
//			p.cases = cases
//			p.table.Refresh()
//		})
//
// # Ways with values
//
// Put… puts a value into a widget without calling back. On… is called for what the user does. Widgets commit when they are
// left (Tab, a tap elsewhere), at Enter, and at Ctrl+Enter; [NewDebouncer] commits while typing:
//
//	save := ui.NewDebouncer(s.Loop, 300*time.Millisecond, field.Commit)
//	field.OnEdit = func(string) { save.Touch() }
//
// # Words
//
//	ui.Heading("…") ui.Subheading("…") ui.Paragraph("…") ui.Muted("…") ui.Strong("…") ui.NewText("أمينة Amina")
//	ui.Reading(question)                       // large, for the interviewee; right-aligned when right-to-left
//	name := ui.NewText(words); name.Shorten = true   // one line with an ellipsis
//
// Use [Text] for names and answers, never the toolkit's label: it shows mixed Arabic and Latin in the right order.
//
// # Fields
//
//	text := ui.NewTextField("placeholder")     // OnEdit, OnCommit, OnDone (Enter), Put, Commit
//	area := ui.NewTextArea("placeholder", 4)   // Tab leaves, Ctrl+Enter is done
//	number := ui.NewNumberField(s.Texts, 0, 20); number.OnNumber = func(n int64, ok bool) {…}; number.PutNumber(3, true)
//	date := ui.NewDateField(s.Texts, func(typed string) (value, understood string, err error) {…}); date.OnDate = func(value string) {…}; date.Put("mars 1990")
//	one := ui.NewChips([]ui.Choice{{Code: "f", Label: "Kvinne"}, …}, false); one.OnChosen = func(codes []string) {…}; one.Put("f")
//	many := ui.NewChips(options, true)         // up to ui.ChipsLimit options
//	yesNo := ui.NewYesNo(s.Texts)              // codes "yes" and "no"
//	pick := ui.NewPickEntry(s.Texts, func(text string, limit int) []ui.Choice {…}); pick.OnPick = func(c ui.Choice) {…}; pick.PutChoice(c)
//	picks := ui.NewPickMany(s.Texts, lookup); picks.OnChosen = func(cs []ui.Choice) {…}; picks.Put(cs...)
//	secret := ui.NewSecretEntry("passphrase"); secret.OnSubmit = func() { p := secret.Take(); defer clear(p); … }
//	search := ui.NewSearchField(s.Texts, s.Loop, func(text string) {…}); search.Results = table.Focusable()
//	field := ui.NewField("Morsmål", pick); field.SetNative("اللغة الأم"); field.SetHint("…"); field.SetRequired("…"); field.SetProblem(ui.Error, "…")
//	missing := ui.NewMissingMenu(s.Texts); missing.OnPick = func(code, reason string) {…}; missing.Put("unknown", ""); field.SetExtra(missing)
//
// DateField and PickMany hold the part that takes the keyboard: date.Entry(), picks.Entry(). All fields have Disable, Enable.
//
// # Buttons
//
//	ui.NewPrimary("Lagre", f) ui.NewButton("Avbryt", f) ui.NewDanger("Slett", f) ui.NewQuiet("add", "Ny person", f) ui.NewIconButton("close", "Lukk", f)
//
// # Showing
//
//	ui.NewBadge(ui.Success, "", "Mottatt")     // icon and word; Level or an icon of assets/icons
//	ui.Card(objects...) ui.NewTapCard("label", open, objects...) ui.NewPanel(theme.ColorRail, object)
//	ui.SectionHeader("Personer", "explanation or empty", actions...)
//	ui.EmptyState("caseload", "title", "what to do", buttonOrNil)
//	ui.KeyValues(ui.KeyValue{Key: "Født", Value: "1990"}, ui.KeyValue{Key: "Status", Object: badge})
//	ui.NewProgressBar().Set(3, 12)   ui.NewSavedMark(s.Texts).Put(ui.SavedState{Stage: ui.Saving})
//	ui.Banner(ui.Warning, "sentence", actionOrNil, nil)
//	table := ui.NewTable([]ui.Column{{Title: "Sak", Least: 110}, {Title: "Navn", Share: 1}, {Title: "Status", Least: 140, HideBelow: 700}},
//		func() int { return len(rows) }, func(row, column int) ui.Cell { return ui.Cell{Text: "…"} }).TwoLines(); table.OnOpen = func(row int) {…}
//
// # Arranging
//
//	ui.Page(objects...)                        // scrolls, with space around
//	ui.Stack(theme.SizeGapWide, objects...)    // below each other; gaps SizeGapTight 4, SizeGap 8, SizeGapWide 16, SizeGapSection 28
//	ui.Row(theme.SizeGap, icon, ui.Stretch(text), button)   // beside each other; Stretch takes the space left, Spacer() is empty
//	ui.Flow(theme.SizeGap, badges...)          // wraps
//	ui.Middle(object)                          // own height, middle of the row: ui.Stretch(ui.Middle(text))
//	ui.Narrowed(640, object) ui.Inset(theme.SizeGapWide, object)
//	ui.NewSplit(list, detail)                  // two panes from 900 points of width; else ShowDetail, ShowList
//
// # Asking and telling
//
//	ui.Confirm(s.Window, s.Texts, ui.Question{Title: "…", Text: "…", Yes: "Slett", Danger: true, Reason: ui.ReasonRequired, OnYes: func(reason string) {…}})
//	d := ui.ShowDialog(s.Window, "title", 520, content, firstFocus, nil); d.Close()
//	s.Notify(ui.Success, "…")   s.Fault(err)   s.Saved(ui.SavedState{Stage: ui.SavedAt, At: s.Now()})   s.Go("casefile", caseID)
//
// # Promises
//
// Everything that can be tapped is at least 44 points high at a text size of 100 %, takes part in the Tab order in
// reading order, shows a ring when it has the keyboard, and can be disabled. Nothing here is safe for concurrent use:
// call it on the UI goroutine only. The kit holds no data of a workspace beyond what its widgets show.
package ui
