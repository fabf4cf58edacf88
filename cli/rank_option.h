/* Which of several processes this is: from options, or from what mpirun and srun set. */
#ifndef VWW_CLI_RANK_OPTION_H
#define VWW_CLI_RANK_OPTION_H

#include "option.h"
#include "vww/dataset.h"

struct rank_choice {
    int64_t rank, ranks; /* ranks 0: as the launcher says */
    double patience;
};

#define RANK_CHOICE_DEFAULTS ((struct rank_choice){.patience = VWW_RANK_PATIENCE})

#define RANK_CHOICE_OPTIONS(choice)                                                                \
    {.name = "ranks",                                                                              \
     .kind = OPTION_INTEGER,                                                                       \
     .value = &(choice)->ranks,                                                                    \
     .help = "processes that build together; 0: as mpirun or srun say, else one",                  \
     .low = 0,                                                                                     \
     .high = 100000},                                                                              \
        {.name = "rank",                                                                           \
         .kind = OPTION_INTEGER,                                                                   \
         .value = &(choice)->rank,                                                                 \
         .help = "which of them this is, 0 to ranks - 1; used with --ranks",                       \
         .low = 0,                                                                                 \
         .high = 99999},                                                                           \
    {                                                                                              \
        .name = "rank-timeout", .kind = OPTION_NUMBER, .value = &(choice)->patience,               \
        .help = "seconds without a sign of life after which another rank counts as lost",          \
        .low = 0.1, .high = 86400                                                                  \
    }

/* False, with a message on stderr: there is no such rank (wrong usage). */
bool rank_choice_resolve(const struct rank_choice *choice, struct vww_dataset_ranks *ranks);

#endif
