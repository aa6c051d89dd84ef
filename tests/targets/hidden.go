// hidden holds maps where a reader of the heap is easily misled: by what a
// span was before, by a closure that looks like something else first, by
// variables that lie in a frame in pieces.
package main

import (
	"fmt"
	"runtime"
	"unsafe"
)

type block struct{ words [8192]*block }

type small struct {
	count int
	inner map[string]int
}

type medium struct {
	pad   [90]*int
	inner map[string]int
}

type pair struct {
	count int
	inner map[string]int
}

type link struct {
	next *link
	call func() int
}

var (
	blocks  []*block
	smalls  []*small
	mediums []*medium
	opaque  unsafe.Pointer
	links   *link
	copied  func() int
)

// Spans of small objects whose descriptors were large objects' before.
func reuse() {
	for i := 0; i < 400; i++ {
		blocks = append(blocks, new(block))
	}
	blocks = nil
	runtime.GC()
	runtime.GC()
	for i := 0; i < 4000; i++ {
		s := &small{i, map[string]int{"s": i}}
		smalls = append(smalls, s)
		if i%8 == 0 {
			m := &medium{inner: map[string]int{"m": i}}
			mediums = append(mediums, m)
			note("medium", "(*main.medium).inner", "global", m.inner)
		}
		if i%16 == 0 {
			note("small", "(*main.small).inner", "global", s.inner)
		}
	}
}

//go:noinline
func counter(m map[uint32]int) func() int {
	return func() int { return len(m) }
}

// The same code is first met in an object of which nothing is known.
func obscure() {
	f := counter(map[uint32]int{1: 1})
	opaque = *(*unsafe.Pointer)(unsafe.Pointer(&f))
	m := map[uint32]int{2: 2}
	links = &link{next: &link{next: &link{call: counter(m)}}}
	note("closure", "main.counter.func1.m", "global", m)
}

type options struct {
	name   string
	goals  map[float64]float64
	labels []string
	more   [4]int
}

//go:noinline
func use(count *int, o options) int { return len(o.goals) + *count }

// Too large for a register, captured by value all the same: debug information
// calls it &o.
//
//go:noinline
func copies(o options) func() int {
	count := new(int)
	return func() int { return use(count, o) }
}

type droppedKey int

type literal struct {
	names map[droppedKey]string
	other map[string]bool
}

var others = map[string]bool{"kept": true}

//go:noinline
func convert(m map[droppedKey]int) map[string]bool {
	return map[string]bool{"a": m != nil, "b": true, "c": true}
}

// Nobody reads it: the linker drops it, and keeps what fills its literal.
var dropped = []literal{
	{map[droppedKey]string{1: "one", 2: "two"}, others},
	{nil, convert(map[droppedKey]int{1: 1})},
	{map[droppedKey]string{}, map[string]bool{"x": true}},
	{map[droppedKey]string{
		1: "a", 2: "b", 3: "c", 4: "d", 5: "e", 6: "f", 7: "g", 8: "h",
		9: "i", 10: "j", 11: "k", 12: "l", 13: "m", 14: "n", 15: "o",
		16: "p", 17: "q", 18: "r", 19: "s", 20: "t", 21: "u", 22: "v",
		23: "w", 24: "x", 25: "y", 26: "z", 27: "-",
	}, nil},
}

//go:noinline
func choose(n int) interface{} {
	m := map[int8]int{1: n}
	note("boxed", "main.split.v", "stack", m)
	return m
}

// Debug information calls one piece of p the whole of it up to Go 1.21, and
// pinner since Go 1.27.
//
//go:noinline
func fill(n int) map[string]int {
	m := map[string]int{"p": n}
	if runtime.Version() >= "go1.22" {
		note("pair", "main.split.p.inner main.split.pinner", "stack", m)
	}
	return m
}

//go:noinline
func split(n int, ready, stop chan bool) {
	v := choose(n)
	p := pair{n, fill(n)}
	ready <- true
	<-stop
	fmt.Println(v, p.count, p.inner)
}

func main() {
	reuse()
	obscure()
	goals := map[float64]float64{1: 2, 3: 4}
	note("copied", "main.copies.func1.o.goals main.copies.func1.X1.goals",
		"global", goals)
	copied = copies(options{goals: goals, labels: []string{"l"}})
	ready, stop := make(chan bool), make(chan bool)
	go split(1, ready, stop)
	<-ready
	tell()
	fmt.Println(copied(), others)
	fmt.Println(links.next.next.call(), len(smalls), len(mediums), opaque)
}
