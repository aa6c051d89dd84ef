// ties holds as many objects of each of 64 types, in no order: whoever meets
// types in several threads meets them in another order each time. It is built
// without debug information, which would number them.
package main

import (
	"fmt"
	"io"
	"math/rand"
	"os"
)

const each = 2000

type pair[A, B any] struct {
	a *A
	b *B
}

var held []any

func put[A, B any]() {
	for i := 0; i < each; i++ {
		held = append(held, &pair[A, B]{})
	}
}

func row[A any]() {
	put[A, int]()
	put[A, int8]()
	put[A, int16]()
	put[A, int32]()
	put[A, string]()
	put[A, bool]()
	put[A, float32]()
	put[A, []int]()
}

// A type that its own map refers to, met in the map first.
type trie struct {
	children map[rune]*trie
	words    []string
}

var tries int

// Nothing but a symbol and the code that fills it tells of its type.
var names = map[string]int{"a": 1, "b": 2, "c": 3}

func grow(depth, width int) *trie {
	t := &trie{words: []string{"w"}}
	if depth == 0 {
		return t
	}
	t.children = make(map[rune]*trie)
	tries++
	for i := 0; i < width; i++ {
		t.children[rune(i)] = grow(depth-1, width/3)
	}
	return t
}

func main() {
	held = append(held, grow(3, 60))
	row[int]()
	row[int8]()
	row[int16]()
	row[int32]()
	row[string]()
	row[bool]()
	row[float32]()
	row[[]int]()
	rand.Shuffle(len(held), func(i, j int) {
		held[i], held[j] = held[j], held[i]
	})
	fmt.Printf("{\"tries\":%d}\nREADY\n", tries)
	io.Copy(io.Discard, os.Stdin)
	fmt.Println(len(held), names)
}
