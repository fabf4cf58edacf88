/* The serial line of an ordinary computer's process: its standard input and output. */
#include "serial.h"

#include <stdio.h>
#include <time.h>

static struct timespec start;

void serial_begin(void)
{
    timespec_get(&start, TIME_UTC);
}

int32_t serial_get(void)
{
    fflush(stdout);
    return (int32_t)getchar(); /* EOF is -1 */
}

void serial_put(char c)
{
    putchar(c);
}

uint32_t serial_microseconds(void)
{
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (uint32_t)((now.tv_sec - start.tv_sec) * 1000000 + (now.tv_nsec - start.tv_nsec) / 1000);
}
