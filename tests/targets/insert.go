// insert puts the key of each line of its stdin into the map that the line
// names, and says DONE; it ends when its stdin does.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

var (
	small   = map[int]int{1: 1, 2: 2, 3: 3}
	full    = map[int]int{}
	holes   = map[string]int{}
	growing = map[int]int{}
)

func main() {
	for i := 0; i < 896; i++ {
		full[i] = i
	}
	for i := 0; i < 5000; i++ {
		holes[fmt.Sprint("key-", i)] = i
	}
	for i := 0; i < 5000; i++ {
		if i%3 != 0 {
			delete(holes, fmt.Sprint("key-", i))
		}
	}
	for i := 0; i < 6657; i++ {
		growing[i] = i
	}
	fmt.Printf("{}\nREADY\n")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var n int
		name := strings.Fields(in.Text())
		fmt.Sscan(name[1], &n)
		switch name[0] {
		case "small":
			small[n] = n
		case "full":
			full[n] = n
		case "holes":
			holes[fmt.Sprint("key-", n)] = n
		case "growing":
			growing[n] = n
		}
		fmt.Println("DONE")
	}
}
