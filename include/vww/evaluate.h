/* Score a predictor against labelled images. Float, int8 and device execution are each a predictor,
 * so one piece of code scores them all. */
#ifndef VWW_EVALUATE_H
#define VWW_EVALUATE_H

#include "vww/loader.h"
#include "vww/progress.h"
#include "vww/status.h"
#include "vww/tfrecord.h"

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

/* Labelled images by number, in an order that never changes. */
struct vww_image_source {
    /* Image i (0 … count-1) as resolution x resolution x 3 bytes, RGB, and its label. */
    vww_status (*get)(void *context, int64_t i, uint8_t *image, int32_t *label,
                      struct vww_error *error);
    /* Name of a label (0 … classes-1), or NULL where it has none. */
    const char *(*class_name)(void *context, int32_t label);
    /* The boxes of the objects that made image i's label. False: they are not known; NULL: never.
     */
    bool (*objects)(void *context, int64_t i, const struct vww_box **boxes, size_t *count);
    void (*destroy)(void *context); /* NULL: the context is borrowed */
    void *context;
    int64_t count;
    int32_t resolution, classes;
};

void vww_image_source_fini(struct vww_image_source *source);

/* A loader's examples in storage order. The loader is borrowed. An image of class 0 has no objects;
 * one of another class without boxes is one whose boxes are not known. */
void vww_image_source_loader(struct vww_image_source *source, struct vww_loader *loader);

/* A folder in the layout of the MLPerf Tiny test sets: y_labels.csv with rows "name.bin, classes,
 * label", and beside it each name.bin holding resolution x resolution x 3 unsigned bytes, RGB, row
 * by row from the upper left. Sizes are checked here, pixels are read when asked for. */
vww_status vww_image_source_mlperf(struct vww_image_source *source, const char *directory,
                                   int32_t resolution, struct vww_error *error);

#define VWW_SPLIT_MLPERF "mlperf" /* `data` is a folder in MLPerf Tiny's layout */

/* What an image shows, for accuracy by slices (vww/measure.h). */
struct vww_scene {
    int32_t objects;  /* that made the label; -1: not known */
    float largest;    /* the largest one's share of the image; 0 without objects */
    bool is_cut_off;  /* the largest one's box touches the border, within 0.5 % of the side */
    float brightness; /* mean luminance (Rec. 601) of the pixels that the model was shown, 0 … 1 */
};

struct vww_evaluation {
    char kind[32];               /* of the predictor */
    char model[512], data[1024]; /* what was scored, and on what; filled by the caller, or empty */
    char split[32];              /* "val", VWW_SPLIT_MLPERF; filled by the caller, or empty */
    char machine[32];            /* that executed it; filled by the caller, or empty: this one */
    int32_t classes;
    char class_names[VWW_CLASSES_MAX][64];
    int64_t images, correct;
    double accuracy; /* 0 … 1 */
    double loss;     /* mean cross-entropy, natural logarithm, probabilities cut below at 1e-7 */
    int64_t confusion[VWW_CLASSES_MAX][VWW_CLASSES_MAX]; /* [true][predicted] */
    /* Image i in the loader's storage order. */
    int32_t *labels;
    int32_t *predictions;     /* the most probable class; the lowest of equals */
    float *probabilities;     /* images x classes */
    struct vww_scene *scenes; /* NULL: a record of before they were kept */
};

void vww_evaluation_fini(struct vww_evaluation *evaluation);

/* Every example of the loader, in storage order. */
vww_status vww_evaluate(struct vww_loader *loader, const struct vww_predictor *predictor,
                        const struct vww_progress *progress, struct vww_evaluation *evaluation,
                        struct vww_error *error);

/* The same for any source. VWW_ERROR_MISMATCH where it and the predictor disagree on resolution or
 * classes; VWW_ERROR_FORMAT where a probability is not within 0 … 1. */
vww_status vww_evaluate_source(const struct vww_image_source *source,
                               const struct vww_predictor *predictor,
                               const struct vww_progress *progress,
                               struct vww_evaluation *evaluation, struct vww_error *error);

/* An evaluation as a JSON file, with label, prediction and probabilities of every image. */
vww_status vww_evaluation_write(const struct vww_evaluation *evaluation, const char *path,
                                struct vww_error *error);
/* The same as RUN/eval-<kind>.json, where `vww report` looks for it. The folder must exist. */
vww_status vww_evaluation_record(const struct vww_evaluation *evaluation, const char *run,
                                 struct vww_error *error);
/* The reader treats the file as hostile and counts everything again: a file whose figures do not
 * follow from its own labels, predictions and probabilities is refused. */
vww_status vww_evaluation_read(const char *path, struct vww_evaluation *evaluation,
                               struct vww_error *error);
/* The same from memory: `bytes` bytes of text; name is for messages. */
vww_status vww_evaluation_parse(const void *text, size_t bytes, const char *name,
                                struct vww_evaluation *evaluation, struct vww_error *error);

#endif
