#include "dataset/source.h"
#include "base/checksum.h"
#include "base/file.h"
#include "base/memory.h"
#include "vww/image.h"
#include "vww/text.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct vww_source_format formats[] = {
    {"coco", "COCO instances JSON", false, false, vww_scan_coco, NULL},
    {"voc", "PASCAL VOC: a folder of XML files, or a list of ids of ImageSets/Main", false, false,
     vww_scan_voc, ".xml"},
    {"yolo", "YOLO: a folder of text files, with classes.txt in it or beside it", true, false,
     vww_scan_yolo, ".txt"},
    {"openimages", "Open Images: a box CSV, with the class descriptions beside it", true, true,
     vww_scan_openimages, NULL},
    {"folders", "a folder for each class; its name is the class", true, false, vww_scan_folders,
     NULL},
};
#define FORMAT_COUNT (sizeof formats / sizeof formats[0])

const struct vww_source_format *vww_source_formats(size_t *count)
{
    *count = FORMAT_COUNT;
    return formats;
}

const struct vww_source_format *vww_source_format_find(const char *name, struct vww_error *error)
{
    const char *names[FORMAT_COUNT];
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        names[i] = formats[i].name;
        if (strcmp(names[i], name) == 0)
            return &formats[i];
    }
    char hint[256];
    vww_text_suggest(hint, sizeof hint, name, names, FORMAT_COUNT);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no source format is called %.100s", name);
    vww_error_remedy(error, "%s", hint);
    return NULL;
}

int64_t vww_source_id(const char *name)
{
    const size_t length = strlen(name);
    if (length > 0 && length <= 18 && strspn(name, "0123456789") == length)
        return strtoll(name, NULL, 10);
    char hex[65];
    vww_sha256_of(name, length, hex);
    hex[16] = '\0';
    return (int64_t)(strtoull(hex, NULL, 16) >> 1);
}

vww_status vww_scan_coco(const struct vww_source *source, const struct vww_coco_visitor *visitor,
                         const char *stage, const struct vww_progress *progress,
                         struct vww_error *error)
{
    return vww_coco_scan(source->annotations, visitor, stage, progress, error);
}

/* --- folders ------------------------------------------------------------------------------------
 */

vww_status vww_listing_add(struct vww_listing *listing, const char *name, struct vww_error *error)
{
    void *names = listing->names;
    char *copy = vww_duplicate(name);
    if (copy == NULL || vww_array_reserve(&names, &listing->capacity, listing->count + 1,
                                          sizeof *listing->names) != 0) {
        vww_free(copy);
        return vww_fail_memory(error, sizeof *listing->names);
    }
    listing->names = names;
    listing->names[listing->count++] = copy;
    return VWW_OK;
}

void vww_listing_fini(struct vww_listing *listing)
{
    while (listing->count > 0)
        vww_free(listing->names[--listing->count]);
    vww_free(listing->names);
    *listing = (struct vww_listing){0};
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

vww_status vww_listing_read(const char *folder, bool folders, bool (*accept)(const char *name),
                            struct vww_listing *listing, struct vww_error *error)
{
    *listing = (struct vww_listing){0};
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return vww_fail_io(error, "open the folder", folder);
    vww_status status = VWW_OK;
    errno = 0;
    for (struct dirent *entry; status == VWW_OK && (entry = readdir(directory)) != NULL;
         errno = 0) {
        char path[VWW_PATH_MAX];
        if (entry->d_name[0] == '.' || (accept != NULL && !accept(entry->d_name)))
            continue;
        status = vww_path_join(path, folder, entry->d_name, error);
        if (status == VWW_OK && (folders ? vww_directory_exists(path) : vww_file_exists(path)))
            status = vww_listing_add(listing, entry->d_name, error);
    }
    if (status == VWW_OK && errno != 0)
        status = vww_fail_io(error, "read the folder", folder);
    closedir(directory);
    if (status != VWW_OK)
        vww_listing_fini(listing);
    else if (listing->count > 1)
        qsort(listing->names, listing->count, sizeof *listing->names, compare_names);
    return status;
}

/* --- names and numbers --------------------------------------------------------------------------
 */

bool vww_is_image_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL && (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0 ||
                           strcasecmp(dot, ".png") == 0);
}

void vww_name_stem(const char *name, char stem[VWW_COCO_NAME_MAX])
{
    const char *dot = strrchr(name, '.');
    size_t length = dot != NULL && strchr(dot, '/') == NULL ? (size_t)(dot - name) : strlen(name);
    if (length >= VWW_COCO_NAME_MAX)
        length = VWW_COCO_NAME_MAX - 1;
    memcpy(stem, name, length);
    stem[length] = '\0';
}

bool vww_text_number(const char *text, double *number)
{
    const size_t length = strlen(text);
    if (length == 0 || strspn(text, "0123456789+-.eE") != length)
        return false;
    char *end;
    *number = strtod(text, &end);
    return *end == '\0' && isfinite(*number);
}

/* --- delivering ---------------------------------------------------------------------------------
 */

#define HEAD_BYTES ((size_t)64 << 10)
#define FILE_BYTES_MAX ((size_t)256 << 20)

/* The size from the first bytes of the file, or, where these do not reach, from all of it. */
static vww_status image_size(const char *path, struct vww_coco_image *image,
                             struct vww_error *error)
{
    uint8_t *head = vww_allocate(HEAD_BYTES, 1);
    if (head == NULL)
        return vww_fail_memory(error, HEAD_BYTES);
    FILE *stream = fopen(path, "rb");
    if (stream == NULL) {
        vww_free(head);
        return vww_fail_io(error, "open", path);
    }
    const size_t got = fread(head, 1, HEAD_BYTES, stream);
    fclose(stream);
    vww_status status = vww_image_size(head, got, path, &image->width, &image->height, error);
    vww_free(head);
    if (status == VWW_OK || got < HEAD_BYTES)
        return status;
    struct vww_buffer content;
    status = vww_file_read(path, FILE_BYTES_MAX, &content, error);
    if (status != VWW_OK)
        return status;
    status = vww_image_size(content.data, content.size, path, &image->width, &image->height, error);
    vww_buffer_fini(&content);
    return status;
}

vww_status vww_source_image(const struct vww_coco_visitor *visitor, const char *folder,
                            const char *name, struct vww_error *error)
{
    char path[VWW_PATH_MAX], stem[VWW_COCO_NAME_MAX];
    vww_status status = vww_path_join(path, folder, name, error);
    if (status != VWW_OK)
        return status;
    vww_name_stem(name, stem);
    struct vww_coco_image image = {.id = vww_source_id(stem), .file_name = name};
    status = image_size(path, &image, error);
    return status == VWW_OK ? visitor->image(visitor->context, &image, error) : status;
}

vww_status vww_source_category(const struct vww_coco_visitor *visitor, const char *key,
                               const char *name, struct vww_error *error)
{
    const struct vww_coco_category category = {
        .id = vww_source_id(key), .name = name, .supercategory = ""};
    return visitor->category(visitor->context, &category, error);
}

vww_status vww_source_step(const struct vww_progress *progress, const char *stage, size_t done,
                           size_t total, struct vww_error *error)
{
    vww_progress_report(progress, stage, (int64_t)done, (int64_t)total, "files", NULL);
    if (vww_progress_stop(progress))
        return vww_fail(error, VWW_ERROR_STOPPED, "stopped while %s", stage);
    return VWW_OK;
}

/* --- the hash of annotations --------------------------------------------------------------------
 */

static vww_status hash_content(const char *path, struct vww_sha256 *sha, struct vww_error *error)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return vww_fail_io(error, "open", path);
    uint8_t chunk[65536];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, stream)) > 0;)
        vww_sha256_update(sha, chunk, got);
    const vww_status status = ferror(stream) ? vww_fail_io(error, "read", path) : VWW_OK;
    fclose(stream);
    return status;
}

static bool ends_in(const char *name, const char *suffix)
{
    const size_t length = strlen(name), end = strlen(suffix);
    return length >= end && strcmp(name + length - end, suffix) == 0;
}

static vww_status hash_folder(const char *folder, const char *suffix, struct vww_sha256 *sha,
                              struct vww_error *error)
{
    struct vww_listing files, folders = {0};
    vww_status status = vww_listing_read(folder, false, NULL, &files, error);
    if (status == VWW_OK && suffix == NULL)
        status = vww_listing_read(folder, true, NULL, &folders, error);
    char path[VWW_PATH_MAX];
    for (size_t i = 0; i < files.count && status == VWW_OK; i++) {
        if (suffix != NULL && !ends_in(files.names[i], suffix))
            continue;
        vww_sha256_update(sha, files.names[i], strlen(files.names[i]) + 1);
        status = vww_path_join(path, folder, files.names[i], error);
        if (status == VWW_OK && suffix != NULL)
            status = hash_content(path, sha, error);
    }
    for (size_t i = 0; i < folders.count && status == VWW_OK; i++) {
        vww_sha256_update(sha, folders.names[i], strlen(folders.names[i]) + 1);
        status = vww_path_join(path, folder, folders.names[i], error);
        if (status == VWW_OK)
            status = hash_folder(path, NULL, sha, error);
    }
    vww_listing_fini(&files);
    vww_listing_fini(&folders);
    return status;
}

vww_status vww_source_hash(const struct vww_source_format *format, const char *path, char hex[65],
                           struct vww_error *error)
{
    struct vww_sha256 sha;
    vww_sha256_init(&sha);
    const vww_status status = vww_directory_exists(path)
                                  ? hash_folder(path, format->suffix, &sha, error)
                                  : hash_content(path, &sha, error);
    vww_sha256_hex(&sha, hex);
    return status;
}
