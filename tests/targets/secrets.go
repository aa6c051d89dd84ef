// secrets keeps data in maps, in the ways by which it could get into what is
// shared: keys, values, keys of maps that hold maps, arguments, environment.
package main

import (
	"fmt"
	"os"
)

type session struct {
	Token string
	Attrs map[string]string
}

var (
	sessions = map[string]*session{}
	nested   = map[string]map[string]int{}
	numbers  = map[int]map[int]int{}
)

func main() {
	for i := 0; i < 100; i++ {
		key := fmt.Sprintf("S3CRET-key-%d", i)
		sessions[key] = &session{
			Token: "S3CRET-token",
			Attrs: map[string]string{"S3CRET-inner": "S3CRET-value"},
		}
		nested[key] = map[string]int{"S3CRET-count": i}
		numbers[i] = map[int]int{i: i}
	}
	fmt.Println("{}")
	fmt.Println("READY")
	os.Stdin.Read(make([]byte, 1))
	if len(sessions)+len(nested)+len(numbers) != 300 {
		os.Exit(1)
	}
}
