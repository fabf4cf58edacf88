#include "rank_option.h"

#include "vww/ranks.h"

#include <stdio.h>

bool rank_choice_resolve(const struct rank_choice *choice, struct vww_dataset_ranks *ranks)
{
    const struct vww_launch launch = vww_launch_read();
    const bool launched = choice->ranks == 0 && launch.count > 0;
    const int64_t count = launched ? launch.count : choice->ranks > 0 ? choice->ranks : 1;
    const int64_t rank = launched ? launch.rank : choice->ranks > 0 ? choice->rank : 0;
    const char *job = launched ? launch.job : NULL;
    if (rank < 0 || rank >= count || count > 100000) {
        fprintf(stderr, "vww: there is no rank %lld of %lld\n", (long long)rank, (long long)count);
        return false;
    }
    *ranks = (struct vww_dataset_ranks){
        .rank = (int32_t)rank, .count = (int32_t)count, .job = job, .patience = choice->patience};
    return true;
}
