/* What reading (label.c) needs of a set of labels beside its public face. */
#ifndef VWW_DATASET_LABEL_SET_H
#define VWW_DATASET_LABEL_SET_H

#include "vww/label.h"

/* Once all images are there: vww_label_set_find works from then on. Two images with the same id are
 * an error, which names them and the file of sources that the second is in. */
vww_status vww_label_set_index(struct vww_label_set *set, const struct vww_source *sources,
                               struct vww_error *error);

/* One image more with this label. */
void vww_label_set_count(struct vww_label_set *set, int32_t label);

#endif
