// leak changes its maps at each line of its input: one owner grows, one loses
// its entries and keeps its storage, one appears, one goes.
package main

import (
	"bufio"
	"fmt"
	"os"
)

type session struct {
	Attrs map[string]int
}

var (
	sessions = map[int]*session{}
	cache    = map[int]int{}
	late     map[int]string
	early    = map[int]string{}
	steady   = map[int]int{}
)

func add(n int) {
	for i := 0; i < n; i++ {
		sessions[len(sessions)] = &session{
			Attrs: map[string]int{"n": i}}
	}
}

func step(number int) {
	add(5000)
	for k := range cache {
		if k%10 != 0 {
			delete(cache, k)
		}
	}
	if number == 0 {
		late = map[int]string{}
		for i := 0; i < 3000; i++ {
			late[i] = "late"
		}
		early = nil
	}
}

func wait(started chan bool, end chan bool) {
	started <- true
	<-end
}

func main() {
	for i := 0; i < 20000; i++ {
		cache[i] = i
	}
	for i := 0; i < 2000; i++ {
		early[i] = "early"
		steady[i] = i
	}
	add(10000)
	fmt.Println("{}")
	fmt.Println("READY")
	end := make(chan bool)
	lines := bufio.NewScanner(os.Stdin)
	for number := 0; lines.Scan(); number++ {
		step(number)
		for i := 0; i < 7; i++ {
			started := make(chan bool)
			go wait(started, end)
			<-started
		}
		fmt.Println("STEP")
	}
	if len(steady) != 2000 || len(cache) == 0 || late == nil && early == nil {
		os.Exit(1)
	}
}
