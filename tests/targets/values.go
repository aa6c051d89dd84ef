// values holds values of every kind and says how they print: each line of the
// truth is an expression and what it is. Goroutines hold locals, arguments,
// captured variables and labels. Then it waits.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"runtime/pprof"
	"sort"
	"strconv"
	"strings"
	"time"
	"unsafe"
)

type Color int
type Point struct{ X, Y int }
type Base struct {
	ID   int64
	Name string
}
type Node struct {
	Value int
	Next  *Node
}
type Shape interface{ Area() float64 }
type Square struct{ Side float64 }
type Ring struct{ Inner, Outer float64 }

func (s Square) Area() float64 { return s.Side * s.Side }
func (r *Ring) Area() float64  { return r.Outer - r.Inner }

type Pair[K comparable, V any] struct {
	Key   K
	Value V
}
type Item struct {
	Base
	*Point
	Tags  []string
	Attrs map[string]int
	Any   interface{}
	Shape Shape
	Err   error
	F     func(int) int
	C     chan int
	Raw   [4]byte
	B     bool
	R     rune
	U8    uint8
	I8    int8
	U16   uint16
	I16   int16
	U32   uint32
	I32   int32
	U64   uint64
	I64   int64
	F32   float32
	F64   float64
	C64   complex64
	C128  complex128
	Ptr   unsafe.Pointer
	Up    uintptr
	Color Color
	D     time.Duration
	PP    **int
}

type Big [200]byte
type Loop struct {
	Self  *Loop
	Iface interface{}
}

var (
	seven     = 7
	pSeven    = &seven
	negative  = -42
	item      *Item
	items     []*Item
	cache     = map[string]*Item{}
	points    = map[Point]string{}
	numbers   = map[int]int{}
	floats    = map[float64]string{1.5: "x", -2: "y"}
	bools     = map[bool]int{true: 1, false: 0}
	colors    = map[Color]string{3: "green"}
	anys      = map[interface{}]int{1: 10, "one": 11, Point{1, 2}: 12, nil: 13, 2.5: 14}
	arrays    = map[[2]int]string{{1, 2}: "a", {3, 4}: "b"}
	ptrs      = map[*int]string{}
	bigs      = map[int]Big{}
	bigKeys   = map[Big]int{}
	shapes    = map[Shape]int{Square{2}: 4}
	emptyMap  = map[string]int{}
	nilMap    map[string]int
	nilItem   *Item
	nilShape  Shape
	nilErr    error
	nilSlice  []int
	nilFunc   func()
	matrix    = [2][3]int{{1, 2, 3}, {4, 5, 6}}
	slice     = []int{10, 11, 12, 13, 14, 15, 16, 17, 18, 19}
	strs      = []string{"zero", "one", "two"}
	text      = "hello, wörld"
	quoted    = "a\"b\\c\n\x00\xff"
	empty     = ""
	bytes     = []byte("raw bytes")
	list      *Node
	cycle     = &Node{Value: 1}
	loop      = &Loop{}
	selfish   interface{}
	truth                 = true
	pi                    = math.Pi
	huge                  = uint64(math.MaxUint64)
	low                   = int64(math.MinInt64)
	nan                   = math.NaN()
	inf                   = math.Inf(-1)
	third                 = float32(1) / 3
	unit                  = 3 - 4i
	moment                = time.Date(2024, 2, 29, 12, 30, 45, 123000000, time.UTC)
	delay                 = 90*time.Second + 500*time.Millisecond
	pair                  = Pair[string, int]{"k", 5}
	nested                = map[string]map[int][]string{"a": {1: {"x", "y"}}}
	structs               = []Point{{1, 2}, {3, 4}, {5, 6}}
	any1      interface{} = Point{8, 9}
	any2      interface{} = &Point{10, 11}
	any3      interface{} = 12
	any4      interface{} = "thirteen"
	wrapped               = fmt.Errorf("outer: %w", errors.New("inner"))
	color                 = Color(2)
	anonymous             = struct {
		A int
		B struct{ C string }
	}{1, struct{ C string }{"deep"}}
	ppp    ***int
	square = Square{4}
)

type truthLine struct {
	Expr string `json:"expr"`
	Want string `json:"want"`
}

var lines []truthLine

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for len(s) > 0 {
		r, size := rune(s[0]), 1
		if r >= 0x80 {
			q := []rune(s[:min2(4, len(s))])
			r = q[0]
			size = len(string(r))
			if r == 0xfffd {
				fmt.Fprintf(&b, "\\x%02x", s[0])
				s = s[1:]
				continue
			}
		}
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString("\\n")
		case r == '\t':
			b.WriteString("\\t")
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, "\\x%02x", r)
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	b.WriteByte('"')
	return b.String()
}

func min2(a, b int) int {
	if a < b {
		return a
	}
	return b
}

// show prints as mapscope says it does, to a depth of two.
func show(v reflect.Value, depth int) string {
	t := v.Type()
	name := typeName(t)
	switch t.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if t == reflect.TypeOf(time.Second) {
			return time.Duration(v.Int()).String()
		}
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.Uintptr:
		return fmt.Sprintf("0x%x", v.Uint())
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return "~"
	case reflect.String:
		return quote(v.String())
	case reflect.Slice:
		if v.IsNil() {
			return name + "(nil)"
		}
		if t.Elem().Kind() == reflect.Uint8 {
			return name + " " + quote(string(v.Bytes()))
		}
		if depth > 2 {
			return fmt.Sprintf("%s len %d", name, v.Len())
		}
		return name + " " + elements(v, depth)
	case reflect.Array:
		return name + " " + elements(v, depth)
	case reflect.Struct:
		return fields(v, depth)
	case reflect.Ptr:
		if v.IsNil() {
			return "nil"
		}
		if depth < 2 {
			return "&" + show(v.Elem(), depth+1)
		}
		return fmt.Sprintf("%s 0x%x", name, v.Pointer())
	case reflect.Interface:
		if v.IsNil() {
			return "nil"
		}
		e := v.Elem()
		if k := e.Kind(); k < reflect.Array || k == reflect.String {
			return typeName(e.Type()) + "(" + show(e, depth+1) + ")"
		}
		return show(e, depth+1)
	case reflect.Map:
		return mapText(v, depth)
	}
	return "~"
}

func typeName(t reflect.Type) string {
	return strings.ReplaceAll(t.String(), "interface {}", "interface {}")
}

func elements(v reflect.Value, depth int) string {
	var parts []string
	for i := 0; i < v.Len(); i++ {
		parts = append(parts, show(v.Index(i), depth+1))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func fields(v reflect.Value, depth int) string {
	name := typeName(v.Type())
	if depth > 2 && v.NumField() > 0 {
		return name + "{...}"
	}
	var parts []string
	for i := 0; i < v.NumField(); i++ {
		parts = append(parts, v.Type().Field(i).Name+": "+
			show(v.Field(i), depth+1))
	}
	return name + "{" + strings.Join(parts, ", ") + "}"
}

func mapText(v reflect.Value, depth int) string {
	name := typeName(v.Type())
	if v.IsNil() {
		return name + " nil"
	}
	if depth > 2 {
		return "~"
	}
	var parts []string
	for _, k := range v.MapKeys() {
		parts = append(parts, show(k, depth+1)+": "+
			show(v.MapIndex(k), depth+1))
	}
	sort.Strings(parts)
	return name + " [" + strings.Join(parts, ", ") + "]"
}

func say(expr string, value interface{}) {
	v := reflect.ValueOf(value)
	text := show(v, 0)
	if v.Kind() == reflect.Ptr && !v.IsNil() {
		text = fmt.Sprintf("(%s)(0x%x) -> %s", typeName(v.Type()),
			v.Pointer(), show(v.Elem(), 0))
	}
	lines = append(lines, truthLine{expr, text})
}

func sayText(expr, want string) {
	lines = append(lines, truthLine{expr, want})
}

//go:noinline
func holdArgs(number int, name string, p *Point, s []int, quit chan int) int {
	total := number * 3
	label := name + "!"
	<-quit
	keep(name)
	keep(s)
	keep(label)
	return total + number + p.X
}

//go:noinline
func holdGeneric[T any](value T, quit chan int) T {
	local := value
	keep(&local)
	<-quit
	return local
}

//go:noinline
func keep(p interface{}) { kept = append(kept, p) }

var kept []interface{}

func inlinee(a, b int, quit chan int) int {
	sum := a + b
	keep(&sum)
	<-quit
	return sum
}

//go:noinline
func holdInlined(quit chan int) int { return inlinee(20, 22, quit) + 1 }

//go:noinline
func holdShadow(quit chan int) int {
	x := 1
	keep(&x)
	if len(kept) > 0 {
		x := "inner"
		keep(&x)
		<-quit
		x += "."
	}
	return x
}

//go:noinline
func holdClosure(quit chan int) {
	count, word := 41, "captured"
	f := func() { count++; <-quit; keep(word) }
	f()
	keep(count)
}

func fill() {
	n := 5
	pn := &n
	ppn := &pn
	item = &Item{
		Base: Base{77, "base"}, Point: &Point{3, 4},
		Tags: []string{"x", "y"}, Attrs: map[string]int{"k": 9},
		Any: Point{5, 6}, Shape: Square{3}, Err: errors.New("bad"),
		F: func(i int) int { return i + n }, C: make(chan int, 3),
		Raw: [4]byte{1, 2, 3, 4}, B: true, R: 'é', U8: 200, I8: -100,
		U16: 60000, I16: -30000, U32: 4000000000, I32: -2000000000,
		U64: 1 << 63, I64: -1 << 62, F32: 1.5, F64: 2.25,
		C64: 1 + 2i, C128: 3 - 4i, Ptr: unsafe.Pointer(pn), Up: 0xbeef,
		Color: 1, D: 1500 * time.Millisecond, PP: ppn,
	}
	item.C <- 1
	ppp = &item.PP
	for i := 0; i < 4; i++ {
		it := *item
		it.ID = int64(i)
		items = append(items, &it)
		cache[fmt.Sprint("id-", i)] = &it
	}
	for i := 0; i < 5000; i++ {
		numbers[i] = i * i
		list = &Node{i, list}
	}
	for i := 5000; i < 10000; i++ {
		list = &Node{i, list}
	}
	for i := 0; i < 20; i++ {
		points[Point{i, -i}] = fmt.Sprint("p", i)
	}
	ptrs[pSeven] = "seven"
	bigs[1] = Big{1: 7}
	bigKeys[Big{2: 9}] = 3
	cycle.Next = cycle
	loop.Self, loop.Iface = loop, loop
	selfish = &selfish
}

func table() {
	say("main.seven", seven)
	say("seven", seven)
	say("main.negative", negative)
	say("*main.pSeven", *pSeven)
	say("main.item.ID", item.ID)
	say("main.item.Base.ID", item.Base.ID)
	say("main.item.Base", item.Base)
	say("main.item.Name", item.Name)
	say("main.item.X", item.X)
	say("main.item.Point.Y", item.Point.Y)
	say("main.item.Point", item.Point)
	say("*main.item.Point", *item.Point)
	say("main.item.Tags", item.Tags)
	say("main.item.Tags[0]", item.Tags[0])
	say("main.item.Tags[1][0]", item.Tags[1][0])
	say("len(main.item.Tags)", len(item.Tags))
	say("cap(main.item.Tags)", cap(item.Tags))
	say("main.item.Attrs", item.Attrs)
	say("main.item.Attrs[\"k\"]", item.Attrs["k"])
	say("main.item.Any", item.Any)
	say("main.item.Any.X", item.Any.(Point).X)
	say("main.item.Any.(main.Point)", item.Any)
	say("main.item.Any.(main.Point).Y", item.Any.(Point).Y)
	sayText("main.item.Shape.(main.Square)", "main.Square{Side: 3}")
	sayText("main.item.Shape.(main.Square).Side", "3")
	sayText("main.item.Err.(*errors.errorString).s", "\"bad\"")
	sayText("main.item.Err.s", "\"bad\"")
	say("len(main.item.C)", len(item.C))
	say("cap(main.item.C)", cap(item.C))
	say("main.item.Raw", item.Raw)
	say("main.item.Raw[2]", item.Raw[2])
	say("len(main.item.Raw)", len(item.Raw))
	say("main.item.Raw[1:3]", item.Raw[1:3])
	say("main.item.B", item.B)
	say("main.item.R", item.R)
	say("main.item.U8", item.U8)
	say("main.item.I8", item.I8)
	say("main.item.U16", item.U16)
	say("main.item.I16", item.I16)
	say("main.item.U32", item.U32)
	say("main.item.I32", item.I32)
	say("main.item.U64", item.U64)
	say("main.item.I64", item.I64)
	sayText("main.item.F32", "1.5")
	sayText("main.item.F64", "2.25")
	sayText("main.item.C64", "(1+2i)")
	sayText("main.item.C128", "(3-4i)")
	say("main.item.Up", item.Up)
	say("main.item.Color", item.Color)
	say("main.item.D", item.D)
	say("**main.item.PP", **item.PP)
	say("***main.ppp", ***ppp)
	say("*(*int)(main.item.Ptr)", *(*int)(item.Ptr))
	say("main.items[2].ID", items[2].ID)
	say("len(main.items)", len(items))
	say("main.items[1:3][0].ID", items[1:3][0].ID)
	say("main.cache[\"id-3\"].ID", cache["id-3"].ID)
	say("main.cache[\"id-3\"].Tags[1]", cache["id-3"].Tags[1])
	say("len(main.cache)", len(cache))
	say("main.points[main.Point{3, -3}]", points[Point{3, -3}])
	say("len(main.points)", len(points))
	say("main.numbers[4999]", numbers[4999])
	say("main.numbers[main.seven]", numbers[seven])
	say("main.numbers[2*3]", numbers[6])
	say("len(main.numbers)", len(numbers))
	say("main.floats[1.5]", floats[1.5])
	say("main.floats[-2]", floats[-2])
	say("main.bools[true]", bools[true])
	say("main.bools[1 == 2]", bools[false])
	say("main.colors[3]", colors[3])
	say("main.anys[1]", anys[1])
	say("main.anys[\"one\"]", anys["one"])
	say("main.anys[2.5]", anys[2.5])
	say("main.anys[nil]", anys[nil])
	say("main.arrays[[2]int{3, 4}]", arrays[[2]int{3, 4}])
	say("main.ptrs[main.pSeven]", ptrs[pSeven])
	say("main.ptrs[&main.seven]", ptrs[&seven])
	say("main.bigs[1][1]", bigs[1][1])
	say("main.shapes", len(shapes))
	lines = lines[:len(lines)-1]
	say("main.emptyMap", emptyMap)
	say("main.nilMap", nilMap)
	say("len(main.nilMap)", len(nilMap))
	say("main.nilMap == nil", nilMap == nil)
	say("main.emptyMap == nil", emptyMap == nil)
	say("main.nilItem", nilItem)
	say("main.nilItem == nil", nilItem == nil)
	say("main.item != nil", item != nil)
	sayText("main.nilShape", "nil")
	sayText("main.nilErr", "nil")
	say("main.nilErr == nil", nilErr == nil)
	say("main.nilSlice", nilSlice)
	say("main.nilSlice == nil", nilSlice == nil)
	say("len(main.nilSlice)", len(nilSlice))
	sayText("main.nilFunc", "nil")
	say("main.matrix", matrix)
	say("main.matrix[1]", matrix[1])
	say("main.matrix[1][2]", matrix[1][2])
	say("main.matrix[0][1:]", matrix[0][1:])
	say("len(main.matrix[0])", len(matrix[0]))
	say("main.slice", slice)
	say("main.slice[9]", slice[9])
	say("main.slice[2:5]", slice[2:5])
	say("main.slice[:3]", slice[:3])
	say("main.slice[7:]", slice[7:])
	say("main.slice[:]", slice[:])
	say("main.slice[2:8][1:3]", slice[2:8][1:3])
	say("main.slice[2:2]", slice[2:2])
	say("len(main.slice[2:5])", len(slice[2:5]))
	say("cap(main.slice[2:5])", cap(slice[2:5]))
	say("main.slice[main.seven]", slice[seven])
	say("main.slice[main.seven-1]", slice[seven-1])
	say("main.slice[len(main.slice)-1]", slice[len(slice)-1])
	say("&main.slice[3] == &main.slice[3]", true)
	say("*&main.slice[3]", slice[3])
	say("(&main.structs[1]).Y", (&structs[1]).Y)
	say("main.strs", strs)
	say("main.strs[1]", strs[1])
	say("main.strs[1][1:]", strs[1][1:])
	say("main.text", text)
	say("len(main.text)", len(text))
	say("main.text[1]", text[1])
	say("main.text[7:]", text[7:])
	say("main.text[:5]", text[:5])
	say("main.text[1:3]", text[1:3])
	say("main.text == \"hello, wörld\"", true)
	say("main.text < \"help\"", text < "help")
	say("main.text[:5] + \"!\"", text[:5]+"!")
	say("main.quoted", quoted)
	say("main.empty", empty)
	say("main.empty == \"\"", true)
	say("main.bytes", bytes)
	say("main.bytes[4:]", bytes[4:])
	say("string(main.bytes)", string(bytes))
	say("string(main.bytes[4:7])", string(bytes[4:7]))
	say("[]byte(main.strs[0])", []byte(strs[0]))
	say("main.list.Value", list.Value)
	say("main.list.Next.Next.Value", list.Next.Next.Value)
	say("main.cycle.Next.Next.Next.Value", cycle.Value)
	say("main.cycle.Next == main.cycle", true)
	say("main.loop.Iface.(*main.Loop).Self == main.loop", true)
	say("main.loop == main.loop.Self.Self", true)
	say("main.truth", truth)
	say("!main.truth", !truth)
	say("main.truth && main.seven == 7", true)
	say("main.truth && main.seven == 8 || false", false)
	sayText("main.pi > 3.14 && main.pi < 3.15", "true")
	say("main.huge", huge)
	say("main.huge == 18446744073709551615", true)
	say("main.huge >> 60", huge>>60)
	say("main.huge / 2", huge/2)
	say("main.low", low)
	say("-main.low", -low)
	say("main.low - 1", low-1)
	sayText("main.nan", "NaN")
	sayText("main.nan == main.nan", "false")
	sayText("main.inf", "-Inf")
	sayText("main.third", strconv.FormatFloat(float64(third), 'g', -1, 32))
	sayText("main.unit", "(3-4i)")
	sayText("main.moment", moment.Format("2006-01-02T15:04:05.000000000Z07:00"))
	say("main.delay", delay)
	say("main.pair", pair)
	say("main.pair.Key", pair.Key)
	say("main.pair.Value + 1", pair.Value+1)
	say("main.nested", nested)
	say("main.nested[\"a\"][1][0]", nested["a"][1][0])
	say("main.structs", structs)
	say("main.structs[1].Y", structs[1].Y)
	say("main.structs[1:][1].X", structs[1:][1].X)
	say("main.structs[0] == main.structs[0]", true)
	say("main.structs[0] == main.structs[1]", false)
	say("main.any1", any1)
	say("main.any1.(main.Point).X", any1.(Point).X)
	say("main.any2", any2)
	say("main.any2.(*main.Point).Y", any2.(*Point).Y)
	say("main.any2.X", any2.(*Point).X)
	sayText("main.any3", "int(12)")
	say("main.any3.(int)", any3.(int))
	say("main.any3.(int) + 1", any3.(int)+1)
	sayText("main.any4", "string(\"thirteen\")")
	say("main.any4.(string)[0:4]", any4.(string)[0:4])
	sayText("main.wrapped.(*fmt.wrapError).msg", "\"outer: inner\"")
	say("main.square", square)
	lines[len(lines)-1].Want = "main.Square{Side: 4}"
	say("main.color", color)
	say("main.color == 2", color == 2)
	say("main.color + 1", color+1)
	say("main.anonymous.B.C", anonymous.B.C)
	say("main.anonymous.A", anonymous.A)
	constants()
	addresses()
}

func constants() {
	say("1 + 2 * 3", 1+2*3)
	say("(1 + 2) * 3", (1+2)*3)
	say("7 / 2", 7/2)
	say("-7 / 2", -7/2)
	say("-7 % 3", -7%3)
	sayText("7.0 / 2", "3.5")
	say("1 << 10", 1<<10)
	say("0xff & 0x0f", 0xff&0x0f)
	say("0xf0 | 0x0f", 0xf0|0x0f)
	say("6 ^ 3", 6^3)
	say("6 &^ 3", 6&^3)
	say("^0", ^0)
	say("-5", -5)
	say("+5", +5)
	say("0b101 + 0o17", 0b101+0o17)
	say("1_000_000", 1_000_000)
	say("'a'", 'a')
	say("'\\n'", '\n')
	say("\"a\\tb\"", "a\tb")
	say("`raw\\n`", `raw\n`)
	say("1 == 1.0", true)
	say("2 > 1 && !(1 >= 2)", true)
	sayText("1e3", "1000")
	say("int8(main.seven)", int8(seven))
	say("uint8(300 - main.seven*10)", uint8(300-seven*10))
	say("uint8(main.negative)", uint8(0xd6))
	say("int(2.0)", int(2.0))
	say("int(main.item.F64)", int(item.F64))
	sayText("float64(main.seven) / 2", "3.5")
	say("main.Color(5)", Color(5))
	say("uint64(1) << 63", uint64(1)<<63)
	say("main.seven % 4", seven%4)
	say("main.seven * -1", seven*-1)
	say("main.seven << 2", seven<<2)
	say("main.seven &^ 2", seven&^2)
	say("main.item.U8 + 100", item.U8+100)
	say("main.item.I8 - 100", item.I8-100)
	say("main.seven >= 7 == true", true)
}

func addresses() {
	at := func(p unsafe.Pointer) string { return fmt.Sprintf("0x%x", uintptr(p)) }
	say("*(*int)("+at(unsafe.Pointer(&seven))+")", seven)
	say("*(*main.Point)("+at(unsafe.Pointer(item.Point))+")", *item.Point)
	say("(*main.Item)("+at(unsafe.Pointer(item))+").Base.Name", item.Name)
	say("*(*\"main.Point\")("+at(unsafe.Pointer(item.Point))+")", *item.Point)
	say("(*main.Node)("+at(unsafe.Pointer(list))+").Value", list.Value)
	say("*(*[]int)("+at(unsafe.Pointer(&slice))+")", slice)
	say("(*(*map[string]*main.Item)("+at(unsafe.Pointer(&cache))+"))[\"id-1\"].ID", cache["id-1"].ID)
	say("*(*string)("+at(unsafe.Pointer(&text))+")", text)
	say("*(*[3]int)("+at(unsafe.Pointer(&matrix))+")", matrix[0])
	say("*(*uint8)("+at(unsafe.Pointer(&item.Raw[1]))+")", item.Raw[1])
	sayText("&main.seven", "(*int)("+at(unsafe.Pointer(&seven))+") -> 7")
	sayText("&main.item.Point.Y", "(*int)("+at(unsafe.Pointer(&item.Point.Y))+") -> 4")
	sayText("uintptr(&main.seven)", at(unsafe.Pointer(&seven)))
	sayText("uintptr(main.pSeven) == "+at(unsafe.Pointer(&seven)), "true")
}

func main() {
	fill()
	quit := make(chan int)
	go holdArgs(14, "argument", &Point{1, 2}, []int{1, 2, 3}, quit)
	go holdGeneric("generic", quit)
	go holdGeneric(4711, quit)
	go holdInlined(quit)
	go holdShadow(quit)
	go holdClosure(quit)
	labels := pprof.Labels("job", "indexer", "shard", "seven")
	go pprof.Do(context.Background(), labels, func(context.Context) {
		m := map[string]int{"on": 1, "stack": 2}
		keep(m)
		<-quit
		keep(len(m))
	})
	time.Sleep(300 * time.Millisecond)
	table()
	out, err := json.Marshal(lines)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%s\nREADY\n", out)
	os.Stdin.Read(make([]byte, 1))
	close(quit)
	fmt.Fprintln(io.Discard, negative, nilItem, nilShape, nilErr, nilSlice,
		nilFunc == nil, truth, pi, huge, low, nan, inf, third, unit,
		moment, delay, pair, nested, any1, any2, any3, any4, wrapped,
		color, anonymous, floats, bools, colors, arrays, shapes,
		emptyMap, nilMap, empty, quoted, bytes, square, selfish != nil, loop.Self != nil, bigKeys)
}
