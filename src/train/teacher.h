/* A trained network whose probabilities are what another one learns (Hinton et al. 2015,
 * "Distilling the knowledge in a neural network"), at temperature 1 and from the very images that
 * the learner sees (Beyer et al. 2022, "Knowledge distillation: a good teacher is patient and
 * consistent"). */
#ifndef VWW_TRAIN_TEACHER_H
#define VWW_TRAIN_TEACHER_H

#include "vww/network.h"
#include "vww/train.h"

struct vww_teacher;

/* Who is taught. */
struct vww_pupil {
    int32_t side; /* of its images, which are resized for a teacher of another resolution */
    int32_t classes;
};

/* path: whatever `read` reads; of a run's folder, its best checkpoint, else its last. sha256: of
 * the file's bytes. VWW_ERROR_UNSUPPORTED: the network is not a float one that ends in softmax and
 * takes square colour images; VWW_ERROR_MISMATCH: it has other classes. */
vww_status vww_teacher_open(const char *path, vww_graph_reader *read, const struct vww_pupil *pupil,
                            struct vww_teacher **teacher, char sha256[65], struct vww_error *error);
void vww_teacher_close(struct vww_teacher *teacher);

/* targets (images x classes) = (1 - weight) * targets + weight * what the teacher says of the
 * images, each of which it judges as if it were alone. */
vww_status vww_teacher_ask(struct vww_teacher *teacher, const uint8_t *images, int64_t count,
                           double weight, double *targets, struct vww_error *error);

#endif
