/* The CMSDK UART of Arm's MPS2 and MPS3 boards. The core sleeps until a character comes: the UART's
 * interrupt wakes it but is never taken, since interrupts are masked. */
#include "platform.h"
#include "serial.h"

#define UART ((volatile uint32_t *)UART_ADDRESS)
enum { DATA, STATE, CONTROL, INTERRUPT, DIVIDER };
#define TRANSMIT_FULL 1u
#define RECEIVE_FULL 2u
#define ENABLE_BOTH 3u
#define INTERRUPT_ON_RECEIVE 8u
#define RECEIVED 2u

/* The interrupt controller: enable, and clear what is pending, 32 lines a register. Only the UART
 * raises one here, on line 0 or 34 by the board. */
#define NVIC_ENABLE ((volatile uint32_t *)0xe000e100u)
#define NVIC_CLEAR ((volatile uint32_t *)0xe000e280u)

#define DIVIDER_LEAST                                                                              \
    16u /* the fastest; 115,200 is the clock over that, to an emulator all is one */

static uint32_t last_ticks, micros, rest;

/* The counter wraps after minutes, and is read whenever the core is awake. */
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
    UART[CONTROL] = ENABLE_BOTH | INTERRUPT_ON_RECEIVE;
    __asm__ volatile("cpsid i" ::: "memory");
    NVIC_ENABLE[0] = NVIC_ENABLE[1] = 0xffffffffu;
    last_ticks = platform_ticks();
}

int32_t serial_get(void)
{
    while ((UART[STATE] & RECEIVE_FULL) == 0) {
        __asm__ volatile("wfi" ::: "memory");
        follow_time();
    }
    UART[INTERRUPT] = RECEIVED;
    NVIC_CLEAR[0] = NVIC_CLEAR[1] = 0xffffffffu;
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
