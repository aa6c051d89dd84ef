package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
	"unsafe"
)

var (
	truth  []map[string]interface{}
	escape interface{}
)

// note says what the header of map m holds and who its owner is. Several
// owners may be equally near: any of them is right; none: it is not compared.
func note(name, owner, root string, m interface{}) map[string]interface{} {
	// A map in a stack frame would move with its stack.
	escape = m
	escape = nil
	words := *(*[2]unsafe.Pointer)(unsafe.Pointer(&m))
	row := measure(words[0], words[1])
	row["name"], row["impl"] = name, family
	row["addr"] = fmt.Sprintf("%#x", uintptr(words[1]))
	row["type"] = reflect.TypeOf(m).String()
	if owner != "" {
		row["owner"], row["root"] = strings.Fields(owner), root
	}
	row["live"] = reflect.ValueOf(m).Len()
	truth = append(truth, row)
	return row
}

// noteEntries says what the entries are, too.
func noteEntries(name string, m interface{}) {
	entries := []string{}
	for it := reflect.ValueOf(m).MapRange(); it.Next(); {
		entries = append(entries,
			say(it.Key(), 0)+" = "+say(it.Value(), 0))
	}
	sort.Strings(entries)
	note(name, "", "", m)["entries"] = entries
}

// tell prints all that was noted and waits until stdin is closed.
func tell() {
	runtime.GC()
	out, err := json.Marshal(map[string]interface{}{
		"go": runtime.Version(), "impl": family, "maps": truth})
	if err != nil {
		panic(err)
	}
	truth = nil
	fmt.Printf("%s\nREADY\n", out)
	var b [1]byte
	os.Stdin.Read(b[:])
}

func float(f float64, bits int) string {
	return strconv.FormatFloat(f, 'g', -1, bits)
}

func text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return "base64 " + base64.StdEncoding.EncodeToString(b)
}

func sequence(v reflect.Value, depth int) string {
	if depth > 2 {
		return fmt.Sprint("len ", v.Len())
	}
	var parts []string
	for i := 0; i < v.Len(); i++ {
		parts = append(parts, say(v.Index(i), depth+1))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func fields(v reflect.Value, depth int) string {
	if depth > 2 {
		return "{...}"
	}
	var parts []string
	for i := 0; i < v.NumField(); i++ {
		parts = append(parts, v.Type().Field(i).Name+": "+
			say(v.Field(i), depth+1))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// Words of a value of which no interface may be made.
func words(v reflect.Value) []uint64 {
	copied := reflect.New(v.Type()).Elem()
	copied.Set(v)
	p := unsafe.Pointer(copied.UnsafeAddr())
	return unsafe.Slice((*uint64)(p), v.Type().Size()/8)
}

// say prints a value as the tests put together what mapscope says of it.
func say(v reflect.Value, depth int) string {
	t := v.Type()
	switch {
	case t == reflect.TypeOf(time.Time{}):
		at := v.Interface().(time.Time).UTC()
		s := at.Format("2006-01-02T15:04:05")
		if at.Nanosecond() != 0 {
			s += fmt.Sprintf(".%09d", at.Nanosecond())
		}
		return s + "Z"
	case t == reflect.TypeOf(time.Second):
		return time.Duration(v.Int()).String()
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32,
		reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32,
		reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10)
	case reflect.Uintptr:
		return fmt.Sprintf("%#x", v.Uint())
	case reflect.Float32, reflect.Float64:
		return float(v.Float(), t.Bits())
	case reflect.Complex64, reflect.Complex128:
		re, im := real(v.Complex()), imag(v.Complex())
		s := float(im, t.Bits()/2)
		if s[0] != '+' && s[0] != '-' {
			s = "+" + s
		}
		return "(" + float(re, t.Bits()/2) + s + "i)"
	case reflect.String:
		return text([]byte(v.String()))
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return text(v.Bytes())
		}
		return sequence(v, depth)
	case reflect.Array:
		return sequence(v, depth)
	case reflect.Struct:
		return fields(v, depth)
	case reflect.Interface:
		if v.IsNil() {
			return "nil"
		}
		return "(" + v.Elem().Type().String() + ")" +
			say(v.Elem(), depth+1)
	case reflect.Ptr:
		if v.IsNil() {
			return "nil"
		}
		if depth < 2 && t.Elem().Size() > 0 {
			return "&" + say(v.Elem(), depth+1)
		}
		return fmt.Sprintf("%#x", v.Pointer())
	case reflect.Map:
		if v.IsNil() {
			return t.String() + " nil"
		}
		return fmt.Sprintf("%s len %d %#x", t, v.Len(), v.Pointer())
	}
	// Of a func Pointer() is the code, not the closure.
	if word := words(v)[0]; word != 0 {
		return fmt.Sprintf("%s %#x", t, word)
	}
	return "nil"
}
