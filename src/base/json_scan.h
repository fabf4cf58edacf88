/* JSON as a stream of events, from a text that comes in pieces of any size. For files of hundreds
 * of megabytes: values that nobody wants are checked, but neither copied nor reported, which is
 * several times as fast as a parser that reports everything (`make bench-dataset`).
 *
 * The text is RFC 8259 in UTF-8; anything else is refused. */
#ifndef VWW_BASE_JSON_SCAN_H
#define VWW_BASE_JSON_SCAN_H

#include "base/json_block.h"
#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Each returns false to end the scan. Texts are views that do not end in a NUL: numbers as they are
 * written, strings and keys with their escapes resolved. */
struct vww_json_events {
    bool (*null)(void *context);
    bool (*boolean)(void *context, bool value);
    bool (*number)(void *context, const char *text, size_t length);
    bool (*string)(void *context, const char *text, size_t length);
    bool (*key)(void *context, const char *text, size_t length);
    bool (*object)(void *context);
    bool (*object_end)(void *context);
    bool (*array)(void *context);
    bool (*array_end)(void *context);
};

enum vww_json_verdict {
    VWW_JSON_GOOD,
    VWW_JSON_ENDED, /* by an event */
    VWW_JSON_BAD    /* `problem` says why */
};

#define VWW_JSON_SCAN_DEPTH_MAX 256
#define VWW_JSON_SCAN_TOKEN_MAX ((size_t)16 << 20) /* bytes of one string or number */

struct vww_json_scan {
    const struct vww_json_events *events;
    void *context;
    const char *problem;
    int64_t offset; /* bytes taken so far: in an event, up to the end of what it reports */

    /* the rest is the scanner's own */
    int state, depth;
    int quiet_depth; /* of the value that is not reported; -1: none */
    bool is_object[VWW_JSON_SCAN_DEPTH_MAX];
    const uint8_t *piece; /* being taken */
    int64_t offset_of_piece;
    bool in_key;
    bool pass_over; /* the value that comes */
    struct vww_json_balance balance;
    bool after_backslash, has_escape, has_high, has_control; /* of the string being taken */
    struct vww_buffer token; /* what came before of a token that the piece cut in two */
    struct vww_buffer text;  /* a string with its escapes resolved */
};

void vww_json_scan_begin(struct vww_json_scan *scan, const struct vww_json_events *events,
                         void *context);
void vww_json_scan_fini(struct vww_json_scan *scan);

/* In the event of a key: the value after it is not reported. */
void vww_json_scan_skip(struct vww_json_scan *scan);

/* The same, and of a list or an object only strings and brackets are looked at, to find its end:
 * for what another scan of the same text checks. */
void vww_json_scan_pass_over(struct vww_json_scan *scan);

enum vww_json_verdict vww_json_scan_feed(struct vww_json_scan *scan, const void *data,
                                         size_t bytes);
/* The text is at its end. VWW_JSON_BAD: it was cut short. */
enum vww_json_verdict vww_json_scan_end(struct vww_json_scan *scan);

#endif
