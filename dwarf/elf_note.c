#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "dwarf/elf_file_internal.h"

enum {
	NOTE_GNU_BUILD_ID = 3,
	NOTE_GO_BUILD_ID = 4,
	NOTE_AREA_MAX = 1 << 16, /* bytes of one note section we look at */
	NOTE_ID_MAX = 512,	 /* bytes of an id */
};

struct build_ids {
	struct buf gnu, go;
};

static void add_hex(struct buf *out, const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf_printf(out, "%02x", bytes[i]);
}

static uint64_t align4(uint64_t n)
{
	return (n + 3) & ~3ULL;
}

static void take_note(const Elf64_Nhdr *note, const uint8_t *name,
		      const uint8_t *desc, struct build_ids *ret)
{
	if (note->n_namesz != 4 || !note->n_descsz ||
	    note->n_descsz > NOTE_ID_MAX)
		return;
	if (!memcmp(name, "GNU", 4) && note->n_type == NOTE_GNU_BUILD_ID &&
	    !ret->gnu.len)
		add_hex(&ret->gnu, desc, note->n_descsz);
	if (!memcmp(name, "Go\0", 4) && note->n_type == NOTE_GO_BUILD_ID &&
	    !ret->go.len)
		add_hex(&ret->go, desc, note->n_descsz);
}

static void scan_notes(const uint8_t *p, size_t size, struct build_ids *ret)
{
	size_t at = 0;

	while (size - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		uint64_t name, desc, next;

		memcpy(&note, p + at, sizeof(note));
		name = at + sizeof(note);
		desc = name + align4(note.n_namesz);
		next = desc + align4(note.n_descsz);
		if (desc + note.n_descsz > size)
			return;
		take_note(&note, p + name, p + desc, ret);
		if (next > size)
			return;
		at = (size_t)next;
	}
}

static void scan_area(struct elf_file *elf, uint64_t offset, uint64_t size,
		      struct build_ids *ret)
{
	struct buf area = {0};
	struct error *err;

	if (size > NOTE_AREA_MAX)
		size = NOTE_AREA_MAX;
	err = elf_file_read(elf, offset, buf_reserve(&area, size), size);
	if (!err) {
		buf_commit(&area, size);
		scan_notes((const uint8_t *)area.data, size, ret);
	}
	/* A file without a readable id is a file without an id. */
	error_free(err);
	buf_deinit(&area);
}

char *elf_note_build_id(struct elf_file *elf, const Elf64_Phdr *headers,
			size_t count)
{
	struct build_ids ids = {0};
	char *id = NULL;
	size_t i;

	for (i = 0; i < elf->section_count && !ids.gnu.len; i++)
		if (elf->sections[i].type == SHT_NOTE)
			scan_area(elf, elf->sections[i].offset,
				  elf->sections[i].size, &ids);
	for (i = 0; i < count && !ids.gnu.len; i++)
		if (headers[i].p_type == PT_NOTE)
			scan_area(elf, headers[i].p_offset, headers[i].p_filesz,
				  &ids);
	if (ids.gnu.len)
		id = buf_steal(&ids.gnu);
	else if (ids.go.len)
		id = buf_steal(&ids.go);
	buf_deinit(&ids.gnu);
	buf_deinit(&ids.go);
	return id;
}
