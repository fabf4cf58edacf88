#include "plan_option.h"

#include <string.h>

struct vww_plan_options plan_options(const struct plan_choice *choice)
{
    return (struct vww_plan_options){
        .strategy = choice->strategy,
        .prefer = strcmp(choice->prefer, "speed") == 0 ? VWW_PREFER_SPEED : VWW_PREFER_MEMORY,
        .sram_bytes = choice->sram,
    };
}
