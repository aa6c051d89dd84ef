// kinds has a map for every kind of key and of element, and says what each
// holds in the words of the tests.
package main

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unsafe"
)

type (
	level                     uint8
	celsius                   float64
	label                     string
	ids                       [3]int16
	point                     struct{ X, Y int32 }
	pair[K comparable, V any] struct {
		Key K
		Val V
	}
	base  struct{ ID int64 }
	inner struct {
		base
		Name string
		At   time.Time
		_    int32
		For  time.Duration
		deep struct {
			Flags [2]bool
			Next  *inner
			Any   interface{}
		}
	}
	wide128 struct{ X [16]int64 }
	wide129 struct {
		X [16]int64
		Y bool
	}
	stringer interface{ String() string }
	failure  struct{ code int }
)

func (l level) String() string   { return fmt.Sprint("level ", uint8(l)) }
func (f *failure) Error() string { return fmt.Sprint(f.code) }
func double(x int) int           { return 2 * x }
func (p point) String() string   { return fmt.Sprint(p.X, p.Y) }

var all []interface{}

func add(name string, m interface{}) {
	all = append(all, m)
	noteEntries(name, m)
}

func keys() {
	p, q := &point{1, 2}, &point{3, 4}
	c := make(chan int, 3)
	n := 7
	add("bool", map[bool]int{false: 0, true: 1})
	add("int8", map[int8]int{-128: 1, 127: 2})
	add("int16", map[int16]int{-32768: 1, 32767: 2})
	add("int32", map[int32]int{math.MinInt32: 1, math.MaxInt32: 2})
	add("int64", map[int64]int{math.MinInt64: 1, math.MaxInt64: 2})
	add("uint8", map[uint8]int{0: 1, 255: 2})
	add("uint16", map[uint16]int{65535: 2})
	add("uint32", map[uint32]int{math.MaxUint32: 2})
	add("uint64", map[uint64]int{math.MaxUint64: 2})
	add("uintptr", map[uintptr]int{0xabcdef: 1})
	add("float32", map[float32]int{0.1: 1, -2.5e-20: 2,
		float32(math.Inf(1)): 3, 16777216: 4})
	add("float64", map[float64]int{0.1: 1, 1e6: 2, 123456789: 3,
		math.NaN(): 4, math.NaN(): 5, math.Inf(-1): 6, 1e-5: 7, 0: 8,
		999999: 9, math.MaxFloat64: 10, 5e-324: 11, 0.0001: 12})
	add("complex64", map[complex64]int{complex(0.5, -0.25): 1})
	add("complex128", map[complex128]int{complex(1e100, 0.1): 1,
		complex(0, math.Inf(1)): 2})
	add("string", map[string]int{"": 0, "plain": 1, "ünï\x00\n\"\\": 2,
		"bad\xff\xfe": 3, "\x1b[31mred": 4, strings.Repeat("long ", 99): 5})
	add("array", map[[2]string]int{{"a", "b"}: 1})
	add("ids", map[ids]int{{1, -2, 3}: 1})
	add("struct", map[pair[string, point]]int{{"k", *p}: 1})
	add("any", map[interface{}]int{nil: 0, 1: 1, "s": 2, 2.5: 3, *p: 4,
		p: 5, level(3): 6, [1]int{4}: 7, celsius(1.5): 8, c: 9})
	add("stringer", map[stringer]int{level(9): 1, *q: 2, nil: 3})
	add("pointer", map[*point]int{p: 1, q: 2, nil: 3})
	add("chan", map[chan int]int{c: 1, nil: 2})
	add("unsafe", map[unsafe.Pointer]int{unsafe.Pointer(&n): 1, nil: 2})
	add("level", map[level]int{200: 1})
	add("celsius", map[celsius]int{36.6: 1})
	add("label", map[label]int{"x": 1})
	add("time", map[time.Time]int{time.Unix(1e9, 5).UTC(): 1, {}: 2})
	add("wide128", map[wide128]int{{X: [16]int64{1, 15: 2}}: 1})
	add("wide129", map[wide129]int{{X: [16]int64{1, 15: 2}, Y: true}: 1})
	add("nothing", map[struct{}]int{{}: 1})
	add("none", map[[0]string]int{{}: 1})
	add("made", reflect.MakeMap(reflect.MapOf(reflect.TypeOf(int8(0)),
		reflect.TypeOf(label("")))).Interface())
}

func elements() {
	i := inner{base: base{5}, Name: "n", At: time.Now(), For: 90 * time.Second}
	i.deep.Flags[1] = true
	i.deep.Next, i.deep.Any = &inner{Name: "next"}, int16(3)
	n := 7
	pn := &n
	add("nested", map[int]inner{1: i})
	add("to nested", map[int]*inner{1: &i, 2: nil})
	add("to pointer", map[int]**int{1: &pn})
	add("slices", map[int][]int{0: nil, 1: {}, 2: {1, 2, 3}})
	add("bytes", map[int][]byte{0: nil, 1: []byte("text"), 2: {0xff, 0}})
	add("texts", map[int][]string{1: {"a", "b\xff"}})
	add("structs", map[int][]point{1: {{1, 2}, {3, 4}}})
	add("matrix", map[int][][][]int8{1: {{{1}, {2}}, {{3}}}})
	add("arrays", map[int][2][2]bool{1: {{true, false}, {false, true}}})
	add("maps", map[int]map[string]int{0: nil, 1: {"a": 1, "b": 2}})
	add("funcs", map[int]func(int) int{0: nil, 1: double,
		2: func(x int) int { return x + n }})
	add("chans", map[int]chan<- string{0: nil, 1: make(chan string)})
	add("errors", map[int]error{0: nil, 1: &failure{3},
		2: errors.New("text")})
	add("anys", map[int]interface{}{0: nil, 1: []int{1}, 2: &n, 3: i.base,
		4: map[int]int{1: 1}, 5: "s", 6: struct{}{}, 7: true,
		8: time.Second, 9: [2]float32{1.5, 2}})
	add("durations", map[time.Duration]time.Duration{0: 1, 1: -1500,
		2: 1234567, 3: time.Second - 1, 4: 61 * time.Minute,
		5: 100*time.Hour + 59*time.Second + 123456789,
		6: math.MinInt64, 7: 59999999999, 8: 1e6, 9: 2*time.Minute + 1})
	add("wides", map[int8]wide129{1: {X: [16]int64{7}, Y: true}})
	add("wides inline", map[int8]wide128{1: {X: [16]int64{7}}})
	add("set", map[string]struct{}{"in": {}})
	add("bools", map[string]bool{"t": true, "f": false})
	add("complexes", map[string][2]complex64{"c": {1, complex(2, -3)}})
	add("generic", map[string]pair[int, []string]{"g": {1, []string{"x"}}})
	add("unsafes", map[string]unsafe.Pointer{"u": unsafe.Pointer(&n)})
	add("uintptrs", map[string]uintptr{"u": uintptr(unsafe.Pointer(&n))})
	add("anonymous", map[string]struct {
		A, B int
		C    []byte
	}{"a": {1, 2, []byte{200}}})
}

func main() {
	keys()
	elements()
	tell()
	fmt.Println(len(all))
}
