// holders keeps maps alive in every way a Go program can, and says for each
// what its header holds and who its owner is, before it waits for ever.
package main

import (
	"container/list"
	"context"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type User struct {
	Name string
	Tags map[string]int
}

type key struct{ A, B int }
type wide struct{ X [17]int64 }
type Duration time.Duration

type service struct {
	Index  map[string]*User
	nested struct{ Inner map[int]string }
}

type worker struct{ id int }

type Cache[K comparable, V any] struct{ items map[K]V }

type held struct{ M map[string]uint8 }

type session struct{ queue []map[string]uint32 }

var (
	global  = map[string]int{"a": 1, "bad\x00\xff": 2}
	alias   map[string]int
	null    map[int]int
	table16 = make(map[int]int)
	hinted  = make(map[int]string, 1000)
	emptied = make(map[int]int)
	nan     = make(map[float64]int)
	wides   = make(map[wide]wide)
	set     = make(map[string]struct{})
	times   = make(map[time.Time]time.Duration)
	named   = make(map[Duration]complex128)
	anyKey  = make(map[interface{}]interface{})
	structs = make(map[key][3]uint16)
	bytes   = make(map[uint8]bool)
	big     = make(map[int64]float32)
	field   struct{ Labels map[string]string }
	array   [3]map[int32]string
	slices  []map[uint16]string
	boxed   interface{}
	closure func() int
	channel = make(chan map[string]uint64, 2)
	lists   = list.New()
	outer   = make(map[string]map[string]int)
	users   = make(map[string]User)
	svc     = new(service)
	syncMap sync.Map
	pool    sync.Pool
	ctx     context.Context
	timer   *time.Timer
	generic = new(Cache[string, int8])
	pointed = make(map[*held]int)
	kept    = new([16]*int)
	weak    atomic.Value
	ring    = [2]*session{new(session), new(session)}
	chain   struct {
		next *struct{ last map[int]uint64 }
	}
)

func fill() {
	alias = global
	for i := 0; i < 5000; i++ {
		big[int64(i)] = float32(i)
		emptied[i] = i
		if i < 100 {
			table16[i] = i
			nan[math.NaN()] = i
			set[strings.Repeat("k", i)] = struct{}{}
			wides[wide{[17]int64{int64(i)}}] = wide{}
			structs[key{i, -i}] = [3]uint16{1, 2, 3}
			times[time.Unix(int64(i), 0)] = time.Second
			named[Duration(i)] = complex(1, 2)
			anyKey[i], anyKey[fmt.Sprint(i)] = "x", i
			bytes[uint8(i)] = i%2 == 0
		}
	}
	for i := 0; i < 4000; i++ {
		delete(emptied, i)
	}
	note("global", "main.global main.alias", "global", global)
	for name, m := range map[string]interface{}{
		"table16": table16, "hinted": hinted, "emptied": emptied,
		"nan": nan, "wides": wides, "set": set, "times": times,
		"named": named, "anyKey": anyKey, "structs": structs,
		"bytes": bytes, "big": big,
	} {
		note(name, "main."+name, "global", m)
	}
}

func hold() {
	field.Labels = map[string]string{"a": "b"}
	note("field", "main.field.Labels", "global", field.Labels)
	array[1] = map[int32]string{1: "one"}
	note("array", "main.array[]", "global", array[1])
	slices = append(slices, map[uint16]string{2: "two"})
	note("slice", "main.slices[]", "global", slices[0])
	m1 := map[string]bool{"boxed": true}
	boxed = m1
	note("interface", "main.boxed", "global", m1)
	m2 := map[int]int8{1: 1}
	closure = func() int { return len(m2) }
	note("closure", "main.hold.func1.m2", "global", m2)
	m3 := map[string]uint64{"queued": 1}
	channel <- m3
	note("channel", "main.channel[]", "global", m3)
	m4 := map[string]int16{"listed": 1}
	lists.PushBack(m4)
	note("list", "main.lists[]", "global", m4)
	outer["x"] = map[string]int{"y": 1}
	note("outer", "main.outer", "global", outer)
	note("inner", "main.outer[]", "global", outer["x"])
	users["u"] = User{"u", map[string]int{"t": 1}}
	note("users", "main.users", "global", users)
	note("tags", "", "", users["u"].Tags)
	svc.Index = map[string]*User{"q": {Name: "q"}}
	svc.nested.Inner = map[int]string{1: "x"}
	note("heapfield", "(*main.service).Index", "global", svc.Index)
	note("nested", "(*main.service).nested.Inner", "global",
		svc.nested.Inner)
	m5 := map[string]int32{"synced": 1}
	syncMap.Store("k", m5)
	note("syncmap", "main.syncMap[]", "global", m5)
	m6 := map[string]int64{"ctx": 1}
	ctx = context.WithValue(context.Background(), key{}, m6)
	note("context", "main.ctx[]", "global", m6)
	m7 := map[string]float64{"timer": 1}
	timer = time.AfterFunc(time.Hour, func() { fmt.Println(m7) })
	note("timer", "", "", m7)
	generic.items = map[string]int8{"generic": 1}
	note("generic", "(*main.Cache[string,int8]).items", "global",
		generic.items)
	h := &held{map[string]uint8{"held": 1}}
	pointed[h] = 1
	note("pointer key", "(*main.held).M", "global", h.M)
	m8 := map[string]uintptr{"finalizer": 1}
	runtime.SetFinalizer(kept, func(*[16]*int) { fmt.Println(len(m8)) })
	note("finalizer", "", "finalizer", m8)
	m9 := map[string]complex64{"cleanup": 1}
	if holdByCleanup(kept, m9) {
		note("cleanup", "", "cleanup", m9)
	}
	m10 := map[string]float32{"atomic": 1}
	weak.Store(m10)
	note("atomic", "main.weak", "global", m10)
	ring[1].queue = append(ring[1].queue, map[string]uint32{"ring": 1})
	note("ring", "(*main.session).queue[]", "global", ring[1].queue[0])
	for i := 0; i < 3; i++ {
		m := map[string][2]int{"pooled": {i, i}}
		pool.Put(m)
		note(fmt.Sprint("pooled ", i), "main.pool[]", "global", m)
	}
	chain.next = new(struct{ last map[int]uint64 })
	chain.next.last = map[int]uint64{1: 1}
	note("anonymous", "main.chain.next.last", "global", chain.next.last)
}

//go:noinline
func (w *worker) run(ready, stop chan bool) {
	local := make(map[string]int)
	for i := 0; i < 300; i++ {
		local[fmt.Sprint(i)] = i
	}
	note("parked", "main.(*worker).run.local", "stack", local)
	ready <- true
	<-stop
	fmt.Println(w.id, len(local))
}

func main() {
	debug.SetGCPercent(-1) // would empty the pool
	fill()
	hold()
	ready, stop := make(chan bool), make(chan bool)
	go new(worker).run(ready, stop)
	<-ready
	tell()
	runtime.KeepAlive(&null)
	fmt.Println(len(alias), closure(), boxed, timer.Stop(), ctx, hinted)
}
