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

func main() {
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
	fmt.Println("{}\nREADY")
	io.Copy(io.Discard, os.Stdin)
	fmt.Println(len(held))
}
