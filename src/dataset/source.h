/* What the readers of vww/source.h share. */
#ifndef VWW_DATASET_SOURCE_H
#define VWW_DATASET_SOURCE_H

#include "vww/source.h"

#include <stdio.h>

/* Names in a folder, ascending by bytes. */
struct vww_listing {
    char **names;
    size_t count, capacity;
};

/* The regular files (or the folders) of a folder for which accept(name) is true. Names that begin
 * with a dot are left out. */
vww_status vww_listing_read(const char *folder, bool folders, bool (*accept)(const char *name),
                            struct vww_listing *listing, struct vww_error *error);
/* Append a copy of the name; what vww_listing_read does for each. */
vww_status vww_listing_add(struct vww_listing *listing, const char *name, struct vww_error *error);
void vww_listing_fini(struct vww_listing *listing);

/* Does the name end in .jpg, .jpeg or .png, in any case? */
bool vww_is_image_name(const char *name);
/* The name without its suffix; cut to VWW_COCO_NAME_MAX. */
void vww_name_stem(const char *name, char stem[VWW_COCO_NAME_MAX]);
/* A finite decimal number, and nothing else, in the text. */
bool vww_text_number(const char *text, double *number);

/* Deliver the image folder/name, its size read from its header, under the id of its stem. */
vww_status vww_source_image(const struct vww_coco_visitor *visitor, const char *folder,
                            const char *name, struct vww_error *error);
/* Deliver a category under the id of its key. */
vww_status vww_source_category(const struct vww_coco_visitor *visitor, const char *key,
                               const char *name, struct vww_error *error);
/* Report progress; VWW_ERROR_STOPPED when asked to stop. */
vww_status vww_source_step(const struct vww_progress *progress, const char *stage, size_t done,
                           size_t total, struct vww_error *error);

/* SHA-256 of an annotation file; of a folder, over the name and the content of each of its files
 * that end in the format's suffix, or over the names alone where the format has none. */
vww_status vww_source_hash(const struct vww_source_format *format, const char *path, char hex[65],
                           struct vww_error *error);

/* The readers from memory, for tests with hostile text. name stands for the file in messages. */
vww_status vww_voc_scan_memory(const void *data, size_t bytes, const char *name,
                               const struct vww_coco_visitor *visitor, struct vww_error *error);
/* classes: the names of classes.txt. */
vww_status vww_yolo_scan_memory(char *text, const char *name, int64_t image_id,
                                const struct vww_listing *classes,
                                const struct vww_coco_visitor *visitor, struct vww_error *error);
vww_status vww_openimages_scan_boxes(FILE *stream, const char *name,
                                     const struct vww_coco_visitor *visitor,
                                     struct vww_error *error);

vww_status vww_scan_coco(const struct vww_source *source, const struct vww_coco_visitor *visitor,
                         const char *stage, const struct vww_progress *progress,
                         struct vww_error *error);
vww_status vww_scan_voc(const struct vww_source *source, const struct vww_coco_visitor *visitor,
                        const char *stage, const struct vww_progress *progress,
                        struct vww_error *error);
vww_status vww_scan_yolo(const struct vww_source *source, const struct vww_coco_visitor *visitor,
                         const char *stage, const struct vww_progress *progress,
                         struct vww_error *error);
vww_status vww_scan_openimages(const struct vww_source *source,
                               const struct vww_coco_visitor *visitor, const char *stage,
                               const struct vww_progress *progress, struct vww_error *error);
vww_status vww_scan_folders(const struct vww_source *source, const struct vww_coco_visitor *visitor,
                            const char *stage, const struct vww_progress *progress,
                            struct vww_error *error);

#endif
