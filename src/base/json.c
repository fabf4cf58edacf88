#include "base/json.h"
#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void vww_json_begin(struct vww_json *json, struct vww_buffer *out, bool pretty)
{
    *json = (struct vww_json){.out = out, .pretty = pretty};
}

static void new_line(struct vww_json *json)
{
    if (!json->pretty)
        return;
    vww_buffer_text(json->out, "\n");
    for (int i = 0; i < json->depth; i++)
        vww_buffer_text(json->out, "  ");
}

static void before_value(struct vww_json *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->depth > 0) {
        if (json->has_member[json->depth - 1])
            vww_buffer_text(json->out, json->pretty ? "," : ", ");
        json->has_member[json->depth - 1] = true;
        new_line(json);
    }
}

static void open_level(struct vww_json *json, bool is_array)
{
    before_value(json);
    vww_buffer_text(json->out, is_array ? "[" : "{");
    if (json->depth == (int)(sizeof json->is_array / sizeof json->is_array[0])) {
        json->out->failed = 1;
        return;
    }
    json->is_array[json->depth] = is_array;
    json->has_member[json->depth] = false;
    json->depth++;
}

void vww_json_object(struct vww_json *json)
{
    open_level(json, false);
}

void vww_json_array(struct vww_json *json)
{
    open_level(json, true);
}

void vww_json_end(struct vww_json *json)
{
    json->depth--;
    if (json->has_member[json->depth])
        new_line(json);
    vww_buffer_text(json->out, json->is_array[json->depth] ? "]" : "}");
    if (json->depth == 0 && json->pretty)
        vww_buffer_text(json->out, "\n");
}

static void quoted(struct vww_buffer *out, const char *text)
{
    vww_buffer_text(out, "\"");
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            vww_buffer_printf(out, "\\%c", *p);
        else if (*p == '\n')
            vww_buffer_text(out, "\\n");
        else if (*p < 0x20)
            vww_buffer_printf(out, "\\u%04x", *p);
        else
            vww_buffer_append(out, p, 1);
    }
    vww_buffer_text(out, "\"");
}

void vww_json_key(struct vww_json *json, const char *key)
{
    before_value(json);
    quoted(json->out, key);
    vww_buffer_text(json->out, ": ");
    json->after_key = true;
}

void vww_json_string(struct vww_json *json, const char *text)
{
    before_value(json);
    quoted(json->out, text);
}

void vww_json_integer(struct vww_json *json, int64_t value)
{
    before_value(json);
    vww_buffer_printf(json->out, "%lld", (long long)value);
}

void vww_json_number(struct vww_json *json, double value)
{
    if (!isfinite(value)) {
        vww_json_null(json);
        return;
    }
    before_value(json);
    char text[32];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    vww_buffer_text(json->out, text);
}

void vww_json_boolean(struct vww_json *json, bool value)
{
    before_value(json);
    vww_buffer_text(json->out, value ? "true" : "false");
}

void vww_json_raw(struct vww_json *json, const char *text, size_t bytes)
{
    before_value(json);
    vww_buffer_append(json->out, text, bytes);
}

void vww_json_null(struct vww_json *json)
{
    before_value(json);
    vww_buffer_text(json->out, "null");
}

void vww_json_put_string(struct vww_json *json, const char *key, const char *text)
{
    vww_json_key(json, key);
    vww_json_string(json, text);
}

void vww_json_put_integer(struct vww_json *json, const char *key, int64_t value)
{
    vww_json_key(json, key);
    vww_json_integer(json, value);
}

void vww_json_put_number(struct vww_json *json, const char *key, double value)
{
    vww_json_key(json, key);
    vww_json_number(json, value);
}

void vww_json_put_boolean(struct vww_json *json, const char *key, bool value)
{
    vww_json_key(json, key);
    vww_json_boolean(json, value);
}

/* yajl frees a tree by recursion, so depth is bounded before it builds one. Brackets within strings
 * do not count. */
static bool too_deep(const char *text, size_t bytes, size_t *where)
{
    bool in_string = false;
    int depth = 0;
    for (size_t i = 0; i < bytes; i++) {
        if (in_string) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == '"')
                in_string = false;
        } else if (text[i] == '"') {
            in_string = true;
        } else if (text[i] == '[' || text[i] == '{') {
            *where = i;
            if (++depth > VWW_JSON_DEPTH_MAX)
                return true;
        } else if (text[i] == ']' || text[i] == '}') {
            depth--;
        }
    }
    return false;
}

vww_status vww_json_parse(const void *text, size_t bytes, const char *name, yajl_val *tree,
                          struct vww_error *error)
{
    *tree = NULL;
    size_t where;
    const char *nul = memchr(text, '\0', bytes);
    if (nul != NULL || too_deep(text, bytes, &where)) {
        vww_fail(error, VWW_ERROR_FORMAT, "not usable JSON: %s",
                 nul != NULL ? "a zero byte" : "arrays and objects are nested too deeply");
        vww_error_at(error, name, nul != NULL ? nul - (const char *)text : (int64_t)where);
        return VWW_ERROR_FORMAT;
    }
    char *copy = vww_allocate(bytes + 1, 1); /* yajl wants a NUL at the end */
    if (copy == NULL)
        return vww_fail_memory(error, bytes + 1);
    memcpy(copy, text, bytes);
    char message[200] = "";
    *tree = yajl_tree_parse(copy, message, sizeof message);
    vww_free(copy);
    if (*tree != NULL)
        return VWW_OK;
    message[strcspn(message, "\n")] = '\0'; /* then comes a drawing of the place */
    vww_fail(error, VWW_ERROR_FORMAT, "not valid JSON: %s", message);
    vww_error_at(error, name, -1);
    return VWW_ERROR_FORMAT;
}

vww_status vww_json_read(const char *path, yajl_val *tree, struct vww_error *error)
{
    struct vww_buffer content;
    *tree = NULL;
    vww_status status = vww_file_read(path, (size_t)64 << 20, &content, error);
    if (status != VWW_OK)
        return status;
    status = vww_json_parse(content.data, content.size, path, tree, error);
    vww_buffer_fini(&content);
    return status;
}

yajl_val vww_json_get(yajl_val object, const char *key)
{
    const char *path[2] = {key, NULL};
    return YAJL_IS_OBJECT(object) ? yajl_tree_get(object, path, yajl_t_any) : NULL;
}

bool vww_json_get_string(yajl_val object, const char *key, const char **text)
{
    const yajl_val value = vww_json_get(object, key);
    if (!YAJL_IS_STRING(value))
        return false;
    *text = YAJL_GET_STRING(value);
    return true;
}

bool vww_json_get_integer(yajl_val object, const char *key, int64_t *value)
{
    const yajl_val member = vww_json_get(object, key);
    if (!YAJL_IS_INTEGER(member))
        return false;
    *value = YAJL_GET_INTEGER(member);
    return true;
}

bool vww_json_get_number(yajl_val object, const char *key, double *value)
{
    const yajl_val member = vww_json_get(object, key);
    if (YAJL_IS_INTEGER(member))
        *value = (double)YAJL_GET_INTEGER(member);
    else if (YAJL_IS_DOUBLE(member))
        *value = YAJL_GET_DOUBLE(member);
    else
        return false;
    return true;
}

bool vww_json_get_boolean(yajl_val object, const char *key, bool *value)
{
    const yajl_val member = vww_json_get(object, key);
    if (!YAJL_IS_TRUE(member) && !YAJL_IS_FALSE(member))
        return false;
    *value = YAJL_IS_TRUE(member);
    return true;
}
