// Package simulation holds no code of the program: its tests play random histories of a mission on several machines and hold
// every state against the promises of security.md 6 and 7.
//
// One seed makes one history: people write, decide and remove; clocks jump; files get lost, repeated, damaged and late;
// machines are killed, put back to an older state and cloned. After each step the machines are compared with a model that
// was written from the definition of the merge and uses none of its code. A failing seed is cut down to the steps that
// matter and printed with the command that repeats it. Start with TestHistories.
package simulation
