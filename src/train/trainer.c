#include "train/trainer.h"
#include "base/checksum.h"
#include "base/memory.h"
#include "base/thread.h"
#include "train/fake.h"
#include "train/optimizer.h"

#include <math.h>
#include <string.h>

/* A tensor that gradients change. */
struct parameter {
    int32_t tensor;
    int64_t count;
    const float *gradient;
    bool decays;
    float *slots[VWW_OPTIMIZER_SLOTS_MAX];
};

struct vww_trainer {
    struct vww_recipe recipe;
    enum vww_optimizer optimizer;
    struct vww_graph *graph;    /* the latest weights */
    struct vww_graph *averaged; /* or NULL */
    struct vww_network *network;
    struct vww_ranks *ranks; /* or NULL */
    struct parameter *parameters;
    int32_t parameter_count;
    struct vww_position position;
    double learning_rate; /* of the last step */
    bool diverged;
};

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
        struct parameter *p = &trainer->parameters[trainer->parameter_count++];
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

/* graph and averaged (or NULL) become the trainer's, also on failure. */
static vww_status make(struct vww_graph *graph, struct vww_graph *averaged,
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
    return make(copy, averaged, recipe, share, trainer, error);
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
    const struct parameter *p = &trainer->parameters[i];
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

vww_status vww_trainer_gradients(struct vww_trainer *trainer, const uint8_t *images,
                                 const int32_t *labels, int32_t count, int64_t steps,
                                 struct vww_error *error)
{
    const struct vww_recipe *recipe = &trainer->recipe;
    struct vww_position *position = &trainer->position;
    const struct vww_pass pass = {
        .training = true, .seed = (uint64_t)recipe->seed, .step = (uint64_t)position->step};
    trainer->learning_rate = vww_recipe_learning_rate(
        recipe, (double)position->epoch + (double)position->step_in_epoch / (double)steps);
    vww_network_load_weights(trainer->network);
    vww_network_forward(trainer->network, images, count, &pass);
    const struct vww_loss loss =
        vww_network_backward(trainer->network, labels, recipe->label_smoothing);
    const vww_status lost = vww_ranks_lost(trainer->ranks, error);
    if (lost != VWW_OK)
        return lost;
    if (!isfinite(loss.loss)) {
        trainer->diverged = true;
        vww_fail(error, VWW_ERROR_FORMAT, "the loss is no longer a number");
        vww_error_place(error, "epoch %lld, step %lld", (long long)position->epoch + 1,
                        (long long)position->step + 1);
        vww_error_seen(error, "loss %g at learning rate %g", loss.loss, trainer->learning_rate);
        return VWW_ERROR_FORMAT;
    }
    position->loss_sum += loss.loss * count;
    position->correct += loss.correct;
    position->images += count;
    return VWW_OK;
}

vww_status vww_trainer_step(struct vww_trainer *trainer, const uint8_t *images,
                            const int32_t *labels, int32_t count, int64_t steps,
                            struct vww_error *error)
{
    const vww_status status = vww_trainer_gradients(trainer, images, labels, count, steps, error);
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
    const struct parameter *p = &trainer->parameters[i];
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
                trainer->diverged = true;
                vww_fail(error, VWW_ERROR_FORMAT, "the weights are no longer numbers");
                vww_error_place(error, "epoch %lld, step %lld, tensor %.64s",
                                (long long)trainer->position.epoch + 1,
                                (long long)trainer->position.step, tensor->name);
                vww_error_seen(error, "%g at learning rate %g", (double)values[k],
                               trainer->learning_rate);
                return VWW_ERROR_FORMAT;
            }
    }
    return VWW_OK;
}

bool vww_trainer_diverged(const struct vww_trainer *trainer)
{
    return trainer->diverged;
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

/* --- checkpoints ---------------------------------------------------------------------------------
 *   GRPH  the graph as one would use it     LAST  the latest weights, where GRPH is an average
 *   POSI  struct vww_position, as below     OPTM  the slots of each parameter in tensor order
 *   CONF  the configuration's JSON text
 */

#define POSITION_WORDS 9

union word {
    int64_t integer;
    double number;
};

static void pack_position(const struct vww_position *p, union word words[POSITION_WORDS])
{
    words[0].integer = p->epoch;
    words[1].integer = p->step_in_epoch;
    words[2].integer = p->step;
    words[3].number = p->loss_sum;
    words[4].integer = p->correct;
    words[5].integer = p->images;
    words[6].number = isnan(p->best_accuracy) ? -1 : p->best_accuracy;
    words[7].integer = p->best_epoch;
    words[8].integer = p->calibrated;
}

/* False where a member is impossible. */
static bool unpack_position(const union word words[POSITION_WORDS], struct vww_position *p)
{
    *p = (struct vww_position){.epoch = words[0].integer,
                               .step_in_epoch = words[1].integer,
                               .step = words[2].integer,
                               .loss_sum = words[3].number,
                               .correct = words[4].integer,
                               .images = words[5].integer,
                               .best_accuracy = words[6].number < 0 ? NAN : words[6].number,
                               .best_epoch = words[7].integer,
                               .calibrated = words[8].integer != 0};
    return p->epoch >= 0 && p->step_in_epoch >= 0 && p->step >= 0 && isfinite(p->loss_sum) &&
           p->correct >= 0 && p->images >= p->correct && p->best_epoch >= 0 &&
           !(p->best_accuracy > 1);
}

static void pack_optimizer(const struct vww_trainer *trainer, struct vww_buffer *out)
{
    for (int32_t i = 0; i < trainer->parameter_count; i++)
        for (int s = 0; s < vww_optimizer_slots(trainer->optimizer); s++)
            vww_buffer_append(out, trainer->parameters[i].slots[s],
                              (size_t)trainer->parameters[i].count * sizeof(float));
}

static struct vww_section section(const char tag[4], const void *data, size_t bytes)
{
    struct vww_section made = {.data = data, .bytes = bytes};
    memcpy(made.tag, tag, sizeof made.tag);
    return made;
}

static vww_status save(struct vww_trainer *trainer, bool whole, const char *path,
                       const struct vww_buffer *config, struct vww_error *error)
{
    struct vww_buffer used = {0}, latest = {0}, optimizer = {0};
    union word position[POSITION_WORDS];
    struct vww_section sections[5];
    size_t count = 0;
    vww_status status = vww_graph_serialize(vww_trainer_graph(trainer), &used, error);
    sections[count++] = section("GRPH", used.data, used.size);
    sections[count++] = section("CONF", config->data, config->size);
    if (whole) {
        pack_position(&trainer->position, position);
        pack_optimizer(trainer, &optimizer);
        if (optimizer.failed)
            status = vww_fail_memory(error, optimizer.size);
        sections[count++] = section("POSI", position, sizeof position);
        sections[count++] = section("OPTM", optimizer.data, optimizer.size);
    }
    if (whole && trainer->averaged != NULL && status == VWW_OK) {
        status = vww_graph_serialize(trainer->graph, &latest, error);
        sections[count++] = section("LAST", latest.data, latest.size);
    }
    if (status == VWW_OK)
        status = vww_checkpoint_write(path, sections, count, error);
    vww_buffer_fini(&used);
    vww_buffer_fini(&latest);
    vww_buffer_fini(&optimizer);
    return status;
}

vww_status vww_trainer_save(struct vww_trainer *trainer, const char *path,
                            const struct vww_buffer *config, struct vww_error *error)
{
    return save(trainer, true, path, config, error);
}

vww_status vww_trainer_save_graph(struct vww_trainer *trainer, const char *path,
                                  const struct vww_buffer *config, struct vww_error *error)
{
    return save(trainer, false, path, config, error);
}

static vww_status no_training(const struct vww_checkpoint *checkpoint, const char *what,
                              struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_FORMAT, "training cannot go on from this checkpoint");
    vww_error_at(error, checkpoint->path, -1);
    vww_error_seen(error, "%s", what);
    vww_error_remedy(error, "use %s of a run's folder, which holds the whole state",
                     VWW_CHECKPOINT_LAST);
    return VWW_ERROR_FORMAT;
}

vww_status vww_training_parse(const struct vww_checkpoint *checkpoint,
                              struct vww_training *training, struct vww_error *error)
{
    *training = (struct vww_training){0};
    const struct vww_section *position = vww_checkpoint_find(checkpoint, "POSI");
    const struct vww_section *optimizer = vww_checkpoint_find(checkpoint, "OPTM");
    const struct vww_section *config = vww_checkpoint_find(checkpoint, "CONF");
    const struct vww_section *latest = vww_checkpoint_find(checkpoint, "LAST");
    union word words[POSITION_WORDS];
    if (position == NULL || optimizer == NULL || config == NULL)
        return no_training(checkpoint, "weights without the state of a training", error);
    if (position->bytes != sizeof words || optimizer->bytes % sizeof(float) != 0)
        return no_training(checkpoint, "a section of the wrong size", error);
    memcpy(words, position->data, sizeof words);
    if (!unpack_position(words, &training->position))
        return no_training(checkpoint, "an impossible position", error);
    vww_status status = vww_checkpoint_read_graph(checkpoint, &training->graph, error);
    if (status == VWW_OK && latest != NULL) {
        status = vww_graph_deserialize(latest->data, latest->bytes, &training->latest, error);
        if (status == VWW_OK)
            status = vww_graph_check(training->latest, true, error);
        if (status != VWW_OK)
            vww_error_at(error, checkpoint->path, -1);
    }
    vww_buffer_append(&training->config, config->data, config->bytes);
    vww_buffer_append(&training->config, "", 1);
    vww_buffer_append(&training->optimizer, optimizer->data, optimizer->bytes);
    if (status == VWW_OK && (training->config.failed || training->optimizer.failed))
        status = vww_fail_memory(error, config->bytes + optimizer->bytes);
    if (status != VWW_OK)
        vww_training_fini(training);
    return status;
}

void vww_training_fini(struct vww_training *training)
{
    vww_graph_destroy(training->graph);
    vww_graph_destroy(training->latest);
    vww_buffer_fini(&training->config);
    vww_buffer_fini(&training->optimizer);
    *training = (struct vww_training){0};
}

/* Two graphs that differ in values alone. */
static bool same_layout(const struct vww_graph *a, const struct vww_graph *b)
{
    if (a->tensor_count != b->tensor_count || a->op_count != b->op_count)
        return false;
    for (int32_t i = 0; i < a->tensor_count; i++)
        if (a->tensors[i].role != b->tensors[i].role ||
            a->tensors[i].dtype != b->tensors[i].dtype ||
            a->tensors[i].quantization.count != b->tensors[i].quantization.count ||
            !vww_shape_equal(&a->tensors[i].shape, &b->tensors[i].shape))
            return false;
    return true;
}

static bool unpack_optimizer(const struct vww_buffer *from, struct vww_trainer *trainer)
{
    size_t at = 0;
    for (int32_t i = 0; i < trainer->parameter_count; i++)
        for (int s = 0; s < vww_optimizer_slots(trainer->optimizer); s++) {
            const size_t bytes = (size_t)trainer->parameters[i].count * sizeof(float);
            if (bytes > from->size - at)
                return false;
            memcpy(trainer->parameters[i].slots[s], from->data + at, bytes);
            at += bytes;
        }
    return at == from->size;
}

static vww_status mismatch(const char *name, const char *what, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_MISMATCH, "the checkpoint's parts do not fit together");
    vww_error_at(error, name, -1);
    vww_error_seen(error, "%s", what);
    return VWW_ERROR_MISMATCH;
}

vww_status vww_trainer_restore(const struct vww_training *training, const char *name,
                               const struct vww_recipe *recipe, const struct vww_share *share,
                               struct vww_trainer **trainer, struct vww_error *error)
{
    *trainer = NULL;
    const bool averages = recipe->average_decay > 0;
    if (averages != (training->latest != NULL))
        return mismatch(name, "averaged weights without the latest, or the reverse", error);
    if (averages && !same_layout(training->graph, training->latest))
        return mismatch(name, "averaged weights of another network", error);
    struct vww_graph *graph = vww_graph_copy(averages ? training->latest : training->graph);
    struct vww_graph *averaged = averages ? vww_graph_copy(training->graph) : NULL;
    if (graph == NULL || (averages && averaged == NULL)) {
        vww_graph_destroy(graph);
        vww_graph_destroy(averaged);
        return vww_fail_memory(error, sizeof *graph);
    }
    vww_status status = make(graph, averaged, recipe, share, trainer, error);
    if (status != VWW_OK)
        return status;
    (*trainer)->position = training->position;
    if (unpack_optimizer(&training->optimizer, *trainer))
        return VWW_OK;
    vww_trainer_destroy(*trainer);
    *trainer = NULL;
    return mismatch(name, "an optimizer state of another size", error);
}
