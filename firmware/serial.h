/* The serial line, and time, of the place that harness_main.c runs in. */
#ifndef FIRMWARE_SERIAL_H
#define FIRMWARE_SERIAL_H

#include <stdint.h>

void serial_begin(void);
/* Wait for a character, 0 … 255; -1: the line was closed. */
int32_t serial_get(void);
void serial_put(char c);
/* Since serial_begin; wraps. */
uint32_t serial_microseconds(void);

#endif
