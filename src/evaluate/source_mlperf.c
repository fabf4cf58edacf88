/* A folder in the layout of the MLPerf Tiny test sets as a source of labelled images. */
#include "base/file.h"
#include "vww/evaluate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LABELS_FILE "y_labels.csv"
#define LABELS_BYTES_MAX ((size_t)64 << 20)

struct entry {
    const char *name; /* within `text` */
    int32_t label;
};

struct mlperf {
    char directory[VWW_PATH_MAX];
    struct vww_buffer text; /* y_labels.csv, its fields cut apart by NULs */
    struct entry *entries;
    size_t capacity;
    int64_t count;
    int32_t classes;
    size_t image_bytes;
};

static void destroy(void *context)
{
    struct mlperf *set = context;
    vww_buffer_fini(&set->text);
    vww_free(set->entries);
    vww_free(set);
}

/* One image, whose file must hold exactly its bytes. */
static vww_status get(void *context, int64_t i, uint8_t *image, int32_t *label,
                      struct vww_error *error)
{
    const struct mlperf *set = context;
    char path[VWW_PATH_MAX];
    struct vww_buffer content;
    vww_status status = vww_path_join(path, set->directory, set->entries[i].name, error);
    if (status == VWW_OK)
        status = vww_file_read(path, set->image_bytes, &content, error);
    if (status != VWW_OK)
        return status;
    if (content.size == set->image_bytes) {
        memcpy(image, content.data, content.size);
        *label = set->entries[i].label;
    } else {
        status = vww_fail(error, VWW_ERROR_FORMAT, "the image file is too short");
        vww_error_at(error, path, -1);
        vww_error_seen(error, "%zu bytes", content.size);
        vww_error_allowed(error, "%zu bytes", set->image_bytes);
    }
    vww_buffer_fini(&content);
    return status;
}

static const char *class_name(void *context, int32_t label)
{
    static const char *const names[] = {"non_person", "person"};
    const struct mlperf *set = context;
    return set->classes == 2 ? names[label] : NULL;
}

/* Cut the field that begins at *text out of its line; *text moves behind the comma. */
static char *cut_field(char **text)
{
    char *field = *text + strspn(*text, " \t"), *end = field + strcspn(field, ",");
    *text = *end == ',' ? end + 1 : end;
    while (end > field && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    *end = '\0';
    return field;
}

static bool parse_integer(const char *text, int32_t low, int32_t high, int32_t *value)
{
    char *end;
    errno = 0;
    const long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || number < low || number > high)
        return false;
    *value = (int32_t)number;
    return true;
}

static vww_status wrong_line(struct vww_error *error, const char *file, int64_t line,
                             const char *what, const char *seen, const char *allowed)
{
    vww_fail(error, VWW_ERROR_FORMAT, "%s", what);
    vww_error_at(error, file, -1);
    vww_error_place(error, "line %" PRId64, line);
    vww_error_seen(error, "\"%.80s\"", seen);
    vww_error_allowed(error, "%s", allowed);
    return VWW_ERROR_FORMAT;
}

static vww_status parse_line(struct mlperf *set, const char *file, int64_t number, char *line,
                             struct vww_error *error)
{
    if (line[strspn(line, " \t\r")] == '\0')
        return VWW_OK;
    char *rest = line;
    const char *name = cut_field(&rest), *classes_text = cut_field(&rest),
               *label_text = cut_field(&rest);
    /* Files lie beside the list: a name that leads elsewhere is refused. */
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
        return wrong_line(error, file, number, "the first field names no file of the folder", name,
                          "a name without '/'");
    int32_t classes, label;
    if (!parse_integer(classes_text, 2, VWW_CLASSES_MAX, &classes) ||
        (set->classes != 0 && classes != set->classes))
        return wrong_line(error, file, number, "the number of classes is wrong", classes_text,
                          "2 to 64, the same in every row");
    if (!parse_integer(label_text, 0, classes - 1, &label))
        return wrong_line(error, file, number, "the label names no class", label_text,
                          "0 to one less than the number of classes");
    set->classes = classes;
    if (vww_array_reserve((void **)&set->entries, &set->capacity, (size_t)set->count + 1,
                          sizeof *set->entries) != 0)
        return vww_fail_memory(error, ((size_t)set->count + 1) * sizeof *set->entries);
    set->entries[set->count++] = (struct entry){name, label};
    return VWW_OK;
}

static vww_status parse_labels(struct mlperf *set, const char *file, struct vww_error *error)
{
    char *line = (char *)set->text.data;
    if (strlen(line) != set->text.size) {
        vww_fail(error, VWW_ERROR_FORMAT, "not a text file: it holds a zero byte");
        vww_error_at(error, file, (int64_t)strlen(line));
        return VWW_ERROR_FORMAT;
    }
    for (int64_t number = 1; line != NULL; number++) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        const vww_status status = parse_line(set, file, number, line, error);
        if (status != VWW_OK)
            return status;
        line = end != NULL ? end + 1 : NULL;
    }
    if (set->count > 0)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_FORMAT, "the list of labels is empty");
    vww_error_at(error, file, -1);
    return VWW_ERROR_FORMAT;
}

/* Every listed file is there and has the right size. */
static vww_status check_files(const struct mlperf *set, int32_t resolution, struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    for (int64_t i = 0; i < set->count; i++) {
        const vww_status status = vww_path_join(path, set->directory, set->entries[i].name, error);
        if (status != VWW_OK)
            return status;
        const int64_t bytes = vww_file_bytes(path);
        if (bytes < 0)
            return vww_fail_io(error, "read the image", path);
        if (bytes == (int64_t)set->image_bytes)
            continue;
        vww_fail(error, VWW_ERROR_MISMATCH, "the image does not have the model's size");
        vww_error_at(error, path, -1);
        vww_error_seen(error, "%" PRId64 " bytes", bytes);
        vww_error_allowed(error, "%zu bytes: %" PRId32 "x%" PRId32 "x3", set->image_bytes,
                          resolution, resolution);
        return VWW_ERROR_MISMATCH;
    }
    return VWW_OK;
}

vww_status vww_image_source_mlperf(struct vww_image_source *source, const char *directory,
                                   int32_t resolution, struct vww_error *error)
{
    *source = (struct vww_image_source){0};
    struct mlperf *set = vww_allocate(1, sizeof *set);
    if (set == NULL)
        return vww_fail_memory(error, sizeof *set);
    set->image_bytes = (size_t)resolution * (size_t)resolution * 3;
    char file[VWW_PATH_MAX];
    vww_status status = vww_path_join(set->directory, "", directory, error);
    if (status == VWW_OK)
        status = vww_path_join(file, directory, LABELS_FILE, error);
    if (status == VWW_OK)
        status = vww_file_read(file, LABELS_BYTES_MAX, &set->text, error);
    if (status == VWW_OK)
        status = parse_labels(set, file, error);
    if (status == VWW_OK)
        status = check_files(set, resolution, error);
    if (status != VWW_OK) {
        destroy(set);
        return status;
    }
    *source = (struct vww_image_source){
        .get = get,
        .class_name = class_name,
        .destroy = destroy,
        .context = set,
        .count = set->count,
        .resolution = resolution,
        .classes = set->classes,
    };
    return VWW_OK;
}
