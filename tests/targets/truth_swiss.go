package main

import (
	"runtime"
	"unsafe"
	weakly "weak"
)

const family = "swiss"

type header struct {
	used   uint64
	seed   uint64
	dir    unsafe.Pointer
	dirLen int
	depth  uint8
}

type table struct {
	used, capacity, growthLeft uint16
	localDepth                 uint8
	index                      int
	groups                     unsafe.Pointer
	mask                       uint64
}

type mapType struct {
	_         [48]byte
	_         [4]unsafe.Pointer
	groupSize uintptr
}

func control(groups unsafe.Pointer, i, size uintptr) *[8]uint8 {
	return (*[8]uint8)(unsafe.Add(groups, i*size))
}

func hasEmpty(c *[8]uint8) bool {
	for _, b := range c {
		if b == 0x80 {
			return true
		}
	}
	return false
}

// Groups that a lookup of an absent key passes, starting at home.
func missLength(t *table, home, size uintptr) int {
	g := home
	for n := uintptr(1); n <= uintptr(t.mask)+1; n++ {
		if hasEmpty(control(t.groups, g, size)) {
			return int(n)
		}
		g = (g + n) & uintptr(t.mask)
	}
	return int(t.mask) + 1
}

// Internals of the map at h, read the way the runtime lays them out.
func measure(typ, h unsafe.Pointer) map[string]interface{} {
	m, size := (*header)(h), (*mapType)(typ).groupSize
	tables, groups, tombstones, left, slots, chain := 0, 0, 0, 0, 0, 0
	if m.dirLen == 0 && m.dir != nil {
		groups, slots, chain = 1, 8, 1
		left = 8 - int(m.used)
	}
	for i := 0; i < m.dirLen; i++ {
		t := *(**table)(unsafe.Add(m.dir, uintptr(i)*8))
		if t.index != i {
			continue
		}
		tables++
		groups += int(t.mask) + 1
		slots += int(t.capacity)
		left += int(t.growthLeft)
		for g := uintptr(0); g <= uintptr(t.mask); g++ {
			for _, b := range control(t.groups, g, size) {
				if b == 0xfe {
					tombstones++
				}
			}
			if n := missLength(t, g, size); n > chain {
				chain = n
			}
		}
	}
	swiss := map[string]interface{}{
		"directory": m.dirLen, "global_depth": m.depth, "tables": tables,
		"groups": groups, "tombstones": tombstones,
	}
	if m.dirLen > 0 {
		swiss["growth_left"] = left
	}
	return map[string]interface{}{
		"count": m.used, "slots": slots, "chain": chain, "swiss": swiss,
	}
}

func seed(h unsafe.Pointer) uintptr { return uintptr((*header)(h).seed) }

// The group that keys with this hash are looked for in first, all tables in a
// row.
func (h *header) home(hash uintptr) uintptr {
	if h.dirLen == 0 {
		return 0
	}
	slot := hash >> (64 - h.depth)
	t := *(**table)(unsafe.Add(h.dir, slot*8))
	return slot<<16 | hash>>7&uintptr(t.mask)
}

// These maps grow in one go.
func (h *header) midGrowth() bool   { return h.used > 5000 }
func (h *header) midSameSize() bool { return false }

// A name for it that does not hold it.
var weakKept weakly.Pointer[[16]*int]

func holdByCleanup(object *[16]*int, m map[string]complex64) bool {
	weakKept = weakly.Make(object)
	runtime.AddCleanup(object, func(m map[string]complex64) { clear(m) }, m)
	return true
}
