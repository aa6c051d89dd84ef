// big fills its heap for measurements: -maps maps, -objects linked objects
// and -mb mebibytes of pointer-free memory.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
)

type node struct {
	next *node
	name string
}

var (
	maps   []map[int]string
	chains [1024]*node
	blocks [][]byte
)

func main() {
	mb := flag.Int("mb", 64, "mebibytes without pointers")
	objects := flag.Int("objects", 100000, "linked objects")
	count := flag.Int("maps", 1000, "maps of 20 entries")
	flag.Parse()
	for i := 0; i < *mb; i++ {
		block := make([]byte, 1<<20)
		for at := 0; at < len(block); at += 4096 {
			block[at] = 1
		}
		blocks = append(blocks, block)
	}
	for i := 0; i < *objects; i++ {
		head := &chains[i%len(chains)]
		*head = &node{*head, "n"}
	}
	for i := 0; i < *count; i++ {
		m := make(map[int]string)
		for k := 0; k < 20; k++ {
			m[k] = "v"
		}
		maps = append(maps, m)
	}
	runtime.GC()
	fmt.Printf(`{"mb":%d,"objects":%d,"maps":%d}`+"\nREADY\n", len(blocks),
		*objects, len(maps))
	io.Copy(io.Discard, os.Stdin)
	runtime.KeepAlive(maps)
}
