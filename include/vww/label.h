/* Which photographs show the class of interest: a policy turns COCO annotations into labels. */
#ifndef VWW_LABEL_H
#define VWW_LABEL_H

#include "vww/progress.h"
#include "vww/source.h"
#include "vww/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An annotation of the class of interest is large enough when its area's share of the image,
 * area / (width * height), passes the comparison with the threshold. An image with one that is, is
 * positive; with none, negative. */
enum vww_label_area {
    VWW_AREA_BOX, /* width * height of the bounding box */
    VWW_AREA_MASK /* COCO's member "area": the pixels of the mask */
};
enum vww_label_comparison { VWW_COMPARISON_GT, VWW_COMPARISON_GE };
enum vww_label_crowd {
    VWW_CROWD_COUNT,  /* crowd annotations count as any other */
    VWW_CROWD_IGNORE, /* they are removed before anything else */
    VWW_CROWD_REJECT  /* they make no image positive, but it is not without objects either */
};
/* Images with annotations of the class that are all too small. */
enum vww_label_small_only { VWW_SMALL_ONLY_NEGATIVE, VWW_SMALL_ONLY_DROP };

struct vww_label_policy {
    char name[32]; /* a preset's, or "custom" */
    enum vww_label_area area;
    enum vww_label_comparison comparison;
    double small_object_area_threshold; /* share of the image, 0 … 1 */
    enum vww_label_crowd crowd;
    enum vww_label_small_only small_only;
    char foreground_class[256]; /* category names, or supercategories, separated by commas */
    double pixels; /* above 0: compared with the area itself, in place of the threshold */
    int32_t crop;  /* above 0: images with a smaller side are dropped, and an annotation must lie
                      inside the largest square in the middle of the image, along its longer side,
                      without touching the square's edges */
    bool skip_unmeasured; /* annotations without the member whose area is compared are passed over;
                           * otherwise they are an error */
    bool balance; /* negatives beyond the number of positives are dropped, the last ones of the
                     list first */
};

/* The words of the command line for these values: "box", "gt", "count", "negative". */
const char *vww_label_area_name(enum vww_label_area area);
const char *vww_label_comparison_name(enum vww_label_comparison comparison);
const char *vww_label_crowd_name(enum vww_label_crowd crowd);
const char *vww_label_small_only_name(enum vww_label_small_only small_only);

struct vww_label_preset {
    struct vww_label_policy policy;
    const char *summary;
};

/* The published rules by name (paper; tf-2019a, tf: the TensorFlow builders of 2019; pyvww; mlperf:
 * MLPerf Tiny; mlcommons-v0.1: its first draft), all with the class person. */
const struct vww_label_preset *vww_label_presets(size_t *count);
/* Unknown name: VWW_ERROR_NOT_FOUND with suggestions. */
vww_status vww_label_policy_find(const char *name, struct vww_label_policy *policy,
                                 struct vww_error *error);

#define VWW_LABEL_DROPPED (-1)

/* An annotation that made its image positive. */
struct vww_label_object {
    double x, y, width, height; /* pixels of the original image */
    double area;                /* COCO's member "area"; the box's where there is none */
    int64_t category_id;
    int64_t index; /* COCO: of the annotation in its file */
    bool crowd;
};

struct vww_labelled_image {
    int64_t id;
    int32_t width, height;
    int32_t source;                      /* index of the annotation file */
    int32_t label;                       /* 1, 0 or VWW_LABEL_DROPPED */
    uint32_t file_name;                  /* offset in names */
    uint32_t first_object, object_count; /* in objects */
};

struct vww_label_place {
    int64_t id;
    uint32_t index; /* in images */
};

/* Images in the order of the files and of their lists. */
struct vww_label_set {
    struct vww_labelled_image *images;
    size_t count, capacity;
    struct vww_label_place *by_id; /* of all images, ascending id */
    uint32_t *slots;               /* a hash table of them: 1 + place in by_id, or 0 */
    size_t slot_count;             /* a power of two, at least twice count */
    char *names;                   /* file names, each ending in NUL; NULL unless asked for */
    size_t name_bytes, name_capacity;
    struct vww_label_object
        *objects; /* grouped by image, in the file's order; NULL unless asked for */
    size_t object_count, object_capacity;
    int64_t *class_ids; /* the categories of the class of interest in the first source, ascending */
    size_t class_count;
    int64_t positive, negative, dropped; /* images */
    int64_t strays; /* annotations of images that are not there, where the format allows it */
};

/* Label the images of one or more sources of a format, which make one set: every image id occurs
 * once. Each source is read twice, as a stream. with_objects: keep file names and qualifying
 * annotations, which building a data set needs. Boxes are taken as they are written, also where
 * they reach outside the image; one without extent has the area 0. Errors: those of the format's
 * scan; the class is not in a source's categories (VWW_ERROR_NOT_FOUND with suggestions); an id
 * that occurs twice, an annotation of an unknown image or without the area that the policy looks at
 * (VWW_ERROR_FORMAT); a format that needs an image folder without one; a policy that makes no
 * sense. */
vww_status vww_label_set_read_sources(const struct vww_source_format *format,
                                      const struct vww_source *sources, size_t count,
                                      const struct vww_label_policy *policy, bool with_objects,
                                      const struct vww_progress *progress,
                                      struct vww_label_set *set, struct vww_error *error);
/* The same for COCO files. */
vww_status vww_label_set_read(const char *const *paths, size_t count,
                              const struct vww_label_policy *policy, bool with_objects,
                              const struct vww_progress *progress, struct vww_label_set *set,
                              struct vww_error *error);
void vww_label_set_fini(struct vww_label_set *set);

/* Index of the image with this id, or -1. */
int64_t vww_label_set_find(const struct vww_label_set *set, int64_t id);

/* "image_id,label" and one row per image, ascending id; label 1, 0 or dropped. path "-": stdout. */
vww_status vww_label_set_write_csv(const struct vww_label_set *set, const char *path,
                                   struct vww_error *error);

/* Keep only the images whose ids the file lists, one a line, or (keep false) only the others. */
vww_status vww_label_set_restrict(struct vww_label_set *set, const char *ids, bool keep,
                                  struct vww_error *error);

/* The annotation files that the published builders make of COCO files, numbers equal in value to
 * the originals': of TensorFlow's builder, of its states of April 2019, and of pyvww. The set was
 * read from these files, with its objects; its images are written, without those that the policy
 * drops. Categories and licences are those of the first file. */
enum vww_intermediate { VWW_INTERMEDIATE_TF, VWW_INTERMEDIATE_TF_2019, VWW_INTERMEDIATE_PYVWW };
vww_status vww_label_set_write_intermediate(const struct vww_label_set *set,
                                            const char *const *annotations, size_t count,
                                            enum vww_intermediate intermediate,
                                            const char *class_name, const char *path,
                                            struct vww_error *error);

#endif
