/* `entries` in an order or in groups: all are looked at before the first is
 * printed. */
#include <string.h>

#include "core/session/entry_table.h"
#include "core/session/render.h"
#include "tui/commands/commands.h"
#include "tui/output.h"

static const char COLUMNS[] = "size,retained,pos,key,value";
static const char GROUP_COLUMNS[] = "count,share,size,what,first";

static struct error *parse_group(const char *by, enum entry_grouping *ret)
{
	*ret = ENTRY_SINGLE;
	if (!by)
		return NULL;
	if (!strcmp(by, "value"))
		*ret = ENTRY_BY_VALUE;
	else if (!strcmp(by, "prefix"))
		*ret = ENTRY_BY_PREFIX;
	else
		return error_new(ERROR_USAGE, "--group is value or prefix");
	return NULL;
}

/* The column of "size-desc", and whether descending: as list_sort_by(). */
static void parse_sort(struct list *probe, const char *spec,
		       enum entry_column *column_ret, bool *descending_ret)
{
	*column_ret = ENTRY_INDEX;
	*descending_ret = false;
	if (!spec || probe->sort_column < 0)
		return;
	entry_column_of(probe->kind->columns[probe->sort_column].key,
			column_ret);
	*descending_ret = probe->descending;
}

static void add_group(struct json *json, const struct entry_table *table,
		      const struct entry_row *row)
{
	bool value = table->grouping == ENTRY_BY_VALUE;
	struct cell cell = {0};

	json_open(json, NULL, '{');
	json_u64(json, "count", row->count);
	json_u64(json, "size_bytes", row->size_bytes);
	if (value) {
		json_raw(json, "value");
		entry_value_json(table->entries, &row->entry, table->redact,
				 &json->out);
	} else {
		entry_group_list_kind.columns[0].get(
			table, (uint32_t)(row - table->rows), &cell);
		json_string(json, "prefix", table->redact ? NULL : cell.text);
	}
	json_close(json, '}');
}

struct rows {
	const struct entry_table *table;
	uint32_t map;
};

static void render_row(struct json *json, const void *arg, uint32_t number)
{
	const struct rows *rows = arg;
	const struct entry_table *table = rows->table;
	const struct entry_row *row = &table->rows[number];

	if (table->grouping == ENTRY_SINGLE)
		render_entry(json, table->session, rows->map, table->entries,
			     &row->entry, table->redact);
	else
		add_group(json, table, row);
}

static struct error *print_json(const struct cli *cli,
				const struct session *session, uint32_t map,
				const struct entry_table *table,
				const struct list *list)
{
	CLEANUP(json_deinit) struct json json = {0};
	bool single = table->grouping == ENTRY_SINGLE;
	const struct rows rows = {table, map};
	struct error *err;

	render_begin(&json, session, "entries", table->redact);
	json_open(&json, single ? "entries" : "groups", '[');
	if ((err = output_json_rows(&json, cli, list, render_row, &rows)))
		return err;
	json_close(&json, ']');
	json_u64(&json, "entries_seen", table->seen);
	json_u64(&json, "rows_kept", table->count);
	if (!single)
		json_u64(&json, "entries_of_other_groups", table->other);
	render_end(&json);
	return output_write(&json.out);
}

static struct error *tell_part(const struct entry_table *table)
{
	CLEANUP(buf_deinit) struct buf out = {0};

	if (table->other)
		buf_printf(&out, "%llu entries more are of other groups\n",
			   (unsigned long long)table->other);
	else if (table->grouping == ENTRY_SINGLE && table->seen > table->count)
		buf_printf(&out, "the first %u of %llu entries were kept\n",
			   table->count, (unsigned long long)table->seen);
	return output_write(&out);
}

struct error *entries_print_order(const struct cli *cli,
				  const struct session *session, uint32_t map)
{
	CLEANUP(entry_table_deinit) struct entry_table table = {0};
	CLEANUP(list_deinit) struct list list = {0};
	const struct options *o = &cli->options;
	enum entry_grouping grouping;
	enum entry_column column;
	struct error *err;
	bool descending, machine = o->json || o->csv || o->tsv || o->md;

	if (o->ndjson || o->range || o->match || o->values)
		return error_new(ERROR_USAGE, "--ndjson, --range, --match and "
					      "--values need the order of the "
					      "map");
	if ((err = parse_group(o->group, &grouping)))
		return err;
	list_init(&list,
		  grouping == ENTRY_SINGLE ? &entry_list_kind
					   : &entry_group_list_kind,
		  &table);
	if ((o->sort && (err = list_sort_by(&list, o->sort))) ||
	    (o->filter && (err = list_filter(&list, o->filter))))
		return err;
	parse_sort(&list, o->sort, &column, &descending);
	if ((err = entry_table_load(session, map, grouping, column, descending,
				    NULL, &table)))
		return err;
	table.redact = cli_redact(cli);
	list_set_model(&list, &table);
	err = o->json ? print_json(cli, session, map, &table, &list)
		      : output_list(cli, &list,
				    grouping == ENTRY_SINGLE ? COLUMNS
							     : GROUP_COLUMNS);
	return err || machine ? err : tell_part(&table);
}
