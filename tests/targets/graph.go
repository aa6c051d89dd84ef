// graph holds objects in known shapes, says what each retains and how it is
// reached, and waits. All sizes are those of size classes, so that the figures
// are exact.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"unsafe"
)

type leaf struct { // 64 bytes
	next *leaf
	pad  [7]uint64
}

type node struct { // 128 bytes
	left, right *node
	data        *leaf
	pad         [13]uint64
}

type session struct {
	attrs map[string]*leaf
	id    string
	pad   [13]uint64
}

type server struct {
	sessions map[string]*session
	list     []*node
	hook     func() int
	any      interface{}
	pad      [7]uint64
}

var (
	tree   *node
	dag    *node
	cycle  *node
	one    *leaf
	two    *leaf
	srv    *server
	wide   []*leaf
	parked = make(chan *leaf)
)

// form is a literal in data: only instructions know its address.
type form struct{ values, files map[string][]string }

var marker = &form{values: make(map[string][]string), files: make(map[string][]string)}

//go:noinline
func isMarker(f *form) bool { return f == marker }

type path struct {
	Kind  string   `json:"kind"`
	Name  string   `json:"name"`
	Steps []string `json:"steps"`
}

type ask struct {
	What     string `json:"what"`
	Addr     string `json:"addr"`
	Type     string `json:"type"`
	Bytes    uint64 `json:"bytes"`
	Retained uint64 `json:"retained"`
	Objects  uint64 `json:"objects"`
	Strong   uint64 `json:"strong"`
	Holders  uint64 `json:"holders"`
	Paths    []path `json:"paths"`
}

var asks []ask

func at(p unsafe.Pointer) string { return fmt.Sprintf("%p", p) }

func newNode(l, r *node, d *leaf) *node { return &node{left: l, right: r, data: d} }

//go:noinline
func newServer() *server { return &server{} }

//go:noinline
func full(depth int) *node {
	if depth == 0 {
		return newNode(nil, nil, &leaf{})
	}
	return newNode(full(depth-1), full(depth-1), nil)
}

func say(what string, p unsafe.Pointer, typ string, bytes, retained, objects, strong, holders uint64, paths ...path) {
	asks = append(asks, ask{what, at(p), typ, bytes, retained, objects, strong, holders, paths})
}

func global(name string, steps ...string) path { return path{"global", name, steps} }

// 15 nodes, 8 leaves: a tree retains all of itself.
func trees() {
	tree = full(3)
	say("tree", unsafe.Pointer(tree), "main.node", 128, 15*128+8*64, 23, 1, 1, global("main.tree", ""))
	say("subtree", unsafe.Pointer(tree.left), "main.node", 128, 7*128+4*64, 11, 1, 1,
		global("main.tree", ".left", ""))
	l := tree.right.right.left.data
	say("leaf", unsafe.Pointer(l), "main.leaf", 64, 64, 1, 1, 1,
		global("main.tree", ".right", ".right", ".left", ".data", ""))
}

// Two ways to the same leaf below one top: neither way retains it.
func dags() {
	shared := &leaf{}
	dag = newNode(newNode(nil, nil, shared), newNode(nil, nil, shared), nil)
	say("dag", unsafe.Pointer(dag), "main.node", 128, 3*128+64, 4, 1, 1, global("main.dag", ""))
	say("dag side", unsafe.Pointer(dag.left), "main.node", 128, 128, 1, 1, 1, global("main.dag", ".left", ""))
	say("dag shared", unsafe.Pointer(shared), "main.leaf", 64, 64, 1, 1, 2)
}

// A ring is entered at one place, which retains all of it.
func cycles() {
	a, b, c := newNode(nil, nil, nil), newNode(nil, nil, nil), newNode(nil, nil, &leaf{})
	a.left, b.left, c.left = b, c, a
	a.right, b.right, c.right = c, a, b
	cycle = a
	say("ring entry", unsafe.Pointer(a), "main.node", 128, 3*128+64, 4, 1, 1, global("main.cycle", ""))
	say("ring member", unsafe.Pointer(b), "main.node", 128, 128, 1, 1, 2)
}

// Two roots share a leaf.
func roots() {
	shared := &leaf{}
	one = &leaf{next: shared}
	two = &leaf{next: shared}
	say("one", unsafe.Pointer(one), "main.leaf", 64, 64, 1, 1, 1, global("main.one", ""))
	say("two roots", unsafe.Pointer(shared), "main.leaf", 64, 64, 1, 2, 2,
		global("main.one", ".next", ""), global("main.two", ".next", ""))
}

// A known chain through maps, slices, closures and interfaces.
func chains() {
	srv = newServer()
	in := &leaf{}
	srv.sessions = map[string]*session{"id-17": {attrs: map[string]*leaf{"color": in}}}
	say("in a map", unsafe.Pointer(in), "main.leaf", 64, 64, 1, 1, 1,
		global("main.srv", ".sessions", `["id-17"]`, ".attrs", `["color"]`, ""))
	n := newNode(nil, nil, nil)
	srv.list = []*node{nil, nil, n, nil}
	say("in a slice", unsafe.Pointer(n), "main.node", 128, 128, 1, 1, 1,
		global("main.srv", ".list", "[2]", ""))
	caught := &leaf{}
	srv.hook = func() int { return int(caught.pad[0]) }
	say("in a closure", unsafe.Pointer(caught), "main.leaf", 64, 64, 1, 1, 1,
		global("main.srv", ".hook", ".caught", ""))
	boxed := &leaf{}
	srv.any = boxed
	say("in an interface", unsafe.Pointer(boxed), "main.leaf", 64, 64, 1, 1, 1,
		global("main.srv", ".any", ""))
}

// Ten thousand elements below one array, a list as long as that.
func long() {
	var l *leaf
	for i := 0; i < 10000; i++ {
		l = &leaf{next: l}
	}
	wide = make([]*leaf, 4, 8)
	wide[3] = l
	say("a list", unsafe.Pointer(l), "main.leaf", 64, 10000*64, 10000, 1, 1, global("main.wide", "[3]", ""))
}

//go:noinline
func park(l *leaf, ready chan bool) {
	ready <- true
	parked <- l
	runtime.KeepAlive(l)
}

func main() {
	trees()
	dags()
	cycles()
	roots()
	chains()
	long()
	if !isMarker(marker) {
		panic("marker")
	}
	say("unnamed map", *(*unsafe.Pointer)(unsafe.Pointer(&marker.values)), "", 48, 48, 1, 1, 1)
	say("unnamed map", *(*unsafe.Pointer)(unsafe.Pointer(&marker.files)), "", 48, 48, 1, 1, 1)
	runtime.GC()
	text, err := json.Marshal(asks)
	if err != nil {
		panic(err)
	}
	ready := make(chan bool)
	l := &leaf{}
	held := at(unsafe.Pointer(l))
	go park(l, ready)
	l = nil
	<-ready
	fmt.Printf("%s\n", append(append(text[:len(text)-1], fmt.Sprintf(
		`,{"what":"parked","addr":"%s","type":"main.leaf","bytes":64,"retained":64,"objects":1,"strong":0,"holders":0,"paths":null}`,
		held)...), ']'))
	fmt.Println("READY")
	os.Stdin.Read(make([]byte, 1))
}
