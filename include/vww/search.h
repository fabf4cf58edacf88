/* The configurations of the zoo that fit given limits, best first. */
#ifndef VWW_SEARCH_H
#define VWW_SEARCH_H

#include "vww/cost.h"
#include "vww/zoo.h"

/* What counts as peak memory. */
enum vww_memory_rule {
    VWW_MEMORY_PAPER,     /* section 3.2 */
    VWW_MEMORY_SPLIT,     /* section 5.3 where there are inverted residuals, else 3.2 */
    VWW_MEMORY_LIFETIMES, /* exact lifetimes */
};
int64_t vww_memory_by_rule(const struct vww_cost *cost, enum vww_memory_rule rule);

struct vww_search_limits {
    int64_t sram_bytes;  /* for activations */
    int64_t flash_bytes; /* for the model's int8 weights and int32 biases */
    int64_t macs;
    enum vww_memory_rule rule;
    int32_t classes;
};

/* A measured accuracy of one configuration, 0 … 1. */
struct vww_measured {
    char family[32];
    double depth_multiplier;
    int32_t resolution;
    double accuracy;
};

struct vww_search_hit {
    const struct vww_zoo_family *family;
    double depth_multiplier;
    int32_t resolution;
    struct vww_cost cost;   /* totals; layers is NULL */
    int64_t memory_bytes;   /* by the rule */
    double accuracy;        /* measured, or -1 */
    int32_t rank_in_family; /* 1 = the best of its family in this list */
};

/* Every configuration of the zoo (the grid's multipliers and resolutions, and the fixed networks as
 * published), counted; those within the limits, best first. Best: measured accuracy where there is
 * one; those without follow, by multiply-adds, which stand in for accuracy within one family (a
 * wider or finer network of a family is the better one) but say little between families. Release
 * with vww_search_free. */
vww_status vww_search(const struct vww_search_limits *limits, const struct vww_measured *measured,
                      size_t measured_count, struct vww_search_hit **hits, size_t *count,
                      struct vww_error *error);
void vww_search_free(struct vww_search_hit *hits);

/* A file of measured accuracies: comma-separated, first line
 * model,depth_multiplier,resolution,accuracy. Release with vww_measured_free. */
vww_status vww_measured_read(const char *path, struct vww_measured **measured, size_t *count,
                             struct vww_error *error);
void vww_measured_free(struct vww_measured *measured);

#endif
