// states keeps maps in the states that chance seldom brings about, and on
// goroutines in every state.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
)

var (
	growing  = make(map[int]int)
	sameSize = map[int]int{-1: 0}
	chained  = make(map[int]int, 1000)
	cleared  = make(map[int]int)
	refilled = make(map[int]int)
	nils     []*struct {
		empty map[int]int
		n     int
	}
	ready sync.WaitGroup
	block = make(chan int)
	stop  int32
	sink  int
	mutex sync.Mutex
)

func locked(name, owner, root string, m interface{}) {
	mutex.Lock()
	defer mutex.Unlock()
	note(name, owner, root, m)
}

// How a map[int]int hashes k, in the words of its own runtime.
func hash(m map[int]int, k int) uintptr {
	var boxed interface{} = m
	words := *(*[2]unsafe.Pointer)(unsafe.Pointer(&boxed))
	hasher := *(*func(unsafe.Pointer, uintptr) uintptr)(
		unsafe.Add(words[0], 72))
	return hasher(unsafe.Pointer(&k), seed(words[1]))
}

func headerOf(m map[int]int) *header {
	return *(**header)(unsafe.Pointer(&m))
}

// The next n keys above k that begin their lookup at home.
func keysAt(m map[int]int, home uintptr, k, n int) []int {
	var keys []int
	for ; len(keys) < n; k++ {
		if headerOf(m).home(hash(m, k)) == home {
			keys = append(keys, k)
		}
	}
	return keys
}

func grow() {
	for i := 0; i < 1<<16 && !headerOf(growing).midGrowth(); i++ {
		growing[i] = i
	}
	note("growing", "main.growing", "global", growing)
	// Two overflow buckets at one home after the other.
	for i := 0; i < 100; i++ {
		sameSize[-2-i] = i
	}
	for i := 0; i < 100; i++ {
		delete(sameSize, -2-i)
	}
	for i := 0; i < 64 && !headerOf(sameSize).midSameSize(); i++ {
		keys := keysAt(sameSize, uintptr(i%16), i<<20, 17)
		for _, k := range keys {
			sameSize[k] = k
			if headerOf(sameSize).midSameSize() {
				break
			}
		}
		for _, k := range keys {
			if !headerOf(sameSize).midSameSize() {
				delete(sameSize, k)
			}
		}
	}
	note("same size", "main.sameSize", "global", sameSize)
	if family == "classic" && (!headerOf(growing).midGrowth() ||
		!headerOf(sameSize).midSameSize()) {
		panic("the maps are not growing")
	}
}

func fill() {
	for _, k := range keysAt(chained, 0, 0, 100) {
		chained[k] = k
	}
	note("chained", "main.chained", "global", chained)
	for i := 0; i < 5000; i++ {
		cleared[i], refilled[i] = i, i
	}
	for _, m := range []map[int]int{cleared, refilled} {
		for k := range m {
			delete(m, k)
		}
	}
	for i := 0; i < 10; i++ {
		refilled[-i] = i
	}
	note("cleared", "main.cleared", "global", cleared)
	note("refilled", "main.refilled", "global", refilled)
}

func make300() map[int]int {
	m := make(map[int]int)
	for i := 0; i < 300; i++ {
		m[i] = i
	}
	return m
}

//go:noinline
func iterating() {
	iterated := make300()
	locked("iterated", "main.iterating.iterated", "stack", iterated)
	for k, v := range iterated {
		sink += k + v
		ready.Done()
		<-block
	}
	sink += len(iterated)
}

// The map outgrows the array or table that the loop began with.
//
//go:noinline
func outgrowing() {
	outgrown := make300()
	for k := range outgrown {
		for i := 0; i < 2000; i++ {
			outgrown[-i] = k
		}
		locked("outgrown", "main.outgrowing.outgrown", "stack",
			outgrown)
		ready.Done()
		<-block
	}
	sink += len(outgrown)
}

//go:noinline
func running() {
	spun := make300()
	locked("running", "main.running.spun", "stack", spun)
	ready.Done()
	for atomic.LoadInt32(&stop) == 0 {
		spun[0]++
	}
	sink += len(spun)
}

//go:noinline
func inSyscall(fd int) {
	asked := make300()
	locked("syscall", "main.inSyscall.asked", "stack", asked)
	var b [1]byte
	ready.Done()
	syscall.Read(fd, b[:])
	sink += len(asked)
}

func finish(m map[string]int) { sink += len(m) }

//go:noinline
func deferring(n int) {
	for i := 0; i < n; i++ {
		m := map[string]int{"deferred": i}
		locked("defer", "", "", m)
		defer finish(m)
	}
	ready.Done()
	<-block
}

//go:noinline
func panicking() {
	defer func() {
		ready.Done()
		<-block
		recover()
	}()
	m := map[string]int8{"panicked": 1}
	locked("panic", "", "", m)
	panic(m)
}

//go:noinline
func sending(c chan map[string]int16) {
	m := map[string]int16{"sent": 1}
	locked("sending", "", "", m)
	ready.Done()
	c <- m
}

func main() {
	if len(os.Args) > 1 {
		n, _ := strconv.Atoi(os.Args[1])
		for i := 0; i < n; i++ {
			nils = append(nils, new(struct {
				empty map[int]int
				n     int
			}))
		}
	}
	grow()
	fill()
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		panic(err)
	}
	ready.Add(7)
	go iterating()
	go outgrowing()
	go inSyscall(pipe[0])
	go deferring(3)
	go panicking()
	go sending(make(chan map[string]int16))
	go running()
	ready.Wait()
	tell()
	atomic.StoreInt32(&stop, 1)
	runtime.KeepAlive(&nils)
	fmt.Println(len(growing), len(sameSize), sink)
}
