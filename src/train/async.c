#include "train/async.h"
#include "base/memory.h"
#include "base/store.h"

#include <string.h>
#include <time.h>

#define NO_MORE ((int64_t)1 << 40) /* added to the counter, it ends everybody's epoch */

/* Parameters first … last-1, each with its optimizer memory after it, lie in one rank's part;
 * behind them in the first rank's, batch norm's statistics. */
struct part {
    int32_t first, last;
    int64_t floats;
};

struct vww_async {
    struct vww_run *run;
    struct vww_store *store;
    struct part *parts;
    float *copy;    /* of the largest part */
    double images;  /* that this rank learnt from in this epoch */
    double started; /* this call's part of the epoch, for all ranks */
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* --- where things lie ----------------------------------------------------------------------------
 */

static int64_t floats_of(const struct vww_trainable *p)
{
    return p->count * (1 + p->slot_count);
}

/* Cut the parameters into runs of about the same size. */
static vww_status plan(struct vww_async *async, struct vww_error *error)
{
    struct vww_trainer *trainer = async->run->trainer;
    const int32_t ranks = vww_ranks_count(async->run->ranks);
    const int32_t parameters = vww_trainer_parameters(trainer);
    int64_t all = 0, before = 0, largest = 1;
    async->parts = vww_allocate((size_t)ranks, sizeof *async->parts);
    if (async->parts == NULL)
        return vww_fail_memory(error, (size_t)ranks * sizeof *async->parts);
    for (int32_t i = 0; i < parameters; i++)
        all += vww_trainer_parameter(trainer, i).count;
    int32_t next = 0;
    for (int32_t r = 0; r < ranks; r++) {
        struct part *part = &async->parts[r];
        for (part->first = next; next < parameters && before * ranks < all * (r + 1); next++) {
            const struct vww_trainable p = vww_trainer_parameter(trainer, next);
            before += p.count;
            part->floats += floats_of(&p);
        }
        part->last = next;
    }
    for (int32_t i = 0; i < vww_trainer_statistics(trainer); i++)
        async->parts[0].floats += vww_trainer_statistic(trainer, i).count;
    for (int32_t r = 0; r < ranks; r++)
        largest = async->parts[r].floats > largest ? async->parts[r].floats : largest;
    async->copy = vww_allocate((size_t)largest, sizeof *async->copy);
    return async->copy != NULL ? VWW_OK : vww_fail_memory(error, (size_t)largest * sizeof(float));
}

/* Between the copy of a part and the trainer's own memory. */
static void move(struct vww_async *async, int32_t owner, bool into_copy)
{
    struct vww_trainer *trainer = async->run->trainer;
    const struct part *part = &async->parts[owner];
    float *at = async->copy;
    for (int32_t i = part->first; i < part->last; i++) {
        const struct vww_trainable p = vww_trainer_parameter(trainer, i);
        for (int s = -1; s < p.slot_count; s++, at += p.count) {
            float *own = s < 0 ? p.values : p.slots[s];
            memcpy(into_copy ? at : own, into_copy ? own : at, (size_t)p.count * sizeof *at);
        }
    }
    for (int32_t i = 0; owner == 0 && i < vww_trainer_statistics(trainer); i++) {
        const struct vww_trainable p = vww_trainer_statistic(trainer, i);
        memcpy(into_copy ? at : p.values, into_copy ? p.values : at, (size_t)p.count * sizeof *at);
        at += p.count;
    }
}

static void pull_part(struct vww_async *async, int32_t owner)
{
    vww_store_get(async->store, owner, async->copy, async->parts[owner].floats);
    move(async, owner, false);
}

/* The common state as it is, part by part. */
static void pull(struct vww_async *async)
{
    for (int32_t r = 0; r < vww_ranks_count(async->run->ranks); r++) {
        vww_store_open(async->store, r, false);
        pull_part(async, r);
        vww_store_close(async->store, r);
    }
}

/* Change the common state by this rank's gradient, beginning with another part than the other
 * ranks. */
static void push(struct vww_async *async, int64_t step)
{
    struct vww_run *run = async->run;
    const int32_t ranks = vww_ranks_count(run->ranks);
    for (int32_t k = 0; k < ranks; k++) {
        const int32_t r = (vww_ranks_rank(run->ranks) + k) % ranks;
        vww_store_open(async->store, r, true);
        pull_part(async, r);
        for (int32_t i = async->parts[r].first; i < async->parts[r].last; i++)
            vww_trainer_apply(run->trainer, i, step);
        if (r == 0)
            vww_trainer_apply_statistics(run->trainer);
        move(async, r, true);
        vww_store_put(async->store, r, async->copy, async->parts[r].floats);
        vww_store_close(async->store, r);
    }
}

vww_status vww_async_create(struct vww_run *run, struct vww_async **async, struct vww_error *error)
{
    struct vww_async *made = vww_allocate(1, sizeof *made);
    vww_status status = made != NULL ? VWW_OK : vww_fail_memory(error, sizeof *made);
    *async = made;
    if (status == VWW_OK) {
        made->run = run;
        status = plan(made, error);
    }
    status = vww_ranks_agree(run->ranks, status, error);
    const int32_t rank = vww_ranks_rank(run->ranks);
    if (status == VWW_OK)
        status = vww_store_create(run->ranks, made->parts[rank].floats, &made->store, error);
    if (status != VWW_OK)
        return status;
    vww_store_open(made->store, rank, true);
    move(made, rank, true);
    vww_store_put(made->store, rank, made->copy, made->parts[rank].floats);
    vww_store_close(made->store, rank);
    return vww_ranks_agree(run->ranks, VWW_OK, error);
}

void vww_async_destroy(struct vww_async *async)
{
    if (async == NULL)
        return;
    vww_store_destroy(async->store);
    vww_free(async->parts);
    vww_free(async->copy);
    vww_free(async);
}

/* --- an epoch ------------------------------------------------------------------------------------
 */

/* Batch `at` of the epoch. */
static vww_status work(struct vww_async *async, int64_t at, struct vww_error *error)
{
    struct vww_run *run = async->run;
    struct vww_position *position = vww_trainer_position(run->trainer);
    struct vww_batch batch;
    vww_status status = vww_run_batch(run, position->epoch, at, &batch, error);
    if (status != VWW_OK)
        return status;
    pull(async);
    position->step_in_epoch = at;
    position->step = position->epoch * run->steps + at;
    status = vww_trainer_gradients(run->trainer, &batch, run->steps, error);
    if (status != VWW_OK)
        return status;
    push(async, position->step + 1);
    position->step_in_epoch++;
    position->step++;
    async->images += batch.count;
    return VWW_OK;
}

/* The first rank: a checkpoint of the common state, after as many steps as were begun. */
static vww_status save_between(struct vww_async *async, int64_t begun, struct vww_error *error)
{
    struct vww_run *run = async->run;
    struct vww_position *position = vww_trainer_position(run->trainer);
    const double wanted = run->means->save_seconds;
    if (!vww_run_leads(run) || now() - run->saved_at <= (wanted > 0 ? wanted : VWW_SAVE_SECONDS))
        return VWW_OK;
    pull(async);
    position->step_in_epoch = begun < run->steps ? begun : run->steps;
    position->step = position->epoch * run->steps + position->step_in_epoch;
    return vww_run_save(run, error);
}

/* All ranks have done what they took: count it, and take over the common state. */
static vww_status gather(struct vww_async *async, int64_t start, int64_t mine, vww_status status,
                         struct vww_error *error)
{
    struct vww_run *run = async->run;
    struct vww_position *position = vww_trainer_position(run->trainer);
    status = vww_ranks_agree(run->ranks, status, error);
    if (vww_ranks_lost(run->ranks, NULL) != VWW_OK)
        return status;
    double sums[] = {position->loss_sum, (double)position->correct, (double)position->images,
                     (double)mine, async->images};
    vww_ranks_sum(run->ranks, sums, 5);
    position->loss_sum = sums[0];
    position->correct = (int64_t)sums[1];
    position->images = (int64_t)sums[2];
    position->step_in_epoch = start + (int64_t)sums[3];
    position->step = position->epoch * run->steps + position->step_in_epoch;
    pull(async);
    run->is_torn = false;
    /* From when all began to when the last one ended, waiting included. */
    const double taken = now() - async->started;
    run->line_seconds += taken;
    run->line_images += sums[4];
    run->seconds += taken;
    run->images_done += sums[4];
    return vww_ranks_agree(run->ranks, status, error);
}

vww_status vww_async_epoch(struct vww_async *async, struct vww_error *error)
{
    struct vww_run *run = async->run;
    struct vww_position *position = vww_trainer_position(run->trainer);
    const int64_t start = position->step_in_epoch;
    int64_t mine = 0, at = 0;
    vww_status status = VWW_OK;
    if (vww_run_leads(run)) {
        vww_store_count(async->store, start - vww_store_count(async->store, 0));
    } else { /* the sums so far are the first rank's */
        position->loss_sum = 0;
        position->correct = position->images = 0;
    }
    status = vww_ranks_agree(run->ranks, status, error);
    async->images = 0;
    async->started = now();
    run->is_torn = true;
    while (status == VWW_OK) {
        if (vww_progress_stop(run->progress)) {
            status = vww_fail(error, VWW_ERROR_STOPPED, "stopped");
            break;
        }
        at = vww_store_count(async->store, 1);
        if (at >= run->steps)
            break;
        status = work(async, at, error);
        mine += status == VWW_OK;
        /* The leader's steps speak for all: the weights are common. */
        if (status == VWW_OK && vww_run_leads(run))
            status = vww_run_judge(run, error);
        if (status == VWW_OK)
            status = save_between(async, at + 1, error);
        if (vww_run_leads(run))
            vww_progress_report(run->progress, "training asynchronously",
                                position->epoch * run->steps + at + 1,
                                run->steps * run->record.recipe.epochs, "steps", NULL);
    }
    if (status != VWW_OK)
        vww_store_count(async->store, NO_MORE);
    return gather(async, start, mine, status, error);
}
