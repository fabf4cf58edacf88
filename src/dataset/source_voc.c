/* PASCAL VOC: an XML file for each image, <annotation> with <filename>, <size> and an <object> for
 * each box. Its boxes are of whole pixels, counted from 1, both ends inclusive: xmin..xmax becomes
 * x = xmin - 1, width = xmax - xmin + 1. */
#include "base/file.h"
#include "base/memory.h"
#include "dataset/source.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#define XML_BYTES_MAX ((size_t)16 << 20)
#define DEPTH_MAX 32
#define PATH_TEXT 128

/* What is read, by the path of its element. */
enum field { FILE_NAME, WIDTH, HEIGHT, OBJECT_NAME, XMIN, YMIN, XMAX, YMAX, FIELD_COUNT };
static const char *const field_paths[FIELD_COUNT] = {
    "/annotation/filename",           "/annotation/size/width",
    "/annotation/size/height",        "/annotation/object/name",
    "/annotation/object/bndbox/xmin", "/annotation/object/bndbox/ymin",
    "/annotation/object/bndbox/xmax", "/annotation/object/bndbox/ymax",
};

struct object {
    char *name;
    double box[4];
};

struct voc {
    const char *name; /* of the XML file */
    struct vww_error *error;
    vww_status status;
    XML_Parser parser;
    char path[PATH_TEXT]; /* of the open element; meaningless while too_deep > 0 */
    int depth, too_deep;
    char text[FIELD_COUNT][VWW_COCO_NAME_MAX];
    size_t text_bytes[FIELD_COUNT];
    bool seen[FIELD_COUNT];
    struct object *objects;
    size_t object_count, object_capacity;
};

static void fail_here(struct voc *voc, vww_status status)
{
    voc->status = status;
    vww_error_at(voc->error, voc->name, (int64_t)XML_GetCurrentByteIndex(voc->parser));
    vww_error_place(voc->error, "line %lu", (unsigned long)XML_GetCurrentLineNumber(voc->parser));
    XML_StopParser(voc->parser, XML_FALSE);
}

/* The field of the open element, or FIELD_COUNT. */
static enum field open_field(const struct voc *voc)
{
    enum field field = FILE_NAME;
    while (field < FIELD_COUNT && (voc->too_deep > 0 || strcmp(voc->path, field_paths[field]) != 0))
        field++;
    return field;
}

static void on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    (void)attributes;
    struct voc *voc = context;
    if (++voc->depth > DEPTH_MAX) {
        fail_here(voc, vww_fail(voc->error, VWW_ERROR_FORMAT, "the XML is nested too deeply"));
        return;
    }
    const size_t length = strlen(voc->path);
    if (voc->too_deep > 0 || length + 1 + strlen(name) >= sizeof voc->path) {
        voc->too_deep++;
        return;
    }
    voc->path[length] = '/';
    memcpy(voc->path + length + 1, name, strlen(name) + 1);
    if (voc->depth == 1 && strcmp(name, "annotation") != 0) {
        vww_fail(voc->error, VWW_ERROR_FORMAT, "not a PASCAL VOC annotation");
        vww_error_seen(voc->error, "<%.60s>", name);
        vww_error_allowed(voc->error, "<annotation>");
        fail_here(voc, VWW_ERROR_FORMAT);
        return;
    }
    if (strcmp(voc->path, "/annotation/object") == 0)
        for (enum field field = OBJECT_NAME; field < FIELD_COUNT; field++) {
            voc->seen[field] = false;
            voc->text_bytes[field] = 0;
        }
    const enum field field = open_field(voc);
    if (field < FIELD_COUNT) {
        voc->seen[field] = true;
        voc->text_bytes[field] = 0;
    }
}

static void on_text(void *context, const XML_Char *text, int length)
{
    struct voc *voc = context;
    const enum field field = open_field(voc);
    if (field == FIELD_COUNT || voc->status != VWW_OK)
        return;
    if (voc->text_bytes[field] + (size_t)length >= VWW_COCO_NAME_MAX) {
        vww_fail(voc->error, VWW_ERROR_FORMAT, "a value is too long");
        fail_here(voc, VWW_ERROR_FORMAT);
        return;
    }
    memcpy(voc->text[field] + voc->text_bytes[field], text, (size_t)length);
    voc->text_bytes[field] += (size_t)length;
}

/* The field's text without the white space around it. */
static char *value_of(struct voc *voc, enum field field)
{
    char *text = voc->text[field];
    size_t length = voc->text_bytes[field];
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
        length--;
    text[length] = '\0';
    return text + strspn(text, " \t\r\n");
}

static vww_status bad_value(struct voc *voc, enum field field)
{
    vww_fail(voc->error, VWW_ERROR_FORMAT, voc->seen[field] ? "<%s> is not usable" : "no <%s>",
             strrchr(field_paths[field], '/') + 1);
    if (voc->seen[field])
        vww_error_seen(voc->error, "%.60s", value_of(voc, field));
    vww_error_allowed(voc->error,
                      field == FILE_NAME || field == OBJECT_NAME ? "a name" : "a number");
    return VWW_ERROR_FORMAT;
}

static vww_status take_object(struct voc *voc)
{
    double edge[4];
    const char *name = value_of(voc, OBJECT_NAME);
    if (!voc->seen[OBJECT_NAME] || name[0] == '\0')
        return bad_value(voc, OBJECT_NAME);
    for (enum field field = XMIN; field <= YMAX; field++)
        if (!voc->seen[field] || !vww_text_number(value_of(voc, field), &edge[field - XMIN]))
            return bad_value(voc, field);
    void *objects = voc->objects;
    char *copy = vww_duplicate(name);
    if (copy == NULL || vww_array_reserve(&objects, &voc->object_capacity, voc->object_count + 1,
                                          sizeof *voc->objects) != 0) {
        vww_free(copy);
        return vww_fail_memory(voc->error, sizeof *voc->objects);
    }
    voc->objects = objects;
    voc->objects[voc->object_count++] = (struct object){
        .name = copy,
        .box = {edge[0] - 1, edge[1] - 1, edge[2] - edge[0] + 1, edge[3] - edge[1] + 1}};
    return VWW_OK;
}

static void on_end(void *context, const XML_Char *name)
{
    (void)name;
    struct voc *voc = context;
    voc->depth--;
    if (voc->status != VWW_OK)
        return;
    if (voc->too_deep > 0) {
        voc->too_deep--;
        return;
    }
    if (strcmp(voc->path, "/annotation/object") == 0) {
        const vww_status status = take_object(voc);
        if (status != VWW_OK)
            fail_here(voc, status);
    }
    *strrchr(voc->path, '/') = '\0';
}

/* A document type could define entities; VOC has none. */
static void on_doctype(void *context, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    struct voc *voc = context;
    fail_here(voc, vww_fail(voc->error, VWW_ERROR_FORMAT, "a PASCAL VOC file has no DOCTYPE"));
}

static vww_status parse(struct voc *voc, const void *data, size_t bytes)
{
    voc->parser = XML_ParserCreate(NULL);
    if (voc->parser == NULL)
        return vww_fail_memory(voc->error, 1);
    XML_SetUserData(voc->parser, voc);
    XML_SetElementHandler(voc->parser, on_start, on_end);
    XML_SetCharacterDataHandler(voc->parser, on_text);
    XML_SetStartDoctypeDeclHandler(voc->parser, on_doctype);
    if (XML_Parse(voc->parser, data, (int)bytes, 1) == XML_STATUS_ERROR && voc->status == VWW_OK) {
        const enum XML_Error code = XML_GetErrorCode(voc->parser);
        vww_fail(voc->error, VWW_ERROR_FORMAT, "not well-formed XML: %s", XML_ErrorString(code));
        fail_here(voc, VWW_ERROR_FORMAT);
    }
    XML_ParserFree(voc->parser);
    return voc->status;
}

static vww_status read_size(struct voc *voc, enum field field, int32_t *side)
{
    double value;
    if (!voc->seen[field] || !vww_text_number(value_of(voc, field), &value) || value < 1 ||
        value > 65535 || value != (double)(int32_t)value) {
        vww_fail(voc->error, VWW_ERROR_FORMAT, "the image has no usable size");
        vww_error_seen(voc->error, "<%s>%.60s", strrchr(field_paths[field], '/') + 1,
                       voc->seen[field] ? value_of(voc, field) : " missing");
        vww_error_allowed(voc->error, "1 to 65535");
        return VWW_ERROR_FORMAT;
    }
    *side = (int32_t)value;
    return VWW_OK;
}

static vww_status deliver_objects(const struct voc *voc, int64_t image_id,
                                  const struct vww_coco_visitor *visitor)
{
    vww_status status = VWW_OK;
    for (size_t i = 0; i < voc->object_count && status == VWW_OK; i++) {
        const struct object *object = &voc->objects[i];
        struct vww_coco_annotation annotation = {.id = -1,
                                                 .image_id = image_id,
                                                 .category_id = vww_source_id(object->name),
                                                 .has_box = true};
        memcpy(annotation.box, object->box, sizeof annotation.box);
        if (visitor->category != NULL)
            status = vww_source_category(visitor, object->name, object->name, voc->error);
        if (status == VWW_OK && visitor->annotation != NULL)
            status = visitor->annotation(visitor->context, &annotation, voc->error);
    }
    return status;
}

static vww_status deliver(struct voc *voc, const struct vww_coco_visitor *visitor)
{
    struct vww_coco_image image = {.file_name = value_of(voc, FILE_NAME)};
    if (!voc->seen[FILE_NAME] || image.file_name[0] == '\0')
        return bad_value(voc, FILE_NAME);
    char stem[VWW_COCO_NAME_MAX];
    vww_name_stem(image.file_name, stem);
    image.id = vww_source_id(stem);
    vww_status status = read_size(voc, WIDTH, &image.width);
    if (status == VWW_OK)
        status = read_size(voc, HEIGHT, &image.height);
    if (status == VWW_OK && visitor->image != NULL)
        status = visitor->image(visitor->context, &image, voc->error);
    return status == VWW_OK ? deliver_objects(voc, image.id, visitor) : status;
}

vww_status vww_voc_scan_memory(const void *data, size_t bytes, const char *name,
                               const struct vww_coco_visitor *visitor, struct vww_error *error)
{
    struct voc *voc = vww_allocate(1, sizeof *voc);
    if (voc == NULL)
        return vww_fail_memory(error, sizeof *voc);
    voc->name = name;
    voc->error = error;
    vww_status status = parse(voc, data, bytes);
    if (status == VWW_OK) {
        status = deliver(voc, visitor);
        if (status != VWW_OK)
            vww_error_at(error, name, -1);
    }
    for (size_t i = 0; i < voc->object_count; i++)
        vww_free(voc->objects[i].name);
    vww_free(voc->objects);
    vww_free(voc);
    return status;
}

/* --- which files --------------------------------------------------------------------------------
 */

static bool is_xml(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && strcmp(dot, ".xml") == 0;
}

/* A list of ImageSets/Main: the first word of each line is an id. */
static vww_status read_list(const char *path, struct vww_listing *files, struct vww_error *error)
{
    struct vww_buffer text;
    vww_status status = vww_file_read(path, XML_BYTES_MAX, &text, error);
    if (status != VWW_OK)
        return status;
    char *rest = NULL;
    for (char *line = strtok_r((char *)text.data, "\r\n", &rest); line != NULL && status == VWW_OK;
         line = strtok_r(NULL, "\r\n", &rest)) {
        char name[VWW_COCO_NAME_MAX + 4];
        const char *word = line + strspn(line, " \t");
        const int length = (int)strcspn(word, " \t");
        if (length > 0) {
            snprintf(name, sizeof name, "%.*s.xml", length < 1000 ? length : 1000, word);
            status = vww_listing_add(files, name, error);
        }
    }
    vww_buffer_fini(&text);
    return status;
}

/* The folder of the XML files, and their names. */
static vww_status find_files(const char *annotations, char folder[VWW_PATH_MAX],
                             struct vww_listing *files, struct vww_error *error)
{
    vww_status status = vww_path_join(folder, "", annotations, error);
    if (status != VWW_OK)
        return status;
    if (vww_directory_exists(annotations))
        return vww_listing_read(folder, false, is_xml, files, error);
    char *slash = strrchr(folder, '/');
    const size_t length = slash != NULL ? (size_t)(slash + 1 - folder) : 0;
    snprintf(folder + length, VWW_PATH_MAX - length, "../../Annotations");
    return read_list(annotations, files, error);
}

static vww_status scan_file(const char *folder, const char *name,
                            const struct vww_coco_visitor *visitor, struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    struct vww_buffer xml;
    vww_status status = vww_path_join(path, folder, name, error);
    if (status == VWW_OK)
        status = vww_file_read(path, XML_BYTES_MAX, &xml, error);
    if (status != VWW_OK)
        return status;
    status = vww_voc_scan_memory(xml.data, xml.size, path, visitor, error);
    vww_buffer_fini(&xml);
    return status;
}

vww_status vww_scan_voc(const struct vww_source *source, const struct vww_coco_visitor *visitor,
                        const char *stage, const struct vww_progress *progress,
                        struct vww_error *error)
{
    char folder[VWW_PATH_MAX];
    struct vww_listing files = {0};
    vww_status status = find_files(source->annotations, folder, &files, error);
    if (status == VWW_OK && files.count == 0) {
        status = vww_fail(error, VWW_ERROR_FORMAT, "no annotations here");
        vww_error_at(error, source->annotations, -1);
        vww_error_allowed(error, "a folder of PASCAL VOC .xml files, or a list of ImageSets/Main");
    }
    for (size_t i = 0; i < files.count && status == VWW_OK; i++) {
        status = scan_file(folder, files.names[i], visitor, error);
        if (status == VWW_OK)
            status = vww_source_step(progress, stage, i + 1, files.count, error);
    }
    vww_listing_fini(&files);
    return status;
}
