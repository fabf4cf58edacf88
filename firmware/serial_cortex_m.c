/* The CMSDK UART of Arm's MPS2 and MPS3 boards, polled. */
#include "platform.h"
#include "serial.h"

#define UART ((volatile uint32_t *)UART_ADDRESS)
enum { DATA, STATE, CONTROL, INTERRUPT, DIVIDER };
#define TRANSMIT_FULL 1u
#define RECEIVE_FULL 2u
#define ENABLE_BOTH 3u
#define DIVIDER_LEAST                                                                              \
    16u /* the fastest; 115,200 is the clock over that, to an emulator all is one */

static uint32_t last_ticks, micros, rest;

/* The counter wraps after minutes; every wait reads it now and then. */
static void follow_time(void)
{
    const uint32_t now = platform_ticks(), passed = now - last_ticks;
    const uint32_t ticks_per_micro = COUNTER_HZ / 1000000u;
    last_ticks = now;
    micros += (passed + rest) / ticks_per_micro;
    rest = (passed + rest) % ticks_per_micro;
}

void serial_begin(void)
{
    UART[DIVIDER] = DIVIDER_LEAST;
    UART[CONTROL] = ENABLE_BOTH;
    last_ticks = platform_ticks();
}

int32_t serial_get(void)
{
    for (uint32_t turn = 0; (UART[STATE] & RECEIVE_FULL) == 0; turn++)
        if (turn % 1024 == 0)
            follow_time();
    return (int32_t)(UART[DATA] & 0xffu);
}

void serial_put(char c)
{
    while ((UART[STATE] & TRANSMIT_FULL) != 0)
        follow_time();
    UART[DATA] = (uint8_t)c;
}

uint32_t serial_microseconds(void)
{
    follow_time();
    return micros;
}
