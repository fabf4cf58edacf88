/* A Cortex-M under QEMU: start-up, files by semihosting, emulated time, stack measured by painting.
 * No C library. */
#include "platform.h"

#include <stddef.h>

int main(void);
void reset_handler(void);

/* --- the linker's symbols (sections.ld) ------------------------------------------------------ */

extern uint32_t stack_top, data_load, data_start, data_end, bss_start, bss_end, stack_limit;
extern uint8_t model_code_start, model_code_end, model_constants_start, model_constants_end;
extern uint8_t model_data_start, model_data_end, model_bss_start, model_bss_end;
extern uint8_t guard_low_start, guard_low_end, guard_high_start, guard_high_end;

/* Distance of two of them; the linker's symbols are no array to the compiler. */
static uint32_t between(const uint8_t *start, const uint8_t *end)
{
    return (uint32_t)((uintptr_t)end - (uintptr_t)start);
}

/* --- semihosting: a breakpoint that the emulator answers ------------------------------------- */

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_EXIT_EXTENDED = 0x20,
};
#define MODE_READ_BINARY 1u
#define MODE_WRITE_BINARY 5u
#define APPLICATION_EXIT 0x20026u

static int32_t semihost(int32_t operation, const void *arguments)
{
    register int32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static int32_t open_file(const char *name, uint32_t mode)
{
    uint32_t length = 0;
    while (name[length] != '\0')
        length++;
    const uintptr_t arguments[3] = {(uintptr_t)name, mode, length};
    return semihost(SYS_OPEN, arguments);
}

int32_t platform_open_to_read(const char *name)
{
    return open_file(name, MODE_READ_BINARY);
}

int32_t platform_open_to_write(const char *name)
{
    return open_file(name, MODE_WRITE_BINARY);
}

int32_t platform_read(int32_t file, void *data, uint32_t bytes)
{
    const uintptr_t arguments[3] = {(uintptr_t)file, (uintptr_t)data, bytes};
    const int32_t missing = semihost(SYS_READ, arguments); /* 0: all were read */
    if (missing < 0 || (uint32_t)missing > bytes)
        return -1;
    return (int32_t)bytes - missing;
}

int32_t platform_write(int32_t file, const void *data, uint32_t bytes)
{
    const uintptr_t arguments[3] = {(uintptr_t)file, (uintptr_t)data, bytes};
    return semihost(SYS_WRITE, arguments) == 0 ? 0 : -1;
}

int32_t platform_close(int32_t file)
{
    const uintptr_t arguments[1] = {(uintptr_t)file};
    return semihost(SYS_CLOSE, arguments);
}

static _Noreturn void leave(int status)
{
    const uintptr_t arguments[2] = {APPLICATION_EXIT, (uintptr_t)status};
    for (;;)
        semihost(SYS_EXIT_EXTENDED, arguments);
}

/* --- start-up -------------------------------------------------------------------------------- */

#define STATUS_OF_FAULT 100
/* Coprocessor Access Control Register (Armv7-M and Armv8-M): 10 and 11 are the FPU and Helium. */
#define CPACR (*(volatile uint32_t *)0xe000ed88u)

static void fault_handler(void)
{
    semihost(SYS_WRITE0, "the processor faulted\n");
    leave(STATUS_OF_FAULT);
}

void reset_handler(void)
{
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    CPACR |= 0xfu << 20;
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
    const uint32_t *from = &data_load;
    for (uint32_t *to = &data_start; to != &data_end; to++)
        *to = *from++;
    for (uint32_t *to = &bss_start; to != &bss_end; to++)
        *to = 0;
    leave(main());
}

/* Stack, reset, then NMI and the faults; no interrupt is enabled. */
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)&stack_top,
    (uintptr_t)reset_handler,
    (uintptr_t)fault_handler,
    (uintptr_t)fault_handler,
    (uintptr_t)fault_handler,
    (uintptr_t)fault_handler,
    (uintptr_t)fault_handler,
    (uintptr_t)fault_handler,
    0,
    0,
    0,
    (uintptr_t)fault_handler,
    (uintptr_t)fault_handler,
    0,
    (uintptr_t)fault_handler,
    (uintptr_t)fault_handler,
};

/* --- measuring ------------------------------------------------------------------------------- */

/* The FPGA's counter registers on the MPS2 and MPS3 boards: COUNTER runs at a fixed clock, CLK100HZ
 * lies 4 bytes before it. */
uint32_t platform_ticks(void)
{
    return *(volatile uint32_t *)COUNTER_ADDRESS;
}

uint32_t platform_ticks_100hz(void)
{
    return *(volatile uint32_t *)(COUNTER_ADDRESS - 4u);
}

#define PAINT 0x5ca1ab1eu
#define PAINTED_WORDS 8192u

/* Below this function's own frame the stack is free: paint it, call, and look how far down the
 * paint is gone. */
__attribute__((noinline)) uint32_t platform_measure(const int8_t *(*run)(void),
                                                    const int8_t **result, uint32_t *ticks,
                                                    uint32_t *ticks_100hz)
{
    uintptr_t top;
    __asm__ volatile("mov %0, sp" : "=r"(top));
    uintptr_t bottom = top - PAINTED_WORDS * sizeof(uint32_t);
    if (bottom < (uintptr_t)&stack_limit)
        bottom = (uintptr_t)&stack_limit;
    for (uintptr_t at = bottom; at < top; at += sizeof(uint32_t))
        *(volatile uint32_t *)at = PAINT;
    const uint32_t start_100hz = platform_ticks_100hz();
    const uint32_t start = platform_ticks();
    *result = run();
    *ticks = platform_ticks() - start;
    *ticks_100hz = platform_ticks_100hz() - start_100hz;
    if (*(volatile uint32_t *)bottom != PAINT)
        return UINT32_MAX;
    while (bottom < top && *(volatile uint32_t *)bottom == PAINT)
        bottom += sizeof(uint32_t);
    return (uint32_t)(top - bottom);
}

struct platform_sizes platform_sizes(void)
{
    return (struct platform_sizes){
        .code = between(&model_code_start, &model_code_end),
        .constants = between(&model_constants_start, &model_constants_end),
        .variables =
            between(&model_data_start, &model_data_end) + between(&model_bss_start, &model_bss_end),
    };
}

#define GUARD_BYTE 0xa5u

void platform_fill_guards(void)
{
    for (volatile uint8_t *at = &guard_low_start; at != &guard_low_end; at++)
        *at = GUARD_BYTE;
    for (volatile uint8_t *at = &guard_high_start; at != &guard_high_end; at++)
        *at = GUARD_BYTE;
}

int platform_guards_are_whole(void)
{
    int whole = 1;
    for (const volatile uint8_t *at = &guard_low_start; at != &guard_low_end; at++)
        whole = whole && *at == GUARD_BYTE;
    for (const volatile uint8_t *at = &guard_high_start; at != &guard_high_end; at++)
        whole = whole && *at == GUARD_BYTE;
    return whole;
}

/* --- what the compiler may call on its own --------------------------------------------------- */

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    volatile uint8_t *out = to;
    const uint8_t *in = from;
    while (bytes-- > 0)
        *out++ = *in++;
    return to;
}

void *memset(void *to, int value, size_t bytes)
{
    volatile uint8_t *out = to;
    while (bytes-- > 0)
        *out++ = (uint8_t)value;
    return to;
}
