#ifndef CORE_SESSION_RENDER_HEAP_H
#define CORE_SESSION_RENDER_HEAP_H

/** JSON of objects, types, references and addresses; see render.h. */
#include "core/session/json.h"
#include "core/session/objects.h"
#include "core/session/references.h"

/** The fields of `refs`: object, paths, verdict. */
void render_refs(struct json *json, const struct refs *refs);
void render_ref_row(struct json *json, const struct ref_row *row,
		    uint32_t level);
void render_object(struct json *json, const struct object_info *info);
/** As `retained` gives it: with the owner and @p dominated objects. */
void render_retained(struct json *json, const struct object_info *info,
		     const char *owner, uint64_t dominated);
void render_type(struct json *json, const struct type_row *row,
		 bool by_package);
void render_address(struct json *json, const struct address_info *info);
void render_found(struct json *json, const struct found *found, bool redact);

#endif
