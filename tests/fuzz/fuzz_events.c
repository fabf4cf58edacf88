/* TensorBoard event files: what a run that goes on keeps of one is a part of it, and all of what it
 * kept before. */
#include "train/events.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t all = vww_events_until(data, size, INT64_MAX);
    const size_t some = vww_events_until(data, size, 8);
    if (some > all || all > size || vww_events_until(data, some, 8) != some)
        abort();
    return 0;
}
