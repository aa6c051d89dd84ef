// frames keeps maps that do not escape in the frames of blocked goroutines:
// header and first bucket lie in the frame. Each function says what its map
// is; lines are FUNCTION TYPE ENTRIES.
package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

type pair struct{ a, b int }

var (
	ready sync.WaitGroup
	block = make(chan int)
	sink  int
)

func wait() {
	ready.Done()
	<-block
}

//go:noinline
func small() {
	m := make(map[int]int)
	m[1] = 2
	m[3] = 4
	wait()
	for k, v := range m {
		sink += k + v
	}
}

//go:noinline
func texts() {
	m := map[string]int{}
	m["a"] = 1
	m["b"] = 2
	m["c"] = 3
	wait()
	sink += m["a"]
}

//go:noinline
func set() {
	m := make(map[pair]struct{}, 4)
	for i := 0; i < 5; i++ {
		m[pair{i, i}] = struct{}{}
	}
	wait()
	_, ok := m[pair{sink, 1}]
	if ok {
		sink++
	}
}

//go:noinline
func grown() {
	m := make(map[uint32]*pair)
	for i := uint32(0); i < 700; i++ {
		m[i] = &pair{int(i), 1}
	}
	wait()
	sink += m[77].a
}

//go:noinline
func ranging() {
	m := map[int8]bool{}
	for i := int8(0); i < 6; i++ {
		m[i] = true
	}
	for k := range m {
		if sink == 0 && k >= 0 {
			wait()
		}
		sink += int(k)
	}
}

//go:noinline
func fill(m map[int]string, n int) {
	for i := 0; i < n; i++ {
		m[i] = "x"
	}
}

//go:noinline
func lent() {
	m := make(map[int]string)
	fill(m, 7)
	m[100] = "last"
	wait()
	sink += len(m)
	sink += len(m[3])
}

//go:noinline
func two() {
	a := make(map[int16]int)
	b := make(map[string]string)
	a[1] = 1
	b["k"] = "v"
	b["l"] = "w"
	b["m"] = "w"
	b["n"] = "w"
	wait()
	sink += a[1] + len(b["k"])
}

//go:noinline
func running() {
	m := make(map[uint64]bool)
	for i := uint64(0); i < 3; i++ {
		m[i] = true
	}
	ready.Done()
	for m[1] {
	}
}

func main() {
	var truth strings.Builder
	for _, f := range []struct {
		run  func()
		says string
	}{
		{small, "small map[int]int 2"},
		{texts, "texts map[string]int 3"},
		{set, "set map[main.pair]struct {} 5"},
		{grown, "grown map[uint32]*main.pair 700"},
		{ranging, "ranging map[int8]bool 6"},
		{lent, "lent map[int]string 8"},
		{running, "running map[uint64]bool 3"},
		{two, "two map[int16]int 1"},
		{two, "two map[string]string 4"},
	} {
		if !strings.HasPrefix(f.says, "two map[string]") {
			ready.Add(1)
			go f.run()
		}
		truth.WriteString(f.says + "\n")
	}
	ready.Wait()
	fmt.Print(truth.String() + "READY\n")
	os.Stdin.Read(make([]byte, 1))
}
