// leaky is the demo service: an HTTP service that grows in the ways Go
// services are known to grow. It loads itself, so that something moves.
//
//	sessions     never expire, and each carries a small map of its own
//	cache        was filled and then emptied by deletes: storage stays
//	config       nested maps
//	backup       a second name for sessions: clearing one frees nothing
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

type User struct {
	ID    int
	Email string
}

type Session struct {
	User  *User
	Seen  time.Time
	Attrs map[string]string
}

type Cache struct {
	mu    sync.Mutex
	items map[int]*[256]byte
}

type server struct {
	mu     sync.Mutex
	byName map[string]map[string]int
	hits   int
}

var (
	sessions = make(map[string]*Session)
	backup   = sessions
	config   = map[string]map[string]any{
		"http": {"port": 8080, "tls": false},
		"db":   {"dsn": "postgres://db/app", "pool": 16},
		"log":  {"level": "info"},
	}
	cache   = &Cache{items: make(map[int]*[256]byte)}
	routes  sync.Map
	lastHit time.Time
)

func (s *server) login(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("name")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hits++
	lastHit = time.Now()
	sessions[name] = &Session{
		User: &User{ID: s.hits, Email: name + "@example.org"},
		Seen: lastHit,
		Attrs: map[string]string{
			"client": "built-in", "path": r.URL.Path, "name": name,
		},
	}
	count := s.byName[name[:2]]
	if count == nil {
		count = make(map[string]int)
		s.byName[name[:2]] = count
	}
	count[name]++
	routes.Store(s.hits%100, r.URL.Path)
	fmt.Fprintln(w, len(sessions))
}

// Fill and empty: the entries go, the storage stays.
func (c *Cache) churn(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := 0; i < n; i++ {
		c.items[i] = new([256]byte)
	}
	for i := 16; i < n; i++ {
		delete(c.items, i)
	}
}

// A worker that is parked for ever and holds a map on its stack.
func worker(jobs <-chan int) {
	pending := make(map[int]string)
	for i := 0; i < 500; i++ {
		pending[i] = fmt.Sprintf("job-%d", i)
	}
	for id := range jobs {
		delete(pending, id)
	}
	fmt.Println(len(pending))
}

func load(url string, pause time.Duration) {
	for i := 0; ; i++ {
		resp, err := http.Get(fmt.Sprintf("%s/login?name=user-%06d", url, i))
		if err == nil {
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		if i > 2000 {
			time.Sleep(pause)
		}
	}
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "leaky:", err)
		os.Exit(1)
	}
	s := &server{byName: make(map[string]map[string]int)}
	mux := http.NewServeMux()
	mux.HandleFunc("/login", s.login)
	cache.churn(20000)
	for i := 0; i < 4; i++ {
		go worker(make(chan int))
	}
	url := "http://" + listener.Addr().String()
	go load(url, 20*time.Millisecond)
	fmt.Printf("leaky: pid %d, %s\n", os.Getpid(), url)
	fmt.Println(http.Serve(listener, mux), len(backup), len(config))
}
