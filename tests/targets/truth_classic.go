package main

import "unsafe"

const family = "classic"

type header struct {
	count      int
	flags, b   uint8
	noverflow  uint16
	hash0      uint32
	buckets    unsafe.Pointer
	oldbuckets unsafe.Pointer
	nevacuate  uintptr
}

type mapType struct {
	_          [48]byte
	_          [4]unsafe.Pointer
	_, _       uint8
	bucketSize uint16
}

// Internals of the map at h, read the way the runtime lays them out.
func measure(typ, h unsafe.Pointer) map[string]interface{} {
	m, size := (*header)(h), uintptr((*mapType)(typ).bucketSize)
	n, overflow, chain := 1<<m.b, 0, 0
	for i := 0; i < n && m.buckets != nil; i++ {
		length := 1
		for b := unsafe.Add(m.buckets, uintptr(i)*size); ; length++ {
			next := *(*unsafe.Pointer)(unsafe.Add(b, size-8))
			if next == nil {
				break
			}
			b = next
		}
		overflow += length - 1
		if length > chain {
			chain = length
		}
	}
	old, evacuated := 0, 0
	if m.oldbuckets != nil {
		old = n / 2
		if m.flags&8 != 0 {
			old = n
		}
		for i := 0; i < old; i++ {
			top := *(*uint8)(unsafe.Add(m.oldbuckets, uintptr(i)*size))
			if top >= 2 && top <= 4 {
				evacuated++
			}
		}
	}
	slots := 8 * (n + overflow)
	if m.buckets == nil {
		slots = 0
	}
	return map[string]interface{}{
		"count": m.count, "slots": slots, "chain": chain,
		"classic": map[string]interface{}{
			"b": m.b, "buckets": n, "overflow_buckets": overflow,
			"noverflow": m.noverflow, "old_buckets": old,
			"evacuated": evacuated, "same_size_grow": m.flags&8 != 0,
		},
	}
}

func seed(h unsafe.Pointer) uintptr { return uintptr((*header)(h).hash0) }

// The bucket that keys with this hash are in.
func (h *header) home(hash uintptr) uintptr { return hash & (1<<h.b - 1) }

func (h *header) midGrowth() bool {
	return h.oldbuckets != nil && h.flags&8 == 0 && h.b >= 6
}

func (h *header) midSameSize() bool {
	return h.oldbuckets != nil && h.flags&8 != 0
}

// There are no cleanups in these releases.
func holdByCleanup(object *[16]*int, m map[string]complex64) bool {
	return false
}
