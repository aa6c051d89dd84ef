#include "core/go/frame_vars.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/limits.h"
#include "core/base/xalloc.h"
#include "core/go/runtime_priv.h"

static const uint64_t VALUE_MAX = 1 << 20; /* bytes put together of pieces */

struct reader {
	const struct go_runtime *rt;
	const struct go_frame *frame;
	const struct sample_thread *thread; /* registers are the frame's */
	uint64_t pc;			    /* link-time */
	const struct dbg_var *vars;
	size_t count;
	struct frame_vars *ret;
};

void frame_vars_deinit(struct frame_vars *vars)
{
	uint32_t i;

	for (i = 0; i < vars->count; i++)
		free(vars->list[i].bytes);
	free(vars->list);
	*vars = (struct frame_vars){0};
}

const char *frame_var_why(const struct frame_var *var)
{
	static const char *const why[] = {
		[FRAME_VAR_OPTIMIZED_OUT] = "optimized out",
		[FRAME_VAR_PARTLY] = "partly optimized out",
		[FRAME_VAR_REGISTER] = "in a register that was not saved",
		[FRAME_VAR_UNREADABLE] = "unreadable",
	};

	return var->state < ARRAY_LEN(why) ? why[var->state] : "?";
}

/* How many inlined calls of the physical frame are around this one. */
static unsigned inline_depth(const struct go_runtime *rt, uint32_t frame)
{
	unsigned depth = 0;

	while (frame + depth < rt->frame_count &&
	       rt->frames[frame + depth].inlined)
		depth++;
	return depth;
}

/* Registers belong to the innermost frame of a goroutine on a thread. */
static const struct sample_thread *registers_of(const struct go_runtime *rt,
						const struct go_frame *frame)
{
	const struct go_goroutine *g = &rt->goroutines[frame->goroutine];
	const struct sample_thread *threads;
	size_t count, i;

	threads = sample_threads(rt->sample, &count);
	for (i = 0; i < count && frame->trap && g->thread; i++)
		if (threads[i].tid == g->thread && threads[i].have_regs &&
		    threads[i].pc == frame->pc && threads[i].sp == frame->sp)
			return &threads[i];
	return NULL;
}

/* Where a piece is in the target, or its bytes; its state. */
static enum frame_var_state piece_place(const struct reader *r,
					const struct dbg_piece *piece,
					uint64_t *addr_ret, uint64_t *word_ret)
{
	*addr_ret = 0;
	switch (piece->where) {
	case DBG_ADDRESS:
		*addr_ret = (uint64_t)piece->value + r->rt->bias;
		break;
	case DBG_FRAME:
		*addr_ret = r->frame->cfa + (uint64_t)piece->value;
		break;
	case DBG_REGISTER:
		if (!r->thread || piece->value < 0 ||
		    piece->value >= SAMPLE_REGISTERS)
			return FRAME_VAR_REGISTER;
		*word_ret = r->thread->regs[piece->value];
		if (!piece->deref)
			return FRAME_VAR_BYTES;
		*addr_ret = *word_ret;
		return FRAME_VAR_MEMORY;
	default:
		return FRAME_VAR_OPTIMIZED_OUT;
	}
	if (piece->deref && !sample_u64(r->rt->sample, *addr_ret, addr_ret))
		return FRAME_VAR_UNREADABLE;
	return FRAME_VAR_MEMORY;
}

static enum frame_var_state add_piece(const struct reader *r,
				      const struct dbg_piece *piece,
				      uint8_t *to, uint64_t size)
{
	uint64_t addr, word = 0;
	enum frame_var_state state = piece_place(r, piece, &addr, &word);
	struct error *err;

	if (state == FRAME_VAR_BYTES) {
		if (size > sizeof(word))
			return FRAME_VAR_REGISTER;
		memcpy(to, &word, size);
		return state;
	}
	if (state != FRAME_VAR_MEMORY)
		return state;
	err = sample_read(r->rt->sample, addr, to, size);
	if (!err)
		return FRAME_VAR_BYTES;
	error_free(err);
	return FRAME_VAR_UNREADABLE;
}

static enum frame_var_state join_pieces(const struct reader *r,
					const struct dbg_location *where,
					uint64_t size, uint8_t **bytes_ret)
{
	CLEANUP(free_cleanup) uint8_t *bytes = NULL;
	enum frame_var_state state = FRAME_VAR_OPTIMIZED_OUT;
	uint64_t at = 0;
	unsigned i;

	if (!size || size > VALUE_MAX)
		return FRAME_VAR_UNREADABLE;
	bytes = xcalloc(1, size);
	for (i = 0; i < where->count; i++) {
		const struct dbg_piece *piece = &where->pieces[i];
		uint64_t n = piece->size ? piece->size : size - at;

		if (n > size - at)
			return FRAME_VAR_UNREADABLE;
		state = add_piece(r, piece, bytes + at, n);
		if (state != FRAME_VAR_BYTES)
			return state;
		at += n;
	}
	if (at != size)
		return FRAME_VAR_OPTIMIZED_OUT;
	*bytes_ret = bytes;
	bytes = NULL;
	return FRAME_VAR_BYTES;
}

static bool is_contiguous(const struct dbg_location *where)
{
	int64_t end = where->pieces[0].value;
	unsigned i;

	for (i = 0; i < where->count; i++) {
		const struct dbg_piece *p = &where->pieces[i];

		if (p->where != DBG_FRAME || p->value != end ||
		    (p->deref && where->count > 1))
			return false;
		end += (int64_t)p->size;
	}
	return where->count > 0;
}

/*
 * The compiler leaves the size away when only one of a variable's words is
 * left: a location of one word that claims to be all of a longer value. What
 * it keeps in one piece has one location for the whole function, no list.
 */
static bool is_one_word_of(const struct dbg_var *var,
			   const struct dbg_location *where, uint64_t size)
{
	const struct dbg_piece *p = &where->pieces[0];

	return var->location && where->count == 1 && !p->size && !p->deref &&
	       p->where == DBG_FRAME && p->value < 0 && size > 8;
}

static void locate(const struct reader *r, const struct dbg_var *var,
		   struct frame_var *ret)
{
	uint64_t size = go_type(r->rt->types, ret->type)->size, word;
	struct dbg_location where = {0};
	struct error *err;

	err = dbg_var_locate(r->rt->program->dbg, var, r->pc, &where);
	if (err) {
		error_free(err);
		ret->state = FRAME_VAR_UNREADABLE;
		return;
	}
	ret->state = FRAME_VAR_OPTIMIZED_OUT;
	if (!where.count)
		return;
	if (is_one_word_of(var, &where, size))
		ret->state = FRAME_VAR_PARTLY;
	else if (is_contiguous(&where) ||
		 (where.count == 1 && where.pieces[0].where != DBG_REGISTER) ||
		 (where.count == 1 && where.pieces[0].deref))
		ret->state = (uint8_t)piece_place(r, &where.pieces[0],
						  &ret->addr, &word);
	else
		ret->state = (uint8_t)join_pieces(r, &where, size, &ret->bytes);
}

/* The word that a pointer-shaped variable holds. */
static bool load_word(const struct reader *r, const struct frame_var *var,
		      uint64_t *ret)
{
	if (var->state == FRAME_VAR_BYTES) {
		memcpy(ret, var->bytes, sizeof(*ret));
		return true;
	}
	return var->state == FRAME_VAR_MEMORY &&
	       sample_u64(r->rt->sample, var->addr, ret);
}

/* The value of one of the compiler's own variables, as ".dict". */
static bool hidden_word(const struct reader *r, const char *name,
			unsigned depth, uint64_t *ret)
{
	size_t i;
	bool found = false;

	for (i = 0; i < r->count && !found; i++) {
		const struct dbg_var *v = &r->vars[i];
		struct frame_var var = {0};

		if (v->inline_depth != depth || strcmp(v->name, name) != 0)
			continue;
		var.type = go_type_from_dbg(r->rt->types, v->type);
		locate(r, v, &var);
		found = load_word(r, &var, ret);
		free(var.bytes);
	}
	return found;
}

/* In generic code the type of a variable is an entry of the dictionary. */
static uint32_t variable_type(const struct reader *r, const struct dbg_var *var)
{
	uint32_t id = go_type_from_dbg(r->rt->types, var->type), exact;
	uint64_t dict, rtype;

	if (var->dict_index < 0 || var->dict_index > 1 << 16 ||
	    !hidden_word(r, ".dict", var->inline_depth, &dict) ||
	    !sample_u64(r->rt->sample, dict + (uint64_t)var->dict_index * 8,
			&rtype))
		return id;
	exact = go_type_from_rtype(r->rt->types, rtype);
	if (go_type(r->rt->types, exact)->size !=
	    go_type(r->rt->types, id)->size)
		return id;
	return exact ? exact : id;
}

/* "&x" is the address of x, which was moved to the heap. */
static void follow_escaped(const struct reader *r, struct frame_var *var)
{
	const struct go_type *type = go_type(r->rt->types, var->type);
	uint64_t word;

	if (*var->name != '&' || type->kind != GO_POINTER)
		return;
	var->name++;
	var->type = type->elem;
	if (frame_var_why(var))
		return;
	if (!load_word(r, var, &word)) {
		var->state = FRAME_VAR_UNREADABLE;
		return;
	}
	/* Nothing was allocated yet where the pointer is nil. */
	var->state = word ? FRAME_VAR_MEMORY : FRAME_VAR_OPTIMIZED_OUT;
	var->addr = word;
	var->escaped = true;
	free(var->bytes);
	var->bytes = NULL;
}

static bool is_hidden(const struct reader *r, const struct dbg_var *var)
{
	const char *name = var->name;

	name += *name == '&';
	if (!*name || *name == '.' || strchr(name, '.') || !strcmp(name, "_"))
		return true;
	/* Declared further down: it has no value yet. */
	return !var->is_param && var->closure_offset < 0 &&
	       var->decl_line > r->frame->line && r->frame->line;
}

/* Results without a name are worth a line only where they have a value. */
static bool is_absent_result(const struct frame_var *var)
{
	return *var->name == '~' && frame_var_why(var);
}

static void add_var(const struct reader *r, const struct dbg_var *v)
{
	struct frame_vars *ret = r->ret;
	struct frame_var *var;
	uint64_t closure;

	GROW_ARRAY(ret->list, ret->count, ret->cap);
	var = &ret->list[ret->count++];
	*var = (struct frame_var){
		.name = v->name,
		.type = variable_type(r, v),
		.decl_line = v->decl_line,
		.block_depth = v->block_depth,
		.is_param = v->is_param,
		.is_output = v->is_output,
	};
	locate(r, v, var);
	if (v->closure_offset >= 0 && var->state == FRAME_VAR_OPTIMIZED_OUT &&
	    hidden_word(r, ".closureptr", v->inline_depth, &closure)) {
		var->addr = closure + (uint64_t)v->closure_offset;
		var->state = FRAME_VAR_MEMORY;
	}
	follow_escaped(r, var);
	if (var->state == FRAME_VAR_MEMORY && !var->addr)
		var->state = FRAME_VAR_UNREADABLE;
	if (is_absent_result(var)) {
		free(var->bytes);
		ret->count--;
	}
}

static void mark_shadowed(struct frame_vars *vars)
{
	uint32_t i, k;

	for (i = 0; i < vars->count; i++)
		for (k = 0; k < vars->count; k++)
			if (vars->list[k].block_depth >
				    vars->list[i].block_depth &&
			    !strcmp(vars->list[i].name, vars->list[k].name))
				vars->list[i].shadowed = true;
}

static int by_place(const void *a, const void *b)
{
	const struct frame_var *x = a, *y = b;

	if (x->is_param != y->is_param)
		return x->is_param ? -1 : 1;
	if (x->decl_line != y->decl_line && !x->is_param)
		return x->decl_line < y->decl_line ? -1 : 1;
	return 0;
}

/* A stable sort: qsort() is not, and the count is small. */
static void sort_vars(struct frame_vars *vars)
{
	uint32_t i, k;

	for (i = 1; i < vars->count; i++) {
		const struct frame_var v = vars->list[i];

		for (k = i; k && by_place(&vars->list[k - 1], &v) > 0; k--)
			vars->list[k] = vars->list[k - 1];
		vars->list[k] = v;
	}
}

struct error *frame_vars_load(const struct go_runtime *rt, uint32_t frame,
			      struct frame_vars *ret)
{
	const struct dbg *dbg = rt->program->dbg;
	const struct go_frame *f = &rt->frames[frame];
	CLEANUP(free_cleanup) struct dbg_var *vars = NULL;
	struct reader r = {.rt = rt, .frame = f, .ret = ret};
	const struct dbg_func *func;
	struct error *err;
	unsigned depth;
	size_t i;

	r.pc = f->pc - rt->bias - (f->trap ? 0 : 1);
	func = dbg ? dbg_func_at(dbg, r.pc) : NULL;
	if (!func)
		return error_new(ERROR_NOT_FOUND,
				 "no debug information of '%s'", f->function);
	err = dbg_func_vars_at(dbg, func, r.pc, &vars, &r.count);
	if (err)
		return err;
	r.vars = vars;
	r.thread = registers_of(rt, f);
	depth = inline_depth(rt, frame);
	for (i = 0; i < r.count; i++)
		if (vars[i].inline_depth == depth && !is_hidden(&r, &vars[i]))
			add_var(&r, &vars[i]);
	sort_vars(ret);
	mark_shadowed(ret);
	return NULL;
}
