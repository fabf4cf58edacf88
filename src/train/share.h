/* Which part of a batch this rank computes. A batch is cut into chunks of images, whatever the
 * number of ranks and threads; each rank takes an equal run of chunks, and sums over chunks follow
 * the tree of base/tree.h. So a rank's part of each sum is a branch of the tree, and any number of
 * ranks that is a power of two gives the same bits. */
#ifndef VWW_TRAIN_SHARE_H
#define VWW_TRAIN_SHARE_H

#include "base/ranks.h"

/* A process holds this many at most. */
#define VWW_CHUNKS 16

struct vww_share {
    struct vww_ranks *ranks; /* NULL: this process is alone */
    int32_t chunks;          /* of the whole batch: a multiple of the number of ranks, at most
                              * VWW_CHUNKS for each */
    bool local_norm;         /* batch norm by the images of this rank alone */
};

/* Chunks of each rank. */
static inline int32_t vww_share_chunks(const struct vww_share *share)
{
    return share->chunks / vww_ranks_count(share->ranks);
}

/* Where chunk `chunk` of this rank begins (for its number of chunks: ends) in a batch of `images`.
 */
static inline int64_t vww_share_image(const struct vww_share *share, int64_t images, int64_t chunk)
{
    const int64_t first = (int64_t)vww_ranks_rank(share->ranks) * vww_share_chunks(share);
    return images * (first + chunk) / share->chunks;
}

/* Images of this rank in a batch of `images`. */
static inline int64_t vww_share_images(const struct vww_share *share, int64_t images)
{
    return vww_share_image(share, images, vww_share_chunks(share)) -
           vww_share_image(share, images, 0);
}

#endif
