#include "dataset/sampler.h"
#include "base/memory.h"
#include "base/random.h"

#include <string.h>

static vww_status group_by_class(struct vww_sampler *sampler, const int32_t *labels,
                                 struct vww_error *error)
{
    for (uint32_t i = 0; i < sampler->count; i++)
        sampler->first[labels[i] + 1]++;
    for (int32_t c = 0; c < sampler->classes; c++) {
        if (sampler->balance && sampler->first[c + 1] == 0) {
            vww_fail(error, VWW_ERROR_ARGUMENT, "cannot balance: class %d has no examples", c);
            vww_error_remedy(error, "train without the balancing sampler");
            return VWW_ERROR_ARGUMENT;
        }
        sampler->first[c + 1] += sampler->first[c];
    }
    /* order, not yet in use, counts the members placed so far. */
    memset(sampler->order, 0, (size_t)sampler->classes * sizeof *sampler->order);
    for (uint32_t i = 0; i < sampler->count; i++) {
        const int32_t label = labels[i];
        sampler->members[sampler->first[label] + sampler->order[label]++] = i;
    }
    return VWW_OK;
}

vww_status vww_sampler_init(struct vww_sampler *sampler, uint64_t seed, bool balance,
                            const int32_t *labels, uint32_t count, int32_t classes,
                            struct vww_error *error)
{
    *sampler = (struct vww_sampler){
        .seed = seed, .balance = balance, .classes = classes, .count = count, .epoch = -1};
    sampler->length = balance ? count / (uint32_t)classes * (uint32_t)classes : count;
    const size_t places = (size_t)count + (size_t)classes;
    sampler->members = vww_allocate(places, sizeof *sampler->members);
    sampler->first = vww_allocate((size_t)classes + 1, sizeof *sampler->first);
    sampler->order = vww_allocate(places, sizeof *sampler->order);
    sampler->shuffled = vww_allocate(places, sizeof *sampler->shuffled);
    vww_status status = VWW_OK;
    if (sampler->members == NULL || sampler->first == NULL || sampler->order == NULL ||
        sampler->shuffled == NULL)
        status = vww_fail_memory(error, places * sizeof *sampler->members);
    if (status == VWW_OK)
        status = group_by_class(sampler, labels, error);
    if (status != VWW_OK)
        vww_sampler_fini(sampler);
    return status;
}

void vww_sampler_fini(struct vww_sampler *sampler)
{
    vww_free(sampler->members);
    vww_free(sampler->first);
    vww_free(sampler->order);
    vww_free(sampler->shuffled);
    *sampler = (struct vww_sampler){0};
}

/* Entries start … start + count - 1 of a class's endless sequence. */
static void take_turns(struct vww_sampler *sampler, int32_t label, uint64_t start, uint32_t count,
                       uint32_t *to)
{
    const uint32_t size = sampler->first[label + 1] - sampler->first[label];
    while (count > 0) {
        const uint64_t pass = start / size;
        const uint32_t within = (uint32_t)(start % size);
        const uint32_t taken = size - within < count ? size - within : count;
        /* Epoch -1 - label keeps these numbers apart from those that shuffle an epoch. */
        struct vww_random random = vww_random_init(sampler->seed, VWW_RANDOM_SHUFFLE,
                                                   (uint64_t)(-1 - (int64_t)label), pass);
        memcpy(sampler->shuffled, sampler->members + sampler->first[label],
               size * sizeof *sampler->shuffled);
        vww_random_shuffle(&random, sampler->shuffled, size);
        memcpy(to, sampler->shuffled + within, taken * sizeof *to);
        to += taken;
        start += taken;
        count -= taken;
    }
}

const uint32_t *vww_sampler_epoch(struct vww_sampler *sampler, int64_t epoch)
{
    if (sampler->epoch == epoch)
        return sampler->order;
    if (sampler->balance) {
        const uint32_t each = sampler->length / (uint32_t)sampler->classes;
        for (int32_t c = 0; c < sampler->classes; c++)
            take_turns(sampler, c, (uint64_t)epoch * each, each, sampler->order + (size_t)c * each);
    } else {
        for (uint32_t i = 0; i < sampler->count; i++)
            sampler->order[i] = i;
    }
    struct vww_random random =
        vww_random_init(sampler->seed, VWW_RANDOM_SHUFFLE, (uint64_t)epoch, 0);
    vww_random_shuffle(&random, sampler->order, sampler->length);
    sampler->epoch = epoch;
    return sampler->order;
}
