/* Optimizers: how a gradient changes a parameter. */
#ifndef VWW_TRAIN_OPTIMIZER_H
#define VWW_TRAIN_OPTIMIZER_H

#include <stdbool.h>
#include <stdint.h>

#define VWW_OPTIMIZER_SLOTS_MAX 2

/* X(NAME, "name", slots) */
#define VWW_OPTIMIZER_TABLE(X)                                                                     \
    X(RMSPROP, "rmsprop", 2) /* mean squared gradient, momentum */                                 \
    X(SGD, "sgd", 1)         /* momentum */                                                        \
    X(ADAM, "adam", 2)       /* mean gradient, mean squared gradient */                            \
    X(ADAMW, "adamw", 2)     /* the same */

enum vww_optimizer {
#define X(NAME, text, slots) VWW_OPTIMIZER_##NAME,
    VWW_OPTIMIZER_TABLE(X)
#undef X
        VWW_OPTIMIZER_COUNT
};

/* The optimizer of that name; VWW_OPTIMIZER_COUNT: none. */
enum vww_optimizer vww_optimizer_find(const char *name);
int vww_optimizer_slots(enum vww_optimizer optimizer);
/* What a slot holds before the first step. */
float vww_optimizer_first(enum vww_optimizer optimizer, int slot);

struct vww_update {
    double learning_rate, momentum, gradient_decay, epsilon;
    double weight_decay; /* 0 for parameters that do not decay */
    int64_t step;        /* 1 for the first */
};

/* Change count values by their gradients; slots: the optimizer's memory, count floats each. With g
 * the gradient, v the value, d the weight decay, t the step:
 *   rmsprop  TensorFlow's: g += d v;  s = decay s + (1 - decay) g^2;
 *            m = momentum m + rate g / sqrt(s + epsilon);  v -= m;  s starts at 1
 *   sgd      g += d v;  m = momentum m + g;  v -= rate m
 *   adam     (Kingma and Ba 2015)  g += d v, and on as adamw with d = 0
 *   adamw    (Loshchilov and Hutter 2019)  m = momentum m + (1 - momentum) g;
 *            s = decay s + (1 - decay) g^2;
 *            v -= rate (m / (1 - momentum^t) / (sqrt(s / (1 - decay^t)) + epsilon) + d v) */
void vww_optimizer_apply(enum vww_optimizer optimizer, const struct vww_update *update,
                         const float *gradient, int64_t count, float *values,
                         float *const slots[VWW_OPTIMIZER_SLOTS_MAX]);

#endif
