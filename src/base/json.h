/* JSON on top of yajl: writing into a buffer, and small documents (manifests, configurations) as a
 * tree. COCO files, which are large, are streamed with base/json_scan instead. */
#ifndef VWW_BASE_JSON_H
#define VWW_BASE_JSON_H

#include "base/memory.h"
#include "vww/status.h"

#include <stdbool.h>
#include <yajl/yajl_tree.h>

/* Appends to a buffer. pretty: indented, one member a line. Commas and quoting are done here:
 *   json_begin(&json, &buffer, true); json_object(&json); json_key(&json, "images");
 *   json_integer(&json, 3); json_end(&json);
 * Check buffer.failed once at the end. */
struct vww_json {
    struct vww_buffer *out;
    bool pretty, after_key;
    int depth;
    bool is_array[32], has_member[32];
};

void vww_json_begin(struct vww_json *json, struct vww_buffer *out, bool pretty);
void vww_json_object(struct vww_json *json);
void vww_json_array(struct vww_json *json);
void vww_json_end(struct vww_json *json); /* closes the innermost object or array */
void vww_json_key(struct vww_json *json, const char *key);
void vww_json_string(struct vww_json *json, const char *text);
void vww_json_integer(struct vww_json *json, int64_t value);
/* Shortest text that reads back to the same double; null for NaN and infinities. */
void vww_json_number(struct vww_json *json, double value);
void vww_json_boolean(struct vww_json *json, bool value);
void vww_json_null(struct vww_json *json);
/* A value that is JSON already. */
void vww_json_raw(struct vww_json *json, const char *text, size_t bytes);

/* Key and value in one. */
void vww_json_put_string(struct vww_json *json, const char *key, const char *text);
void vww_json_put_integer(struct vww_json *json, const char *key, int64_t value);
void vww_json_put_number(struct vww_json *json, const char *key, double value);
void vww_json_put_boolean(struct vww_json *json, const char *key, bool value);

/* A small JSON file as a yajl tree (release with yajl_tree_free). At most 64 MiB. */
vww_status vww_json_read(const char *path, yajl_val *tree, struct vww_error *error);
/* The same from memory: `bytes` bytes of UTF-8, which need not end in a NUL. name is for messages.
 * Hostile text is an error, also a nest of more than VWW_JSON_DEPTH_MAX arrays and objects. */
#define VWW_JSON_DEPTH_MAX 64
vww_status vww_json_parse(const void *text, size_t bytes, const char *name, yajl_val *tree,
                          struct vww_error *error);
/* Members of an object; false where missing, of another type, or out of range. */
bool vww_json_get_string(yajl_val object, const char *key, const char **text);
bool vww_json_get_integer(yajl_val object, const char *key, int64_t *value);
bool vww_json_get_number(yajl_val object, const char *key, double *value);
bool vww_json_get_boolean(yajl_val object, const char *key, bool *value);
/* The member itself, or NULL. */
yajl_val vww_json_get(yajl_val object, const char *key);

#endif
