// forks does what a fork of the process could disturb, checks it without
// pause, and ends with an error if anything was ever wrong: child processes
// and their SIGCHLD, connections, timers, maps under load. Two counters are
// kept at most one apart. SIGUSR1 prints the work done and the largest gap of
// a 1 ms ticker since the last; end of input ends it with 0, unless a child is
// left that nobody waited for.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

type counter struct {
	n   uint64
	pad [1 << 16]byte
}

var (
	first, second = new(counter), new(counter)
	written       = make(map[uint64]*[8]uint64)
	held          = make(map[int]*[1 << 12]byte)
	work, execs   int64
	sigchld       int64
	largest       int64
	native        func()
)

func broken(what ...interface{}) {
	fmt.Println(append([]interface{}{"broken"}, what...)...)
	os.Exit(3)
}

// No pause: a copy that is not of one instant has them apart.
func count() {
	for n := uint64(1); ; n++ {
		atomic.StoreUint64(&first.n, n)
		atomic.StoreUint64(&second.n, n)
	}
}

func write() {
	for n := uint64(0); ; n++ {
		written[n] = &[8]uint64{n, n, n, n}
		old, ok := written[n-1000]
		if n >= 1000 && (!ok || old[0] != n-1000 || old[3] != n-1000) {
			broken("map", n, ok, old)
		}
		delete(written, n-1000)
		atomic.AddInt64(&work, 1)
	}
}

func run() {
	for {
		out, err := exec.Command("/bin/echo", "hello").Output()
		if err != nil || string(out) != "hello\n" {
			broken("child", err, string(out))
		}
		atomic.AddInt64(&execs, 1)
		time.Sleep(5 * time.Millisecond)
	}
}

func tick() {
	last := time.Now()
	for range time.NewTicker(time.Millisecond).C {
		now := time.Now()
		gap := int64(now.Sub(last))
		last = now
		for old := atomic.LoadInt64(&largest); gap > old; {
			if atomic.CompareAndSwapInt64(&largest, old, gap) {
				break
			}
			old = atomic.LoadInt64(&largest)
		}
	}
}

// A connection is closed as soon as a byte comes.
func serve(listener net.Listener) {
	for {
		c, err := listener.Accept()
		if err != nil {
			broken("accept", err)
		}
		go func() {
			c.Read(make([]byte, 1))
			c.Close()
		}()
	}
}

func listen(what os.Signal, do func()) {
	ask := make(chan os.Signal, 16)
	signal.Notify(ask, what)
	go func() {
		for range ask {
			do()
		}
	}()
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		broken("listen", err)
	}
	for i := 0; i < 4096; i++ {
		held[i] = &[1 << 12]byte{byte(i)}
	}
	listen(syscall.SIGCHLD, func() { atomic.AddInt64(&sigchld, 1) })
	listen(syscall.SIGUSR1, func() {
		fmt.Printf(`{"work":%d,"execs":%d,"sigchld":%d,"gap_ns":%d}`+"\n",
			atomic.LoadInt64(&work), atomic.LoadInt64(&execs),
			atomic.LoadInt64(&sigchld), atomic.SwapInt64(&largest, 0))
	})
	go count()
	go write()
	go run()
	go tick()
	go serve(listener)
	if native != nil {
		native()
	}
	fmt.Printf(`{"first":"%p","second":"%p","port":%d}`+"\nREADY\n", first,
		second, listener.Addr().(*net.TCPAddr).Port)
	io.Copy(io.Discard, os.Stdin)
	for i, p := range held {
		if p[0] != byte(i) {
			broken("held", i)
		}
	}
	// A zombie without an exit signal; our own children are not.
	pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG|1<<31, nil)
	if err == nil && pid > 0 {
		broken("zombie", pid)
	}
}
