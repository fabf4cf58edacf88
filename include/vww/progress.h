/* How long work tells its caller where it is, and how the caller stops it. */
#ifndef VWW_PROGRESS_H
#define VWW_PROGRESS_H

#include "vww/status.h"

#include <stdbool.h>
#include <stdint.h>

struct vww_progress {
    /* Called often and cheaply (the receiver limits its own rate) from one thread at a time.
     * stage: what is being done, "labelling"; done of total (total 0: unknown) in `unit`;
     * detail: more to show ("loss 0.61"), or NULL. NULL: nobody watches. */
    void (*report)(void *context, const char *stage, int64_t done, int64_t total, const char *unit,
                   const char *detail);
    /* True once the caller wants the work to stop at the next safe point (VWW_ERROR_STOPPED).
     * NULL: never. */
    bool (*stop)(void *context);
    /* Something that the user should know now, though the work goes on. NULL: nobody wants to. */
    void (*warn)(void *context, const struct vww_error *warning);
    void *context;
};

/* Convenience for the worker's side; progress may be NULL. */
void vww_progress_report(const struct vww_progress *progress, const char *stage, int64_t done,
                         int64_t total, const char *unit, const char *detail);
bool vww_progress_stop(const struct vww_progress *progress);
void vww_progress_warn(const struct vww_progress *progress, const struct vww_error *warning);

#endif
