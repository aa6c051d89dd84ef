// heapprof allocates in several places, says what runtime.MemProfile says of
// it, and waits.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

func init() { runtime.MemProfileRate = 512 }

type record struct {
	AllocObjects int64  `json:"alloc_objects"`
	AllocSpace   int64  `json:"alloc_space"`
	InuseObjects int64  `json:"inuse_objects"`
	InuseSpace   int64  `json:"inuse_space"`
	Stack        string `json:"stack"`
}

var (
	kept   [][]byte
	tables = map[int]*[64]int{}
	hinted []map[int]int
)

//go:noinline
func keep(n, size int) {
	for i := 0; i < n; i++ {
		kept = append(kept, make([]byte, size))
	}
}

//go:noinline
func waste(n int) (sum int) {
	for i := 0; i < n; i++ {
		b := make([]byte, 4096+i%3*1024)
		sum += len(b) + cap(fresh(i))
	}
	return sum
}

//go:noinline
func fresh(i int) []int { return make([]int, 100+i%7) }

func inlined(i int) { tables[i] = new([64]int) }

//go:noinline
func deep(n int) {
	if n > 0 {
		deep(n - 1)
		return
	}
	keep(100, 2000)
}

// As profiles are shown: without the allocator's frames at the leaf, unless
// there are no others, and without goexit.
func stack(pcs []uintptr) string {
	var names, all []string
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		if f.Function == "runtime.goexit" {
			break
		}
		all = append(all, fmt.Sprintf("%s:%d", f.Function, f.Line))
		if len(names) > 0 || !strings.HasPrefix(f.Function, "runtime.") &&
			!strings.HasPrefix(f.Function, "internal/runtime/") {
			names = append(names, all[len(all)-1])
		}
		if !more {
			break
		}
	}
	if len(names) == 0 {
		names = all
	}
	return strings.Join(names, " ")
}

func main() {
	keep(500, 700)
	waste(3000)
	deep(5)
	for i := 0; i < 300; i++ {
		inlined(i)
		hinted = append(hinted, make(map[int]int, 100))
	}
	kept = append(kept, make([]byte, 1<<20))
	debug.SetGCPercent(-1)
	for i := 0; i < 3; i++ {
		runtime.GC()
	}
	records := make([]runtime.MemProfileRecord, 4000)
	n, ok := runtime.MemProfile(records, true)
	if !ok {
		panic("too many records")
	}
	out := make([]record, 0, n)
	for _, r := range records[:n] {
		out = append(out, record{r.AllocObjects, r.AllocBytes, r.InUseObjects(), r.InUseBytes(), stack(r.Stack())})
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\nREADY\n", text)
	os.Stdin.Read(make([]byte, 1))
	runtime.KeepAlive(kept)
	runtime.KeepAlive(hinted)
}
