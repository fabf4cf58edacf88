/* The machines. Memories and counters: Arm application notes AN385, AN386, AN500 and AN547, and
 * QEMU's models of these boards; code lies in the memory at address 0, variables at 0x20000000. */
#include "machine/machine.h"
#include "vww/text.h"

#include <string.h>

#define KIB 1024u

static const struct vww_machine machines[] = {
    {.name = "host", .target = "portable", .cpu = ""},
    {.name = "mps2-an385",
     .is_emulated = true,
     .target = "cortex-m3",
     .cpu = "cortex-m3",
     .float_abi = "soft",
     .flash_bytes = 4096 * KIB,
     .ram_origin = 0x20000000u,
     .ram_bytes = 4096 * KIB,
     .counter_address = 0x40028018u,
     .counter_hz = 25000000,
     .uart_address = 0x40004000u},
    {.name = "mps2-an386",
     .is_emulated = true,
     .target = "cortex-m4",
     .cpu = "cortex-m4",
     .float_abi = "soft",
     .flash_bytes = 4096 * KIB,
     .ram_origin = 0x20000000u,
     .ram_bytes = 4096 * KIB,
     .counter_address = 0x40028018u,
     .counter_hz = 25000000,
     .uart_address = 0x40004000u},
    {.name = "mps2-an500",
     .is_emulated = true,
     .target = "cortex-m7",
     .cpu = "cortex-m7",
     .float_abi = "soft",
     .flash_bytes = 4096 * KIB,
     .ram_origin = 0x20000000u,
     .ram_bytes = 4096 * KIB,
     .counter_address = 0x40028018u,
     .counter_hz = 25000000,
     .uart_address = 0x40004000u},
    {.name = "mps3-an547",
     .is_emulated = true,
     .target = "cortex-m55",
     .cpu = "cortex-m55",
     .float_abi = "hard",
     .flash_bytes = 512 * KIB,
     .ram_origin = 0x20000000u,
     .ram_bytes = 512 * KIB,
     .counter_address = 0x49302018u,
     .counter_hz = 20000000,
     .uart_address = 0x49303000u},
};
#define MACHINE_COUNT (sizeof machines / sizeof machines[0])

const char *const *vww_machine_names(size_t *count)
{
    static const char *names[MACHINE_COUNT];
    for (size_t i = 0; i < MACHINE_COUNT; i++)
        names[i] = machines[i].name;
    *count = MACHINE_COUNT;
    return names;
}

const char *vww_instruction_class_name(enum vww_instruction_class kind)
{
    static const char *const class_names[VWW_CLASS_COUNT] = {
#define X(id, name) name,
        VWW_CLASS_TABLE(X)
#undef X
    };
    return class_names[kind];
}

vww_status vww_machine_find(const char *name, const struct vww_machine **machine,
                            struct vww_error *error)
{
    for (size_t i = 0; i < MACHINE_COUNT; i++)
        if (strcmp(machines[i].name, name) == 0) {
            *machine = &machines[i];
            return VWW_OK;
        }
    size_t count;
    const char *const *names = vww_machine_names(&count);
    char hint[200];
    vww_text_suggest(hint, sizeof hint, name, names, count);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no machine has this name");
    vww_error_seen(error, "%s", name);
    vww_error_remedy(error, "%s", hint);
    return VWW_ERROR_NOT_FOUND;
}

const char *vww_machine_target(const char *machine)
{
    const struct vww_machine *found;
    return vww_machine_find(machine, &found, NULL) == VWW_OK ? found->target : NULL;
}
