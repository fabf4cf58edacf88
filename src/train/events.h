/* TensorBoard's event file of a run: TFRecords of tensorflow.Event messages (event.proto and
 * summary.proto of TensorFlow), with scalars, histograms and images. */
#ifndef VWW_TRAIN_EVENTS_H
#define VWW_TRAIN_EVENTS_H

#include "base/memory.h"
#include "vww/image.h"

/* TensorBoard finds it by the "tfevents" in its name. */
#define VWW_EVENTS_NAME "events.out.tfevents.vww"

/* One event being written: values of one step. wall_time: seconds since 1970. */
struct vww_event {
    struct vww_buffer summary;
    int64_t step;
    double wall_time;
};

void vww_event_begin(struct vww_event *event, int64_t step, double wall_time);
void vww_event_scalar(struct vww_event *event, const char *tag, double value); /* NaN: left out */
/* Of the finite ones among the values, in VWW_EVENT_BUCKETS buckets of equal width. */
#define VWW_EVENT_BUCKETS 32
void vww_event_histogram(struct vww_event *event, const char *tag, const float *values,
                         int64_t count);
vww_status vww_event_image(struct vww_event *event, const char *tag, const struct vww_image *image,
                           struct vww_error *error);
/* Append the event to the file, before which a new file gets its version. Releases it in any case.
 */
vww_status vww_event_append(struct vww_event *event, const char *path, struct vww_error *error);

/* Drop the events after `step`, and one that was cut short. No file is no error; one that is no
 * event file at all is begun anew. */
size_t vww_events_until(const void *content, size_t size, int64_t step); /* bytes that would stay */
vww_status vww_events_keep(const char *path, int64_t step, struct vww_error *error);

#endif
