#include "dataset/license.h"
#include "vww/coco.h"
#include "vww/inspect.h"
#include "vww/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- reading ------------------------------------------------------------------------------------
 */

/* A file being added: its images hold the file's own licence ids until its end. */
struct adding {
    struct vww_license_table *table;
    size_t first_image;
    int64_t *raw_ids; /* of the images from first_image on */
    size_t raw_capacity;
    struct {
        int64_t id;
        int32_t license;
    } * own; /* the file's ids */
    size_t own_count, own_capacity;
};

static vww_status keep_text(struct vww_license_table *table, const char *text, size_t *offset,
                            struct vww_error *error)
{
    void *texts = table->texts;
    const size_t bytes = strlen(text) + 1;
    if (vww_array_reserve(&texts, &table->text_capacity, table->text_bytes + bytes, 1) != 0)
        return vww_fail_memory(error, table->text_bytes);
    table->texts = texts;
    *offset = table->text_bytes;
    memcpy(table->texts + table->text_bytes, text, bytes);
    table->text_bytes += bytes;
    return VWW_OK;
}

static vww_status take_image(void *context, const struct vww_coco_image *image,
                             struct vww_error *error)
{
    struct adding *adding = context;
    struct vww_license_table *table = adding->table;
    void *images = table->images, *raw = adding->raw_ids;
    if (image->license < 0 && image->source_url[0] == '\0')
        return VWW_OK;
    const size_t number = table->image_count - adding->first_image;
    if (vww_array_reserve(&images, &table->image_capacity, table->image_count + 1,
                          sizeof *table->images) != 0)
        return vww_fail_memory(error, table->image_count * sizeof *table->images);
    table->images = images;
    if (vww_array_reserve(&raw, &adding->raw_capacity, number + 1, sizeof *adding->raw_ids) != 0)
        return vww_fail_memory(error, number * sizeof *adding->raw_ids);
    adding->raw_ids = raw;
    adding->raw_ids[number] = image->license;
    struct vww_image_license *entry = &table->images[table->image_count];
    *entry = (struct vww_image_license){.image_id = image->id, .license = -1};
    const vww_status status = keep_text(table, image->source_url, &entry->source, error);
    table->image_count += status == VWW_OK;
    return status;
}

/* The licence of this name and URL, added where it is new. */
static vww_status find_or_add(struct vww_license_table *table, const struct vww_coco_license *from,
                              int32_t *index, struct vww_error *error)
{
    for (size_t i = 0; i < table->license_count; i++)
        if (strcmp(table->licenses[i].name, from->name) == 0 &&
            strcmp(table->licenses[i].url, from->url) == 0) {
            *index = (int32_t)i;
            return VWW_OK;
        }
    void *licenses = table->licenses;
    struct vww_license license = {
        .id = from->id, .name = vww_duplicate(from->name), .url = vww_duplicate(from->url)};
    if (license.name == NULL || license.url == NULL ||
        vww_array_reserve(&licenses, &table->license_capacity, table->license_count + 1,
                          sizeof *table->licenses) != 0) {
        vww_free(license.name);
        vww_free(license.url);
        return vww_fail_memory(error, sizeof license);
    }
    table->licenses = licenses;
    *index = (int32_t)table->license_count;
    table->licenses[table->license_count++] = license;
    return VWW_OK;
}

static vww_status take_license(void *context, const struct vww_coco_license *license,
                               struct vww_error *error)
{
    struct adding *adding = context;
    void *own = adding->own;
    if (vww_array_reserve(&own, &adding->own_capacity, adding->own_count + 1,
                          sizeof *adding->own) != 0)
        return vww_fail_memory(error, adding->own_count * sizeof *adding->own);
    adding->own = own;
    adding->own[adding->own_count].id = license->id;
    return find_or_add(adding->table, license, &adding->own[adding->own_count++].license, error);
}

static void resolve(const struct adding *adding)
{
    for (size_t i = adding->first_image; i < adding->table->image_count; i++)
        for (size_t k = 0; k < adding->own_count; k++)
            if (adding->own[k].id == adding->raw_ids[i - adding->first_image])
                adding->table->images[i].license = adding->own[k].license;
}

vww_status vww_license_table_add(struct vww_license_table *table, const char *path,
                                 const struct vww_progress *progress, struct vww_error *error)
{
    struct adding adding = {.table = table, .first_image = table->image_count};
    const struct vww_coco_visitor visitor = {.image = take_image,
                                             .license = take_license,
                                             .pass = VWW_COCO_FIRST_PASS,
                                             .context = &adding};
    const vww_status status = vww_coco_scan(path, &visitor, "reading licences", progress, error);
    resolve(&adding);
    vww_free(adding.raw_ids);
    vww_free(adding.own);
    return status;
}

static int compare_images(const void *a, const void *b)
{
    const struct vww_image_license *x = a, *y = b;
    return x->image_id < y->image_id ? -1 : x->image_id > y->image_id;
}

void vww_license_table_sort(struct vww_license_table *table)
{
    if (table->image_count > 0)
        qsort(table->images, table->image_count, sizeof *table->images, compare_images);
}

void vww_license_table_fini(struct vww_license_table *table)
{
    for (size_t i = 0; i < table->license_count; i++) {
        vww_free(table->licenses[i].name);
        vww_free(table->licenses[i].url);
    }
    vww_free(table->licenses);
    vww_free(table->images);
    vww_free(table->texts);
    *table = (struct vww_license_table){0};
}

/* --- choosing -----------------------------------------------------------------------------------
 */

static bool is_called(const struct vww_license *license, const char *word)
{
    char id[24];
    snprintf(id, sizeof id, "%" PRId64, license->id);
    return strcmp(word, id) == 0 || strcmp(word, license->name) == 0 ||
           strcmp(word, license->url) == 0;
}

static vww_status fail_unknown(const struct vww_license_table *table, const char *word,
                               struct vww_error *error)
{
    const char *names[32] = {NULL};
    size_t count = 0;
    char hint[256];
    while (count < table->license_count && count < 32) {
        names[count] = table->licenses[count].name;
        count++;
    }
    vww_text_suggest(hint, sizeof hint, word, names, count);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no licence of the annotations is %.100s", word);
    vww_error_allowed(error, "an id, a name or a URL of the list \"licenses\"");
    vww_error_remedy(error, "%s", count > 0 ? hint : "the annotations list no licences");
    return VWW_ERROR_NOT_FOUND;
}

vww_status vww_license_table_choose(struct vww_license_table *table, const char *const *wanted,
                                    size_t count, struct vww_error *error)
{
    table->chosen = true;
    for (size_t i = 0; i < table->license_count; i++)
        table->licenses[i].refused = true;
    for (size_t w = 0; w < count; w++) {
        bool found = false;
        for (size_t i = 0; i < table->license_count; i++)
            if (is_called(&table->licenses[i], wanted[w])) {
                table->licenses[i].refused = false;
                found = true;
            }
        if (!found)
            return fail_unknown(table, wanted[w], error);
    }
    return VWW_OK;
}

const struct vww_image_license *vww_license_find(const struct vww_license_table *table,
                                                 int64_t image_id)
{
    const struct vww_image_license key = {.image_id = image_id};
    return table->image_count > 0 ? bsearch(&key, table->images, table->image_count,
                                            sizeof *table->images, compare_images)
                                  : NULL;
}

bool vww_license_allowed(const struct vww_license_table *table, int64_t image_id)
{
    if (!table->chosen)
        return true;
    const struct vww_image_license *image = vww_license_find(table, image_id);
    return image != NULL && image->license >= 0 && !table->licenses[image->license].refused;
}

/* --- attribution --------------------------------------------------------------------------------
 */

/* RFC 4180. */
static void append_quoted(struct vww_buffer *out, const char *text)
{
    vww_buffer_text(out, "\"");
    for (const char *p = text; *p != '\0'; p++)
        vww_buffer_append(out, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
    vww_buffer_text(out, "\"");
}

void vww_attribution_begin(struct vww_buffer *out)
{
    vww_buffer_text(out, "image_id,split,file_name,license,license_url,source_url\n");
}

void vww_attribution_row(const struct vww_license_table *table, int64_t image_id, const char *split,
                         const char *file_name, struct vww_buffer *out)
{
    const struct vww_image_license *image = vww_license_find(table, image_id);
    if (image == NULL)
        return;
    const struct vww_license *license =
        image->license >= 0 ? &table->licenses[image->license] : NULL;
    vww_buffer_printf(out, "%" PRId64 ",%s,", image_id, split);
    append_quoted(out, file_name);
    vww_buffer_text(out, ",");
    append_quoted(out, license != NULL ? license->name : "");
    vww_buffer_text(out, ",");
    append_quoted(out, license != NULL ? license->url : "");
    vww_buffer_text(out, ",");
    append_quoted(out, table->texts + image->source);
    vww_buffer_text(out, "\n");
}

/* Copy a field, unquoted, to `field`; returns what follows it: ",…", a line's end or the text's. */
static const char *read_field(const char *text, char *field, size_t size)
{
    const bool quoted = *text == '"';
    size_t length = 0;
    text += quoted;
    while (*text != '\0') {
        if (quoted && text[0] == '"' && text[1] != '"') {
            text++;
            break;
        }
        if (!quoted && (*text == ',' || *text == '\n'))
            break;
        text += quoted && text[0] == '"';
        if (length + 1 < size)
            field[length++] = *text;
        text++;
    }
    field[length] = '\0';
    return text;
}

static vww_status count_one(const char *license, struct vww_license_stats **licenses, size_t *count,
                            size_t *capacity, struct vww_error *error)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*licenses)[i].name, license) == 0) {
            (*licenses)[i].images++;
            return VWW_OK;
        }
    void *array = *licenses;
    char *name = vww_duplicate(license);
    if (name == NULL || vww_array_reserve(&array, capacity, *count + 1, sizeof **licenses) != 0) {
        vww_free(name);
        return vww_fail_memory(error, *count * sizeof **licenses);
    }
    *licenses = array;
    (*licenses)[(*count)++] = (struct vww_license_stats){name, 1};
    return VWW_OK;
}

#define LICENSE_COLUMN 3

vww_status vww_attribution_count(const char *text, const char *name,
                                 struct vww_license_stats **licenses, size_t *count,
                                 struct vww_error *error)
{
    size_t capacity = 0;
    vww_status status = VWW_OK;
    *licenses = NULL;
    *count = 0;
    text += strcspn(text, "\n"); /* the heading */
    while (status == VWW_OK && *text == '\n' && text[1] != '\0') {
        char field[VWW_COCO_NAME_MAX];
        for (int column = 0; column <= LICENSE_COLUMN && (column == 0 || *text == ','); column++)
            text = read_field(text + 1, field, sizeof field);
        status = count_one(field, licenses, count, &capacity, error);
        while (*text == ',')
            text = read_field(text + 1, field, sizeof field);
    }
    if (status == VWW_OK && *text != '\0' && *text != '\n') {
        status = vww_fail(error, VWW_ERROR_FORMAT, "the attribution file is damaged");
        vww_error_at(error, name, -1);
    }
    return status;
}
