/* Labels, and which photograph goes where. */
#include "dataset/build_parts.h"
#include "dataset/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static vww_status read_minival(struct vww_build *build)
{
    const char *path = build->options->minival_ids;
    struct vww_dataset_result *result = build->result;
    if (path == NULL)
        return VWW_OK;
    const vww_status status = vww_id_list_read(path, &build->minival, build->error);
    memcpy(result->minival_sha256, build->minival.sha256, sizeof result->minival_sha256);
    result->minival_is_published = strcmp(result->minival_sha256, VWW_MINIVAL_SHA256) == 0;
    return status;
}

static const char *image_dir(const struct vww_dataset_source *source, size_t file)
{
    return source->image_dirs[source->image_dir_count == 1 ? 0 : file];
}

static bool stat_image(const struct vww_dataset_source *source, const struct vww_label_set *set,
                       size_t image, struct stat *info)
{
    const struct vww_labelled_image *of = &set->images[image];
    char path[VWW_PATH_MAX];
    return vww_path_join(path, image_dir(source, (size_t)of->source), set->names + of->file_name,
                         NULL) == VWW_OK &&
           stat(path, info) == 0;
}

/* In folders of classes the names are no identities: cat/1.jpg may be in both splits. Another file
 * gets an id of its own. */
static bool tell_apart(struct vww_build *build, size_t val, size_t train)
{
    struct vww_label_set *set = &build->sets[1];
    struct vww_labelled_image *image = &set->images[val];
    char name[VWW_COCO_NAME_MAX + 8];
    struct stat one, other;
    if (!build->options->every_class || !stat_image(&build->options->val, set, val, &one) ||
        !stat_image(&build->options->train, &build->sets[0], train, &other) ||
        (one.st_dev == other.st_dev && one.st_ino == other.st_ino))
        return false;
    snprintf(name, sizeof name, "val/%s", set->names + image->file_name);
    image->id = vww_source_id(name);
    return true;
}

static vww_status check_overlap(struct vww_build *build)
{
    for (size_t i = 0; i < build->sets[1].count; i++) {
        const int64_t id = build->sets[1].images[i].id;
        const int64_t twin = vww_label_set_find(&build->sets[0], id);
        if (twin < 0 || tell_apart(build, i, (size_t)twin))
            continue;
        const struct vww_dataset_options *options = build->options;
        vww_fail(build->error, VWW_ERROR_MISMATCH,
                 "an image is in the training and in the validation set");
        vww_error_at(build->error, options->val.annotations[build->sets[1].images[i].source], -1);
        vww_error_place(build->error, "image %" PRId64, id);
        vww_error_seen(build->error, "the same id in %.200s",
                       options->train.annotations[build->sets[0].images[twin].source]);
        vww_error_remedy(build->error, "accuracy on images that were trained on says nothing: give "
                                       "disjoint files");
        return VWW_ERROR_MISMATCH;
    }
    return VWW_OK;
}

static vww_status assign(struct vww_build *build, const struct vww_label_set *set, uint32_t image,
                         const struct vww_dataset_source *source, struct vww_build_part *part)
{
    const struct vww_labelled_image *labelled = &set->images[image];
    if (labelled->label == VWW_LABEL_DROPPED) {
        part->counts->dropped++;
        return VWW_OK;
    }
    if (!vww_license_allowed(&build->licenses, labelled->id)) {
        part->counts->unlicensed++;
        return VWW_OK;
    }
    void *photographs = part->photographs;
    if (vww_array_reserve(&photographs, &part->capacity, part->count + 1,
                          sizeof *part->photographs) != 0)
        return vww_fail_memory(build->error, part->count * sizeof *part->photographs);
    part->photographs = photographs;
    const size_t file = (size_t)labelled->source;
    part->photographs[part->count++] = (struct vww_photograph){
        .set = set,
        .image = image,
        .directory = image_dir(source, file),
        .annotation = source->annotations[file],
        .classes = &build->classes,
    };
    return VWW_OK;
}

static bool is_wanted(const struct vww_build *build, const struct vww_labelled_image *image)
{
    return image->label != VWW_LABEL_DROPPED && vww_license_allowed(&build->licenses, image->id);
}

static vww_status choose_keras(struct vww_build *build)
{
    const size_t all = build->sets[0].count + build->sets[1].count;
    struct vww_split_file *files = vww_allocate(all + 1, sizeof *files);
    bool *chosen = vww_allocate(all + 1, sizeof *chosen);
    size_t count = 0;
    for (int s = 0; s < 2; s++)
        build->in_val[s] = vww_allocate(build->sets[s].count + 1, sizeof *build->in_val[s]);
    const bool failed =
        files == NULL || chosen == NULL || build->in_val[0] == NULL || build->in_val[1] == NULL;
    for (uint32_t s = 0; s < 2 && !failed; s++)
        for (uint32_t i = 0; i < build->sets[s].count; i++) {
            const struct vww_labelled_image *image = &build->sets[s].images[i];
            if (is_wanted(build, image))
                files[count++] = (struct vww_split_file){build->sets[s].names + image->file_name,
                                                         image->label, s, i};
        }
    if (!failed)
        vww_split_keras(files, count, build->options->val_fraction, chosen);
    for (size_t i = 0; i < count; i++)
        build->in_val[files[i].set][files[i].image] = chosen[i];
    vww_free(files);
    vww_free(chosen);
    return failed ? vww_fail_memory(build->error, all * (sizeof *files + 1)) : VWW_OK;
}

/* 0: training, 1: validation. s: the source that the image is in. */
static int part_of(const struct vww_build *build, int s, uint32_t image)
{
    const int64_t id = build->sets[s].images[image].id;
    switch (build->options->split) {
    case VWW_SPLIT_MINIVAL:
        return vww_id_list_has(&build->minival, id);
    case VWW_SPLIT_FRACTION:
        return vww_split_place(id) < build->options->val_fraction;
    case VWW_SPLIT_KERAS:
        return build->in_val[s][image];
    default:
        return s;
    }
}

static vww_status assign_all(struct vww_build *build)
{
    const struct vww_dataset_source *sources[2] = {&build->options->train, &build->options->val};
    vww_status status = build->options->split == VWW_SPLIT_KERAS ? choose_keras(build) : VWW_OK;
    int64_t found = 0;
    for (int s = 0; s < 2; s++)
        for (uint32_t i = 0; i < build->sets[s].count && status == VWW_OK; i++) {
            const int to = part_of(build, s, i);
            found += to;
            status = assign(build, &build->sets[s], i, sources[s], &build->parts[to]);
        }
    if (build->options->split == VWW_SPLIT_MINIVAL)
        build->result->minival_absent = (int64_t)build->minival.count - found;
    for (int s = 0; s < 2 && status == VWW_OK; s++)
        if (build->parts[s].count == 0) {
            status = vww_fail(build->error, VWW_ERROR_ARGUMENT, "the %s split would be empty",
                              build->parts[s].name);
            if (sources[s]->annotation_count > 0)
                vww_error_at(build->error, sources[s]->annotations[0], -1);
            vww_error_remedy(build->error, "check the annotation files, --split and --licenses");
        }
    return status;
}

static vww_status read_labels(struct vww_build *build, const struct vww_dataset_source *source,
                              const struct vww_source_format *format, struct vww_label_set *set)
{
    struct vww_source *sources = vww_allocate(source->annotation_count, sizeof *sources);
    if (sources == NULL)
        return vww_fail_memory(build->error, source->annotation_count * sizeof *sources);
    for (size_t i = 0; i < source->annotation_count; i++)
        sources[i] = (struct vww_source){source->annotations[i], image_dir(source, i)};
    const vww_status status = vww_label_set_read_sources(format, sources, source->annotation_count,
                                                         &build->options->policy, true,
                                                         build->progress, set, build->error);
    vww_free(sources);
    return status;
}

/* --- classes -------------------------------------------------------------------------------------
 */

static bool has_class(const struct vww_listing *classes, const char *name)
{
    bool known = false;
    for (size_t c = 0; c < classes->count && !known; c++)
        known = strcmp(classes->names[c], name) == 0;
    return known;
}

static vww_status add_folders(struct vww_listing *classes, const char *folder,
                              struct vww_error *error)
{
    struct vww_listing found;
    vww_status status = vww_listing_read(folder, true, NULL, &found, error);
    for (size_t i = 0; status == VWW_OK && i < found.count; i++)
        if (!has_class(classes, found.names[i]))
            status = vww_listing_add(classes, found.names[i], error);
    vww_listing_fini(&found);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The folders of both sets, by name. */
static vww_status list_folders(struct vww_build *build)
{
    const struct vww_dataset_source *sources[2] = {&build->options->train, &build->options->val};
    struct vww_listing *classes = &build->classes;
    vww_status status = VWW_OK;
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < sources[s]->annotation_count && status == VWW_OK; i++)
            status = add_folders(classes, image_dir(sources[s], i), build->error);
    if (status != VWW_OK)
        return status;
    if (classes->count > 1)
        qsort(classes->names, classes->count, sizeof *classes->names, compare_names);
    if (classes->count >= 2 && classes->count <= VWW_DATASET_CLASSES_MAX)
        return VWW_OK;
    vww_fail(build->error, VWW_ERROR_ARGUMENT, "the folders of the classes are too %s",
             classes->count < 2 ? "few" : "many");
    vww_error_at(build->error, image_dir(sources[0], 0), -1);
    vww_error_seen(build->error, "%zu folders", classes->count);
    vww_error_allowed(build->error, "2 to %d, each with the images of a class",
                      VWW_DATASET_CLASSES_MAX);
    return VWW_ERROR_ARGUMENT;
}

static vww_status list_classes(struct vww_build *build)
{
    if (build->options->every_class)
        return list_folders(build);
    const vww_status status = vww_listing_add(&build->classes, VWW_BACKGROUND, build->error);
    return status == VWW_OK ? vww_listing_add(&build->classes,
                                              build->options->policy.foreground_class, build->error)
                            : status;
}

/* Each image has one object: that of its folder, as large as the image. Of no use as a box. */
static void label_by_folder(struct vww_build *build, struct vww_label_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct vww_labelled_image *image = &set->images[i];
        const int64_t id = set->objects[image->first_object].category_id;
        image->label = 0;
        while (vww_source_id(build->classes.names[image->label]) != id)
            image->label++;
        image->object_count = 0;
    }
}

/* Names that are numbers are their own ids: 1 and 01 are one. */
static vww_status check_ids(const struct vww_build *build)
{
    char *const *names = build->classes.names;
    for (size_t a = 0; build->options->every_class && a < build->classes.count; a++)
        for (size_t b = 0; b < a; b++)
            if (vww_source_id(names[a]) == vww_source_id(names[b])) {
                vww_fail(build->error, VWW_ERROR_ARGUMENT, "two folders name the same class");
                vww_error_seen(build->error, "%.100s and %.100s", names[b], names[a]);
                vww_error_remedy(build->error, "rename one of them");
                return VWW_ERROR_ARGUMENT;
            }
    return VWW_OK;
}

static vww_status read_licenses(struct vww_build *build)
{
    const struct vww_dataset_options *options = build->options;
    const struct vww_dataset_source *sources[2] = {&options->train, &options->val};
    size_t formats;
    const bool is_coco =
        options->format == NULL || options->format == &vww_source_formats(&formats)[0];
    if (!is_coco && options->license_count > 0)
        return vww_fail(build->error, VWW_ERROR_UNSUPPORTED,
                        "only COCO annotations say under which licence an image is");
    vww_status status = VWW_OK;
    for (int s = 0; s < 2 && is_coco; s++)
        for (size_t i = 0; i < sources[s]->annotation_count && status == VWW_OK; i++)
            status = vww_license_table_add(&build->licenses, sources[s]->annotations[i],
                                           build->progress, build->error);
    vww_license_table_sort(&build->licenses);
    if (status == VWW_OK && options->license_count > 0)
        status = vww_license_table_choose(&build->licenses, options->licenses,
                                          options->license_count, build->error);
    return status;
}

static vww_status label_source(struct vww_build *build, int s,
                               const struct vww_dataset_source *source)
{
    size_t formats;
    const struct vww_source_format *format = build->options->format;
    if (source->annotation_count == 0)
        return VWW_OK;
    if (format == NULL)
        format = &vww_source_formats(&formats)[0];
    vww_status status = read_labels(build, source, format, &build->sets[s]);
    struct vww_build_part *part = &build->parts[s];
    part->annotation_sha256 =
        vww_allocate(source->annotation_count, sizeof *part->annotation_sha256);
    if (part->annotation_sha256 == NULL)
        return vww_fail_memory(build->error, source->annotation_count * 65);
    for (size_t i = 0; i < source->annotation_count && status == VWW_OK; i++)
        status = vww_source_hash(format, source->annotations[i], part->annotation_sha256[i],
                                 build->error);
    return status;
}

vww_status vww_build_assign(struct vww_build *build)
{
    vww_status status = read_minival(build);
    if (status == VWW_OK)
        status = list_classes(build);
    if (status == VWW_OK)
        status = check_ids(build);
    if (status == VWW_OK)
        status = label_source(build, 0, &build->options->train);
    if (status == VWW_OK)
        status = label_source(build, 1, &build->options->val);
    for (int s = 0; s < 2 && build->options->every_class && status == VWW_OK; s++)
        label_by_folder(build, &build->sets[s]);
    if (status == VWW_OK)
        status = check_overlap(build);
    if (status == VWW_OK)
        status = read_licenses(build);
    return status == VWW_OK ? assign_all(build) : status;
}
