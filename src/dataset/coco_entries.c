#include "dataset/coco_entries.h"
#include "base/file.h"
#include "base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#define DEPTH_MAX 64
#define CHUNK ((size_t)64 << 10)

struct reading {
    const char *list;
    vww_status (*take)(void *context, const struct vww_entry *entry, struct vww_error *error);
    void *context;
    struct vww_error *error;
    vww_status status;
    int depth;
    bool wanted; /* inside the list, or about to enter it */
    int in_list; /* open brackets between the entries: 2, or 1 where an object takes the list's
                    place */
    bool after_key;
    bool has_value[DEPTH_MAX]; /* by depth: a comma comes before the next value */
    struct vww_buffer text;
    struct vww_entry entry;
};

static bool recording(const struct reading *reading)
{
    return reading->wanted && reading->depth > reading->in_list;
}

static void put(struct reading *reading, const char *text)
{
    vww_buffer_append(&reading->text, text, strlen(text));
}

/* What stands before a value. */
static void separate(struct reading *reading)
{
    if (!recording(reading))
        return;
    if (!reading->after_key && reading->has_value[reading->depth])
        put(reading, ", ");
    reading->after_key = false;
    reading->has_value[reading->depth] = true;
}

static void put_unit(struct reading *reading, unsigned unit)
{
    vww_buffer_printf(&reading->text, "\\u%04x", unit);
}

/* One character of UTF-8, which yajl has checked; its length. */
static size_t put_character(struct reading *reading, const unsigned char *at)
{
    static const char escaped[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *special = *at != 0 ? strchr(escaped, *at) : NULL;
    if (special != NULL) {
        const char pair[] = {'\\', letters[special - escaped], '\0'};
        put(reading, pair);
        return 1;
    }
    if (*at < 0x80) {
        if (*at < 0x20)
            put_unit(reading, *at);
        else
            vww_buffer_append(&reading->text, at, 1);
        return 1;
    }
    const size_t length = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
    uint32_t code = *at & (0x7fu >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (at[i] & 0x3fu);
    if (code < 0x10000) {
        put_unit(reading, code);
    } else {
        put_unit(reading, 0xd800 + ((code - 0x10000) >> 10));
        put_unit(reading, 0xdc00 + ((code - 0x10000) & 0x3ff));
    }
    return length;
}

static void put_string(struct reading *reading, const unsigned char *text, size_t length)
{
    put(reading, "\"");
    for (size_t i = 0; i < length;)
        i += put_character(reading, text + i);
    put(reading, "\"");
}

static int put_value(struct reading *reading, const char *text, size_t length)
{
    separate(reading);
    if (recording(reading))
        vww_buffer_append(&reading->text, text, length);
    return 1;
}

static int on_null(void *context)
{
    return put_value(context, "null", 4);
}

static int on_boolean(void *context, int value)
{
    return put_value(context, value ? "true" : "false", value ? 4 : 5);
}

static int on_number(void *context, const char *text, size_t length)
{
    return put_value(context, text, length);
}

static int on_string(void *context, const unsigned char *text, size_t length)
{
    struct reading *reading = context;
    separate(reading);
    if (recording(reading))
        put_string(reading, text, length);
    return 1;
}

/* The value of the last member ends where the text ends now. */
static void end_member(struct reading *reading)
{
    struct vww_entry *entry = &reading->entry;
    if (entry->member_count > 0 && entry->members[entry->member_count - 1].to == 0)
        entry->members[entry->member_count - 1].to = reading->text.size;
}

static void begin_member(struct reading *reading, const unsigned char *key, size_t length)
{
    struct vww_entry *entry = &reading->entry;
    if (entry->member_count == VWW_ENTRY_MEMBERS_MAX || length >= sizeof entry->members[0].key)
        return;
    struct vww_entry_member *member = &entry->members[entry->member_count++];
    *member = (struct vww_entry_member){.from = reading->text.size};
    memcpy(member->key, key, length);
}

static int on_key(void *context, const unsigned char *key, size_t length)
{
    struct reading *reading = context;
    if (reading->depth == 1) {
        reading->wanted =
            strlen(reading->list) == length && memcmp(reading->list, key, length) == 0;
        reading->in_list = 2;
    }
    if (!recording(reading))
        return 1;
    if (reading->depth == reading->in_list + 1)
        end_member(reading);
    separate(reading);
    put_string(reading, key, length);
    put(reading, ": ");
    reading->after_key = true;
    if (reading->depth == reading->in_list + 1)
        begin_member(reading, key, length);
    return 1;
}

static int open_bracket(struct reading *reading, const char *bracket)
{
    separate(reading);
    if (reading->depth + 1 == DEPTH_MAX) {
        reading->status = vww_fail(reading->error, VWW_ERROR_UNSUPPORTED, "nested too deeply");
        return 0;
    }
    reading->depth++;
    reading->has_value[reading->depth] = false;
    if (recording(reading))
        put(reading, bracket);
    return 1;
}

static int on_object(void *context)
{
    struct reading *reading = context;
    if (reading->wanted && reading->depth == 1)
        reading->in_list = 1;
    if (reading->wanted && reading->depth == reading->in_list) {
        reading->text.size = 0;
        reading->entry.member_count = 0;
    }
    return open_bracket(reading, "{");
}

static int on_array(void *context)
{
    return open_bracket(context, "[");
}

static int on_array_end(void *context)
{
    struct reading *reading = context;
    if (recording(reading))
        put(reading, "]");
    reading->depth--;
    return 1;
}

static int on_object_end(void *context)
{
    struct reading *reading = context;
    const bool is_entry = reading->wanted && reading->depth == reading->in_list + 1;
    if (is_entry)
        end_member(reading);
    if (recording(reading))
        put(reading, "}");
    reading->depth--;
    if (!is_entry)
        return 1;
    reading->entry.text = (const char *)reading->text.data;
    reading->entry.bytes = reading->text.size;
    reading->status = reading->text.failed
                          ? vww_fail_memory(reading->error, reading->text.size)
                          : reading->take(reading->context, &reading->entry, reading->error);
    reading->entry.index++;
    return reading->status == VWW_OK;
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_object_end,
    .yajl_start_array = on_array,
    .yajl_end_array = on_array_end,
};

static vww_status parse(struct reading *reading, FILE *stream, uint8_t *chunk, yajl_handle parser)
{
    yajl_status parsed = yajl_status_ok;
    for (size_t got; parsed == yajl_status_ok && (got = fread(chunk, 1, CHUNK, stream)) > 0;)
        parsed = yajl_parse(parser, chunk, got);
    if (parsed == yajl_status_ok)
        parsed = yajl_complete_parse(parser);
    if (reading->status == VWW_OK && parsed != yajl_status_ok)
        return vww_fail(reading->error, VWW_ERROR_FORMAT, "not JSON, or cut short");
    return reading->status;
}

vww_status vww_coco_entries_stream(FILE *stream, const char *name, const char *list,
                                   vww_status (*take)(void *context, const struct vww_entry *entry,
                                                      struct vww_error *error),
                                   void *context, struct vww_error *error)
{
    struct reading reading = {.list = list, .take = take, .context = context, .error = error};
    uint8_t *chunk = vww_allocate(CHUNK, 1);
    yajl_handle parser = yajl_alloc(&callbacks, NULL, &reading);
    vww_status status = VWW_OK;
    if (chunk == NULL || parser == NULL)
        status = vww_fail_memory(error, CHUNK);
    else
        status = parse(&reading, stream, chunk, parser);
    if (status == VWW_OK && ferror(stream))
        status = vww_fail_io(error, "read", name);
    else if (status != VWW_OK)
        vww_error_at(error, name, -1);
    if (parser != NULL)
        yajl_free(parser);
    vww_free(chunk);
    vww_buffer_fini(&reading.text);
    return status;
}

vww_status vww_coco_entries(const char *path, const char *list,
                            vww_status (*take)(void *context, const struct vww_entry *entry,
                                               struct vww_error *error),
                            void *context, struct vww_error *error)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return vww_fail_io(error, "open", path);
    const vww_status status = vww_coco_entries_stream(stream, path, list, take, context, error);
    fclose(stream);
    return status;
}

const struct vww_entry_member *vww_entry_find(const struct vww_entry *entry, const char *key)
{
    for (size_t i = 0; i < entry->member_count; i++)
        if (strcmp(entry->members[i].key, key) == 0)
            return &entry->members[i];
    return NULL;
}

int64_t vww_entry_integer(const struct vww_entry *entry, const char *key, int64_t otherwise)
{
    const struct vww_entry_member *member = vww_entry_find(entry, key);
    if (member == NULL)
        return otherwise;
    char *end;
    const long long value = strtoll(entry->text + member->from, &end, 10);
    if (strchr(".eE", *end) != NULL) /* a whole number written as a float */
        return (int64_t)strtod(entry->text + member->from, NULL);
    return value;
}
