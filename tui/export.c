#include "tui/export.h"

#include <string.h>

#include "core/base/new_file.h"
#include "core/session/json.h"
#include "tui/output.h"

static void add_json_cell(struct json *json, const struct column *column,
			  const struct cell *cell)
{
	if (!cell->known) {
		json_null(json, column->key);
		return;
	}
	switch (column->kind) {
	case COLUMN_COUNT:
	case COLUMN_BYTES:
	case COLUMN_TIME:
		json_u64(json, column->key, cell->u);
		break;
	case COLUMN_PERCENT:
	case COLUMN_NUMBER:
	case COLUMN_DELTA:
	case COLUMN_DELTA_BYTES:
		json_double(json, column->key, cell->f);
		break;
	case COLUMN_ADDRESS:
		json_address(json, column->key, cell->u);
		break;
	default: {
		CLEANUP(buf_deinit) struct buf text = {0};

		cell_text(&text, column, cell);
		json_string(json, column->key, buf_str(&text));
	}
	}
}

static void add_json(struct buf *out, const struct list *list)
{
	struct json json = {0};
	uint32_t row, i;

	json_open(&json, NULL, '[');
	for (row = 0; row < list->count; row++) {
		json_open(&json, NULL, '{');
		for (i = 0; i < list->kind->column_count; i++) {
			struct cell cell;

			list_cell(list, row, (int)i, &cell);
			add_json_cell(&json, &list->kind->columns[i], &cell);
		}
		json_close(&json, '}');
		buf_addc(&json.out, '\n');
	}
	json_close(&json, ']');
	buf_addc(&json.out, '\n');
	buf_add(out, buf_str(&json.out), json.out.len);
	json_deinit(&json);
}

struct error *export_view(const char *path, const struct list *list,
			  const struct surface *screen, uint32_t *ret)
{
	static const struct {
		const char *ending;
		enum output_form form;
	} forms[] = {{".csv", OUTPUT_CSV},
		     {".tsv", OUTPUT_TSV},
		     {".md", OUTPUT_MARKDOWN},
		     {".json", OUTPUT_FORM_COUNT},
		     {".txt", OUTPUT_TEXT}};
	const char *ending = strrchr(path, '.');
	CLEANUP(buf_deinit) struct buf text = {0};
	size_t i;

	for (i = 0; ending && i < ARRAY_LEN(forms); i++)
		if (!strcmp(ending, forms[i].ending))
			break;
	if (!ending || i == ARRAY_LEN(forms))
		return error_new(ERROR_USAGE, "the name must end in .csv, "
					      ".tsv, .md, .json or .txt");
	if (forms[i].form != OUTPUT_TEXT && !list)
		return error_new(ERROR_USAGE,
				 "this view is no table: only .txt");
	*ret = list && forms[i].form != OUTPUT_TEXT ? list->count
						    : (uint32_t)screen->rows;
	if (forms[i].form == OUTPUT_TEXT)
		surface_dump(screen, &text);
	else if (forms[i].form == OUTPUT_FORM_COUNT)
		add_json(&text, list);
	else
		output_rows(&text, list, forms[i].form);
	return new_file_put(path, buf_str(&text), text.len, false);
}
