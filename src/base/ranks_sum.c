/* Sums over ranks in the background: buckets that fill, are scattered, added up and spread. */
#ifdef VWW_MPI

#include "base/memory.h"
#include "base/ranks_mpi.h"
#include "base/tree.h"

#include <string.h>

#define BUCKET_FLOATS 65536
#define PIECES 64

enum bucket_state { BUCKET_EMPTY, BUCKET_FULL, BUCKET_SCATTERING, BUCKET_SPREADING };

struct vww_bucket {
    struct vww_bucket *next;
    enum bucket_state state;
    MPI_Request request;
    /* Where the values came from, and go back to. */
    struct piece {
        float *values;
        int64_t count;
    } pieces[PIECES];
    int piece_count;
    int64_t used;  /* floats */
    int64_t share; /* floats that each rank adds up */
    int64_t room;  /* share that the memory below is for */
    float *sent;   /* ranks x share: the values; later the sums */
    float *got;    /* ranks x share: this rank's share of everybody's values */
};

void vww_buckets_free(struct vww_ranks *ranks)
{
    struct vww_bucket *next;
    for (struct vww_bucket *bucket = ranks->buckets; bucket != NULL; bucket = next) {
        next = bucket->next;
        vww_free(bucket->sent);
        vww_free(bucket->got);
        vww_free(bucket);
    }
    ranks->buckets = NULL;
}

/* The bucket after `last` in the list (NULL: the first), made where there is none. */
static struct vww_bucket *next_bucket(struct vww_ranks *ranks, struct vww_bucket *last)
{
    struct vww_bucket **at = last != NULL ? &last->next : &ranks->buckets;
    if (*at == NULL)
        *at = vww_allocate(1, sizeof **at);
    if (*at != NULL) {
        (*at)->piece_count = 0;
        (*at)->used = 0;
        (*at)->state = BUCKET_EMPTY;
    }
    return *at;
}

static bool reserve(struct vww_bucket *bucket, int64_t count)
{
    bucket->share = (bucket->used + count - 1) / count;
    if (bucket->share <= bucket->room)
        return true;
    vww_free(bucket->sent);
    vww_free(bucket->got);
    bucket->room = bucket->share;
    bucket->sent = vww_allocate((size_t)(bucket->room * count), sizeof *bucket->sent);
    bucket->got = vww_allocate((size_t)(bucket->room * count), sizeof *bucket->got);
    return bucket->sent != NULL && bucket->got != NULL;
}

static void copy(struct vww_bucket *bucket, bool back)
{
    float *at = bucket->sent;
    for (int i = 0; i < bucket->piece_count; i++) {
        const struct piece *piece = &bucket->pieces[i];
        if (back)
            memcpy(piece->values, at, (size_t)piece->count * sizeof *at);
        else
            memcpy(at, piece->values, (size_t)piece->count * sizeof *at);
        at += piece->count;
    }
}

/* The bucket is full: send it off. */
static void scatter(struct vww_ranks *ranks, struct vww_bucket *bucket)
{
    if (!reserve(bucket, ranks->count)) {
        vww_ranks_no_memory(ranks);
        return;
    }
    copy(bucket, false);
    memset(bucket->sent + bucket->used, 0,
           (size_t)(bucket->share * ranks->count - bucket->used) * sizeof *bucket->sent);
    bucket->state = BUCKET_SCATTERING;
    vww_ranks_good(ranks,
                   MPI_Ialltoall(bucket->sent, (int)bucket->share, MPI_FLOAT, bucket->got,
                                 (int)bucket->share, MPI_FLOAT, ranks->scatter, &bucket->request),
                   "MPI_Ialltoall");
}

/* This rank's share has arrived from all: add it up and send the sum to all. */
static void spread(struct vww_ranks *ranks, struct vww_bucket *bucket)
{
    vww_tree_sum_rows(bucket->got, ranks->count, bucket->share, 0, bucket->share);
    bucket->state = BUCKET_SPREADING;
    vww_ranks_good(ranks,
                   MPI_Iallgather(bucket->got, (int)bucket->share, MPI_FLOAT, bucket->sent,
                                  (int)bucket->share, MPI_FLOAT, ranks->spread, &bucket->request),
                   "MPI_Iallgather");
}

static void advance(struct vww_ranks *ranks, struct vww_bucket *bucket)
{
    if (bucket->state == BUCKET_SCATTERING) {
        spread(ranks, bucket);
    } else {
        copy(bucket, true);
        bucket->state = BUCKET_EMPTY;
    }
}

void vww_ranks_sum_go_on(struct vww_ranks *ranks)
{
    bool in_order = true; /* buckets are spread in the order in which they were scattered */
    if (ranks == NULL)
        return;
    for (struct vww_bucket *b = ranks->buckets; b != NULL && !ranks->lost; b = b->next) {
        if (b->state == BUCKET_FULL)
            return; /* it is the one being filled, the last */
        if (b->state == BUCKET_EMPTY)
            continue;
        int done;
        if (!vww_ranks_good(ranks, MPI_Test(&b->request, &done, MPI_STATUS_IGNORE), "MPI_Test"))
            return;
        if (done && (b->state == BUCKET_SPREADING || in_order))
            advance(ranks, b);
        in_order = in_order && b->state != BUCKET_SCATTERING;
    }
}

void vww_ranks_sum_begin(struct vww_ranks *ranks, float *values, int64_t count)
{
    if (ranks == NULL || ranks->lost)
        return;
    struct vww_bucket *bucket = ranks->filling;
    if (bucket == NULL) {
        bucket = ranks->filling = next_bucket(ranks, NULL);
    } else if (bucket->used >= BUCKET_FLOATS || bucket->piece_count == PIECES) {
        scatter(ranks, bucket);
        bucket = ranks->filling = next_bucket(ranks, bucket);
    }
    if (bucket == NULL) {
        vww_ranks_no_memory(ranks);
        return;
    }
    bucket->state = BUCKET_FULL;
    bucket->pieces[bucket->piece_count++] = (struct piece){values, count};
    bucket->used += count;
    vww_ranks_sum_go_on(ranks);
}

void vww_ranks_sum_end(struct vww_ranks *ranks)
{
    if (ranks == NULL || ranks->filling == NULL || ranks->lost)
        return;
    scatter(ranks, ranks->filling);
    ranks->filling = NULL;
    for (struct vww_bucket *b = ranks->buckets; b != NULL && !ranks->lost; b = b->next)
        while (b->state != BUCKET_EMPTY && vww_ranks_wait(ranks, &b->request)) {
            advance(ranks, b);
            vww_ranks_sum_go_on(ranks);
        }
}

#endif
