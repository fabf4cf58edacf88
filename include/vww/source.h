/* Where annotated images come from: a table of formats, each of which is read as a stream into the
 * visitor of vww/coco.h, so that the label room sees one kind of annotation only. */
#ifndef VWW_SOURCE_H
#define VWW_SOURCE_H

#include "vww/coco.h"
#include "vww/progress.h"
#include "vww/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vww_source {
    const char *annotations; /* a file, or a folder of files */
    const char *images;      /* the folder of the image files; NULL where it is not needed */
};

struct vww_source_format {
    const char *name; /* of the command line: "coco" */
    const char *summary;
    bool needs_images; /* image sizes, or the list of images, come from the image files */
    bool may_be_part;  /* annotations of images that are not there are no error */
    /* Deliver what the visitor has functions for, in an order that depends on the content alone:
     * images and categories when it has these, annotations when it has that. Errors: as
     * vww_coco_scan. */
    vww_status (*scan)(const struct vww_source *source, const struct vww_coco_visitor *visitor,
                       const char *stage, const struct vww_progress *progress,
                       struct vww_error *error);
    const char *suffix; /* of the annotation files where annotations may be a folder, or NULL */
};

/* coco, voc, yolo, openimages, folders; coco is the first. */
const struct vww_source_format *vww_source_formats(size_t *count);
/* NULL: VWW_ERROR_NOT_FOUND with suggestions. */
const struct vww_source_format *vww_source_format_find(const char *name, struct vww_error *error);

/* The id of an image, or of a category, that has a name only: the number where the name is one of
 * at most 18 digits, otherwise the first 63 bits of the name's SHA-256. */
int64_t vww_source_id(const char *name);

#endif
