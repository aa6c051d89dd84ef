// containers fills sync.Maps, lists and channels, says what is in them, and
// waits.
package main

import (
	"container/list"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sync"
)

type holder struct {
	name  string
	inner struct{ table sync.Map }
	queue list.List
	jobs  chan string
}

type truth struct {
	Kind     string `json:"kind"`
	Owner    string `json:"owner"`
	Entries  int    `json:"entries"`
	Capacity *int   `json:"capacity"`
}

var (
	plain   sync.Map
	emptied sync.Map
	array   [2]sync.Map
	boxed   *holder
	names   *list.List
	numbers chan int
	said    []truth
)

func say(kind, owner string, entries int, capacity *int) {
	said = append(said, truth{kind, owner, entries, capacity})
}

func count(m *sync.Map) (n int) {
	m.Range(func(_, _ interface{}) bool { n++; return true })
	return n
}

func main() {
	for i := 0; i < 5000; i++ {
		plain.Store(i, fmt.Sprint(i))
		emptied.Store(i, i)
	}
	for i := 0; i < 4990; i++ {
		emptied.Delete(i)
	}
	array[1].Store("one", 1)
	boxed = &holder{name: "boxed", jobs: make(chan string, 7)}
	for i := 0; i < 300; i++ {
		boxed.inner.table.Store(fmt.Sprint("key", i), i)
		boxed.queue.PushBack(i)
	}
	// read, then written, then read: both maps of the old kind
	count(&boxed.inner.table)
	boxed.inner.table.Store("late", 1)
	boxed.inner.table.Delete("key1")
	boxed.jobs <- "a"
	boxed.jobs <- "b"
	names = list.New()
	names.PushBack("x")
	numbers = make(chan int, 100)
	for i := 0; i < 42; i++ {
		numbers <- i
	}
	hundred, seven := 100, 7
	say("sync.Map", "main.plain", count(&plain), nil)
	say("sync.Map", "main.emptied", count(&emptied), nil)
	say("sync.Map", "main.array[]", 1, nil)
	say("sync.Map", "(*main.holder).inner.table", count(&boxed.inner.table), nil)
	say("list", "(*main.holder).queue", boxed.queue.Len(), nil)
	say("list", "main.names", names.Len(), nil)
	say("chan", "(*main.holder).jobs", len(boxed.jobs), &seven)
	say("chan", "main.numbers", len(numbers), &hundred)
	runtime.GC()
	text, err := json.Marshal(said)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\nREADY\n", text)
	os.Stdin.Read(make([]byte, 1))
	runtime.KeepAlive(boxed)
}
