/* The device's side of MLPerf Tiny's serial protocol, one character at a time. No heap, no C
 * library, no state outside struct harness.
 *
 * Commands end with '%'; line ends between them are ignored. Each is answered by lines that begin
 * with "m-" (messages) or "e-[" (errors), and then by "m-ready".
 *
 *   name                m-name-dut-[vww]
 *   profile             m-profile-[…], m-model-[…]
 *   timestamp           m-lap-us-N
 *   db load N           m-[Expecting N bytes]: an image will come; N must be the model's size
 *   db HEX              two digits a byte; after the last byte m-load-done
 *   db print [N [FROM]] m-buffer-xx-xx-… in lines of 8
 *   infer N [W]         W runs unmeasured (10 where not given), then N measured between two
 *                       timestamps, then the results
 *   results             m-results-[0.996094,0.003906]
 *   help                the list
 *
 * A command that is refused changes nothing: neither the image nor how much of it has come. */
#ifndef FIRMWARE_HARNESS_H
#define FIRMWARE_HARNESS_H

#include <stdint.h>

#define HARNESS_COMMAND_MOST 80 /* characters; MLPerf Tiny's own limit */

/* What is served, and through what. */
struct harness_device {
    void (*put)(char c);
    uint32_t (*microseconds)(void);
    /* image: image_bytes unsigned bytes, not changed; returns `outputs` integers. */
    const int8_t *(*run)(const uint8_t *image);
    const char *model; /* "vww01" */
    uint8_t *image;    /* room for image_bytes */
    uint32_t image_bytes;
    uint32_t outputs;
    int64_t scale_nano; /* of the output's integers: real = scale * (integer - zero_point) */
    int32_t zero_point;
};

struct harness {
    struct harness_device device;
    char command[HARNESS_COMMAND_MOST + 1];
    uint32_t length;      /* characters of the command so far, those that found no room included */
    uint32_t received;    /* bytes of the image */
    int is_loading;       /* `db load` was accepted, the image is not complete */
    int is_loaded;        /* the image is complete */
    const int8_t *output; /* NULL: nothing was run since the last load */
};

/* Announces itself: m-init-done, m-ready. */
void harness_begin(struct harness *harness, const struct harness_device *device);
/* A character that was received. */
void harness_take(struct harness *harness, char c);

#endif
