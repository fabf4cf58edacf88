#include "enlarging.h"
#include "console.h"

#include <inttypes.h>

void note_enlarging(const char *data, int64_t pixels, int32_t wanted)
{
    if (pixels > 0 && pixels < wanted)
        console_note("%s: its images have %" PRId64 " pixels and are enlarged to the network's "
                     "%" PRId32 "; build it with --size %" PRId32 " to see more",
                     data, pixels, wanted, wanted);
}
