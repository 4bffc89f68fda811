// Package interview is the place where an interviewer writes down what people say: the questions of one interview, section
// by section, each answer stored as it is given.
//
// Start with [New]. The place shows what the question sets say (feltbok/internal/form) and writes through
// [workspace.InterviewSession]; it holds no rule of the field. A page keeps one row for each question on screen and
// renews only the rows that a change names, so that nothing typed is lost to drawing and a long list of rows costs no
// more than a short one (pains.md rows 1 and 3).
//
// What is typed goes to the session 300 ms after the last key, and at once when a field is left or the place is; the
// session stores it off the UI goroutine. What could not be stored stays on screen and is tried again with the next
// answer and after a while. Nothing here is safe for concurrent use: call it on the UI goroutine only.
package interview
