// Package match compares names: it folds spellings, writes other scripts in Latin letters, measures likeness and finds
// people while their name is being typed (domain.md 16.4).
//
// Start with [Index], which finds by the beginning of every word, by a transliteration or with one typing error, and
// with [Similarity], which compares two names. [Fold] is the one normal form for comparing text regardless of case
// and accents.
//
// What it does not do: it never decides that two people are the same, and its Latin forms are keys for searching, not
// spellings to show or store. Transliteration covers Arabic, Persian, Dari and relatives, Cyrillic, Ethiopic, and
// approximately Burmese; words of other scripts are found in their own script only.
//
// The package is pure. Everything lives in memory and goes with [Index.Clear].
package match
