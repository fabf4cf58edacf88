/* A trainer's checkpoints:
 *   GRPH  the graph as one would use it     LAST  the latest weights, where GRPH is an average
 *   POSI  struct vww_position, as below     OPTM  the slots of each parameter in tensor order
 *   CONF  the configuration's JSON text     LOSS  struct vww_divergence; older ones lack it
 */
#include "base/memory.h"
#include "train/trainer_parts.h"

#include <math.h>
#include <string.h>

#define POSITION_WORDS 9
#define DIVERGENCE_WORDS 3

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

static void pack_divergence(const struct vww_divergence *d, union word words[DIVERGENCE_WORDS])
{
    words[0].number = d->average;
    words[1].integer = d->high_steps;
    words[2].integer = d->step;
}

static bool unpack_divergence(const struct vww_section *section, struct vww_divergence *d)
{
    union word words[DIVERGENCE_WORDS];
    if (section->bytes != sizeof words)
        return false;
    memcpy(words, section->data, sizeof words);
    *d = (struct vww_divergence){words[0].number, words[1].integer, words[2].integer};
    return isfinite(d->average) && d->average >= 0 && d->high_steps >= 0 && d->step >= 0;
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
    union word position[POSITION_WORDS], divergence[DIVERGENCE_WORDS];
    struct vww_section sections[6];
    size_t count = 0;
    vww_status status = vww_graph_serialize(vww_trainer_graph(trainer), &used, error);
    sections[count++] = section("GRPH", used.data, used.size);
    sections[count++] = section("CONF", config->data, config->size);
    if (whole) {
        pack_position(&trainer->position, position);
        pack_divergence(&trainer->position.divergence, divergence);
        pack_optimizer(trainer, &optimizer);
        if (optimizer.failed)
            status = vww_fail_memory(error, optimizer.size);
        sections[count++] = section("POSI", position, sizeof position);
        sections[count++] = section("LOSS", divergence, sizeof divergence);
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
    const struct vww_section *loss = vww_checkpoint_find(checkpoint, "LOSS");
    union word words[POSITION_WORDS];
    if (position == NULL || optimizer == NULL || config == NULL)
        return no_training(checkpoint, "weights without the state of a training", error);
    if (position->bytes != sizeof words || optimizer->bytes % sizeof(float) != 0)
        return no_training(checkpoint, "a section of the wrong size", error);
    memcpy(words, position->data, sizeof words);
    if (!unpack_position(words, &training->position))
        return no_training(checkpoint, "an impossible position", error);
    vww_divergence_init(&training->position.divergence);
    if (loss != NULL && !unpack_divergence(loss, &training->position.divergence))
        return no_training(checkpoint, "an impossible course of the loss", error);
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
    vww_status status = vww_trainer_make(graph, averaged, recipe, share, trainer, error);
    if (status != VWW_OK)
        return status;
    (*trainer)->position = training->position;
    if (unpack_optimizer(&training->optimizer, *trainer))
        return VWW_OK;
    vww_trainer_destroy(*trainer);
    *trainer = NULL;
    return mismatch(name, "an optimizer state of another size", error);
}
