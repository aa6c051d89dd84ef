// defers parks goroutines in functions that have deferred calls, of every way
// the compiler has to keep them, and says which calls are due and in what
// order.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"sync"
)

var (
	ready sync.WaitGroup
	block = make(chan int)
	never = len(os.Args) > 9
	guard sync.RWMutex
	sink  int
	truth []frame
	lock  sync.Mutex
)

// frame is what is due in the frame of a function: names, the next to run
// first, and if they are wrappers of the compiler, what those call.
type frame struct {
	Function, Kind string
	Names, Calls   []string
}

func wait() {
	ready.Done()
	<-block
}

// due says that these calls are due in a frame of the function, first first.
func due(function, kind string, calls ...func()) {
	lock.Lock()
	defer lock.Unlock()
	f := frame{Function: "main." + function, Kind: kind}
	for _, call := range calls {
		pc := reflect.ValueOf(call).Pointer()
		f.Names = append(f.Names, runtime.FuncForPC(pc).Name())
	}
	truth = append(truth, f)
}

//go:noinline
func looped() {
	var calls []func()
	for i := 0; i < 3; i++ {
		number := 10 * (i + 1)
		call := func() { taken(number, "y"); taken(sink, "z"); sink += number }
		calls = append([]func(){call}, calls...)
		defer call()
	}
	due("looped", "heap", calls...)
	wait()
}

// mixed cannot have open-coded ones for its loop; the others are in its frame.
//
//go:noinline
func mixed() {
	first := func() { sink++ }
	defer first()
	var calls []func()
	for i := 0; i < 2; i++ {
		call := func() { sink-- }
		calls = append(calls, call)
		defer call()
	}
	last := func() { sink += 2 }
	defer last()
	due("mixed", "mixed", last, calls[1], calls[0], first)
	wait()
}

//go:noinline
func open() {
	first := func() { sink++ }
	defer first()
	if never {
		defer func() { sink = 99 }()
	}
	second := func() { sink += 2 }
	defer second()
	due("open", "open-coded", second, first)
	wait()
	defer func() { sink = 98 }()
}

//go:noinline
func none() {
	due("none", "none")
	wait()
	sink++
}

//go:noinline
func returning() {
	var calls []func()
	for i := 0; i < 3; i++ {
		i := i
		call := func() {
			if i == 1 {
				wait()
			}
		}
		calls = append(calls, call)
		defer call()
	}
	due("returning", "heap", calls[0])
}

//go:noinline
func openReturning() {
	first := func() { sink += 3 }
	defer first()
	defer wait()
	due("openReturning", "open-coded", first)
}

//go:noinline
func outer() {
	for i := 0; i < 2; i++ {
		call := func() { sink += 5 }
		if i == 1 {
			due("outer", "heap", call, call)
		}
		defer call()
	}
	inner()
}

//go:noinline
func inner() {
	call := func() { recover() }
	defer call()
	due("inner", "open-coded", call)
	panics()
}

func panics() {
	defer wait()
	due("panics", "none")
	panic("on purpose")
}

//go:noinline
func wrapped(n int) {
	defer guard.RUnlock()
	defer taken(n, "x")
	wait()
}

//go:noinline
func taken(n int, s string) { sink += n + len(s) }

func main() {
	guard.RLock()
	run := []func(){looped, mixed, open, none, returning, openReturning,
		outer, func() { wrapped(7) }}
	run = append(run, more...)
	ready.Add(len(run))
	for _, f := range run {
		go f()
	}
	ready.Wait()
	truth = append(truth, frame{Function: "main.wrapped", Kind: "open-coded",
		Calls: []string{"main.taken", "sync.(*RWMutex).RUnlock"}})
	text, _ := json.Marshal(truth)
	fmt.Printf("%s\nREADY\n", text)
	os.Stdin.Read(make([]byte, 1))
}
