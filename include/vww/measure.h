/* What an evaluation tells beyond accuracy: precision and recall, ROC, calibration, and accuracy by
 * slices of the images. Everything is computed from the evaluation's labels, predictions,
 * probabilities and scenes alone, exactly; figures that do not exist (the precision of a class that
 * was never predicted) are NaN. */
#ifndef VWW_MEASURE_H
#define VWW_MEASURE_H

#include "vww/evaluate.h"

/* hits of `of` images; low … high: the 95 % interval of the share (Wilson 1927). of 0: all NaN. */
struct vww_share_measure {
    int64_t hits, of;
    double share, low, high;
};
struct vww_share_measure vww_share_measure(int64_t hits, int64_t of);

struct vww_class_measures {
    int64_t images, predicted, correct; /* of this class; called so; both */
    double precision, recall, f1;
    double auc; /* of this class against all others */
};

/* ROC: predict the class where its probability is at least `threshold`. */
struct vww_roc_point {
    double threshold;
    double false_rate, true_rate; /* shares of the other images, and of the class's, called so */
};

#define VWW_CALIBRATION_BINS 15

/* Images whose predicted class has a probability of low … below high (the last: up to 1). */
struct vww_calibration_bin {
    double low, high;
    double confidence; /* mean probability of the predicted class; NaN without images */
    struct vww_share_measure right;
};

enum vww_slice_group {
    VWW_SLICE_LARGEST,    /* the largest object's share of the image */
    VWW_SLICE_COUNT,      /* how many objects */
    VWW_SLICE_BORDER,     /* whether the image's border cuts the largest object off */
    VWW_SLICE_BRIGHTNESS, /* mean luminance of the pixels that the model was shown */
    VWW_SLICE_GROUPS
};
const char *vww_slice_group_key(enum vww_slice_group group);   /* "largest", "count", … */
const char *vww_slice_group_title(enum vww_slice_group group); /* "share of the image that …" */

struct vww_slice {
    enum vww_slice_group group;
    const char *name;               /* "1 to 3 %" */
    struct vww_share_measure right; /* images of the slice with the right answer */
};
#define VWW_SLICES_MAX 24

struct vww_measures {
    struct vww_share_measure accuracy;
    int32_t class_count;
    struct vww_class_measures classes[VWW_CLASSES_MAX];
    double balanced_accuracy; /* mean recall */
    double macro_precision;   /* mean precision of the classes that have one */
    double macro_f1;          /* the same of F1 */
    double auc;               /* two classes: of class 1; else the mean over the classes */
    /* Two classes: the curve of class 1 from (0, 0) to (1, 1), every corner, thresholds
     * descending, the first one infinite. Otherwise none. */
    struct vww_roc_point *roc;
    size_t roc_count;
    /* Of the curve's corners the one with the most right answers, and how many: chosen on these
     * very images, so a little better than it will be on others. NaN without a curve. */
    double best_threshold;
    struct vww_share_measure best;
    double brier; /* mean over images of the squared distance from the true answer, 0 … 2 (Brier
                   * 1950) */
    double calibration_error; /* expected: |share right - confidence|, mean over images (Guo et al.
                               * 2017), by the bins below */
    struct vww_calibration_bin bins[VWW_CALIBRATION_BINS];
    struct vww_slice slices[VWW_SLICES_MAX]; /* those with images, group by group */
    size_t slice_count;
    int64_t without_boxes; /* images whose boxes are not known: in no slice by objects */
};

/* Release with vww_measures_fini. */
vww_status vww_measure(const struct vww_evaluation *evaluation, struct vww_measures *measures,
                       struct vww_error *error);
void vww_measures_fini(struct vww_measures *measures);

/* The measures as a JSON object (docs/results-files.md), a text to be released with
 * vww_measures_free; NULL without memory. */
char *vww_measures_json(const struct vww_measures *measures,
                        const struct vww_evaluation *evaluation);
void vww_measures_free(char *text);

#endif
