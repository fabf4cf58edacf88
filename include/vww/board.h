/* Microcontrollers by name: what a network has to fit into. */
#ifndef VWW_BOARD_H
#define VWW_BOARD_H

#include "vww/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes are those of the chip; where flash is on the board beside it (external_flash), that of the
 * usual board. The figures are the generally published ones and were not checked against each
 * maker's data sheet: read the one of your part before you rely on the last kilobyte. */
struct vww_board {
    const char *name;    /* "stm32f746" */
    const char *product; /* "ST STM32F746, Nucleo and Discovery boards" */
    const char *core;    /* "Cortex-M7" */
    int32_t clock_mhz;
    int64_t sram_bytes, flash_bytes;
    bool external_flash;
    /* Where a program sees them, for boards whose SRAM is one range of addresses; sram_origin 0:
     * it is not, or the core is none of Arm's. */
    uint32_t flash_origin, sram_origin;
};

/* The boards, in the order they are listed; *count of them. */
const struct vww_board *vww_boards(size_t *count);
/* One of them. Unknown: VWW_ERROR_NOT_FOUND with suggestions. */
vww_status vww_board_find(const char *name, const struct vww_board **board,
                          struct vww_error *error);

#endif
