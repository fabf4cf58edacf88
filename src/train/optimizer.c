#include "train/optimizer.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    int slots;
} table[VWW_OPTIMIZER_COUNT] = {
#define X(NAME, text, count) [VWW_OPTIMIZER_##NAME] = {text, count},
    VWW_OPTIMIZER_TABLE(X)
#undef X
};

enum vww_optimizer vww_optimizer_find(const char *name)
{
    int i = 0;
    while (i < VWW_OPTIMIZER_COUNT && strcmp(table[i].name, name) != 0)
        i++;
    return (enum vww_optimizer)i;
}

int vww_optimizer_slots(enum vww_optimizer optimizer)
{
    return table[optimizer].slots;
}

float vww_optimizer_first(enum vww_optimizer optimizer, int slot)
{
    return optimizer == VWW_OPTIMIZER_RMSPROP && slot == 0 ? 1 : 0;
}

static void rmsprop(const struct vww_update *update, const float *gradient, int64_t count,
                    float *restrict values, float *restrict square, float *restrict moment)
{
    const float rate = (float)update->learning_rate, epsilon = (float)update->epsilon;
    const float momentum = (float)update->momentum, shrink = (float)update->weight_decay;
    const float keep = (float)update->gradient_decay, take = (float)(1 - update->gradient_decay);
    for (int64_t i = 0; i < count; i++) {
        const float g = gradient[i] + shrink * values[i];
        square[i] = keep * square[i] + take * g * g;
        moment[i] = momentum * moment[i] + rate * g / sqrtf(square[i] + epsilon);
        values[i] -= moment[i];
    }
}

static void sgd(const struct vww_update *update, const float *gradient, int64_t count,
                float *restrict values, float *restrict moment)
{
    const float rate = (float)update->learning_rate, momentum = (float)update->momentum;
    const float shrink = (float)update->weight_decay;
    for (int64_t i = 0; i < count; i++) {
        moment[i] = momentum * moment[i] + gradient[i] + shrink * values[i];
        values[i] -= rate * moment[i];
    }
}

/* Adam and AdamW: the weight decay is part of the gradient, or beside it. */
static void adam(const struct vww_update *update, bool decoupled, const float *gradient,
                 int64_t count, float *restrict values, float *restrict mean,
                 float *restrict square)
{
    const double steps = (double)update->step;
    const float rate = (float)(update->learning_rate / (1 - pow(update->momentum, steps)));
    const float root = (float)(1 / sqrt(1 - pow(update->gradient_decay, steps)));
    const float epsilon = (float)update->epsilon;
    const float keep_mean = (float)update->momentum, take_mean = (float)(1 - update->momentum);
    const float keep = (float)update->gradient_decay, take = (float)(1 - update->gradient_decay);
    const float inside = decoupled ? 0 : (float)update->weight_decay;
    const float beside = decoupled ? (float)(update->learning_rate * update->weight_decay) : 0;
    for (int64_t i = 0; i < count; i++) {
        const float g = gradient[i] + inside * values[i];
        mean[i] = keep_mean * mean[i] + take_mean * g;
        square[i] = keep * square[i] + take * g * g;
        values[i] -= rate * mean[i] / (sqrtf(square[i]) * root + epsilon) + beside * values[i];
    }
}

void vww_optimizer_apply(enum vww_optimizer optimizer, const struct vww_update *update,
                         const float *gradient, int64_t count, float *values,
                         float *const slots[VWW_OPTIMIZER_SLOTS_MAX])
{
    switch (optimizer) {
    case VWW_OPTIMIZER_RMSPROP:
        rmsprop(update, gradient, count, values, slots[0], slots[1]);
        break;
    case VWW_OPTIMIZER_SGD:
        sgd(update, gradient, count, values, slots[0]);
        break;
    case VWW_OPTIMIZER_ADAM:
        adam(update, false, gradient, count, values, slots[0], slots[1]);
        break;
    case VWW_OPTIMIZER_ADAMW:
        adam(update, true, gradient, count, values, slots[0], slots[1]);
        break;
    case VWW_OPTIMIZER_COUNT:
        break;
    }
}
