package bench

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing/fstest"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/form/xlsform"
	"feltbok/internal/match"
	"feltbok/internal/oplog"
)

// numbers is a small fixed generator, so that every run measures the same.
type numbers uint32

func (n *numbers) below(limit int) int {
	*n = *n*1664525 + 1013904223
	return int(uint32(*n)>>8) % limit
}

func numbered(n int) (id uuid.UUID) {
	binary.BigEndian.PutUint32(id[12:], uint32(n+1))
	return id
}

// searchNames types queries into an index of persons and, after each keystroke, looks for the same by strings.Contains.
func searchNames(_ context.Context, _ string, n sizes) ([]Result, error) {
	syllables := []string{"ba", "dar", "fe", "gul", "ha", "jo", "ka", "lin", "mo", "na", "rah", "sa", "ti", "vel", "ya", "zor"}
	native := []string{"با", "در", "في", "قل", "حا", "جو", "كا", "لن", "مو", "نا", "رح", "سا", "تي", "ول", "يا", "زر"}
	random, index := numbers(7), &match.Index{}
	var plain []string
	for i := range n.searched {
		var latin, own [3]string
		for w := range latin {
			for range 2 + random.below(2) {
				s := random.below(len(syllables))
				latin[w] += syllables[s]
				own[w] += native[s]
			}
		}
		names := strings.Join(latin[:], " ")
		index.Add(numbered(i), []match.Text{{Kind: "name", Value: names}, {Kind: "name", Value: strings.Join(own[:], " ")}})
		plain = append(plain, names+" "+strings.Join(own[:], " "))
	}
	var ours, baseline []time.Duration
	for _, typed := range []string{"baka rahsa", "modarti", "gulferah", "zorlinya fe", "yavlesa", "حاجو", "sati linka mo", "xordar"} {
		for end := range typed {
			query := typed[:end]
			began := time.Now()
			index.Search(query, 20)
			between := time.Now()
			found := 0
			for _, name := range plain {
				if strings.Contains(name, query) {
					found++
				}
			}
			ours, baseline = append(ours, between.Sub(began)), append(baseline, time.Since(between))
		}
	}
	p95, goal := percentile95(ours), "p95 < 16 ms"
	if n.searched > 50_000 {
		goal = "p95 < 50 ms"
	}
	return []Result{
		{Name: "search per keystroke, " + count(n.searched) + " persons", Measured: "p95 " + short(p95), Goal: goal, Against: "typo- and script-tolerant"},
		ratio("the same", p95, percentile95(baseline), "–", "strings.Contains over all names"),
	}, nil
}

// catalogue gives the large set its object type: one whole number a question.
type catalogue struct{ questions int }

func (catalogue) Known(string) bool       { return false }
func (catalogue) Has(string, string) bool { return false }
func (c catalogue) Info(t domain.Type) (domain.TypeInfo, bool) {
	info := domain.TypeInfo{Type: t}
	for n := range c.questions {
		info.Fields = append(info.Fields, domain.Field{Name: fmt.Sprintf("q%d", n), Kind: domain.Int})
	}
	return info, t == "person"
}

// largeSet has many questions, most of them with a condition on one or two others.
func largeSet(questions, conditions int) fstest.MapFS {
	var survey strings.Builder
	survey.WriteString("type,name,label::nb,label::nn,label::en,relevant\n")
	free := questions - conditions
	for n := range questions {
		relevant := ""
		if n >= free {
			relevant = fmt.Sprintf("${q%d} != 2 and ${q%d} >= 0", n%free, n-1)
			if n%4 == 0 {
				relevant = fmt.Sprintf("${q%d} = 1 or ${q0} = 1", n%free)
			}
		}
		fmt.Fprintf(&survey, "integer,q%d,q?,q?,q?,%s\n", n, relevant)
	}
	return fstest.MapFS{
		"set/survey.csv":   {Data: []byte(survey.String())},
		"set/choices.csv":  {Data: []byte("list_name,name,label::nb,label::nn,label::en\n")},
		"set/settings.csv": {Data: []byte("form_id,version,form_title::nb,form_title::nn,form_title::en,object,subject,block,order,applies\nset,1,S,S,S,person,person,A,1,\n")},
	}
}

// openForm reads, compiles and opens the large set with every question answered, then changes one answer after the other.
func openForm(_ context.Context, _ string, n sizes) ([]Result, error) {
	questions := n.questions
	folder := largeSet(questions, n.relevant)
	began := time.Now()
	set, err := xlsform.Read(folder, "set", catalogue{questions})
	if err != nil {
		return nil, err
	}
	instance := form.New(set, form.Context{})
	for n := range questions {
		instance.Put(form.Path{Name: fmt.Sprintf("q%d", n)}, domain.Answer{Value: int64(1)})
	}
	instance.Evaluate()
	opened := time.Since(began)
	var times []time.Duration
	for n := range questions {
		began := time.Now()
		instance.Set(form.Path{Name: fmt.Sprintf("q%d", n*37%questions)}, domain.Answer{Value: int64(n % 3)})
		times = append(times, time.Since(began))
	}
	return []Result{
		{Name: "open a set of " + count(questions) + " questions", Measured: short(opened), Goal: "< 0.7 s", Against: "read, check, compile, evaluate"},
		{Name: "re-evaluate after one answer", Measured: "p95 " + short(percentile95(times)), Goal: "p95 < 5 ms", Against: count(n.relevant) + " conditions"},
	}, nil
}

// mergeWrites derives objects from the field writes of 100 devices.
func mergeWrites(_ context.Context, _ string, size sizes) ([]Result, error) {
	const devices, perLine, fields = 100, 3, 18
	objects, writes := size.objects, size.writes
	random, value := numbers(1), json.RawMessage(`"Test Mappe, 12 tegn til"`)
	heads := make([][fields][]oplog.Name, objects)
	var log []oplog.Visible
	var n [devices]uint64
	for i := range writes / perLine {
		d, o := random.below(devices), random.below(objects)
		n[d]++
		l := &oplog.Line{
			Kind: oplog.KindSet, By: numbered(d), Compartment: domain.Case, Device: numbered(d), Epoch: 7, N: n[d] + 1, HLC: oplog.HLC(i) << 16,
			Object: numbered(o), Type: "person", Case: numbered(o / 4), Set: map[string]json.RawMessage{}, Parents: map[string][]oplog.Name{},
		}
		first := random.below(fields)
		for j := range perLine {
			f := (first + j) % fields
			name := fmt.Sprintf("field_%02d", f)
			l.Set[name] = value
			if have := heads[o][f]; len(have) > 0 {
				l.Parents[name] = have
			}
			if random.below(20) != 0 { // now and then the next writer has not seen this one
				heads[o][f] = []oplog.Name{l.Name()}
			}
		}
		log = append(log, oplog.Visible{Line: l, Visible: true})
	}
	began := time.Now()
	merged := oplog.Rebuild(log)
	took := time.Since(began)
	return []Result{{Name: "merge " + count(writes) + " field writes", Measured: short(took), Goal: "< 1 s", Against: "100 devices, " + count(len(merged)) + " objects"}}, nil
}
