/* A COCO file is { "images": [{…}], "annotations": [{…}], "categories": [{…}], … }. The parser
 * below knows where it is by the number of open brackets alone: 1 inside the file's object, 2
 * inside a list, 3 inside an entry, 4 inside a list of an entry (the box). Deeper values are
 * skipped. */
#include "vww/coco.h"
#include "base/decimal.h"
#include "base/file.h"
#include "base/json_scan.h"
#include "base/memory.h"
#include "dataset/coco_members.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)32 << 10)

struct scan {
    const char *name;
    const struct vww_coco_visitor *visitor;
    struct vww_error *error;
    vww_status status;
    struct vww_json_scan json;

    int depth;
    enum list list; /* at depth 2 and more */
    size_t member;  /* of the entry at depth 3: index in members, or VWW_COCO_MEMBERS */
    bool list_seen[LIST_COUNT];
    int64_t entry; /* index within the list */

    bool field_seen[FIELD_COUNT];
    int64_t integer[FIELD_COUNT];
    double area, box[4];
    int box_count;
    bool crowd;
    char texts[FIELD_COUNT][VWW_COCO_NAME_MAX]; /* empty: none */
};

static bool wanted(const struct scan *scan, enum list list)
{
    switch (list) {
    case LIST_IMAGES:
        return scan->visitor->image != NULL;
    case LIST_ANNOTATIONS:
        return scan->visitor->annotation != NULL;
    case LIST_CATEGORIES:
        return scan->visitor->category != NULL;
    case LIST_LICENSES:
        return scan->visitor->license != NULL;
    default:
        return false;
    }
}

/* Every failing function below ends so: it stops the parser and says where. */
static bool stop_here(struct scan *scan, vww_status status)
{
    scan->status = status;
    vww_error_at(scan->error, scan->name, scan->json.offset);
    return false;
}

static bool wrong_type(struct scan *scan, const char *seen)
{
    vww_fail(scan->error, VWW_ERROR_FORMAT, "\"%s\" has the wrong type",
             vww_coco_members[scan->member].key);
    vww_error_place(scan->error, "%s[%lld]", vww_coco_list_names[scan->list],
                    (long long)scan->entry);
    vww_error_seen(scan->error, "%s", seen);
    vww_error_allowed(scan->error, "%s", vww_coco_type_names[vww_coco_members[scan->member].type]);
    return stop_here(scan, VWW_ERROR_FORMAT);
}

/* A scalar where the file's structure needs something else; true where it may be skipped. */
static bool misplaced(struct scan *scan, const char *seen)
{
    if (scan->depth == 0) {
        vww_fail(scan->error, VWW_ERROR_FORMAT, "not a COCO file");
        vww_error_seen(scan->error, "%s", seen);
        vww_error_allowed(scan->error, "an object with images, annotations and categories");
        return stop_here(scan, VWW_ERROR_FORMAT);
    }
    if (scan->depth == 1 && scan->list != LIST_NONE) {
        vww_fail(scan->error, VWW_ERROR_FORMAT, "\"%s\" is not a list",
                 vww_coco_list_names[scan->list]);
        vww_error_seen(scan->error, "%s", seen);
        return stop_here(scan, VWW_ERROR_FORMAT);
    }
    if (scan->depth == 2 && scan->list != LIST_NONE) {
        vww_fail(scan->error, VWW_ERROR_FORMAT, "an entry of \"%s\" is not an object",
                 vww_coco_list_names[scan->list]);
        vww_error_seen(scan->error, "%s", seen);
        return stop_here(scan, VWW_ERROR_FORMAT);
    }
    return true;
}

static bool at_member(const struct scan *scan)
{
    return scan->depth == 3 && scan->list != LIST_NONE && scan->member < VWW_COCO_MEMBERS;
}

static bool in_box(const struct scan *scan)
{
    return scan->depth == 4 && scan->list != LIST_NONE && scan->member < VWW_COCO_MEMBERS;
}

static bool on_null(void *context)
{
    struct scan *scan = context;
    if (in_box(scan))
        return wrong_type(scan, "null in the list");
    return at_member(scan) ? true : misplaced(scan, "null");
}

static bool on_boolean(void *context, bool value)
{
    struct scan *scan = context;
    const char *seen = value ? "true" : "false";
    if (in_box(scan))
        return wrong_type(scan, seen);
    if (!at_member(scan))
        return misplaced(scan, seen);
    if (vww_coco_members[scan->member].type != TYPE_FLAG)
        return wrong_type(scan, seen);
    scan->crowd = value;
    return true;
}

/* "17", "17.0" and "1.7e1" are the whole number 17. */
static bool whole_number(const char *digits, int64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoll(digits, &end, 10);
    if (*end == '\0')
        return errno == 0;
    const double number = strtod(digits, &end);
    if (!(fabs(number) <= 0x1p53) || number != floor(number))
        return false;
    *value = (int64_t)number;
    return true;
}

static bool take_integer(struct scan *scan, const char *digits)
{
    int64_t whole;
    const enum field field = vww_coco_members[scan->member].field;
    const bool is_flag = vww_coco_members[scan->member].type == TYPE_FLAG;
    if (!whole_number(digits, &whole) || (is_flag && whole != 0 && whole != 1))
        return wrong_type(scan, digits);
    if (is_flag)
        scan->crowd = whole == 1;
    else
        scan->integer[field] = whole;
    scan->field_seen[field] = true;
    return true;
}

static bool take_real(struct scan *scan, const char *digits)
{
    const double number = vww_decimal(digits);
    const bool is_area = vww_coco_members[scan->member].type == TYPE_NUMBER;
    if (!isfinite(number) || is_area == in_box(scan))
        return wrong_type(scan, digits);
    if (is_area) {
        scan->area = number;
        scan->field_seen[FIELD_AREA] = true;
        return true;
    }
    if (scan->box_count == 4)
        return wrong_type(scan, "more than 4 numbers");
    scan->box[scan->box_count++] = number;
    return true;
}

static bool on_number(void *context, const char *text, size_t length)
{
    struct scan *scan = context;
    char digits[512];
    const size_t kept = length < sizeof digits ? length : sizeof digits - 1;
    memcpy(digits, text, kept);
    digits[kept] = '\0';
    if (!in_box(scan) && !at_member(scan))
        return misplaced(scan, digits);
    if (kept < length)
        return wrong_type(scan, "a number of more than 511 characters");
    switch (vww_coco_members[scan->member].type) {
    case TYPE_INTEGER:
    case TYPE_FLAG:
        return take_integer(scan, digits);
    case TYPE_NUMBER:
    case TYPE_BOX:
        return take_real(scan, digits);
    default:
        return wrong_type(scan, digits);
    }
}

static bool on_string(void *context, const char *text, size_t length)
{
    struct scan *scan = context;
    char seen[48];
    snprintf(seen, sizeof seen, "\"%.*s\"", (int)(length < 40 ? length : 40), text);
    if (in_box(scan))
        return wrong_type(scan, seen);
    if (!at_member(scan))
        return misplaced(scan, seen);
    if (vww_coco_members[scan->member].type != TYPE_TEXT)
        return wrong_type(scan, seen);
    const bool optional = !vww_coco_members[scan->member].required;
    if ((length == 0 && !optional) || length >= VWW_COCO_NAME_MAX ||
        memchr(text, '\0', length) != NULL) {
        vww_fail(scan->error, VWW_ERROR_FORMAT, "\"%s\" is not a usable name",
                 vww_coco_members[scan->member].key);
        vww_error_place(scan->error, "%s[%lld]", vww_coco_list_names[scan->list],
                        (long long)scan->entry);
        vww_error_seen(scan->error, "%zu bytes", length);
        vww_error_allowed(scan->error, "1 to %zu bytes without NUL", (size_t)VWW_COCO_NAME_MAX - 1);
        return stop_here(scan, VWW_ERROR_FORMAT);
    }
    char *to = scan->texts[vww_coco_members[scan->member].field];
    memcpy(to, text, length);
    to[length] = '\0';
    scan->field_seen[vww_coco_members[scan->member].field] = true;
    return true;
}

static enum list list_of(const struct scan *scan, const char *key, size_t length)
{
    for (int i = 1; i < LIST_COUNT; i++)
        if (vww_coco_is_key(key, length, vww_coco_list_names[i]) && wanted(scan, (enum list)i))
            return (enum list)i;
    return LIST_NONE;
}

/* Of the two passes over a file, the first looks at everything but the annotations. */
static bool is_checked_elsewhere(const struct scan *scan, const char *key, size_t length)
{
    const bool annotations = vww_coco_is_key(key, length, vww_coco_list_names[LIST_ANNOTATIONS]);
    return scan->visitor->pass == (annotations ? VWW_COCO_FIRST_PASS : VWW_COCO_SECOND_PASS);
}

/* What the visitor does not want is checked to be JSON, and passed over. */
static bool on_key(void *context, const char *key, size_t length)
{
    struct scan *scan = context;
    if (scan->depth == 1)
        scan->list = list_of(scan, key, length);
    else
        scan->member =
            vww_coco_member_find(scan->list, key, length, scan->visitor->license != NULL);
    if (scan->depth == 1 ? scan->list != LIST_NONE : scan->member != VWW_COCO_MEMBERS)
        return true;
    if (scan->depth == 1 && is_checked_elsewhere(scan, key, length))
        vww_json_scan_pass_over(&scan->json);
    else
        vww_json_scan_skip(&scan->json);
    return true;
}

static bool on_object(void *context)
{
    struct scan *scan = context;
    if (in_box(scan) || at_member(scan))
        return wrong_type(scan, "an object");
    if (scan->depth == 1 && scan->list != LIST_NONE)
        return misplaced(scan, "an object");
    if (scan->depth == 2 && scan->list != LIST_NONE) {
        memset(scan->field_seen, 0, sizeof scan->field_seen);
        scan->crowd = false;
        for (int i = 0; i < FIELD_COUNT; i++)
            scan->texts[i][0] = '\0';
        scan->member = VWW_COCO_MEMBERS;
    }
    scan->depth++;
    return true;
}

static bool on_array(void *context)
{
    struct scan *scan = context;
    if (in_box(scan) || (at_member(scan) && vww_coco_members[scan->member].type != TYPE_BOX))
        return wrong_type(scan, "a list");
    if (scan->depth == 0 || (scan->depth == 2 && scan->list != LIST_NONE))
        return misplaced(scan, "a list");
    if (scan->depth == 1 && scan->list != LIST_NONE) {
        if (scan->list_seen[scan->list]) {
            vww_fail(scan->error, VWW_ERROR_FORMAT, "the file has two lists \"%s\"",
                     vww_coco_list_names[scan->list]);
            return stop_here(scan, VWW_ERROR_FORMAT);
        }
        scan->list_seen[scan->list] = true;
        scan->entry = 0;
    }
    if (at_member(scan))
        scan->box_count = 0;
    scan->depth++;
    return true;
}

static bool on_array_end(void *context)
{
    struct scan *scan = context;
    if (in_box(scan)) {
        if (scan->box_count != 4)
            return wrong_type(scan, "fewer than 4 numbers");
        scan->field_seen[FIELD_BOX] = true;
    }
    scan->depth--;
    return true;
}

static vww_status deliver_image(struct scan *scan)
{
    const int64_t width = scan->integer[FIELD_WIDTH], height = scan->integer[FIELD_HEIGHT];
    if (width < 1 || height < 1 || width > INT32_MAX || height > INT32_MAX) {
        vww_fail(scan->error, VWW_ERROR_FORMAT, "an image has an impossible size");
        vww_error_place(scan->error, "image %lld", (long long)scan->integer[FIELD_ID]);
        vww_error_seen(scan->error, "%lld x %lld", (long long)width, (long long)height);
        vww_error_allowed(scan->error, "at least 1 x 1");
        return VWW_ERROR_FORMAT;
    }
    const struct vww_coco_image image = {
        .id = scan->integer[FIELD_ID],
        .width = (int32_t)width,
        .height = (int32_t)height,
        .file_name = scan->texts[FIELD_FILE_NAME],
        .license = scan->field_seen[FIELD_LICENSE] ? scan->integer[FIELD_LICENSE] : -1,
        .source_url = scan->field_seen[FIELD_FLICKR_URL] ? scan->texts[FIELD_FLICKR_URL]
                                                         : scan->texts[FIELD_COCO_URL]};
    return scan->visitor->image(scan->visitor->context, &image, scan->error);
}

static vww_status deliver_annotation(struct scan *scan)
{
    struct vww_coco_annotation annotation = {
        .id = scan->field_seen[FIELD_ID] ? scan->integer[FIELD_ID] : -1,
        .index = scan->entry,
        .image_id = scan->integer[FIELD_IMAGE_ID],
        .category_id = scan->integer[FIELD_CATEGORY_ID],
        .has_area = scan->field_seen[FIELD_AREA],
        .has_box = scan->field_seen[FIELD_BOX],
        .crowd = scan->crowd,
        .area = scan->area,
    };
    memcpy(annotation.box, scan->box, sizeof annotation.box);
    return scan->visitor->annotation(scan->visitor->context, &annotation, scan->error);
}

static vww_status deliver_category(struct scan *scan)
{
    const struct vww_coco_category category = {.id = scan->integer[FIELD_ID],
                                               .name = scan->texts[FIELD_NAME],
                                               .supercategory = scan->texts[FIELD_SUPERCATEGORY]};
    return scan->visitor->category(scan->visitor->context, &category, scan->error);
}

static vww_status deliver_license(struct scan *scan)
{
    const struct vww_coco_license license = {.id = scan->integer[FIELD_ID],
                                             .name = scan->texts[FIELD_NAME],
                                             .url = scan->texts[FIELD_URL]};
    return scan->visitor->license(scan->visitor->context, &license, scan->error);
}

static bool entry_end(struct scan *scan)
{
    for (size_t i = 0; i < VWW_COCO_MEMBERS; i++)
        if (vww_coco_members[i].list == scan->list && vww_coco_members[i].required &&
            !scan->field_seen[vww_coco_members[i].field]) {
            vww_fail(scan->error, VWW_ERROR_FORMAT, "\"%s\" is missing", vww_coco_members[i].key);
            vww_error_place(scan->error, "%s[%lld]", vww_coco_list_names[scan->list],
                            (long long)scan->entry);
            return stop_here(scan, VWW_ERROR_FORMAT);
        }
    vww_status status = VWW_OK;
    if (wanted(scan, scan->list))
        status = scan->list == LIST_IMAGES        ? deliver_image(scan)
                 : scan->list == LIST_ANNOTATIONS ? deliver_annotation(scan)
                 : scan->list == LIST_CATEGORIES  ? deliver_category(scan)
                                                  : deliver_license(scan);
    scan->entry++;
    return status == VWW_OK ? true : stop_here(scan, status);
}

static bool on_object_end(void *context)
{
    struct scan *scan = context;
    scan->depth--;
    return scan->depth == 2 && scan->list != LIST_NONE ? entry_end(scan) : true;
}

static const struct vww_json_events events = {
    .null = on_null,
    .boolean = on_boolean,
    .number = on_number,
    .string = on_string,
    .key = on_key,
    .object = on_object,
    .object_end = on_object_end,
    .array = on_array,
    .array_end = on_array_end,
};

static void scan_begin(struct scan *scan)
{
    scan->member = VWW_COCO_MEMBERS;
    vww_json_scan_begin(&scan->json, &events, scan);
}

static vww_status status_of(struct scan *scan, enum vww_json_verdict verdict)
{
    if (verdict == VWW_JSON_GOOD)
        return VWW_OK;
    if (verdict == VWW_JSON_ENDED)
        return scan->status;
    vww_fail(scan->error, VWW_ERROR_FORMAT, "not JSON: %s", scan->json.problem);
    vww_error_at(scan->error, scan->name, scan->json.offset);
    vww_error_remedy(scan->error, "give a COCO \"instances\" annotation file, whole");
    return VWW_ERROR_FORMAT;
}

static vww_status scan_end(struct scan *scan)
{
    vww_status status = status_of(scan, vww_json_scan_end(&scan->json));
    if (status != VWW_OK)
        return status;
    for (int i = 1; i < LIST_COUNT; i++)
        if (i != LIST_LICENSES && wanted(scan, (enum list)i) && !scan->list_seen[i]) {
            vww_fail(scan->error, VWW_ERROR_FORMAT, "the file has no list \"%s\"",
                     vww_coco_list_names[i]);
            vww_error_at(scan->error, scan->name, -1);
            vww_error_remedy(scan->error, "give a COCO \"instances\" annotation file");
            return VWW_ERROR_FORMAT;
        }
    return VWW_OK;
}

vww_status vww_coco_scan_memory(const void *data, size_t bytes, const char *name,
                                const struct vww_coco_visitor *visitor, struct vww_error *error)
{
    struct scan scan = {.name = name, .visitor = visitor, .error = error};
    scan_begin(&scan);
    vww_status status = status_of(&scan, vww_json_scan_feed(&scan.json, data, bytes));
    if (status == VWW_OK)
        status = scan_end(&scan);
    vww_json_scan_fini(&scan.json);
    return status;
}

static vww_status scan_stream(struct scan *scan, FILE *stream, uint8_t *chunk, const char *stage,
                              const struct vww_progress *progress)
{
    const int64_t total = vww_file_bytes(scan->name);
    for (;;) {
        const size_t got = fread(chunk, 1, CHUNK, stream);
        if (got == 0)
            break;
        const vww_status status = status_of(scan, vww_json_scan_feed(&scan->json, chunk, got));
        if (status != VWW_OK)
            return status;
        vww_progress_report(progress, stage, scan->json.offset >> 10, total >> 10, "KiB", NULL);
        if (vww_progress_stop(progress))
            return vww_fail(scan->error, VWW_ERROR_STOPPED, "stopped while reading %s", scan->name);
    }
    if (ferror(stream))
        return vww_fail_io(scan->error, "read", scan->name);
    return scan_end(scan);
}

vww_status vww_coco_scan(const char *path, const struct vww_coco_visitor *visitor,
                         const char *stage, const struct vww_progress *progress,
                         struct vww_error *error)
{
    struct scan scan = {.name = path, .visitor = visitor, .error = error};
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return vww_fail_io(error, "open", path);
    uint8_t *chunk = vww_allocate(CHUNK, 1);
    scan_begin(&scan);
    const vww_status status = chunk != NULL ? scan_stream(&scan, stream, chunk, stage, progress)
                                            : vww_fail_memory(error, CHUNK);
    vww_json_scan_fini(&scan.json);
    vww_free(chunk);
    fclose(stream);
    return status;
}
