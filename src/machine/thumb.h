/* What a Thumb instruction is: its class, and what it costs on a Cortex-M4.
 *
 * Encodings: Armv7-M and Armv8.1-M Architecture Reference Manuals. Timings: Cortex-M4 Technical
 * Reference Manual, "Instruction set summary" and "Load/store timings". docs/device.md states the
 * model. Used by the counting plugin, which runs inside QEMU, and by the tests. */
#ifndef VWW_MACHINE_THUMB_H
#define VWW_MACHINE_THUMB_H

#include <stdbool.h>
#include <stdint.h>

#include "vww/machine.h"

struct vww_thumb {
    enum vww_instruction_class kind;
    uint8_t bytes;     /* 2 or 4 */
    uint8_t transfers; /* registers that a load or store moves */
    bool is_branch;    /* ends straight-line execution where it is taken */
    bool is_division;
    bool has_register_offset; /* a load or store with an address of two registers */
    bool writes_late;         /* what it writes is loaded from memory */
    uint16_t writes;          /* general registers written, one bit each */
    uint16_t addresses;       /* general registers that make its address, one bit each */
};

/* first, second: the instruction's halfwords; second is not looked at where it has only one. */
struct vww_thumb vww_thumb_decode(uint16_t first, uint16_t second);
/* Whether an instruction that begins with this halfword has a second one. */
bool vww_thumb_is_wide(uint16_t first);

/* Cycles of `now` on a Cortex-M4 with memory that never waits. before: the instruction executed
 * just before it, NULL where unknown. A taken branch costs VWW_THUMB_REFILL more. */
int vww_thumb_cycles(const struct vww_thumb *before, const struct vww_thumb *now);
/* The manual says 1 to 3. */
#define VWW_THUMB_REFILL 2

#endif
