// Package domain prints what it should keep.
package domain

import "fmt"
import "log"
import "os"

func noise(answer string) {
	log.Flags()
	fmt.Println(answer)
	fmt.Fprint(os.Stderr, answer)
	println(answer)
	_ = fmt.Sprint(answer)
}
