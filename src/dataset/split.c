#include "dataset/split.h"
#include "base/checksum.h"
#include "base/file.h"
#include "dataset/source.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *vww_dataset_split_name(enum vww_dataset_split split)
{
    static const char *const names[] = {"coco", "minival", "fraction", "keras"};
    return names[split];
}

static int compare_ids(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static vww_status add_line(struct vww_id_list *list, const char *line, size_t number,
                           const char *path, struct vww_error *error)
{
    char *end;
    errno = 0;
    const long long id = strtoll(line, &end, 10);
    if (end == line || errno != 0 || end[strspn(end, " \t\r\n")] != '\0') {
        vww_fail(error, VWW_ERROR_FORMAT, "a line of the image ids is not a number");
        vww_error_at(error, path, -1);
        vww_error_place(error, "line %zu", number);
        vww_error_seen(error, "%.*s", (int)strcspn(line, "\r\n"), line);
        vww_error_allowed(error, "one decimal image id a line");
        return VWW_ERROR_FORMAT;
    }
    void *ids = list->ids;
    if (vww_array_reserve(&ids, &list->capacity, list->count + 1, sizeof *list->ids) != 0)
        return vww_fail_memory(error, list->count * sizeof *list->ids);
    list->ids = ids;
    list->ids[list->count++] = id;
    return VWW_OK;
}

vww_status vww_id_list_read(const char *path, struct vww_id_list *list, struct vww_error *error)
{
    size_t formats;
    *list = (struct vww_id_list){0};
    vww_status status = vww_source_hash(vww_source_formats(&formats), path, list->sha256, error);
    if (status != VWW_OK)
        return status;
    FILE *stream = fopen(path, "r");
    if (stream == NULL)
        return vww_fail_io(error, "open", path);
    char line[256];
    for (size_t number = 1; status == VWW_OK && fgets(line, sizeof line, stream) != NULL; number++)
        if (line[strspn(line, " \t\r\n")] != '\0')
            status = add_line(list, line, number, path, error);
    if (status == VWW_OK && ferror(stream))
        status = vww_fail_io(error, "read", path);
    fclose(stream);
    if (status != VWW_OK)
        vww_id_list_fini(list);
    else if (list->count > 1)
        qsort(list->ids, list->count, sizeof *list->ids, compare_ids);
    return status;
}

void vww_id_list_fini(struct vww_id_list *list)
{
    vww_free(list->ids);
    *list = (struct vww_id_list){0};
}

bool vww_id_list_has(const struct vww_id_list *list, int64_t id)
{
    return list->count > 0 &&
           bsearch(&id, list->ids, list->count, sizeof *list->ids, compare_ids) != NULL;
}

double vww_split_place(int64_t id)
{
    char text[24], hex[65];
    snprintf(text, sizeof text, "%" PRId64, id);
    vww_sha256_of(text, strlen(text), hex);
    hex[16] = '\0';
    return ldexp((double)strtoull(hex, NULL, 16), -64);
}

static int compare_files(const void *a, const void *b)
{
    const struct vww_split_file *x = a, *y = b;
    if (x->label != y->label)
        return x->label < y->label ? -1 : 1;
    const int by_name = strcmp(x->name, y->name);
    if (by_name != 0)
        return by_name;
    return x->set != y->set ? (x->set < y->set ? -1 : 1)
                            : (x->image > y->image) - (x->image < y->image);
}

void vww_split_keras(struct vww_split_file *files, size_t count, double share, bool *chosen)
{
    if (count > 1)
        qsort(files, count, sizeof *files, compare_files);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first; end < count && files[end].label == files[first].label;)
            end++;
        const size_t taken = (size_t)(share * (double)(end - first));
        for (size_t i = first; i < end; i++)
            chosen[i] = i - first < taken;
    }
}
