/* Score a predictor against labelled images. Float, int8 and device execution are each a predictor,
 * so one piece of code scores them all. */
#ifndef VWW_EVALUATE_H
#define VWW_EVALUATE_H

#include "vww/loader.h"
#include "vww/progress.h"
#include "vww/status.h"

#define VWW_CLASSES_MAX 64 /* of an evaluation */

/* images: count x resolution x resolution x 3 bytes, RGB -> probabilities: count x classes. */
struct vww_predictor {
    vww_status (*predict)(void *context, const uint8_t *images, int32_t count, float *probabilities,
                          struct vww_error *error);
    void (*destroy)(void *context);
    void *context;
    int32_t resolution, classes;
    int32_t batch;    /* images that predict likes to get at once */
    const char *kind; /* "float", "int8", "device": how the network was executed */
};

/* Release what the predictor owns; harmless on a zeroed one. */
void vww_predictor_fini(struct vww_predictor *predictor);

struct vww_evaluation {
    char kind[32];
    int32_t classes;
    char class_names[VWW_CLASSES_MAX][64];
    int64_t images, correct;
    double accuracy; /* 0 … 1 */
    double loss;     /* mean cross-entropy, natural logarithm, probabilities cut below at 1e-7 */
    int64_t confusion[VWW_CLASSES_MAX][VWW_CLASSES_MAX]; /* [true][predicted] */
    /* Image i in the loader's storage order. */
    int32_t *labels;
    int32_t *predictions;
    float *probabilities; /* images x classes */
};

void vww_evaluation_fini(struct vww_evaluation *evaluation);

/* Every example of the loader, in storage order. */
vww_status vww_evaluate(struct vww_loader *loader, const struct vww_predictor *predictor,
                        const struct vww_progress *progress, struct vww_evaluation *evaluation,
                        struct vww_error *error);

#endif
