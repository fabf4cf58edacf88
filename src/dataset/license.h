/* Under which licence each photograph may be used, and where it came from: COCO's list "licenses"
 * and the members "license", "flickr_url" and "coco_url" of its images. */
#ifndef VWW_DATASET_LICENSE_H
#define VWW_DATASET_LICENSE_H

#include "base/memory.h"
#include "vww/progress.h"
#include "vww/status.h"

#include <stdbool.h>

struct vww_license {
    int64_t id; /* in the first file that has it */
    char *name, *url;
    bool refused; /* by vww_license_table_choose */
};

struct vww_image_license {
    int64_t image_id;
    int32_t license; /* index in licenses; -1: none, or one that the file does not list */
    size_t source;   /* where the photograph came from: offset in texts */
};

struct vww_license_table {
    struct vww_license *licenses;
    size_t license_count, license_capacity;
    struct vww_image_license *images; /* ascending id */
    size_t image_count, image_capacity;
    char *texts;
    size_t text_bytes, text_capacity;
    bool chosen;
};

/* Add what a COCO file says. Licences of the same name and URL are one. */
vww_status vww_license_table_add(struct vww_license_table *table, const char *path,
                                 const struct vww_progress *progress, struct vww_error *error);
/* Once all files are added; before the functions below. */
void vww_license_table_sort(struct vww_license_table *table);
void vww_license_table_fini(struct vww_license_table *table);

/* Only images of these licences, each given as its id, name or URL, are wanted. Unknown:
 * VWW_ERROR_NOT_FOUND with suggestions. */
vww_status vww_license_table_choose(struct vww_license_table *table, const char *const *wanted,
                                    size_t count, struct vww_error *error);
/* Images without a licence are refused once licences were chosen. */
bool vww_license_allowed(const struct vww_license_table *table, int64_t image_id);

/* NULL: nothing is known. */
const struct vww_image_license *vww_license_find(const struct vww_license_table *table,
                                                 int64_t image_id);

#define VWW_ATTRIBUTION_NAME "attribution.csv"
void vww_attribution_begin(struct vww_buffer *out);
/* A row of the attribution file: nothing for an image of which nothing is known. */
void vww_attribution_row(const struct vww_license_table *table, int64_t image_id, const char *split,
                         const char *file_name, struct vww_buffer *out);

/* Count the images of each licence in the text of an attribution file. */
struct vww_license_stats;
vww_status vww_attribution_count(const char *text, const char *name,
                                 struct vww_license_stats **licenses, size_t *count,
                                 struct vww_error *error);

#endif
