// stacks blocks goroutines in every way there is, says what the runtime says
// of their stacks, and waits.
package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

type worker struct{ c chan int }

var (
	never   = make(chan int)
	full    = make(chan int, 1)
	locked  sync.Mutex
	rlocked sync.RWMutex
	group   sync.WaitGroup
	cond    = sync.NewCond(&sync.Mutex{})
	nilPair *struct{ a, b int }
)

func (w *worker) run(n int) int { return <-w.c + n }

//go:noinline
func deep(n int) int {
	if n == 0 {
		return <-never
	}
	return deep(n-1) + 1
}

func inlined() int { return <-never }

func panicking() {
	defer func() { <-never }()
	panic("on purpose")
}

func faulting() {
	defer func() { <-never }()
	nilPair.b = 1
}

func recovered() {
	func() {
		defer func() { recover() }()
		panic("on purpose")
	}()
	<-never
}

func deferring() {
	for i := 0; i < 3; i++ {
		defer func(n int) {
			if n == 1 {
				<-never
			}
		}(i)
	}
}

func inSyscall() {
	var fds [2]int
	if syscall.Pipe(fds[:]) == nil {
		syscall.Read(fds[0], make([]byte, 8))
	}
}

func inPoll() {
	r, w, err := os.Pipe()
	if err == nil {
		r.Read(make([]byte, 8))
		w.Close()
	}
}

func onThread() {
	runtime.LockOSThread()
	<-never
}

func wrapped(f interface{ run(int) int }) { f.run(1) }

// settled is what runtime.Stack prints once nothing is on its way any more.
func settled() []byte {
	room := make([]byte, 1<<20)
	for i := 0; ; i++ {
		time.Sleep(300 * time.Millisecond)
		text := room[:runtime.Stack(room, true)]
		if i == 100 || !bytes.Contains(text, []byte(" [runnable")) {
			return text
		}
	}
}

func main() {
	full <- 1
	locked.Lock()
	rlocked.Lock()
	group.Add(1)
	w := &worker{never}
	for _, f := range []func(){
		func() { <-never },
		func() { full <- 2 },
		func() {
			select {
			case <-never:
			case full <- 3:
			}
		},
		func() { select {} },
		func() { var c chan int; <-c },
		func() { time.Sleep(time.Hour) },
		func() { <-time.After(time.Hour) },
		func() { locked.Lock() },
		func() { rlocked.RLock() },
		func() { rlocked.Lock() },
		func() { group.Wait() },
		func() { cond.L.Lock(); cond.Wait() },
		func() { deep(20) },
		func() { deep(300) },
		func() { inlined() },
		func() { w.run(3) },
		func() { wrapped(w) },
		panicking, faulting, recovered, deferring,
		inSyscall, inPoll, onThread,
	} {
		go f()
	}
	go w.run(4)
	begun := make(chan bool, 1)
	time.AfterFunc(20*time.Millisecond, func() { begun <- true; <-never })
	<-begun
	fmt.Printf("%s\nREADY\n", settled())
	os.Stdin.Read(make([]byte, 1))
}
