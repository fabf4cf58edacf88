/* Graphs with weights, made to fit other images, other classes, or the zoo: where fine-tuning
 * begins. On an error of the first two functions the graph is of no more use. */
#ifndef VWW_ADAPT_H
#define VWW_ADAPT_H

#include "vww/graph.h"
#include "vww/zoo.h"

/* For square images of another size: every shape is computed again; a pool over the whole map stays
 * one. Networks whose weights or slices depend on the image's size: VWW_ERROR_FORMAT or
 * VWW_ERROR_UNSUPPORTED naming the operator. */
vww_status vww_graph_resize(struct vww_graph *graph, int32_t resolution, struct vww_error *error);

/* For other classes: the last convolution or fully connected operator gets so many outputs and new
 * weights, normal with variance 1 / inputs, a function of the seed; its bias becomes 0. */
vww_status vww_graph_renew_classifier(struct vww_graph *graph, int32_t classes, uint64_t seed,
                                      struct vww_error *error);

/* The zoo's graph, batch norms and all, that computes what `model` does, a float graph in any form
 * (folded, as a .tflite file has it, or not). Operators are compared one by one; reshapes and
 * dropout do not count, a 1x1 convolution of one pixel counts as fully connected, and a pool over
 * the whole map as a mean. What was folded into convolutions becomes the batch norms' offset, with
 * identity statistics (mean 0, variance 1); vww_train_settle gives them statistics of images.
 *
 * family: a name of the zoo, with its depth multiplier; NULL: every family at every multiplier of
 * the grid is tried, in the order they are listed. VWW_ERROR_MISMATCH where the topology differs:
 * names the first operator that does (without a family, of the model that fits furthest);
 * VWW_ERROR_UNSUPPORTED where `model` is not float. Release *graph with vww_graph_destroy. */
vww_status vww_zoo_adopt(const struct vww_graph *model, const char *family, double depth_multiplier,
                         struct vww_graph **graph, struct vww_error *error);

#endif
