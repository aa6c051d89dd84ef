// big fills its heap for measurements: -maps maps, a map of -wide entries,
// -objects objects in -lists lists and -mb mebibytes of pointer-free memory.
// With -mixed every second object is twice as large and every third of those
// has a second reference; with -random all of those have, to any of them.
// With -tick it writes to 10,000 pages a second, and SIGUSR1 prints the largest
// gap of its 1 ms ticker since the last.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

type node struct {
	next *node
	name string
}

type record struct {
	next, peer *record
	name       string
	at, size   int64
}

var (
	maps   []map[int]string
	chains []*node
	linked []*record
	blocks [][]byte
	wide   map[int]int
)

var largest int64

func tick() {
	last := time.Now()
	at := 0
	for range time.NewTicker(time.Millisecond).C {
		now := time.Now()
		if gap := int64(now.Sub(last)); gap > atomic.LoadInt64(&largest) {
			atomic.StoreInt64(&largest, gap)
		}
		last = now
		for i := 0; i < 10 && len(blocks) > 0; i++ {
			at += 4096
			blocks[at>>20%len(blocks)][at&(1<<20-1)]++
		}
	}
}

func answer() {
	ask := make(chan os.Signal, 1)
	signal.Notify(ask, syscall.SIGUSR1)
	for range ask {
		fmt.Printf(`{"gap_ns":%d}`+"\n", atomic.SwapInt64(&largest, 0))
	}
}

func fill(objects, lists int, mixed, random bool) {
	var all []*record
	chains = make([]*node, lists)
	linked = make([]*record, lists)
	for i := 0; i < objects; i++ {
		if mixed && i%2 == 1 {
			head := &linked[i%lists]
			r := &record{next: *head, name: "r", at: int64(i)}
			if random && i > 1 {
				r.peer = all[rand.Intn(len(all))]
			} else if i%3 == 0 {
				r.peer = linked[i/2%lists]
			}
			if random {
				all = append(all, r)
			}
			*head = r
			continue
		}
		head := &chains[i%lists]
		*head = &node{*head, "n"}
	}
}

func main() {
	mb := flag.Int("mb", 64, "mebibytes without pointers")
	objects := flag.Int("objects", 100000, "linked objects")
	lists := flag.Int("lists", 1024, "lists that the objects make")
	mixed := flag.Bool("mixed", false, "objects of two sizes")
	random := flag.Bool("random", false, "references to anywhere")
	count := flag.Int("maps", 1000, "maps")
	each := flag.Int("each", 20, "entries of a map")
	entries := flag.Int("wide", 0, "entries of one more map")
	ticks := flag.Bool("tick", false, "write pages, measure a ticker")
	flag.Parse()
	for i := 0; i < *mb; i++ {
		block := make([]byte, 1<<20)
		for at := 0; at < len(block); at += 4096 {
			block[at] = 1
		}
		blocks = append(blocks, block)
	}
	fill(*objects, *lists, *mixed || *random, *random)
	for i := 0; i < *count; i++ {
		m := make(map[int]string)
		for k := 0; k < *each; k++ {
			m[k] = "v"
		}
		maps = append(maps, m)
	}
	wide = make(map[int]int)
	for k := 0; k < *entries; k++ {
		wide[k] = k
	}
	runtime.GC()
	if *ticks {
		go tick()
		go answer()
	}
	fmt.Printf(`{"mb":%d,"objects":%d,"maps":%d}`+"\nREADY\n", len(blocks),
		*objects, len(maps))
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(maps)
}
