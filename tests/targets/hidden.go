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
	ready, stop := make(chan bool), make(chan bool)
	go split(1, ready, stop)
	<-ready
	tell()
	fmt.Println(links.next.next.call(), len(smalls), len(mediums), opaque)
}
