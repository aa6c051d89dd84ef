/*
 * Named locals and parameters that are in memory at a frame's pc. Thousands of
 * goroutines wait at the same pc: what the debug information says of one is
 * kept.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/xalloc.h"
#include "core/go/stack.h"

enum { VARS_MAX = 4096 };

static bool is_temporary(const char *name)
{
	static const char *const parts[] = {".ptr",  ".len",  ".cap",  ".data",
					    ".itab", ".type", ".real", ".imag"};
	const char *dot = strrchr(name, '.');
	size_t i;

	if (*name == '.' || *name == '~' || !*name)
		return true;
	for (i = 0; dot && i < ARRAY_LEN(parts); i++)
		if (!strcmp(dot, parts[i]))
			return true;
	return false;
}

/* Enter the pieces that are in the frame; neighbours in both as one. */
static bool add_places(struct pc_vars *ret, const struct dbg_location *location,
		       const struct pc_var *var, uint64_t size)
{
	struct pc_var *run = NULL;
	uint64_t part = 0;
	bool found = false;
	unsigned i;

	for (i = 0; i < location->count; i++) {
		const struct dbg_piece *p = &location->pieces[i];
		uint64_t bytes = p->size ? p->size : size;

		if (p->where != DBG_FRAME || p->deref) {
			run = NULL;
		} else if (run &&
			   p->value == run->offset + (int64_t)run->size) {
			run->size += bytes;
		} else if (ret->count < VARS_MAX) {
			GROW_ARRAY(ret->vars, ret->count, ret->cap);
			run = &ret->vars[ret->count++];
			*run = *var;
			run->offset = p->value;
			run->size = bytes;
			run->part = part;
			found = true;
		}
		part += bytes;
	}
	return found;
}

static void load_vars(const struct go_runtime *rt, uint64_t pc,
		      struct pc_vars *ret)
{
	const struct dbg *dbg = rt->program->dbg;
	CLEANUP(free_cleanup) struct dbg_var *vars = NULL;
	const struct dbg_func *func;
	struct error *err;
	size_t count = 0, i;

	func = dbg ? dbg_func_at(dbg, pc - rt->bias) : NULL;
	if (!func)
		return;
	err = dbg_func_vars(dbg, func, &vars, &count);
	if (err) {
		error_free(err);
		return;
	}
	for (i = 0; i < count && ret->count < VARS_MAX; i++) {
		uint32_t type = go_type_from_dbg(rt->types, vars[i].type);
		const struct pc_var v = {
			.name = vars[i].name,
			.type = type,
			.is_param = vars[i].is_param,
		};
		struct dbg_location location = {0};

		if (is_temporary(v.name) ||
		    go_type(rt->types, type)->pointer_free)
			continue;
		err = dbg_var_locate(dbg, &vars[i], pc - rt->bias, &location);
		if (!err && add_places(ret, &location, &v,
				       go_type(rt->types, type)->size))
			continue;
		error_free(err);
		/* A map that does not escape is a header without a word that
		 * points to it: its name and type do. */
		if (go_type(rt->types, type)->kind != GO_MAP)
			continue;
		GROW_ARRAY(ret->vars, ret->count, ret->cap);
		ret->vars[ret->count++] = v;
	}
}

static struct pc_vars **find_cell(const struct stack_reader *reader,
				  uint64_t pc)
{
	uint32_t mask = reader->vars_size - 1;
	uint32_t i = (uint32_t)(pc * 0x9e3779b97f4a7c15u >> 33) & mask;

	while (reader->vars_by_pc[i] && reader->vars_by_pc[i]->pc != pc)
		i = (i + 1) & mask;
	return &reader->vars_by_pc[i];
}

static void grow_cache(struct stack_reader *reader)
{
	struct pc_vars **old = reader->vars_by_pc;
	uint32_t n = reader->vars_size, i;

	reader->vars_size = n ? n * 2 : 256;
	reader->vars_by_pc =
		xcalloc(reader->vars_size, sizeof(*reader->vars_by_pc));
	for (i = 0; i < n; i++)
		if (old[i])
			*find_cell(reader, old[i]->pc) = old[i];
	free(old);
}

static const struct pc_vars *vars_at(struct stack_reader *reader, uint64_t pc)
{
	struct pc_vars **cell;

	if (reader->vars_count * 2 >= reader->vars_size)
		grow_cache(reader);
	cell = find_cell(reader, pc);
	if (!*cell) {
		*cell = xcalloc(1, sizeof(**cell));
		(*cell)->pc = pc;
		load_vars(reader->rt, pc, *cell);
		reader->vars_count++;
	}
	return *cell;
}

void stack_frame_variables(struct stack_reader *reader,
			   const struct stack_frame *frame)
{
	struct go_runtime *rt = reader->rt;
	const struct pc_vars *vars;
	uint32_t i;

	vars = vars_at(reader, frame->trap ? frame->pc : frame->pc - 1);
	for (i = 0; i < vars->count; i++) {
		const struct pc_var *v = &vars->vars[i];
		uint64_t addr = v->size ? frame->fp + (uint64_t)v->offset : 0;

		if (v->size &&
		    (addr < reader->lo || addr + v->size > reader->hi))
			continue;
		GROW_ARRAY(rt->variables, rt->variable_count,
			   reader->variable_cap);
		rt->variables[rt->variable_count++] = (struct go_variable){
			.name = v->name,
			.addr = addr,
			.size = v->size,
			.part = v->part,
			.type = v->type,
			.frame = frame->frame,
			.is_param = v->is_param,
		};
	}
}

void stack_reader_deinit(struct stack_reader *reader)
{
	uint32_t i;

	for (i = 0; i < reader->vars_size; i++) {
		if (reader->vars_by_pc[i])
			free(reader->vars_by_pc[i]->vars);
		free(reader->vars_by_pc[i]);
	}
	free(reader->vars_by_pc);
	stack_maps_deinit(reader);
	free(reader->objects);
	free(reader->pending);
	*reader = (struct stack_reader){0};
}
