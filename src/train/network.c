/* Runs a compiled network (train/compile.c): passes over the nodes, chunk by chunk, and between
 * them the little that needs the whole batch: batch statistics, ranges, sums over chunks. */
#include "base/memory.h"
#include "base/thread.h"
#include "base/tree.h"
#include "train/node.h"
#include "vww/quantization.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include <time.h>

/* That this thread has worked: what other programs take does not count. */
static double seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* --- chunks --------------------------------------------------------------------------------------
 */

void vww_network_share(struct vww_network *network, const struct vww_share *share)
{
    network->share = *share;
}

static struct vww_chunk chunk_images(const struct vww_network *network, int64_t index)
{
    const struct vww_share *share = &network->share;
    struct vww_chunk chunk = {.index = (int32_t)index,
                              .first = network->count * index / VWW_CHUNKS,
                              .last = network->count * (index + 1) / VWW_CHUNKS};
    if (network->pass.training) {
        const int64_t start = vww_share_image(share, network->total, 0);
        chunk.first = vww_share_image(share, network->total, index) - start;
        chunk.last = vww_share_image(share, network->total, index + 1) - start;
    }
    return chunk;
}

static struct vww_chunk take_chunk(struct vww_network *network, int64_t index)
{
    struct vww_chunk chunk = chunk_images(network, index);
    /* There is scratch for every chunk, so one is free; the first is taken, being warm. */
    for (int i = 0; chunk.scratch == NULL; i = (i + 1) % VWW_CHUNKS)
        if (!atomic_flag_test_and_set_explicit(&network->scratch[i].taken, memory_order_acquire))
            chunk.scratch = &network->scratch[i];
    return chunk;
}

static void release_chunk(struct vww_chunk *chunk)
{
    atomic_flag_clear_explicit(&chunk->scratch->taken, memory_order_release);
}

static void clear_sums(struct vww_value *value, int64_t chunk)
{
    memset(value->sum + chunk * value->stride, 0, (size_t)value->stride * sizeof *value->sum);
    memset(value->product + chunk * value->stride, 0,
           (size_t)value->stride * sizeof *value->product);
}

static void clear_statistics(struct vww_value *value, int64_t chunk)
{
    clear_sums(value, chunk);
    for (int64_t c = chunk * value->stride; c < (chunk + 1) * value->stride; c++) {
        value->low[c] = FLT_MAX;
        value->high[c] = -FLT_MAX;
    }
}

struct node_run {
    struct vww_network *network;
    struct vww_node *node;
    double seconds[VWW_CHUNKS];
};

/* Each node begins with the chunk that the one before ended with: its values are still in the
 * caches. */
static int64_t in_turn(const struct node_run *run, int64_t index)
{
    const bool turned = (run->node - run->network->nodes) % 2 != 0;
    return turned ? vww_network_chunks(run->network) - 1 - index : index;
}

static double total_seconds(const struct node_run *run)
{
    double sum = 0;
    for (int i = 0; i < VWW_CHUNKS; i++)
        sum += run->seconds[i];
    return sum;
}

static void run_forward(void *context, int64_t i)
{
    struct node_run *run = context;
    const int64_t index = in_turn(run, i);
    const double start = seconds();
    struct vww_chunk chunk = take_chunk(run->network, index);
    for (int32_t k = 0; k < run->node->output_count; k++)
        clear_statistics(&run->network->values[run->node->outputs[k]], index);
    run->node->class->forward(run->network, run->node, &chunk);
    release_chunk(&chunk);
    run->seconds[index] = seconds() - start;
}

static void run_backward(void *context, int64_t i)
{
    struct node_run *run = context;
    const int64_t index = in_turn(run, i);
    const double start = seconds();
    struct vww_chunk chunk = take_chunk(run->network, index);
    for (int32_t k = 0; k < run->node->input_count; k++)
        if (run->node->cuts_gradient[k])
            clear_sums(&run->network->values[run->node->inputs[k]], index);
    run->node->class->backward(run->network, run->node, &chunk);
    release_chunk(&chunk);
    run->seconds[index] = seconds() - start;
}

/* Without batch statistics a chunk needs nothing of the others: it runs through all nodes. */
static void run_all(void *context, int64_t index)
{
    struct vww_network *network = context;
    struct vww_chunk chunk = take_chunk(network, index);
    for (int32_t i = 0; i < network->node_count; i++)
        network->nodes[i].class->forward(network, &network->nodes[i], &chunk);
    release_chunk(&chunk);
}

/* --- views ---------------------------------------------------------------------------------------
 */

/* Batch norm as scale and shift: gamma / sqrt(variance + epsilon) * (raw + bias - mean) + beta.
 * mean: of raw + bias. */
static void normalize_by(struct vww_network *network, const struct vww_node *node, int64_t c,
                         float mean, float variance)
{
    struct vww_value *out = vww_node_out(network, node);
    const float *gamma = vww_network_data(network, node->gamma),
                *beta = vww_network_data(network, node->beta);
    out->scale[c] = gamma[c] / sqrtf(variance + node->norm->epsilon);
    out->shift[c] = beta[c] - (mean - vww_node_bias(network, node, c)) * out->scale[c];
}

static void use_moving_statistics(struct vww_network *network, const struct vww_node *node)
{
    const float *mean = vww_network_data(network, node->mean);
    const float *variance = vww_network_data(network, node->variance);
    for (int64_t c = 0; c < vww_node_out(network, node)->channels; c++)
        normalize_by(network, node, c, mean[c], variance[c]);
}

void vww_value_set_grid(const struct vww_network *network, struct vww_value *value)
{
    const struct vww_quantization *q = &network->graph->tensors[value->tensor].quantization;
    value->view.quantized = q->count == 1;
    if (q->count != 1)
        return;
    value->view.step = q->scales[0];
    value->view.inverse_step = 1 / q->scales[0];
    value->view.zero = (float)q->zero_points[0];
}

void vww_network_load_weights(struct vww_network *network)
{
    for (int32_t i = 0; i < network->node_count; i++) {
        struct vww_node *node = &network->nodes[i];
        if (node->class->load != NULL)
            node->class->load(network, node);
        for (int32_t k = 0; k < node->output_count; k++) {
            struct vww_value *out = &network->values[node->outputs[k]];
            vww_value_set_grid(network, out);
            for (int64_t c = 0; c < out->channels && node->norm == NULL; c++) {
                out->scale[c] = 1;
                out->shift[c] = vww_node_bias(network, node, c);
            }
        }
    }
}

/* --- forward -------------------------------------------------------------------------------------
 */

/* Sums over the chunks of the value's channels, into network->sums: of channel c at 2 c and 2 c
 * + 1. everywhere: over the chunks of all ranks, not only this one's. */
static void add_chunks(struct vww_network *network, const struct vww_value *value, bool everywhere)
{
    const int64_t chunks = vww_network_chunks(network);
    double sums[VWW_CHUNKS], products[VWW_CHUNKS];
    for (int64_t c = 0; c < value->channels; c++) {
        for (int64_t chunk = 0; chunk < chunks; chunk++) {
            sums[chunk] = value->sum[chunk * value->stride + c];
            products[chunk] = value->product[chunk * value->stride + c];
        }
        network->sums[2 * c] = vww_tree_sum(sums, chunks);
        network->sums[2 * c + 1] = vww_tree_sum(products, chunks);
    }
    if (everywhere)
        vww_ranks_sum(network->share.ranks, network->sums, 2 * value->channels);
}

/* Rows that batch norm's statistics are of. */
static double rows_of(const struct vww_network *network, const struct vww_value *value)
{
    const int64_t images = network->share.local_norm ? network->count : network->total;
    return (double)(images * vww_value_pixels(value));
}

static void finish_forward(struct vww_network *network, const struct vww_node *node)
{
    struct vww_value *out = vww_node_out(network, node);
    if (node->norm != NULL) {
        const double rows = rows_of(network, out);
        add_chunks(network, out, !network->share.local_norm);
        for (int64_t c = 0; c < out->channels; c++) {
            const double mean = network->sums[2 * c] / rows;
            const double variance = network->sums[2 * c + 1] / rows - mean * mean;
            out->mean[c] = (float)mean;
            out->variance[c] = variance > 0 ? (float)variance : 0;
            normalize_by(network, node, c, out->mean[c] + vww_node_bias(network, node, c),
                         out->variance[c]);
        }
    }
    if (network->ranges != NULL)
        for (int32_t k = 0; k < node->output_count; k++)
            vww_network_track_range(network, node, &network->values[node->outputs[k]]);
}

static void softmax(struct vww_network *network)
{
    const struct vww_value *logits = &network->values[network->logits];
    const struct vww_op *op = &network->graph->ops[network->softmax];
    const struct vww_quantization *q = &network->graph->tensors[op->outputs[0]].quantization;
    float *row = network->scratch[0].rows;
    for (int32_t n = 0; n < network->count; n++) {
        float *to = network->probabilities + n * network->classes;
        network->kernels->view(&logits->view, vww_value_row(logits, logits->raw, n), 1,
                               logits->stride, row);
        double largest = (double)row[0], sum = 0;
        for (int32_t c = 1; c < network->classes; c++)
            largest = fmax(largest, (double)row[c]);
        for (int32_t c = 0; c < network->classes; c++)
            sum += exp((double)op->beta * ((double)row[c] - largest));
        for (int32_t c = 0; c < network->classes; c++) {
            to[c] = (float)(exp((double)op->beta * ((double)row[c] - largest)) / sum);
            if (!network->pass.training && q->count == 1)
                to[c] = q->scales[0] * (float)(vww_quantize_value(to[c], q->scales[0],
                                                                  q->zero_points[0], -128, 127) -
                                               q->zero_points[0]);
        }
    }
}

void vww_network_forward(struct vww_network *network, const uint8_t *images, int32_t count,
                         const struct vww_pass *pass)
{
    network->images = images;
    network->total = network->count = count;
    network->pass = *pass;
    if (pass->training) {
        network->count = (int32_t)vww_share_images(&network->share, count);
        for (int32_t i = 0; i < network->node_count; i++) {
            struct node_run run = {.network = network, .node = &network->nodes[i]};
            vww_parallel_for(vww_network_chunks(network), run_forward, &run);
            const double start = seconds();
            finish_forward(network, run.node);
            run.node->forward_seconds += total_seconds(&run) + seconds() - start;
        }
    } else {
        for (int32_t i = 0; i < network->node_count; i++) {
            const struct vww_node *node = &network->nodes[i];
            if (node->norm != NULL)
                use_moving_statistics(network, node);
        }
        vww_parallel_for(VWW_CHUNKS, run_all, network);
    }
    softmax(network);
}

const float *vww_network_probabilities(const struct vww_network *network)
{
    return network->probabilities;
}

int32_t vww_network_classes(const struct vww_network *network)
{
    return network->classes;
}

/* Where every rank has batch statistics of its own, the moving ones are to follow their mean. */
static void average_statistics(struct vww_network *network, struct vww_value *value)
{
    const double ranks = vww_ranks_count(network->share.ranks);
    for (int64_t c = 0; c < value->channels; c++) {
        network->sums[2 * c] = (double)value->mean[c];
        network->sums[2 * c + 1] = (double)value->variance[c];
    }
    vww_ranks_sum(network->share.ranks, network->sums, 2 * value->channels);
    for (int64_t c = 0; c < value->channels; c++) {
        value->mean[c] = (float)(network->sums[2 * c] / ranks);
        value->variance[c] = (float)(network->sums[2 * c + 1] / ranks);
    }
}

void vww_network_update_statistics(const struct vww_network *network, struct vww_graph *graph,
                                   double decay)
{
    for (int32_t i = 0; i < network->node_count; i++) {
        const struct vww_node *node = &network->nodes[i];
        if (node->norm == NULL)
            continue;
        const struct vww_value *out = vww_node_out(network, node);
        const double rows = rows_of(network, out);
        const double unbiased = rows > 1 ? rows / (rows - 1) : 1;
        float *mean = graph->tensors[node->mean].data;
        float *variance = graph->tensors[node->variance].data;
        for (int64_t c = 0; c < out->channels; c++) {
            const double batch = (double)out->mean[c] + (double)vww_node_bias(network, node, c);
            mean[c] = (float)(decay * (double)mean[c] + (1 - decay) * batch);
            variance[c] = (float)(decay * (double)variance[c] +
                                  (1 - decay) * unbiased * (double)out->variance[c]);
        }
    }
}

/* --- backward ------------------------------------------------------------------------------------
 */

/* After the last reader wrote and cut a value's gradient g: the gradients of batch norm or bias,
 * and what leads on to the raw outputs. With u = raw - mean and v = variance + epsilon, the
 * gradient is
 * - by beta or bias: sum g (by a bias before batch norm 0: the mean takes it away again)
 * - by gamma: sum g u / sqrt(v)
 * - by raw: scale * (g - mean of g - u / v * mean of g u) */
static void finish_cut(struct vww_network *network, int32_t value_index)
{
    struct vww_value *value = &network->values[value_index];
    const struct vww_node *node = &network->nodes[value->producer];
    struct vww_ranks *const ranks = network->share.ranks;
    const bool everywhere = node->norm != NULL && !network->share.local_norm;
    const double rows = rows_of(network, value);
    add_chunks(network, value, everywhere);
    for (int64_t c = 0; c < value->channels; c++) {
        const double sum = network->sums[2 * c], product = network->sums[2 * c + 1];
        if (node->norm == NULL) {
            if (node->bias_gradient != NULL)
                network->bias_sums[node->bias_at + c] = sum;
            continue; /* factor 1, offset 0, slope 0: set when the network was made */
        }
        const double v = (double)value->variance[c] + (double)node->norm->epsilon;
        const double scale = (double)value->scale[c];
        const double slope = -scale * product / rows / v;
        node->beta_gradient[c] = (float)sum;
        if (node->bias_gradient != NULL)
            network->bias_sums[node->bias_at + c] = 0;
        node->gamma_gradient[c] = (float)(product / sqrt(v));
        value->factor[c] = (float)scale;
        value->slope[c] = (float)slope;
        value->offset[c] = (float)(-scale * sum / rows - slope * (double)value->mean[c]);
    }
    if (node->norm != NULL && !everywhere) {
        vww_ranks_sum_begin(ranks, node->beta_gradient, value->channels);
        vww_ranks_sum_begin(ranks, node->gamma_gradient, value->channels);
    }
}

/* They are few: summed once for all, and rounded after that. */
static void finish_biases(struct vww_network *network)
{
    vww_ranks_sum(network->share.ranks, network->bias_sums, network->bias_count);
    for (int32_t i = 0; i < network->node_count; i++) {
        const struct vww_node *node = &network->nodes[i];
        for (int64_t c = 0;
             node->bias_gradient != NULL && c < vww_node_out(network, node)->channels; c++)
            node->bias_gradient[c] = (float)network->bias_sums[node->bias_at + c];
    }
}

/* The loss of image n and its gradient by the logits; whether the answer was right. */
static bool image_loss(struct vww_network *network, int64_t n, int32_t label, const double *targets,
                       double *loss)
{
    const struct vww_value *logits = &network->values[network->logits];
    const double beta = (double)network->graph->ops[network->softmax].beta;
    const float *probabilities = network->probabilities + n * network->classes;
    float *gradient = vww_value_row(logits, logits->gradient, n); /* a single pixel: float32 */
    int32_t best = 0;
    memset(gradient, 0, (size_t)logits->stride * sizeof *gradient);
    for (int32_t c = 0; c < network->classes; c++) {
        const double probability = (double)probabilities[c];
        /* NaN stays NaN; 0 gives a large loss instead of an infinite one. */
        *loss -= targets[c] * log(probability < 1e-37 ? 1e-37 : probability);
        gradient[c] = (float)(beta * (probability - targets[c]) / network->total);
        best = probabilities[c] > probabilities[best] ? c : best;
    }
    return best == label;
}

static struct vww_loss loss_and_gradient(struct vww_network *network, const int32_t *labels,
                                         const double *targets)
{
    double losses[VWW_CHUNKS] = {0}, correct = 0;
    for (int64_t i = 0; i < vww_network_chunks(network); i++) {
        const struct vww_chunk chunk = chunk_images(network, i);
        for (int64_t n = chunk.first; n < chunk.last; n++)
            correct +=
                image_loss(network, n, labels[n], targets + n * network->classes, &losses[i]);
    }
    double sums[2] = {vww_tree_sum(losses, vww_network_chunks(network)), correct};
    vww_ranks_sum(network->share.ranks, sums, 2);
    return (struct vww_loss){.loss = sums[0] / network->total, .correct = (int32_t)sums[1]};
}

/* The loss is the logits' reader, and the last one when nothing else reads them. */
static void cut_logits(struct vww_network *network)
{
    struct vww_value *logits = &network->values[network->logits];
    if (logits->uses > 1)
        return;
    for (int64_t i = 0; i < vww_network_chunks(network); i++) {
        const struct vww_chunk chunk = chunk_images(network, i);
        const int64_t sums = i * logits->stride;
        float *gradient = vww_value_row(logits, logits->gradient, chunk.first);
        clear_sums(logits, i);
        network->kernels->cut(&logits->view, vww_value_row(logits, logits->raw, chunk.first),
                              logits->mean, chunk.last - chunk.first, logits->stride, gradient,
                              gradient, logits->sum + sums, logits->product + sums);
    }
    finish_cut(network, network->logits);
}

struct vww_loss vww_network_backward(struct vww_network *network, const int32_t *labels,
                                     const double *targets)
{
    const struct vww_loss loss = loss_and_gradient(network, labels, targets);
    cut_logits(network);
    for (int32_t i = network->node_count - 1; i >= 0; i--) {
        struct node_run run = {.network = network, .node = &network->nodes[i]};
        if (!run.node->learns)
            continue;
        vww_parallel_for(vww_network_chunks(network), run_backward, &run);
        const double start = seconds();
        if (run.node->class->finish != NULL) {
            run.node->class->finish(network, run.node);
            vww_ranks_sum_begin(network->share.ranks, run.node->weights_gradient,
                                run.node->weights_count);
        }
        for (int32_t k = 0; k < run.node->input_count; k++)
            if (run.node->cuts_gradient[k])
                finish_cut(network, run.node->inputs[k]);
        vww_ranks_sum_go_on(network->share.ranks);
        run.node->backward_seconds += total_seconds(&run) + seconds() - start;
    }
    finish_biases(network);
    vww_ranks_sum_end(network->share.ranks);
    for (int32_t i = 0; network->share.local_norm && i < network->node_count; i++)
        if (network->nodes[i].norm != NULL)
            average_statistics(network, vww_node_out(network, &network->nodes[i]));
    return loss;
}

const float *vww_network_gradient(const struct vww_network *network, int32_t tensor)
{
    for (int32_t i = 0; i < network->node_count; i++) {
        const struct vww_node *node = &network->nodes[i];
        if (tensor == node->weights)
            return node->weights_gradient;
        if (tensor == node->bias)
            return node->bias_gradient;
        if (tensor == node->gamma)
            return node->gamma_gradient;
        if (tensor == node->beta)
            return node->beta_gradient;
    }
    return NULL;
}
