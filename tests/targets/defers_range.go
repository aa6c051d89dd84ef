package main

var more = []func(){ranged}

func three(yield func(int) bool) {
	for i := 0; i < 3; i++ {
		if !yield(i) {
			return
		}
	}
}

// Calls deferred in the body of a range over a function are the outer one's.
//
//go:noinline
func ranged() {
	first := func() { sink++ }
	defer first()
	var calls []func()
	for i := range three {
		call := func() { sink += i }
		calls = append([]func(){call}, calls...)
		defer call()
		if i == 2 {
			due("ranged", "range", append(calls, first)...)
			wait()
		}
	}
}
