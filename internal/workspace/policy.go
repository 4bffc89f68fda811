package workspace

import (
	"context"
	"time"

	"feltbok/internal/vault"
	"feltbok/sync/trust"
)

// Policy is what headquarters demands of every machine: the signed directory's policy within the bounds of security.md
// 4.2 and 4.6.
type Policy struct {
	// Cover is how long nobody need be at the keyboard before the screen is covered: 1 to 10 minutes.
	Cover time.Duration
	// Lock is how long before everything is locked: 1 to 30 minutes, never shorter than Cover. At headquarters, where
	// nobody sits beside the machine in an interview, at most 10.
	Lock time.Duration
	// KDF is the least that a guess at a passphrase costs.
	KDF vault.KDF
	// Words is how many words a generated passphrase has at least; zero leaves it to the list of the language.
	Words int
}

// The bounds of security.md 4.6, and what holds without a directory.
const (
	coverLeast, coverUsual, coverMost = time.Minute, 2 * time.Minute, 10 * time.Minute
	lockLeast, lockUsual, lockMost    = time.Minute, 15 * time.Minute, 30 * time.Minute
	lockMostHQ                        = 10 * time.Minute
)

// Policy gives the policy of the directory that this workspace has; the usual one when it has none yet or was closed.
func (w *Workspace) Policy() Policy {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.policy()
}

func (w *Workspace) policy() Policy {
	if w.tr == nil {
		return policyOf(nil, w.me.HQ)
	}
	return policyOf(&w.tr.Directory().Policy, w.me.HQ)
}

func policyOf(signed *trust.Policy, hq bool) Policy {
	p := Policy{Cover: coverUsual, Lock: lockUsual, KDF: vault.TestKDF}
	if signed != nil {
		p.Cover = min(max(time.Duration(signed.CoverMinutes)*time.Minute, coverLeast), coverMost)
		p.Lock = min(max(time.Duration(signed.LockMinutes)*time.Minute, lockLeast), lockMost)
		p.KDF = p.KDF.AtLeast(vault.KDF{MemoryKiB: signed.KDFMemoryKiB, Time: signed.KDFTime, Threads: signed.KDFThreads})
		p.Words = signed.Words
	}
	if hq {
		p.Lock = min(p.Lock, lockMostHQ)
	}
	p.Lock = max(p.Lock, p.Cover)
	return p
}

// raiseCosts brings the user's slot up to the policy after a good unlock (security.md 4.2). It is tried again at the next
// one when it fails: what opened is open.
func (w *Workspace) raiseCosts(ctx context.Context, passphrase []byte) {
	_, _ = w.reg.RaiseCosts(ctx, passphrase, w.policy().KDF)
}
