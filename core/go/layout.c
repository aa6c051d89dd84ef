#include "core/go/layout.h"

#include <string.h>

enum { RELEASES = 8 };

static const struct {
	const char *type, *field;
	int32_t off[RELEASES];
} fields[] = {
#define LAYOUT_ROW(id, type, field, ...) {type, field, {__VA_ARGS__}},
	LAYOUT_TABLE(LAYOUT_ROW)
#undef LAYOUT_ROW
};

static const int minors[RELEASES] = {19, 21, 22, 23, 24, 25, 26, 27};

bool go_layout_has_release(const struct build_info *build)
{
	return build->major == 1 && build->minor >= minors[0] &&
	       build->minor <= minors[RELEASES - 1];
}

void go_releases(int *oldest_ret, int *newest_ret)
{
	*oldest_ret = minors[0];
	*newest_ret = minors[RELEASES - 1];
}

/* Column of the table for a release. */
static int release_column(const struct build_info *build)
{
	int i, column = 0;

	if (build->minor == 20)
		return 1;
	for (i = 0; i < RELEASES; i++)
		if (minors[i] <= build->minor)
			column = i;
	return column;
}

static uint64_t type_size(const struct dbg *dbg, const char *name)
{
	dbg_ref ref = dbg ? dbg_find_type(dbg, name) : 0;

	return ref ? dbg_type(dbg, ref)->size : 0;
}

void go_layout_load(const struct go_program *program, struct go_layout *ret)
{
	int column = release_column(&program->build);
	const struct dbg *dbg = program->dbg;
	uint64_t offset, size;
	int i;

	*ret = (struct go_layout){
		.from_dwarf = dbg && dbg_find_type(dbg, "runtime.mspan"),
	};
	for (i = 0; i < LAYOUT_COUNT; i++) {
		bool known = dbg && dbg_find_type(dbg, fields[i].type);

		ret->off[i] = known ? -1 : fields[i].off[column];
		if (known && dbg_field(dbg, fields[i].type, fields[i].field,
				       &offset, &size)) {
			ret->off[i] = (int32_t)offset;
			ret->size[i] = (uint32_t)size;
		}
	}
	ret->heap_stats_size = type_size(dbg, "runtime.heapStatsDelta");
	if (!ret->heap_stats_size)
		ret->heap_stats_size = column >= 5 ? 1168 : 1176;
	ret->special_size = type_size(dbg, "runtime.special");
	if (!ret->special_size)
		ret->special_size = column >= 4 ? 24 : 16;
	ret->wide_nelems = ret->size[L_SPAN_NELEMS]
				   ? ret->size[L_SPAN_NELEMS] == 8
				   : column < 2;
}

uint64_t go_symbol(const struct go_program *program, const char *name)
{
	const struct dbg_global *global =
		program->dbg ? dbg_find_global(program->dbg, name) : NULL;
	struct elf_symbol symbol;
	struct error *err;

	if (global)
		return global->addr;
	err = elf_file_symbol(program->elf, name, &symbol);
	if (!err)
		return symbol.addr;
	error_free(err);
	return 0;
}
