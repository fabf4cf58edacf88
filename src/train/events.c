#include "train/events.h"
#include "base/file.h"
#include "vww/tfrecord.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* --- protocol buffers: a field is its number and wire type, then the value -----------------------
 */

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static void put_varint(struct vww_buffer *out, uint64_t value)
{
    uint8_t bytes[10];
    size_t count = 0;
    do {
        bytes[count] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
        count++;
    } while (value > 0);
    vww_buffer_append(out, bytes, count);
}

static void put_key(struct vww_buffer *out, int field, enum wire wire)
{
    put_varint(out, (uint64_t)field << 3 | wire);
}

static void put_integer(struct vww_buffer *out, int field, int64_t value)
{
    put_key(out, field, WIRE_VARINT);
    put_varint(out, (uint64_t)value);
}

static void put_double(struct vww_buffer *out, int field, double value)
{
    put_key(out, field, WIRE_64);
    vww_buffer_append(out, &value, sizeof value);
}

static void put_bytes(struct vww_buffer *out, int field, const void *data, size_t bytes)
{
    put_key(out, field, WIRE_BYTES);
    put_varint(out, bytes);
    vww_buffer_append(out, data, bytes);
}

/* message Summary { repeated Value value = 1; }  message Value { string tag = 1; … } */
static void put_value(struct vww_event *event, const char *tag, const struct vww_buffer *content)
{
    struct vww_buffer value = {0};
    put_bytes(&value, 1, tag, strlen(tag));
    vww_buffer_append(&value, content->data, content->size);
    put_bytes(&event->summary, 1, value.data, value.size);
    event->summary.failed |= value.failed | content->failed;
    vww_buffer_fini(&value);
}

/* --- values --------------------------------------------------------------------------------------
 */

void vww_event_begin(struct vww_event *event, int64_t step, double wall_time)
{
    *event = (struct vww_event){.step = step, .wall_time = wall_time};
}

void vww_event_scalar(struct vww_event *event, const char *tag, double value)
{
    struct vww_buffer content = {0};
    const float simple = (float)value;
    if (isnan(value))
        return;
    put_key(&content, 2, WIRE_32);
    vww_buffer_append(&content, &simple, sizeof simple);
    put_value(event, tag, &content);
    vww_buffer_fini(&content);
}

struct histogram {
    double low, high, sum, squares;
    int64_t count;
    double limits[VWW_EVENT_BUCKETS], counts[VWW_EVENT_BUCKETS];
};

static void count_values(struct histogram *h, const float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const double value = (double)values[i];
        if (!isfinite(value))
            continue;
        h->low = h->count == 0 ? value : fmin(h->low, value);
        h->high = h->count == 0 ? value : fmax(h->high, value);
        h->sum += value;
        h->squares += value * value;
        h->count++;
    }
    const double width = h->high > h->low ? (h->high - h->low) / VWW_EVENT_BUCKETS : 1;
    for (int b = 0; b < VWW_EVENT_BUCKETS; b++)
        h->limits[b] = h->low + width * (b + 1);
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            continue;
        const int b = (int)(((double)values[i] - h->low) / width);
        h->counts[b < VWW_EVENT_BUCKETS ? b : VWW_EVENT_BUCKETS - 1]++;
    }
}

/* message HistogramProto { double min = 1, max = 2, num = 3, sum = 4, sum_squares = 5;
 *                          repeated double bucket_limit = 6, bucket = 7; }  in Value: histo = 5 */
void vww_event_histogram(struct vww_event *event, const char *tag, const float *values,
                         int64_t count)
{
    struct histogram h = {0};
    struct vww_buffer inner = {0}, content = {0};
    count_values(&h, values, count);
    put_double(&inner, 1, h.low);
    put_double(&inner, 2, h.high);
    put_double(&inner, 3, (double)h.count);
    put_double(&inner, 4, h.sum);
    put_double(&inner, 5, h.squares);
    put_bytes(&inner, 6, h.limits, sizeof h.limits);
    put_bytes(&inner, 7, h.counts, sizeof h.counts);
    put_bytes(&content, 5, inner.data, inner.size);
    content.failed |= inner.failed;
    put_value(event, tag, &content);
    vww_buffer_fini(&inner);
    vww_buffer_fini(&content);
}

/* message Image { int32 height = 1, width = 2, colorspace = 3; bytes encoded_image_string = 4; }
 * in Value: image = 4. Colorspace 3 is RGB. */
vww_status vww_event_image(struct vww_event *event, const char *tag, const struct vww_image *image,
                           struct vww_error *error)
{
    struct vww_buffer encoded = {0}, inner = {0}, content = {0};
    const vww_status status = vww_image_encode_png(image, &encoded, error);
    if (status == VWW_OK) {
        put_integer(&inner, 1, image->height);
        put_integer(&inner, 2, image->width);
        put_integer(&inner, 3, 3);
        put_bytes(&inner, 4, encoded.data, encoded.size);
        put_bytes(&content, 4, inner.data, inner.size);
        content.failed |= inner.failed | encoded.failed;
        put_value(event, tag, &content);
    }
    vww_buffer_fini(&encoded);
    vww_buffer_fini(&inner);
    vww_buffer_fini(&content);
    return status;
}

/* --- the file ------------------------------------------------------------------------------------
 */

/* message Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary =
 * 5; }
 */
static void put_version(struct vww_buffer *out, double wall_time)
{
    static const char version[] = "brain.Event:2";
    struct vww_buffer event = {0};
    put_double(&event, 1, wall_time);
    put_bytes(&event, 3, version, sizeof version - 1);
    vww_tfrecord_append(out, event.data, event.size);
    out->failed |= event.failed;
    vww_buffer_fini(&event);
}

vww_status vww_event_append(struct vww_event *event, const char *path, struct vww_error *error)
{
    struct vww_buffer message = {0}, out = {0};
    put_double(&message, 1, event->wall_time);
    put_integer(&message, 2, event->step);
    put_bytes(&message, 5, event->summary.data, event->summary.size);
    if (vww_file_bytes(path) <= 0)
        put_version(&out, event->wall_time);
    vww_tfrecord_append(&out, message.data, message.size);
    const bool failed = out.failed || message.failed || event->summary.failed;
    const vww_status status = failed ? vww_fail_memory(error, event->summary.size)
                                     : vww_file_append(path, out.data, out.size, error);
    vww_buffer_fini(&message);
    vww_buffer_fini(&out);
    vww_buffer_fini(&event->summary);
    return status;
}

static bool take_varint(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 64 && *at < end; shift += 7) {
        const uint8_t byte = *(*at)++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return true;
    }
    return false;
}

/* The step of an event, 0 where it has none; -1 where it is no event of this file's kind, whose
 * wall time and step come first. */
static int64_t event_step(const uint8_t *data, size_t bytes)
{
    const uint8_t *at = data + 9, *const end = data + bytes;
    uint64_t key, value;
    if (bytes < 9 || data[0] != (1 << 3 | WIRE_64))
        return -1;
    if (at == end || !take_varint(&at, end, &key) || key != (2 << 3 | WIRE_VARINT))
        return 0;
    return take_varint(&at, end, &value) && value <= INT64_MAX ? (int64_t)value : -1;
}

size_t vww_events_until(const void *content, size_t size, int64_t step)
{
    struct vww_tfrecord_reader *reader;
    size_t kept = 0;
    if (vww_tfrecord_open_memory(content, size, "events", &reader, NULL) != VWW_OK)
        return 0;
    for (;;) {
        const uint8_t *data;
        size_t bytes;
        int64_t offset;
        if (vww_tfrecord_next(reader, &data, &bytes, &offset, NULL) != VWW_OK || data == NULL)
            break;
        const int64_t at = event_step(data, bytes);
        if (at < 0 || at > step)
            break;
        kept = (size_t)offset + bytes + 16;
    }
    vww_tfrecord_close(reader);
    return kept;
}

vww_status vww_events_keep(const char *path, int64_t step, struct vww_error *error)
{
    struct vww_buffer content;
    if (!vww_file_exists(path))
        return VWW_OK;
    vww_status status = vww_file_read(path, (size_t)1 << 30, &content, error);
    if (status != VWW_OK)
        return status;
    const size_t kept = vww_events_until(content.data, content.size, step);
    if (kept < content.size)
        status = vww_file_write(path, content.data, kept, error);
    vww_buffer_fini(&content);
    return status;
}
