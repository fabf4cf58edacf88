#include "base/checksum.h"
#include "base/memory.h"
#include "base/thread.h"
#include "train/fake.h"
#include "train/optimizer.h"
#include "train/trainer_parts.h"

#include <math.h>
#include <string.h>

/* --- making --------------------------------------------------------------------------------------
 */

void vww_trainer_destroy(struct vww_trainer *trainer)
{
    if (trainer == NULL)
        return;
    for (int32_t i = 0; i < trainer->parameter_count; i++)
        for (int s = 0; s < VWW_OPTIMIZER_SLOTS_MAX; s++)
            vww_free(trainer->parameters[i].slots[s]);
    vww_free(trainer->parameters);
    vww_network_destroy(trainer->network);
    vww_graph_destroy(trainer->graph);
    vww_graph_destroy(trainer->averaged);
    vww_free(trainer);
}

/* Weight decay is for the weights of convolutions over channels and of classifiers. */
static bool weights_decay(const struct vww_graph *graph, int32_t tensor)
{
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        if (op->input_count > 1 && op->inputs[1] == tensor)
            return op->kind == VWW_OP_CONV_2D || op->kind == VWW_OP_FULLY_CONNECTED;
    }
    return false;
}

static vww_status add_parameters(struct vww_trainer *trainer, struct vww_error *error)
{
    const struct vww_graph *graph = trainer->graph;
    trainer->parameters = vww_allocate((size_t)graph->tensor_count, sizeof *trainer->parameters);
    if (trainer->parameters == NULL)
        return vww_fail_memory(error, (size_t)graph->tensor_count * sizeof *trainer->parameters);
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        const float *gradient = vww_network_gradient(trainer->network, i);
        if (gradient == NULL)
            continue;
        struct vww_parameter *p = &trainer->parameters[trainer->parameter_count++];
        p->tensor = i;
        p->count = vww_shape_elements(&graph->tensors[i].shape);
        p->gradient = gradient;
        p->decays = weights_decay(graph, i);
        for (int s = 0; s < vww_optimizer_slots(trainer->optimizer); s++) {
            p->slots[s] = vww_allocate((size_t)p->count, sizeof *p->slots[s]);
            if (p->slots[s] == NULL)
                return vww_fail_memory(error, (size_t)p->count * sizeof *p->slots[s]);
            for (int64_t k = 0; k < p->count; k++)
                p->slots[s][k] = vww_optimizer_first(trainer->optimizer, s);
        }
    }
    return VWW_OK;
}

vww_status vww_trainer_make(struct vww_graph *graph, struct vww_graph *averaged,
                            const struct vww_recipe *recipe, const struct vww_share *share,
                            struct vww_trainer **trainer, struct vww_error *error)
{
    *trainer = NULL;
    struct vww_trainer *made = vww_allocate(1, sizeof *made);
    if (made == NULL) {
        vww_graph_destroy(graph);
        vww_graph_destroy(averaged);
        return vww_fail_memory(error, sizeof *made);
    }
    made->recipe = *recipe;
    made->optimizer = vww_optimizer_find(recipe->optimizer);
    made->graph = graph;
    made->averaged = averaged;
    made->position.best_accuracy = NAN;
    vww_divergence_init(&made->position.divergence);
    made->ranks = share->ranks;
    const int32_t images = (int32_t)vww_share_images(share, recipe->batch);
    const enum vww_execution execution =
        strcmp(recipe->precision, "bf16") == 0 ? VWW_TRAINING_BF16 : VWW_TRAINING;
    vww_status status = vww_network_create(graph, images, execution, &made->network, error);
    if (status == VWW_OK)
        vww_network_share(made->network, share);
    if (status == VWW_OK)
        status = add_parameters(made, error);
    if (status != VWW_OK) {
        vww_trainer_destroy(made);
        return status;
    }
    if (recipe->quantize_aware)
        vww_network_track_ranges(made->network, graph, recipe->range_decay);
    *trainer = made;
    return VWW_OK;
}

vww_status vww_trainer_create(const struct vww_graph *graph, const struct vww_recipe *recipe,
                              const struct vww_share *share, struct vww_trainer **trainer,
                              struct vww_error *error)
{
    *trainer = NULL;
    struct vww_graph *copy = vww_graph_copy(graph), *averaged = NULL;
    vww_status status = copy != NULL ? VWW_OK : vww_fail_memory(error, sizeof *copy);
    if (status == VWW_OK && recipe->quantize_aware)
        status = vww_fake_prepare(copy, error);
    if (status == VWW_OK && recipe->average_decay > 0) {
        averaged = vww_graph_copy(copy);
        if (averaged == NULL)
            status = vww_fail_memory(error, sizeof *averaged);
    }
    if (status != VWW_OK) {
        vww_graph_destroy(copy);
        return status;
    }
    return vww_trainer_make(copy, averaged, recipe, share, trainer, error);
}

/* --- looking -------------------------------------------------------------------------------------
 */

struct vww_position *vww_trainer_position(struct vww_trainer *trainer)
{
    return &trainer->position;
}

double vww_trainer_learning_rate(const struct vww_trainer *trainer)
{
    return trainer->learning_rate;
}

struct vww_loss vww_trainer_loss(const struct vww_trainer *trainer)
{
    return trainer->loss;
}

/* Ranges and parameters are not averaged once more: they are moving averages already. */
static void copy_ranges(const struct vww_graph *from, struct vww_graph *to)
{
    for (int32_t i = 0; i < from->tensor_count; i++) {
        const struct vww_tensor *a = &from->tensors[i];
        struct vww_tensor *b = &to->tensors[i];
        if (a->role != VWW_ROLE_ACTIVATION || a->quantization.count != 1)
            continue;
        b->range_low = a->range_low;
        b->range_high = a->range_high;
        b->quantization.scales[0] = a->quantization.scales[0];
        b->quantization.zero_points[0] = a->quantization.zero_points[0];
    }
}

const struct vww_graph *vww_trainer_graph(struct vww_trainer *trainer)
{
    vww_fake_refresh(trainer->graph);
    if (trainer->averaged == NULL)
        return trainer->graph;
    copy_ranges(trainer->graph, trainer->averaged);
    vww_fake_refresh(trainer->averaged);
    return trainer->averaged;
}

/* --- a step --------------------------------------------------------------------------------------
 */

void vww_trainer_calibrate(struct vww_trainer *trainer, const uint8_t *images, int32_t count,
                           int32_t call)
{
    const struct vww_pass pass = {.training = true, .seed = (uint64_t)trainer->recipe.seed};
    vww_network_track_ranges(trainer->network, trainer->graph, (double)call / (call + 1));
    vww_network_forward(trainer->network, images, count, &pass);
    vww_network_track_ranges(trainer->network, trainer->graph, trainer->recipe.range_decay);
}

void vww_trainer_apply(struct vww_trainer *trainer, int32_t i, int64_t step)
{
    const struct vww_recipe *recipe = &trainer->recipe;
    const struct vww_parameter *p = &trainer->parameters[i];
    const struct vww_update update = {.learning_rate = trainer->learning_rate,
                                      .momentum = recipe->momentum,
                                      .gradient_decay = recipe->gradient_decay,
                                      .epsilon = recipe->epsilon,
                                      .weight_decay = p->decays ? recipe->weight_decay : 0,
                                      .step = step};
    vww_optimizer_apply(trainer->optimizer, &update, p->gradient, p->count,
                        trainer->graph->tensors[p->tensor].data, p->slots);
}

void vww_trainer_use_rate(struct vww_trainer *trainer, double rate)
{
    trainer->learning_rate = rate;
}

void vww_trainer_apply_statistics(struct vww_trainer *trainer)
{
    vww_network_update_statistics(trainer->network, trainer->graph,
                                  trainer->recipe.batch_norm_decay);
}

static void apply_one(void *context, int64_t index)
{
    struct vww_trainer *trainer = context;
    vww_trainer_apply(trainer, (int32_t)index, trainer->position.step + 1);
}

/* average = decay * average + (1 - decay) * latest, with less decay while there were few steps, as
 * TensorFlow does it. Batch norm's statistics are averaged like the weights they belong to. */
static void update_average(struct vww_trainer *trainer)
{
    const double steps = (double)trainer->position.step;
    const float take = (float)(1 - fmin(trainer->recipe.average_decay, (1 + steps) / (10 + steps)));
    for (int32_t i = 0; i < trainer->graph->tensor_count; i++) {
        const struct vww_tensor *from = &trainer->graph->tensors[i];
        if (from->data == NULL || from->role == VWW_ROLE_CONSTANT)
            continue;
        const int64_t count = vww_shape_elements(&from->shape);
        const float *latest = from->data;
        float *average = trainer->averaged->tensors[i].data;
        for (int64_t k = 0; k < count; k++)
            average[k] += take * (latest[k] - average[k]);
    }
}

vww_status vww_trainer_gradients(struct vww_trainer *trainer, const struct vww_batch *batch,
                                 int64_t steps, struct vww_error *error)
{
    const struct vww_recipe *recipe = &trainer->recipe;
    struct vww_position *position = &trainer->position;
    const struct vww_pass pass = {
        .training = true, .seed = (uint64_t)recipe->seed, .step = (uint64_t)position->step};
    trainer->learning_rate = vww_recipe_learning_rate(
        recipe, (double)position->epoch + (double)position->step_in_epoch / (double)steps);
    vww_network_load_weights(trainer->network);
    vww_network_forward(trainer->network, batch->images, batch->count, &pass);
    const struct vww_loss loss =
        vww_network_backward(trainer->network, batch->labels, batch->targets);
    const vww_status lost = vww_ranks_lost(trainer->ranks, error);
    if (lost != VWW_OK)
        return lost;
    if (!isfinite(loss.loss)) {
        vww_fail(error, VWW_ERROR_DIVERGED, "the loss is no longer a number");
        vww_error_place(error, "epoch %lld, step %lld", (long long)position->epoch + 1,
                        (long long)position->step + 1);
        vww_error_seen(error, "loss %g at learning rate %g", loss.loss, trainer->learning_rate);
        return VWW_ERROR_DIVERGED;
    }
    trainer->loss = loss;
    position->loss_sum += loss.loss * batch->count;
    position->correct += loss.correct;
    position->images += batch->count;
    return VWW_OK;
}

vww_status vww_trainer_step(struct vww_trainer *trainer, const struct vww_batch *batch,
                            int64_t steps, struct vww_error *error)
{
    const vww_status status = vww_trainer_gradients(trainer, batch, steps, error);
    if (status != VWW_OK)
        return status;
    vww_parallel_for(trainer->parameter_count, apply_one, trainer);
    vww_trainer_apply_statistics(trainer);
    trainer->position.step++;
    trainer->position.step_in_epoch++;
    if (trainer->averaged != NULL)
        update_average(trainer);
    return VWW_OK;
}

int32_t vww_trainer_parameters(const struct vww_trainer *trainer)
{
    return trainer->parameter_count;
}

struct vww_trainable vww_trainer_parameter(const struct vww_trainer *trainer, int32_t i)
{
    const struct vww_parameter *p = &trainer->parameters[i];
    struct vww_trainable made = {.name = trainer->graph->tensors[p->tensor].name,
                                 .values = trainer->graph->tensors[p->tensor].data,
                                 .gradient = p->gradient,
                                 .slot_count = vww_optimizer_slots(trainer->optimizer),
                                 .count = p->count};
    memcpy(made.slots, p->slots, sizeof made.slots);
    return made;
}

static bool is_statistic(const struct vww_tensor *tensor)
{
    return tensor->role == VWW_ROLE_BN_MEAN || tensor->role == VWW_ROLE_BN_VARIANCE;
}

int32_t vww_trainer_statistics(const struct vww_trainer *trainer)
{
    int32_t count = 0;
    for (int32_t t = 0; t < trainer->graph->tensor_count; t++)
        count += is_statistic(&trainer->graph->tensors[t]);
    return count;
}

struct vww_trainable vww_trainer_statistic(const struct vww_trainer *trainer, int32_t i)
{
    int32_t t = 0;
    for (; !is_statistic(&trainer->graph->tensors[t]) || i-- > 0; t++)
        ;
    const struct vww_tensor *tensor = &trainer->graph->tensors[t];
    return (struct vww_trainable){
        .name = tensor->name, .values = tensor->data, .count = vww_shape_elements(&tensor->shape)};
}

vww_status vww_trainer_check(struct vww_trainer *trainer, struct vww_error *error)
{
    for (int32_t i = 0; i < trainer->graph->tensor_count; i++) {
        const struct vww_tensor *tensor = &trainer->graph->tensors[i];
        if (tensor->data == NULL || tensor->role == VWW_ROLE_CONSTANT)
            continue;
        const float *values = tensor->data;
        for (int64_t k = 0; k < vww_shape_elements(&tensor->shape); k++)
            if (!isfinite(values[k])) {
                vww_fail(error, VWW_ERROR_DIVERGED, "the weights are no longer numbers");
                vww_error_place(error, "epoch %lld, step %lld, tensor %.64s",
                                (long long)trainer->position.epoch + 1,
                                (long long)trainer->position.step, tensor->name);
                vww_error_seen(error, "%g at learning rate %g", (double)values[k],
                               trainer->learning_rate);
                return VWW_ERROR_DIVERGED;
            }
    }
    return VWW_OK;
}

uint32_t vww_trainer_checksum(const struct vww_trainer *trainer)
{
    uint32_t crc = 0;
    for (int32_t i = 0; i < trainer->graph->tensor_count; i++) {
        const struct vww_tensor *tensor = &trainer->graph->tensors[i];
        if (tensor->data != NULL && tensor->role != VWW_ROLE_CONSTANT)
            crc = vww_crc32c(crc, tensor->data,
                             (size_t)vww_shape_elements(&tensor->shape) * sizeof(float));
    }
    return crc;
}
