package match

// JaroWinkler measures how alike two texts are, from 0 (nothing in common) to 1 (equal), giving weight to an equal
// beginning (up to four characters, factor 0.1). It compares characters, not bytes, and takes the texts as they are:
// fold them first.
func JaroWinkler(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	jaro := jaro(x, y)
	same := 0
	for same < min(len(x), len(y), 4) && x[same] == y[same] {
		same++
	}
	return jaro + float64(same)*0.1*(1-jaro)
}

func jaro(x, y []rune) float64 {
	if len(x) == 0 && len(y) == 0 {
		return 1
	}
	reach := max(max(len(x), len(y))/2-1, 0)
	taken := make([]bool, len(y))
	matched := make([]rune, 0, len(x))
	for i, r := range x {
		for j := max(0, i-reach); j < min(len(y), i+reach+1); j++ {
			if !taken[j] && y[j] == r {
				taken[j] = true
				matched = append(matched, r)
				break
			}
		}
	}
	if len(matched) == 0 {
		return 0
	}
	swapped, k := 0, 0
	for j, r := range y {
		if taken[j] {
			if r != matched[k] {
				swapped++
			}
			k++
		}
	}
	m := float64(len(matched))
	return (m/float64(len(x)) + m/float64(len(y)) + (m-float64(swapped)/2)/m) / 3
}

// Similarity compares two names of any script, from 0 to 1. The order of the words does not matter, nor does it whether
// a word is missing in the shorter name; a name in Arabic script is compared by consonants. It is meant for proposing
// possible duplicates to a person, who decides.
func Similarity(a, b string) float64 {
	x, y := words(a), words(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(x) == 0 {
		return 0
	}
	sum, weight := 0.0, 0.0
	for _, word := range x {
		best := 0.0
		for _, candidate := range y {
			best = max(best, wordSimilarity(word, candidate))
		}
		length := float64(len([]rune(word)))
		sum += best * length
		weight += length
	}
	return sum / weight
}

// bySkeleton is the likeness of words of which only the consonants could be compared, and agree.
const bySkeleton = 0.9

func wordSimilarity(a, b string) float64 {
	best := JaroWinkler(Fold(a), Fold(b))
	for _, x := range transliterate(a) {
		for _, y := range transliterate(b) {
			best = max(best, JaroWinkler(loose(x), loose(y)))
		}
	}
	if scriptOf(a) == scriptOf(b) {
		return best
	}
	for _, x := range skeletons(a) {
		for _, y := range skeletons(b) {
			best = max(best, bySkeleton*JaroWinkler(x, y))
		}
	}
	return best
}
