// Command generate is a program and may print.
package main

import (
	"fmt"
	"log"
)

func main() {
	log.Println()
	fmt.Println()
}
