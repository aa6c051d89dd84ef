// secrets keeps data in maps, in the ways by which it could get into what is
// shared: keys, values, keys of maps that hold maps, arguments, environment,
// labels, a stack, the messages of a panic that was caught. Its names are ones
// that no program has by chance.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
)

type zebraSession struct {
	QuaggaToken string
	QuaggaAttrs map[string]string
}

type zebraLedger[K comparable] struct {
	quaggaRows map[K]*zebraSession
}

var (
	okapiSessions = map[string]*zebraSession{}
	okapiNested   = map[string]map[string]int{}
	okapiNumbers  = map[int]map[int]int{}
	okapiLedger   = zebraLedger[string]{quaggaRows: map[string]*zebraSession{}}
	okapiErrors   = map[error]int{}
	okapiWait     = make(chan string)
)

func ibexWorker(token string, ready chan<- bool) {
	local := map[string]string{token: "S3CRET-local"}
	ready <- true
	local[<-okapiWait] = token
	runtime.KeepAlive(local)
}

func ibexCatch() {
	defer func() {
		okapiErrors[fmt.Errorf("S3CRET-error: %v", recover())]++
	}()
	panic("S3CRET-panic")
}

func main() {
	runtime.MemProfileRate = 1
	for i := 0; i < 100; i++ {
		key := fmt.Sprintf("S3CRET-key-%d", i)
		okapiSessions[key] = &zebraSession{
			QuaggaToken: "S3CRET-token",
			QuaggaAttrs: map[string]string{"S3CRET-inner": "S3CRET-value"},
		}
		okapiNested[key] = map[string]int{"S3CRET-count": i}
		okapiNumbers[i] = map[int]int{i: i}
		okapiLedger.quaggaRows[key] = okapiSessions[key]
	}
	ibexCatch()
	ready := make(chan bool)
	pprof.Do(context.Background(), pprof.Labels("S3CRET-label", "S3CRET-name"),
		func(context.Context) { go ibexWorker("S3CRET-argument-of-call", ready) })
	<-ready
	runtime.GC()
	runtime.GC()
	fmt.Println("{}")
	fmt.Println("READY")
	os.Stdin.Read(make([]byte, 1))
	if len(okapiSessions)+len(okapiNested)+len(okapiNumbers)+
		len(okapiLedger.quaggaRows)+len(okapiErrors) != 401 {
		os.Exit(1)
	}
	if len(os.Args) > 100 { // keeps the profile linked in
		pprof.WriteHeapProfile(os.Stdout)
	}
}
