/* What main.c needs of the place it runs in. */
#ifndef FIRMWARE_PLATFORM_H
#define FIRMWARE_PLATFORM_H

#include <stdint.h>

/* A file in the working folder of the emulator (or of the process); negative: it cannot be opened.
 */
int32_t platform_open_to_read(const char *name);
int32_t platform_open_to_write(const char *name);
/* Bytes read, less than asked for only at the end of the file; negative: failed. */
int32_t platform_read(int32_t file, void *data, uint32_t bytes);
/* 0, or negative: failed. */
int32_t platform_write(int32_t file, const void *data, uint32_t bytes);
int32_t platform_close(int32_t file);

/* Two clocks of emulated time: one fast that wraps after minutes, one of 100 Hz that tells how
 * often it wrapped. Both 0 where there are none. */
uint32_t platform_ticks(void);
uint32_t platform_ticks_100hz(void);

/* Call `run`; the most bytes of stack that it used below the caller's, or 0 where that cannot be
 * told, or UINT32_MAX where it used more than can be told. ticks, ticks_100hz: time spent in it. */
uint32_t platform_measure(const int8_t *(*run)(void), const int8_t **result, uint32_t *ticks,
                          uint32_t *ticks_100hz);

/* What the linker knows: bytes of the model's code, constants, and of its variables (arena
 * included); 0 where unknown. */
struct platform_sizes {
    uint32_t code, constants, variables;
};
struct platform_sizes platform_sizes(void);

/* Guard bytes around the model's variables: filled before, and untouched after the runs. */
void platform_fill_guards(void);
int platform_guards_are_whole(void);

#endif
