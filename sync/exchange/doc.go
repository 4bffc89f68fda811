// Package exchange moves sealed work between machines: what to send, what came in, what was received, and how a new
// machine joins (security.md 6 and 8.4).
//
// Start with [Export], [Preview] and [Import]; [InitRoot], [InitHQ], [Request], [Approve] and [Accept] build the trust
// that they rest on; [StatusOf] says where the own work is; [Undo] takes a file back and [ListQuarantine] shows what was not let
// in. The package works on an open workspace and on files; it keeps what it knows in the workspace itself (system values 12, 14,
// 18, 29, 30 and 32), so that a backup holds it too.
//
// An import is a set union: any order, any route, any number of times. A file is judged as a whole before anything is
// written, and is written in one transaction. Nothing here decides between two answers: that is for people.
//
// Functions may be called from any goroutine, one at a time for each workspace.
package exchange
