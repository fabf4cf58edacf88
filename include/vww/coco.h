/* COCO "instances" annotation files, read as a stream: memory does not grow with the file. */
#ifndef VWW_COCO_H
#define VWW_COCO_H

#include "vww/progress.h"
#include "vww/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VWW_COCO_NAME_MAX 1024 /* bytes of a file or category name, with its NUL */

struct vww_coco_image {
    int64_t id;
    int32_t width, height; /* pixels, at least 1 */
    const char *file_name;
    /* Only where the visitor asks for licences: */
    int64_t license;        /* -1: none given */
    const char *source_url; /* flickr_url, else coco_url; empty: none given */
};

struct vww_coco_license {
    int64_t id;
    const char *name, *url; /* url empty: none given */
};

struct vww_coco_annotation {
    int64_t id;    /* -1: none given */
    int64_t index; /* COCO: in the file's list */
    int64_t image_id, category_id;
    bool has_area, has_box, crowd;
    bool box_in_shares; /* the box is in shares of width and height; never so in COCO files */
    double area;        /* COCO: pixels of the mask */
    double box[4];      /* x, y of the upper left corner, width, height, in pixels */
};

struct vww_coco_category {
    int64_t id;
    const char *name;
    const char *supercategory; /* empty: none */
};

/* Some need two passes over a file, and then not everything checked twice: the first pass looks at
 * all but "annotations", the second at "annotations" alone. Of the rest only the end is found. */
enum vww_coco_pass { VWW_COCO_ONLY_PASS, VWW_COCO_FIRST_PASS, VWW_COCO_SECOND_PASS };

/* What to do with each entry. Texts are views, valid during the call. A call that fails ends the
 * scan, which adds the file and the byte offset to the error. NULL: entries of this kind are only
 * checked for syntax. */
struct vww_coco_visitor {
    vww_status (*image)(void *context, const struct vww_coco_image *image, struct vww_error *error);
    vww_status (*annotation)(void *context, const struct vww_coco_annotation *annotation,
                             struct vww_error *error);
    vww_status (*category)(void *context, const struct vww_coco_category *category,
                           struct vww_error *error);
    /* Licences come before or after the images. The list need not exist. */
    vww_status (*license)(void *context, const struct vww_coco_license *license,
                          struct vww_error *error);
    enum vww_coco_pass pass;
    void *context;
};

/* Read the whole file once, entries in the file's order. Unknown members are skipped; null counts
 * as absent; whole numbers may be written as floats. A list that the visitor wants must exist.
 * stage: what progress shows. Errors: not found, io, format (with byte offset: not JSON, cut short,
 * a member that is missing or of another type), and those of the visitor. */
vww_status vww_coco_scan(const char *path, const struct vww_coco_visitor *visitor,
                         const char *stage, const struct vww_progress *progress,
                         struct vww_error *error);

/* The same from memory; name stands for the file in messages. */
vww_status vww_coco_scan_memory(const void *data, size_t bytes, const char *name,
                                const struct vww_coco_visitor *visitor, struct vww_error *error);

/* --- dividing files by a list of image ids */

#define VWW_MAXITRAIN_NAME "instances_maxitrain.json"
#define VWW_MINIVAL_NAME "instances_minival.json"

struct vww_coco_split {
    int64_t maxitrain, minival; /* images */
    int64_t ids_absent;         /* listed ids that no file has */
    bool ids_are_published;     /* the list is mscoco_minival_ids.txt, by its SHA-256 */
    char ids_sha256[65];
};

/* What pyvww's create_coco_train_minival_split.py makes of COCO files: two COCO files in
 * output_dir, instances_minival.json with the images that the file `ids` lists, one decimal id a
 * line, and instances_maxitrain.json with all others; their annotations go with them, in the order
 * of the files, and info, licences and categories are those of the first file. Entries are kept as
 * they are. Both files appear at the end. Errors: those of vww_coco_scan; io. */
vww_status vww_coco_split(const char *const *annotations, size_t count, const char *ids,
                          const char *output_dir, const struct vww_progress *progress,
                          struct vww_coco_split *result, struct vww_error *error);

#endif
