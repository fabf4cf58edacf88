/* What the zoo's families are built from. One file per family: zoo_<family>.c. */
#ifndef VWW_MODEL_ZOO_H
#define VWW_MODEL_ZOO_H

#include "model/builder.h"
#include "vww/zoo.h"

struct vww_zoo_conv {
    int32_t channels; /* output channels; ignored by depthwise */
    int32_t kernel, stride;
    int32_t groups; /* 0 means 1; ignored by depthwise */
    bool depthwise;
    bool bias, batch_norm;
    enum vww_activation activation;
};

/* Each function returns the index of its (first) output tensor. */

/* The RGB image, 1 x resolution x resolution x 3. */
int32_t vww_zoo_input(struct vww_builder *builder, int32_t resolution);
/* Convolution, then batch norm and activation where asked for. */
int32_t vww_zoo_conv(struct vww_builder *builder, int32_t x, const char *name,
                     const struct vww_zoo_conv *conv);
/* AVERAGE_POOL_2D or MAX_POOL_2D. */
int32_t vww_zoo_pool(struct vww_builder *builder, int32_t x, const char *name,
                     enum vww_op_kind kind, int32_t kernel, int32_t stride);
/* ADD or CONCAT of two tensors. */
int32_t vww_zoo_join(struct vww_builder *builder, const char *name, enum vww_op_kind kind,
                     int32_t x, int32_t y);
int32_t vww_zoo_shuffle(struct vww_builder *builder, int32_t x, const char *name, int32_t groups);
/* Global average pool, dropout where keep < 1, classifier, softmax; sets the graph's output.
 * dense: FULLY_CONNECTED, with or without bias; else a 1x1 convolution with bias. */
struct vww_zoo_head {
    int32_t classes;
    float keep;
    bool dense, bias;
};
void vww_zoo_head(struct vww_builder *builder, int32_t x, const struct vww_zoo_head *head);

/* The nearest multiple of 8, at least 8, and never less than 0.9 of the value (MobileNet V2's
 * make_divisible). */
int32_t vww_zoo_make_divisible(double channels);
/* The nearest multiple of `unit`, ties up; 0 is an error: the multiplier leaves no channels. */
int32_t vww_zoo_nearest_multiple(struct vww_builder *builder, double channels, int32_t unit);

/* An inverted residual: expand (absent where expand is 1), depthwise, linear project, and the input
 * added where `skip` allows it and stride and widths do. Operators <name>_expand, _dw, _project,
 * _add. */
struct vww_zoo_inverted {
    int32_t expand; /* hidden width = input width * expand */
    int32_t hidden; /* or this width, where not 0; equal to the input's: no expansion */
    int32_t channels, kernel, stride;
    bool skip;
    enum vww_activation activation;
};
int32_t vww_zoo_inverted(struct vww_builder *builder, int32_t x, const char *name,
                         const struct vww_zoo_inverted *block);

#define VWW_ZOO_BUILD(function)                                                                    \
    vww_status function(const struct vww_zoo_options *options, int variant,                        \
                        struct vww_graph *graph, struct vww_error *error)
VWW_ZOO_BUILD(vww_zoo_mobilenet_v1); /* variant: whether convolutions have biases of their own */
VWW_ZOO_BUILD(vww_zoo_mobilenet_v2);
VWW_ZOO_BUILD(vww_zoo_mnasnet);
VWW_ZOO_BUILD(vww_zoo_shufflenet_v1); /* variant: groups */
VWW_ZOO_BUILD(vww_zoo_shufflenet_v2);
VWW_ZOO_BUILD(vww_zoo_mcunet);    /* variant: 0, 1, 2 */
VWW_ZOO_BUILD(vww_zoo_micronets); /* variant: 2, 3, 4 */

/* Of MobileNet V2 and MnasNet. */
enum vww_zoo_variant {
    VWW_ZOO_LAST_KEPT,   /* the last convolution keeps 1280 channels below multiplier 1 */
    VWW_ZOO_LAST_SCALED, /* scaled like the rest */
    VWW_ZOO_VWW,         /* scaled, and a stem of at most 8 channels up to multiplier 0.35 */
    VWW_ZOO_A1,          /* MnasNet A1 without squeeze-and-excite */
};
#define VWW_ZOO_LAST_CONV 1280

/* Channels of the last convolution and of the stem (32 before the multiplier). */
int32_t vww_zoo_last_conv(double depth_multiplier, int variant, bool kept_above_one);
int32_t vww_zoo_stem(double depth_multiplier, int variant);

bool vww_zoo_shufflenet_v1_published(double depth_multiplier);
bool vww_zoo_shufflenet_v2_published(double depth_multiplier);

#endif
