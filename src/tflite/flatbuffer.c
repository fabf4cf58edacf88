#include "tflite/flatbuffer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint16_t load_u16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t load_u32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static int32_t load_i32(const uint8_t *at)
{
    int32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

/* --- verification ------------------------------------------------------------------------------*/

#define PATH_MAX_BYTES 120

struct verifier {
    const uint8_t *file;
    size_t bytes;
    size_t tables_left; /* how many more tables may be visited */
    const char *name;
    struct vww_error *error;
    char path[PATH_MAX_BYTES]; /* "subgraphs[0].tensors[3].name" */
};

static vww_status refuse(const struct verifier *v, size_t at, const char *what)
{
    vww_fail(v->error, VWW_ERROR_FORMAT, "%s", what);
    vww_error_at(v->error, v->name, (int64_t)at);
    vww_error_place(v->error, "%s", v->path[0] != '\0' ? v->path : "root");
    vww_error_remedy(v->error, "the file is damaged or no .tflite model; export it again");
    return VWW_ERROR_FORMAT;
}

/* Add a field (and element, unless -1) to the path; returns the length to cut it back to. */
static size_t enter(struct verifier *v, const char *field, int64_t element)
{
    const size_t length = strlen(v->path);
    char index[24] = "";
    if (element >= 0)
        snprintf(index, sizeof index, "[%" PRId64 "]", element);
    snprintf(v->path + length, sizeof v->path - length, "%s%s%s", length > 0 ? "." : "", field,
             index);
    return length;
}

static void leave(struct verifier *v, size_t length)
{
    v->path[length] = '\0';
}

static bool inside(const struct verifier *v, size_t at, size_t bytes)
{
    return at <= v->bytes && bytes <= v->bytes - at;
}

/* Follow the reference at `at`, whose own four bytes are known to be inside. */
static vww_status follow(const struct verifier *v, size_t at, size_t *target)
{
    const uint32_t distance = load_u32(v->file + at);
    if (distance == 0 || !inside(v, at + distance, 4))
        return refuse(v, at, "a reference leads outside the file");
    if ((at + distance) % 4 != 0)
        return refuse(v, at, "a reference leads to an unaligned place");
    *target = at + distance;
    return VWW_OK;
}

/* The vector at `at`, whose count is known to be inside. */
static vww_status verify_vector(const struct verifier *v, size_t at, size_t bytes, bool string)
{
    const size_t count = load_u32(v->file + at), data = at + 4;
    if (count > (v->bytes - data) / bytes)
        return refuse(v, at, "a vector is longer than the file");
    if (data % bytes != 0)
        return refuse(v, at, "a vector's elements are not aligned");
    if (string && (count == v->bytes - data || v->file[data + count] != '\0'))
        return refuse(v, at, "a text does not end with a NUL byte");
    return VWW_OK;
}

static vww_status verify_table(struct verifier *v, const struct fb_schema *schema, size_t at);

static vww_status verify_tables(struct verifier *v, const struct fb_field *field, size_t at)
{
    vww_status status = verify_vector(v, at, 4, false);
    const uint32_t count = status == VWW_OK ? load_u32(v->file + at) : 0;
    for (uint32_t i = 0; i < count && status == VWW_OK; i++) {
        const size_t length = enter(v, field->name, i);
        size_t target;
        status = follow(v, at + 4 + 4 * (size_t)i, &target);
        if (status == VWW_OK)
            status = verify_table(v, field->table, target);
        leave(v, length);
    }
    return status;
}

/* A string, vector, table, … that the reference at `at` leads to. member: the union's. */
static vww_status verify_reference(struct verifier *v, const struct fb_field *field,
                                   const struct fb_schema *member, size_t at)
{
    size_t target;
    if (field->kind == FB_TABLES) {
        const vww_status status = follow(v, at, &target);
        return status == VWW_OK ? verify_tables(v, field, target) : status;
    }
    const size_t length = enter(v, field->name, -1);
    vww_status status = follow(v, at, &target);
    if (status == VWW_OK)
        switch (field->kind) {
        case FB_STRING:
            status = verify_vector(v, target, 1, true);
            break;
        case FB_VECTOR:
            status = verify_vector(v, target, field->bytes, false);
            break;
        case FB_TABLE:
            status = verify_table(v, field->table, target);
            break;
        default:
            status = verify_table(v, member, target);
            break;
        }
    leave(v, length);
    return status;
}

/* A field that is present, `place` bytes into the table at `at`. */
static vww_status verify_field(struct verifier *v, const struct fb_schema *schema, int number,
                               size_t at, size_t place, size_t table_bytes)
{
    const struct fb_field *field = &schema->fields[number];
    const size_t bytes = field->kind == FB_SCALAR ? field->bytes : 4;
    const struct fb_schema *member = NULL;
    if (field->kind == FB_UNUSED)
        return VWW_OK;
    if (field->kind == FB_UNION) {
        const struct fb_table table = {v->file, at};
        const uint8_t type = fb_u8(table, number - 1, 0);
        member = type < field->member_count ? field->members[type] : NULL;
        if (member == NULL)
            return VWW_OK;
    }
    if (place < 4 || place > table_bytes || bytes > table_bytes - place) {
        enter(v, field->name, -1);
        return refuse(v, at, "a field lies outside its table");
    }
    if ((at + place) % bytes != 0) {
        enter(v, field->name, -1);
        return refuse(v, at + place, "a field is not aligned");
    }
    return field->kind == FB_SCALAR ? VWW_OK : verify_reference(v, field, member, at + place);
}

static vww_status verify_table(struct verifier *v, const struct fb_schema *schema, size_t at)
{
    if (v->tables_left == 0)
        return refuse(v, at, "the file refers to more tables than it can hold");
    v->tables_left--;
    const int64_t vtable = (int64_t)at - load_i32(v->file + at);
    if (vtable < 0 || vtable % 2 != 0 || !inside(v, (size_t)vtable, 4))
        return refuse(v, at, "a table's list of fields lies outside the file");
    const size_t vtable_bytes = load_u16(v->file + vtable);
    const size_t table_bytes = load_u16(v->file + vtable + 2);
    if (vtable_bytes < 4 || vtable_bytes % 2 != 0 || !inside(v, (size_t)vtable, vtable_bytes))
        return refuse(v, (size_t)vtable, "a table's list of fields has an impossible size");
    if (table_bytes < 4 || !inside(v, at, table_bytes))
        return refuse(v, at, "a table reaches beyond the file");
    /* In the order of their numbers, so that a union's type is known good before the union. */
    for (int i = 0; i < schema->field_count && 6 + 2 * (size_t)i <= vtable_bytes; i++) {
        const size_t place = load_u16(v->file + vtable + 4 + 2 * i);
        const vww_status status =
            place == 0 ? VWW_OK : verify_field(v, schema, i, at, place, table_bytes);
        if (status != VWW_OK)
            return status;
    }
    return VWW_OK;
}

vww_status fb_verify(const void *file, size_t bytes, const struct fb_schema *root, const char *name,
                     struct fb_table *table, struct vww_error *error)
{
    struct verifier v = {
        .file = file, .bytes = bytes, .tables_left = bytes / 4, .name = name, .error = error};
    if (bytes < 8 || bytes > INT32_MAX)
        return refuse(&v, 0, bytes < 8 ? "the file is too short" : "the file is too large");
    size_t at;
    const vww_status status = follow(&v, 0, &at);
    *table = (struct fb_table){file, status == VWW_OK ? at : 0};
    return status == VWW_OK ? verify_table(&v, root, at) : status;
}

/* --- access ------------------------------------------------------------------------------------*/

/* Where a field lies, or NULL where it is absent. */
static const uint8_t *field_at(struct fb_table table, int field)
{
    const uint8_t *vtable = table.file + table.at - load_i32(table.file + table.at);
    if (6 + 2 * field > load_u16(vtable))
        return NULL;
    const uint16_t place = load_u16(vtable + 4 + 2 * field);
    return place != 0 ? table.file + table.at + place : NULL;
}

bool fb_has(struct fb_table table, int field)
{
    return field_at(table, field) != NULL;
}

int64_t fb_integer(struct fb_table table, int field, int bytes, int64_t otherwise)
{
    const uint8_t *at = field_at(table, field);
    if (at == NULL)
        return otherwise;
    switch (bytes) {
    case 1:
        return (int8_t)*at;
    case 2:
        return (int16_t)load_u16(at);
    case 4:
        return load_i32(at);
    default: {
        int64_t value;
        memcpy(&value, at, sizeof value);
        return value;
    }
    }
}

uint32_t fb_u32(struct fb_table table, int field, uint32_t otherwise)
{
    const uint8_t *at = field_at(table, field);
    return at != NULL ? load_u32(at) : otherwise;
}

uint8_t fb_u8(struct fb_table table, int field, uint8_t otherwise)
{
    const uint8_t *at = field_at(table, field);
    return at != NULL ? *at : otherwise;
}

float fb_f32(struct fb_table table, int field, float otherwise)
{
    const uint8_t *at = field_at(table, field);
    float value = otherwise;
    if (at != NULL)
        memcpy(&value, at, sizeof value);
    return value;
}

struct fb_vector fb_vector(struct fb_table table, int field)
{
    const uint8_t *at = field_at(table, field);
    if (at == NULL)
        return (struct fb_vector){0};
    at += load_u32(at);
    return (struct fb_vector){at + 4, load_u32(at)};
}

const char *fb_string(struct fb_table table, int field)
{
    const struct fb_vector text = fb_vector(table, field);
    return text.data != NULL ? (const char *)text.data : "";
}

bool fb_child(struct fb_table table, int field, struct fb_table *child)
{
    const uint8_t *at = field_at(table, field);
    if (at == NULL)
        return false;
    *child = (struct fb_table){table.file, (size_t)(at - table.file) + load_u32(at)};
    return true;
}

struct fb_table fb_table_at(struct fb_table table, int field, uint32_t index)
{
    const uint8_t *at = fb_vector(table, field).data + 4 * (size_t)index;
    return (struct fb_table){table.file, (size_t)(at - table.file) + load_u32(at)};
}

int32_t fb_i32_at(struct fb_vector vector, uint32_t index)
{
    return load_i32(vector.data + 4 * (size_t)index);
}

int64_t fb_i64_at(struct fb_vector vector, uint32_t index)
{
    int64_t value;
    memcpy(&value, vector.data + 8 * (size_t)index, sizeof value);
    return value;
}

float fb_f32_at(struct fb_vector vector, uint32_t index)
{
    float value;
    memcpy(&value, vector.data + 4 * (size_t)index, sizeof value);
    return value;
}

/* --- writing -----------------------------------------------------------------------------------*/

/* Zeros up to the next place whose offset plus `ahead` is a multiple of `alignment` (at most 16).
 */
static void align(struct vww_buffer *out, size_t alignment, size_t ahead)
{
    static const uint8_t zeros[16];
    vww_buffer_append(out, zeros, (alignment - (out->size + ahead) % alignment) % alignment);
}

static void put_u16(struct vww_buffer *out, size_t value)
{
    const uint16_t bits = (uint16_t)value;
    vww_buffer_append(out, &bits, sizeof bits);
}

static void put_u32(struct vww_buffer *out, size_t value)
{
    const uint32_t bits = (uint32_t)value;
    vww_buffer_append(out, &bits, sizeof bits);
}

void fb_begin(struct vww_buffer *out, const char identifier[4])
{
    put_u32(out, 0);
    vww_buffer_append(out, identifier, 4);
}

/* The slots' places in the table, widest first so that nothing is lost to alignment; at first
 * relative to the table. Returns the table's bytes. */
static size_t place_slots(struct fb_slot *slots, int count)
{
    size_t place = 4;
    for (int bytes = 4; bytes > 0; bytes /= 2)
        for (int i = 0; i < count; i++)
            if (slots[i].bytes == bytes) {
                slots[i].at = place;
                place += (size_t)bytes;
            }
    return place;
}

static size_t vtable_entries(const struct fb_slot *slots, int count)
{
    int highest = -1;
    for (int i = 0; i < count; i++)
        if (slots[i].field > highest)
            highest = slots[i].field;
    return (size_t)(highest + 1);
}

size_t fb_put_table(struct vww_buffer *out, struct fb_slot *slots, int count)
{
    const size_t entries = vtable_entries(slots, count);
    const size_t table_bytes = place_slots(slots, count);
    align(out, 4, 4 + 2 * entries); /* so that the table follows its vtable at once */
    const size_t vtable = out->size;
    put_u16(out, 4 + 2 * entries);
    put_u16(out, table_bytes);
    for (size_t field = 0; field < entries; field++) {
        size_t place = 0;
        for (int i = 0; i < count; i++)
            if ((size_t)slots[i].field == field)
                place = slots[i].at;
        put_u16(out, place);
    }
    const size_t table = out->size;
    put_u32(out, table - vtable);
    for (int bytes = 4; bytes > 0; bytes /= 2)
        for (int i = 0; i < count; i++)
            if (slots[i].bytes == bytes) {
                slots[i].at += table;
                vww_buffer_append(out, &slots[i].bits, (size_t)bytes);
            }
    return table;
}

size_t fb_put_vector_head(struct vww_buffer *out, size_t count, size_t alignment)
{
    align(out, alignment, 4);
    const size_t vector = out->size;
    put_u32(out, count);
    return vector;
}

size_t fb_put_vector(struct vww_buffer *out, const void *data, size_t count, size_t bytes,
                     size_t alignment)
{
    const size_t vector = fb_put_vector_head(out, count, alignment);
    vww_buffer_append(out, data, count * bytes);
    return vector;
}

size_t fb_put_string(struct vww_buffer *out, const char *text)
{
    align(out, 4, 0);
    const size_t string = out->size;
    put_u32(out, strlen(text));
    vww_buffer_append(out, text, strlen(text) + 1);
    return string;
}

size_t fb_put_references(struct vww_buffer *out, size_t count)
{
    const size_t vector = fb_put_vector_head(out, count, 4);
    for (size_t i = 0; i < count; i++)
        put_u32(out, 0);
    return vector;
}

size_t fb_reference(size_t vector, size_t index)
{
    return vector + 4 + 4 * index;
}

void fb_point(struct vww_buffer *out, size_t at, size_t target)
{
    const uint32_t distance = (uint32_t)(target - at);
    if (!out->failed)
        memcpy(out->data + at, &distance, sizeof distance);
}
