#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "dwarf/dbg_expr.h"
#include "dwarf/dbg_internal.h"

enum {
	DEPTH_MAX = 64,	     /* as the reader's */
	VARS_MAX = 1 << 16,  /* of one function */
	ORIGIN_STEPS_MAX = 4 /* inlined copy, abstract one, declaration */
};

static const uint8_t OP_CALL_FRAME_CFA = 0x9c;

struct scope {
	uint64_t low, high;
	bool is_inlined;
	uint8_t inline_depth;
};

struct collect {
	const struct dbg *dbg;
	struct dbg_reader *reader; /* walks */
	struct dbg_reader *lookup; /* follows references meanwhile */
	const struct dbg_unit *unit;
	uint64_t unit_index;
	bool frame_is_cfa;
	bool at_pc; /* only blocks that hold pc */
	uint64_t pc;
	struct scope scopes[DEPTH_MAX + 1]; /* by depth of the entries in it */
	struct dbg_var *vars;
	size_t len, cap;
};

static const struct elf_section *list_section(const struct dbg *dbg,
					      uint16_t version,
					      bool is_location)
{
	const char *name;

	if (version >= 5)
		name = is_location ? ".debug_loclists" : ".debug_rnglists";
	else
		name = is_location ? ".debug_loc" : ".debug_ranges";
	return elf_file_find_section(dbg->elf, name);
}

/** Enough to resolve addresses by index. */
static void init_list(const struct dbg *dbg, const struct dbg_unit *unit,
		      struct dbg_list *ret)
{
	size_t i;

	*ret = (struct dbg_list){
		.version = unit->version,
		.base = unit->low,
		.addr_base = unit->addr_base,
	};
	for (i = 0; i < dbg->shown_count; i++)
		if (!strcmp(dbg->shown[i].name, ".debug_addr")) {
			ret->addrs = dbg->shown[i].data;
			ret->addrs_size = dbg->shown[i].size;
		}
}

struct error *dbg_open_list(const struct dbg *dbg, const struct dbg_unit *unit,
			    bool is_location, uint64_t offset,
			    struct dbg_list *ret)
{
	const struct elf_section *section =
		list_section(dbg, unit->version, is_location);
	struct error *err;

	if (!section)
		return error_new(ERROR_NOT_FOUND, "no %s lists",
				 is_location ? "location" : "range");
	init_list(dbg, unit, ret);
	err = elf_file_load(dbg->elf, section, &ret->data, &ret->size);
	if (err)
		return err;
	if (offset >= ret->size)
		return error_new(ERROR_CORRUPT, "list begins beyond '%s'",
				 section->name);
	ret->is_location = is_location;
	ret->at = offset;
	return NULL;
}

/** From the lowest to the highest address of a block; false if unknown. */
static bool get_hull(const struct collect *c, const struct dbg_die *die,
		     struct scope *ret)
{
	struct dbg_list_entry entry;
	struct dbg_list list;
	struct error *err;
	bool any = false;

	if (die->has & DBG_HAS_LOW && die->has & DBG_HAS_HIGH) {
		ret->low = die->low;
		ret->high = die->high;
		return true;
	}
	if (!(die->has & DBG_HAS_RANGES))
		return false;
	err = dbg_open_list(c->dbg, c->unit, false, die->ranges, &list);
	if (err) {
		error_free(err);
		return false;
	}
	while (dbg_list_next(&list, &entry)) {
		if (entry.low >= entry.high)
			continue;
		if (!any || entry.low < ret->low)
			ret->low = entry.low;
		if (!any || entry.high > ret->high)
			ret->high = entry.high;
		any = true;
	}
	return any;
}

/* Blocks without addresses hold every pc of the function. */
static bool block_holds(const struct collect *c, const struct dbg_die *die)
{
	struct dbg_list_entry entry;
	struct dbg_list list;
	struct error *err;

	if (!c->at_pc)
		return true;
	if (die->has & DBG_HAS_LOW && die->has & DBG_HAS_HIGH)
		return die->low <= c->pc && c->pc < die->high;
	if (!(die->has & DBG_HAS_RANGES))
		return true;
	err = dbg_open_list(c->dbg, c->unit, false, die->ranges, &list);
	if (err) {
		error_free(err);
		return false;
	}
	while (dbg_list_next(&list, &entry))
		if (entry.low <= c->pc && c->pc < entry.high)
			return true;
	return false;
}

/**
 * The type at @p die. In a generic function it may be a typedef of that
 * function, which names the entry of the dictionary.
 */
static dbg_ref resolve_type(const struct collect *c, uint64_t die,
			    struct dbg_var *var)
{
	uint64_t steps;

	for (steps = 0; steps < LIMIT_TYPE_DEPTH && die; steps++) {
		dbg_ref ref = dbg_ref_at(c->dbg, die);
		struct dbg_die type;

		if (ref)
			return ref;
		if (!dbg_reader_at(c->lookup, die, &type) ||
		    type.tag != DBG_TAG_TYPEDEF)
			return 0;
		if (type.has & DBG_HAS_DICT_INDEX &&
		    type.dict_index <= INT64_MAX)
			var->dict_index = (int64_t)type.dict_index;
		die = type.type;
	}
	return 0;
}

/** What the entry does not say itself, from the one it is a copy of. */
static void complete(const struct collect *c, struct dbg_die *die)
{
	uint64_t origin = die->origin;
	unsigned steps;

	for (steps = 0; steps < ORIGIN_STEPS_MAX && origin; steps++) {
		struct dbg_die from;

		if (!dbg_reader_at(c->lookup, origin, &from))
			return;
		if (!die->name)
			die->name = from.name;
		if (!die->type)
			die->type = from.type;
		if (!die->decl_line)
			die->decl_line = from.decl_line;
		if (!(die->has & DBG_HAS_CLOSURE_OFFSET))
			die->closure_offset = from.closure_offset;
		die->has |= from.has & (DBG_IS_OUTPUT | DBG_HAS_CLOSURE_OFFSET);
		origin = from.origin;
	}
}

static void add_var(struct collect *c, const struct dbg_die *entry,
		    const struct scope *scope, unsigned depth)
{
	struct dbg_die die = *entry;
	struct dbg_var *var;

	if (c->len >= VARS_MAX)
		return;
	complete(c, &die);
	GROW_ARRAY(c->vars, c->len, c->cap);
	var = &c->vars[c->len++];
	*var = (struct dbg_var){
		.name = die.name ? die.name : "",
		.die = die.offset,
		.closure_offset = -1,
		.dict_index = -1,
		.decl_line = die.decl_line,
		.scope_low = scope->low,
		.scope_high = scope->high,
		.is_param = die.tag == DBG_TAG_PARAMETER,
		.is_output = die.has & DBG_IS_OUTPUT,
		.is_inlined = scope->is_inlined,
		.inline_depth = scope->inline_depth,
		.block_depth = (uint8_t)depth,
		.unit = c->unit_index,
	};
	if (die.has & DBG_HAS_CLOSURE_OFFSET && die.closure_offset <= INT64_MAX)
		var->closure_offset = (int64_t)die.closure_offset;
	var->type = resolve_type(c, die.type, var);
	if (!c->frame_is_cfa)
		return;
	var->location_bytes = die.location;
	var->location_len = die.location_len;
	/* Offset 0 is a valid list; 0 means none. */
	if (die.has & DBG_HAS_LOCATION_LIST && die.location_list < UINT64_MAX)
		var->location = die.location_list + 1;
}

static bool visit(void *arg, const struct dbg_die *die, unsigned depth)
{
	struct collect *c = arg;
	const struct scope *outer = &c->scopes[depth];
	struct scope *inner = &c->scopes[depth + 1];

	switch (die->tag) {
	case DBG_TAG_PARAMETER:
	case DBG_TAG_VARIABLE:
		add_var(c, die, outer, depth);
		return false;
	case DBG_TAG_LEXICAL_BLOCK:
	case DBG_TAG_INLINED:
		*inner = *outer;
		get_hull(c, die, inner);
		inner->is_inlined |= die->tag == DBG_TAG_INLINED;
		if (die->tag == DBG_TAG_INLINED)
			inner->inline_depth++;
		return block_holds(c, die);
	default:
		return false;
	}
}

/*
 * DBG_FRAME promises an offset from the CFA, so another frame base makes every
 * location of the function unusable.
 */
static bool frame_is_cfa(const struct dbg_die *func)
{
	return !func->frame_base || (func->frame_base_len == 1 &&
				     func->frame_base[0] == OP_CALL_FRAME_CFA);
}

static struct error *collect(struct collect *c, const struct dbg_func *func)
{
	struct dbg_die die;
	bool whole;

	c->scopes[0] = (struct scope){func->low, func->high, false, 0};
	if (!dbg_reader_at(c->lookup, func->die, &die))
		return error_new(ERROR_CORRUPT,
				 "debug information of '%s' is malformed",
				 func->name);
	c->frame_is_cfa = frame_is_cfa(&die);
	whole = dbg_reader_walk(c->reader, func->die, visit, c);
	if (!whole && !c->len)
		return error_new(ERROR_CORRUPT,
				 "variables of '%s' are malformed", func->name);
	return NULL;
}

static struct error *list_vars(struct collect *c, const struct dbg_func *func,
			       struct dbg_var **ret, size_t *count_ret)
{
	const struct dbg *dbg = c->dbg;
	struct error *err;

	c->unit_index = dbg_unit_of(dbg, func->die);
	if (c->unit_index >= dbg->unit_count)
		return error_new(ERROR_CORRUPT, "'%s' belongs to no unit",
				 func->name);
	c->unit = &dbg->units[c->unit_index];
	err = dbg_borrow_reader(dbg, &c->reader);
	if (err)
		return err;
	err = dbg_borrow_reader(dbg, &c->lookup);
	if (!err) {
		err = collect(c, func);
		dbg_return_reader(dbg, c->lookup);
	}
	dbg_return_reader(dbg, c->reader);
	if (err) {
		free(c->vars);
		return err;
	}
	*ret = c->vars;
	*count_ret = c->len;
	return NULL;
}

struct error *dbg_func_vars(const struct dbg *dbg, const struct dbg_func *func,
			    struct dbg_var **ret, size_t *count_ret)
{
	struct collect c = {.dbg = dbg};

	return list_vars(&c, func, ret, count_ret);
}

struct error *dbg_func_vars_at(const struct dbg *dbg,
			       const struct dbg_func *func, uint64_t pc,
			       struct dbg_var **ret, size_t *count_ret)
{
	struct collect c = {.dbg = dbg, .at_pc = true, .pc = pc};

	return list_vars(&c, func, ret, count_ret);
}

static struct error *locate_in_list(const struct dbg *dbg,
				    const struct dbg_unit *unit,
				    const struct dbg_var *var, uint64_t pc,
				    struct dbg_location *ret)
{
	struct dbg_list_entry entry, found = {0}, fallback = {0};
	struct dbg_list list;
	struct error *err;

	err = dbg_open_list(dbg, unit, true, var->location - 1, &list);
	if (err)
		return err;
	while (!found.bytes && dbg_list_next(&list, &entry)) {
		if (entry.is_default)
			fallback = entry;
		else if (entry.low <= pc && pc < entry.high)
			found = entry;
	}
	if (!found.bytes)
		found = fallback;
	*ret = (struct dbg_location){0};
	if (!found.bytes)
		return NULL;
	return dbg_expr_locate(found.bytes, found.len, &list, ret);
}

/*
 * Go up to 1.21 repeats the pieces of some variables that it splits into
 * words; which of them hold is anybody's guess.
 */
static struct error *check_pieces(const struct dbg *dbg,
				  const struct dbg_var *var,
				  struct dbg_location *where)
{
	uint64_t total = 0, size = dbg_size_of(dbg, var->type);
	unsigned i;

	for (i = 0; i < where->count; i++)
		if (__builtin_add_overflow(total, where->pieces[i].size,
					   &total))
			total = UINT64_MAX;
	if (!size || total <= size)
		return NULL;
	where->count = 0;
	return error_new(ERROR_CORRUPT,
			 "pieces of '%s' are larger than its type", var->name);
}

struct error *dbg_var_locate(const struct dbg *dbg, const struct dbg_var *var,
			     uint64_t pc, struct dbg_location *ret)
{
	struct dbg_list list;
	struct error *err;

	*ret = (struct dbg_location){0};
	if (var->unit >= dbg->unit_count)
		return error_new(ERROR_NOT_FOUND, "'%s' belongs to no unit",
				 var->name);
	if (var->location) {
		err = locate_in_list(dbg, &dbg->units[var->unit], var, pc, ret);
	} else if (var->location_bytes) {
		init_list(dbg, &dbg->units[var->unit], &list);
		err = dbg_expr_locate(var->location_bytes, var->location_len,
				      &list, ret);
	} else {
		return NULL;
	}
	return err ? err : check_pieces(dbg, var, ret);
}
