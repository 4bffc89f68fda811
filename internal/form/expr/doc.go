// Package expr reads and evaluates the expressions of question sets: the XPath dialect of XLSForm, as written in the
// columns relevant, constraint, required, read_only, calculation, choice_filter and default (design.md 2).
//
// # Words
//
// ${name} is the answer to the question of that name; "." is the answer of the question that owns the expression. There
// are string literals in either quote, numbers, or and = != < <= > >= + - * div mod, unary minus, parentheses and the
// functions of the function tables. Paths, predicates and bare names are refused, except the columns of the choice table in a
// choice_filter and instance('list')/root/item[condition]/column, which looks things up in a list. Paths that others wrote are turned
// into ${name} by [Rewrite] before. today() and now() take the time of the host's clock; random() and uuid() give the same for one
// question of one object for ever. No other function gives another result when nothing changed.
//
// # Values
//
// A value is a string, a number (64-bit floating point), a boolean, a date with the precision that is known (year, month
// or day), a point in time, or nodes: the answers to one question in all rows of a repeat.
//
// Empty is the empty string, as in XPath 1.0. A question without an answer, one answered by "unknown", "declined",
// "not asked" or "not applicable", and one that is hidden are all empty. From this follows:
//
//   - number("") is not a number; every comparison <, <=, >, >=, = with it is false and != is true: ${age} > 17 is
//     false and ${age} != 5 is true when the age is unknown.
//   - "" = "" is true, so ${sex} = "" asks whether there is no answer.
//   - boolean("") is false, every other text is true: boolean('no') and boolean('false') are true.
//   - number() takes an optional minus, digits and a point, spaces around; '1e3', '+1' and '0x10' are not numbers.
//   - In a comparison by = or != a boolean decides first, then a number, else the texts are compared; <, <=, > and >=
//     always compare numbers, or dates when one side is a date.
//   - round() rounds halves away from zero, as other engines of the dialect do: round(-2.5) is -3. int() cuts towards zero. mod takes the sign of its left side.
//   - Division by zero gives Infinity, -Infinity or NaN, whose texts are these words. Numbers never show an exponent.
//
// Nodes: a question of a repeat is one value inside its own row and nodes everywhere else. count(), count-non-empty(),
// sum(), min(), max(), join() and concat() read all nodes, of which those in hidden questions are not there at all; sum,
// min and max pass over empty ones. A comparison with nodes is true when it holds for any of them. Everywhere else
// nodes stand for the first of them.
//
// Dates: a date in calculations is the number of days since 1970-01-01, its first day when only the year or month is
// known. Two dates are ordered by what both know: 1990 <= 1990-03 and 1990 >= 1990-03 hold, 1990 < 1990-03 does not.
// They are equal only with the same precision. A text beside a date is read as a date if it is one. A date beside a
// point in time is compared with the day of that point, in the offset with which it was written.
//
// selected-at(), substr() and indexes of texts count characters from 0; position(..) and indexed-repeat() count rows
// from 1. regex() must match the whole text, in the RE2 syntax of Go (no look-ahead, no back references).
//
// # Bounds
//
// A source has at most [MaxSource] bytes and is nested at most [MaxDepth] deep, an evaluation takes at most
// [MaxFuel] steps, a text has at most [MaxText] bytes, and a regular expression has at most [MaxPattern] bytes and a
// bounded program. Whatever the text, compiling and evaluating end with a value or an *[Error]; they never panic.
package expr
