// stats says what runtime.ReadMemStats counts and then does nothing at all:
// lines are NAME VALUE.
package main

import (
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	keep   [][]byte
	table  = make(map[int]*int)
	stats  runtime.MemStats
	begun  int32
	rested int32
	text   = make([]byte, 0, 4096)
)

func say(name string, value uint64) {
	text = append(append(text, name...), ' ')
	text = append(strconv.AppendUint(text, value, 10), '\n')
}

func main() {
	for i := 0; i < 20000; i++ {
		b := make([]byte, i%4000)
		n := i
		if i%7 == 0 {
			keep = append(keep, b)
			table[i] = &n
		}
		if i%5000 == 0 {
			runtime.GC()
			keep = append(keep, make([]byte, 1<<20+i))
		}
	}
	// Threads enough that the runtime needs no new one when main waits in
	// its read: they stay, idle.
	for i := 0; i < 12; i++ {
		go func() {
			pause := syscall.NsecToTimespec(50e6)
			syscall.Nanosleep(&pause, nil)
			atomic.AddInt32(&rested, 1)
		}()
	}
	for atomic.LoadInt32(&rested) < 12 {
		time.Sleep(time.Millisecond)
	}
	for i := 0; i < 20; i++ {
		go func() {
			var b [20000]byte
			b[stats.NumGC%2] = 1
			atomic.AddInt32(&begun, int32(b[stats.NumGC%2]))
			select {} // it allocates nothing any more
		}()
	}
	for atomic.LoadInt32(&begun) < 20 {
		time.Sleep(time.Millisecond)
	}
	runtime.GC()
	debug.FreeOSMemory() // nothing is left for the scavenger
	time.Sleep(100 * time.Millisecond)
	runtime.ReadMemStats(&stats)
	say("heap_alloc", stats.HeapAlloc)
	say("heap_objects", stats.HeapObjects)
	say("heap_inuse", stats.HeapInuse)
	say("heap_idle", stats.HeapIdle)
	say("heap_released", stats.HeapReleased)
	say("heap_sys", stats.HeapSys)
	say("stack_inuse", stats.StackInuse)
	say("stack_sys", stats.StackSys)
	say("mspan_sys", stats.MSpanSys)
	say("mcache_sys", stats.MCacheSys)
	say("gc_sys", stats.GCSys)
	say("mspan_inuse", stats.MSpanInuse)
	say("mcache_inuse", stats.MCacheInuse)
	say("buckhash_sys", stats.BuckHashSys)
	say("other_sys", stats.OtherSys)
	say("gc_cpu_ppb", uint64(stats.GCCPUFraction*1e9))
	say("sys", stats.Sys)
	say("mallocs", stats.Mallocs)
	say("frees", stats.Frees)
	say("total_alloc", stats.TotalAlloc)
	say("next_gc", stats.NextGC)
	say("num_gc", uint64(stats.NumGC))
	say("num_forced_gc", uint64(stats.NumForcedGC))
	say("last_gc_ns", stats.LastGC)
	say("pause_total_ns", stats.PauseTotalNs)
	say("last_pause_ns", stats.PauseNs[(stats.NumGC+255)%256])
	for i := uint32(0); i < stats.NumGC && i < 256; i++ {
		n := (stats.NumGC - 1 - i) % 256
		say("pause", stats.PauseNs[n])
		say("pause_end", stats.PauseEnd[n])
	}
	for i := 1; i < len(stats.BySize); i++ { // 0 is no class
		say("class_mallocs", stats.BySize[i].Mallocs)
		say("class_frees", stats.BySize[i].Frees)
	}
	text = append(text, "READY\n"...)
	syscall.Write(1, text)
	syscall.Read(0, text)
	runtime.KeepAlive(keep)
	runtime.KeepAlive(table)
}
