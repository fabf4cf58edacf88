/* Reading labels: two passes over each source, and the policy between. */
#include "vww/label.h"
#include "base/memory.h"
#include "dataset/interest.h"
#include "dataset/label_set.h"
#include "vww/coco.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static vww_status check_policy(const struct vww_label_policy *policy, struct vww_error *error)
{
    const double threshold = policy->small_object_area_threshold;
    if (!(threshold >= 0 && threshold <= 1)) {
        vww_fail(error, VWW_ERROR_ARGUMENT,
                 "the small object area threshold is a share of the image");
        vww_error_seen(error, "%g", threshold);
        vww_error_allowed(error, "0 to 1; 0.005 is half a percent");
        return VWW_ERROR_ARGUMENT;
    }
    return VWW_OK;
}

/* --- reading ------------------------------------------------------------------------------------
 */

struct reading {
    struct vww_label_set *set;
    const struct vww_label_policy *policy;
    bool with_objects;
    bool may_be_part; /* annotations of unknown images are left out */
    int32_t source;
    struct vww_interest interest; /* categories of this source */
    struct vww_categories categories;
    uint32_t *object_images; /* for each object, its image */
    size_t object_images_capacity;
    bool *small_only; /* for each image: an annotation of the class was too small */
};

static vww_status take_image(void *context, const struct vww_coco_image *image,
                             struct vww_error *error)
{
    struct reading *reading = context;
    struct vww_label_set *set = reading->set;
    void *images = set->images, *names = set->names;
    const size_t name_bytes = reading->with_objects ? strlen(image->file_name) + 1 : 0;
    if (set->count >= UINT32_MAX || set->name_bytes + name_bytes > UINT32_MAX)
        return vww_fail(error, VWW_ERROR_UNSUPPORTED, "the set has too many images");
    if (vww_array_reserve(&images, &set->capacity, set->count + 1, sizeof *set->images) != 0 ||
        vww_array_reserve(&names, &set->name_capacity, set->name_bytes + name_bytes, 1) != 0) {
        set->images = images;
        return vww_fail_memory(error, sizeof *set->images * set->count);
    }
    set->images = images;
    set->names = names;
    set->images[set->count++] = (struct vww_labelled_image){.id = image->id,
                                                            .width = image->width,
                                                            .height = image->height,
                                                            .source = reading->source,
                                                            .file_name = (uint32_t)set->name_bytes};
    if (name_bytes > 0)
        memcpy(set->names + set->name_bytes, image->file_name, name_bytes);
    set->name_bytes += name_bytes;
    return VWW_OK;
}

static vww_status take_category(void *context, const struct vww_coco_category *category,
                                struct vww_error *error)
{
    struct reading *reading = context;
    return vww_categories_add(&reading->categories, category, error);
}

static vww_status unknown_image(const struct vww_coco_annotation *annotation,
                                struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_FORMAT, "an annotation belongs to an image that is not listed");
    if (annotation->id >= 0)
        vww_error_place(error, "annotation %" PRId64, annotation->id);
    vww_error_seen(error, "image_id %" PRId64, annotation->image_id);
    vww_error_allowed(error, "an id of the list \"images\"");
    return VWW_ERROR_FORMAT;
}

/* Shares of the image become pixels. */
static void box_in_pixels(const struct vww_coco_annotation *annotation,
                          const struct vww_labelled_image *image, double box[4])
{
    for (int i = 0; i < 4; i++) {
        const double side = i % 2 == 0 ? image->width : image->height;
        box[i] = annotation->box[i] * (annotation->box_in_shares ? side : 1);
    }
}

static double box_area(const double box[4])
{
    return box[2] > 0 && box[3] > 0 ? box[2] * box[3] : 0;
}

/* The area that the policy compares, in pixels. */
static vww_status area_of(const struct vww_coco_annotation *annotation, const double box[4],
                          enum vww_label_area kind, double *area, struct vww_error *error)
{
    const bool want_box = kind == VWW_AREA_BOX;
    if (want_box ? annotation->has_box : annotation->has_area) {
        *area = want_box ? box_area(box) : annotation->area;
        return VWW_OK;
    }
    vww_fail(error, VWW_ERROR_FORMAT, "an annotation of the class of interest has no \"%s\"",
             want_box ? "bbox" : "area");
    vww_error_place(error, "annotation %" PRId64 " of image %" PRId64, annotation->id,
                    annotation->image_id);
    vww_error_remedy(error, "--area %s would look at \"%s\" instead", want_box ? "mask" : "box",
                     want_box ? "area" : "bbox");
    return VWW_ERROR_FORMAT;
}

static vww_status keep_object(struct reading *reading, uint32_t image,
                              const struct vww_coco_annotation *annotation, const double box[4],
                              struct vww_error *error)
{
    struct vww_label_set *set = reading->set;
    void *objects = set->objects, *owners = reading->object_images;
    const int no_memory =
        vww_array_reserve(&objects, &set->object_capacity, set->object_count + 1,
                          sizeof *set->objects) != 0 ||
        vww_array_reserve(&owners, &reading->object_images_capacity, set->object_count + 1,
                          sizeof *reading->object_images) != 0;
    set->objects = objects;
    reading->object_images = owners;
    if (no_memory || set->object_count >= UINT32_MAX)
        return vww_fail_memory(error, sizeof *set->objects * set->object_count);
    struct vww_label_object object = {
        .area = annotation->has_area ? annotation->area : box_area(box),
        .category_id = annotation->category_id,
        .index = annotation->index,
        .crowd = annotation->crowd,
    };
    if (annotation->has_box) {
        object.x = box[0];
        object.y = box[1];
        object.width = box[2];
        object.height = box[3];
    }
    reading->object_images[set->object_count] = image;
    set->objects[set->object_count++] = object;
    return VWW_OK;
}

/* The box lies within the largest square in the middle of the image, and off its edges. */
static bool survives_crop(const struct vww_labelled_image *image, const double box[4])
{
    const int axis = image->width > image->height ? 0 : 1; /* the one that is cropped */
    const double length = axis == 0 ? image->width : image->height;
    const double edge = fabs((double)image->width - (double)image->height) / 2;
    return box[axis] > edge && box[axis] + box[axis + 2] < length - edge;
}

static bool qualifies(const struct vww_label_policy *policy,
                      const struct vww_coco_annotation *annotation,
                      const struct vww_labelled_image *image, double area, const double box[4])
{
    const bool in_pixels = policy->pixels > 0;
    const double size = in_pixels ? area : area / ((double)image->width * (double)image->height);
    const double limit = in_pixels ? policy->pixels : policy->small_object_area_threshold;
    return (policy->comparison == VWW_COMPARISON_GT ? size > limit : size >= limit) &&
           !(annotation->crowd && policy->crowd == VWW_CROWD_REJECT) &&
           (policy->crop == 0 || survives_crop(image, box));
}

static vww_status take_annotation(void *context, const struct vww_coco_annotation *annotation,
                                  struct vww_error *error)
{
    struct reading *reading = context;
    const int64_t index = vww_label_set_find(reading->set, annotation->image_id);
    if (index < 0 || reading->set->images[index].source != reading->source) {
        reading->set->strays++;
        return reading->may_be_part ? VWW_OK : unknown_image(annotation, error);
    }
    if (!vww_interest_has(&reading->interest, annotation->category_id) ||
        (annotation->crowd && reading->policy->crowd == VWW_CROWD_IGNORE))
        return VWW_OK;
    const bool by_box = reading->policy->area == VWW_AREA_BOX;
    if (reading->policy->skip_unmeasured && !(by_box ? annotation->has_box : annotation->has_area))
        return VWW_OK;
    struct vww_labelled_image *image = &reading->set->images[index];
    double area, box[4] = {0};
    if (annotation->has_box)
        box_in_pixels(annotation, image, box);
    const vww_status status = area_of(annotation, box, reading->policy->area, &area, error);
    if (status != VWW_OK)
        return status;
    if (!qualifies(reading->policy, annotation, image, area, box)) {
        reading->small_only[index] = true;
        return VWW_OK;
    }
    image->label = 1;
    return reading->with_objects ? keep_object(reading, (uint32_t)index, annotation, box, error)
                                 : VWW_OK;
}

/* --- what came of it ---*/

/* Objects were met in the order of the annotations; group them by image, keeping that order. */
static vww_status group_objects(struct reading *reading, struct vww_error *error)
{
    struct vww_label_set *set = reading->set;
    struct vww_label_object *grouped = vww_allocate(set->object_count, sizeof *grouped);
    if (grouped == NULL)
        return vww_fail_memory(error, set->object_count * sizeof *grouped);
    for (size_t i = 0; i < set->object_count; i++)
        set->images[reading->object_images[i]].object_count++;
    uint32_t next = 0;
    for (size_t i = 0; i < set->count; i++) {
        set->images[i].first_object = next;
        next += set->images[i].object_count;
        set->images[i].object_count = 0;
    }
    for (size_t i = 0; i < set->object_count; i++) {
        struct vww_labelled_image *image = &set->images[reading->object_images[i]];
        grouped[image->first_object + image->object_count++] = set->objects[i];
    }
    vww_free(set->objects);
    set->objects = grouped;
    set->object_capacity = set->object_count;
    return VWW_OK;
}

static bool is_dropped(const struct reading *reading, size_t i)
{
    const struct vww_labelled_image *image = &reading->set->images[i];
    const int32_t side = image->width < image->height ? image->width : image->height;
    return side < reading->policy->crop || (image->label != 1 && reading->small_only[i] &&
                                            reading->policy->small_only == VWW_SMALL_ONLY_DROP);
}

/* Objects of an image that is dropped after all stay in the set; nobody asks for them. */
static void count_labels(struct reading *reading)
{
    struct vww_label_set *set = reading->set;
    for (size_t i = 0; i < set->count; i++) {
        if (is_dropped(reading, i))
            set->images[i].label = VWW_LABEL_DROPPED;
        vww_label_set_count(set, set->images[i].label);
    }
    for (size_t i = set->count; reading->policy->balance && i-- > 0;)
        if (set->images[i].label == 0 && set->negative > set->positive) {
            set->images[i].label = VWW_LABEL_DROPPED;
            set->negative--;
            set->dropped++;
        }
}

/* Pass 1: images and categories, which stand after the annotations in COCO's own files. */
static vww_status read_images(struct reading *reading, const struct vww_source_format *format,
                              const struct vww_source *source, struct vww_interest *interest,
                              const struct vww_progress *progress, struct vww_error *error)
{
    const struct vww_coco_visitor visitor = {.image = take_image,
                                             .category = take_category,
                                             .pass = VWW_COCO_FIRST_PASS,
                                             .context = reading};
    vww_status status = format->scan(source, &visitor, "reading images", progress, error);
    if (status == VWW_OK)
        status = vww_interest_resolve(&reading->categories, reading->policy->foreground_class,
                                      source->annotations, interest, error);
    vww_categories_fini(&reading->categories);
    return status;
}

/* Pass 2. */
static vww_status read_annotations(struct reading *reading, const struct vww_source_format *format,
                                   const struct vww_source *source,
                                   const struct vww_progress *progress, struct vww_error *error)
{
    const struct vww_coco_visitor visitor = {
        .annotation = take_annotation, .pass = VWW_COCO_SECOND_PASS, .context = reading};
    return format->scan(source, &visitor, "labelling", progress, error);
}

static vww_status read_set(struct reading *reading, const struct vww_source_format *format,
                           const struct vww_source *sources, size_t count,
                           struct vww_interest *interests, const struct vww_progress *progress,
                           struct vww_error *error)
{
    vww_status status = VWW_OK;
    for (size_t i = 0; i < count && status == VWW_OK; i++) {
        reading->source = (int32_t)i;
        status = read_images(reading, format, &sources[i], &interests[i], progress, error);
    }
    if (status == VWW_OK)
        status = vww_label_set_index(reading->set, sources, error);
    if (status == VWW_OK) {
        reading->small_only = vww_allocate(reading->set->count, sizeof *reading->small_only);
        if (reading->small_only == NULL)
            status = vww_fail_memory(error, reading->set->count);
    }
    for (size_t i = 0; i < count && status == VWW_OK; i++) {
        reading->source = (int32_t)i;
        reading->interest = interests[i];
        status = read_annotations(reading, format, &sources[i], progress, error);
    }
    if (status == VWW_OK && reading->with_objects)
        status = group_objects(reading, error);
    if (status == VWW_OK)
        count_labels(reading);
    return status;
}

static vww_status check_sources(const struct vww_source_format *format,
                                const struct vww_source *sources, size_t count,
                                struct vww_error *error)
{
    for (size_t i = 0; i < count && format->needs_images; i++)
        if (sources[i].images == NULL) {
            vww_fail(error, VWW_ERROR_ARGUMENT, "the format %s needs the folder of the images",
                     format->name);
            vww_error_at(error, sources[i].annotations, -1);
            return VWW_ERROR_ARGUMENT;
        }
    return VWW_OK;
}

vww_status vww_label_set_read_sources(const struct vww_source_format *format,
                                      const struct vww_source *sources, size_t count,
                                      const struct vww_label_policy *policy, bool with_objects,
                                      const struct vww_progress *progress,
                                      struct vww_label_set *set, struct vww_error *error)
{
    *set = (struct vww_label_set){0};
    vww_status status = check_policy(policy, error);
    if (status == VWW_OK)
        status = check_sources(format, sources, count, error);
    if (status != VWW_OK)
        return status;
    struct reading reading = {.set = set,
                              .policy = policy,
                              .with_objects = with_objects,
                              .may_be_part = format->may_be_part};
    struct vww_interest *interests = vww_allocate(count, sizeof *interests);
    if (interests == NULL)
        return vww_fail_memory(error, count * sizeof *interests);
    status = read_set(&reading, format, sources, count, interests, progress, error);
    if (status == VWW_OK && count > 0) { /* the first one's become the set's */
        set->class_ids = interests[0].ids;
        set->class_count = interests[0].count;
        interests[0] = (struct vww_interest){0};
    }
    for (size_t i = 0; i < count; i++)
        vww_interest_fini(&interests[i]);
    vww_free(interests);
    vww_free(reading.object_images);
    vww_free(reading.small_only);
    if (status != VWW_OK)
        vww_label_set_fini(set);
    return status;
}

vww_status vww_label_set_read(const char *const *paths, size_t count,
                              const struct vww_label_policy *policy, bool with_objects,
                              const struct vww_progress *progress, struct vww_label_set *set,
                              struct vww_error *error)
{
    size_t formats;
    *set = (struct vww_label_set){0};
    struct vww_source *sources = vww_allocate(count, sizeof *sources);
    if (sources == NULL)
        return vww_fail_memory(error, count * sizeof *sources);
    for (size_t i = 0; i < count; i++)
        sources[i].annotations = paths[i];
    const vww_status status =
        vww_label_set_read_sources(&vww_source_formats(&formats)[0], sources, count, policy,
                                   with_objects, progress, set, error);
    vww_free(sources);
    return status;
}
