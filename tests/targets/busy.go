// busy hammers maps from several goroutines, checks after each round that
// they hold what they should, and ends with an error if they do not. SIGUSR1
// prints the work done and the largest gap of a 1 ms ticker since the last;
// end of input ends it with 0.
package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	work    int64
	largest int64
)

func hammer(id int, keep map[int]*[4]int) {
	for round := 0; ; round++ {
		for i := 0; i < 1000; i++ {
			keep[i+round] = &[4]int{id, i, round, i + round}
		}
		sum := 0
		for k, v := range keep {
			if v[0] != id || v[3] != k {
				fmt.Println("broken", id, k, *v)
				os.Exit(3)
			}
			sum++
		}
		if sum != len(keep) {
			fmt.Println("lost entries", id, sum, len(keep))
			os.Exit(3)
		}
		for i := 0; i < 990; i++ {
			delete(keep, i+round)
		}
		if len(keep) > 100000 {
			keep = make(map[int]*[4]int)
		}
		atomic.AddInt64(&work, 1)
	}
}

func tick() {
	last := time.Now()
	for now := range time.NewTicker(time.Millisecond).C {
		now = time.Now()
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

func main() {
	for id := 0; id < 4; id++ {
		go hammer(id, make(map[int]*[4]int))
	}
	go tick()
	ask := make(chan os.Signal, 1)
	signal.Notify(ask, syscall.SIGUSR1)
	go func() {
		for range ask {
			fmt.Printf(`{"work":%d,"gap_ns":%d}`+"\n",
				atomic.LoadInt64(&work),
				atomic.SwapInt64(&largest, 0))
		}
	}()
	fmt.Printf("{}\nREADY\n")
	io.Copy(io.Discard, os.Stdin)
}
