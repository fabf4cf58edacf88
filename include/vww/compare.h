/* Where two label policies differ. */
#ifndef VWW_COMPARE_H
#define VWW_COMPARE_H

#include "vww/label.h"

struct vww_compare_options {
    const struct vww_source_format *format;
    const struct vww_source *sources; /* one set, as in vww_label_set_read_sources */
    size_t source_count;
    struct vww_label_policy policies[2];
    const char *csv;     /* file for "image_id,file_name,first,second" rows, ascending id, of the
                            images that differ; NULL: none; "-": stdout */
    const char *sheet;   /* PNG of those images; NULL: none; needs the sources' image folders */
    int32_t sheet_count; /* at most so many on the sheet, spread evenly over all that differ */
};

enum vww_compare_label { VWW_COMPARE_0, VWW_COMPARE_1, VWW_COMPARE_DROPPED, VWW_COMPARE_LABELS };

struct vww_compare_result {
    int64_t images;
    int64_t counts[VWW_COMPARE_LABELS][VWW_COMPARE_LABELS]; /* by the first's and second's label */
    int64_t differing;
    int32_t drawn; /* images on the sheet; none is written where no image differs */
};

/* Errors: those of vww_label_set_read_sources, and of reading the images that are drawn. */
vww_status vww_label_compare(const struct vww_compare_options *options,
                             const struct vww_progress *progress, struct vww_compare_result *result,
                             struct vww_error *error);

#endif
