/* How the executions of one network compare: float, int8 on the host, int8 on the device. */
#ifndef VWW_REPORT_SCORE_H
#define VWW_REPORT_SCORE_H

#include "report/run.h"

struct vww_score {
    enum vww_execution execution;
    const struct vww_evaluation *evaluation;
    double low, high; /* 95 % interval of the accuracy (Wilson 1927) */
    /* Against float on the same images: the first `compared` ones of both; 0: not comparable. */
    int64_t compared;
    double difference; /* accuracy minus float's, over these images */
};

/* The recorded evaluations in the order float, int8, device. Returns how many. */
size_t vww_report_run_scores(const struct vww_report_run *run,
                             struct vww_score scores[VWW_EXECUTION_COUNT]);

/* How many of the first images both were scored on; 0 where they are not the same, or one is NULL.
 */
int64_t vww_common_images(const struct vww_evaluation *a, const struct vww_evaluation *b);

/* How two executions' predictions of the same images compare. */
struct vww_agreement {
    int64_t images; /* compared: the first ones of both */
    int64_t equal;  /* with the same prediction */
    double largest; /* difference of a probability */
};

/* False where the two were not scored on the same images. */
bool vww_report_run_agreement(const struct vww_report_run *run, enum vww_execution a,
                              enum vww_execution b, struct vww_agreement *agreement);

#endif
