/* An int8 graph as a predictor: each worker has an interpreter of its own and takes every n-th
 * image, so that results do not depend on how many there are. */
#include "base/memory.h"
#include "base/thread.h"
#include "vww/interpret.h"

struct worker {
    struct vww_interpreter *interpreter;
    int8_t *input, *output;
};

struct int8_predictor {
    const struct vww_graph *graph;
    struct worker *workers;
    int32_t worker_count;
    int64_t pixels; /* bytes of one image */
    int32_t classes;
};

/* One call of predict. */
struct job {
    const struct int8_predictor *predictor;
    const uint8_t *images;
    int32_t count;
    float *probabilities;
};

static void work(void *context, int64_t index)
{
    const struct job *job = context;
    const struct int8_predictor *p = job->predictor;
    const struct worker *worker = &p->workers[index];
    const struct vww_quantization *q = &p->graph->tensors[p->graph->output].quantization;
    for (int32_t i = (int32_t)index; i < job->count; i += p->worker_count) {
        vww_interpret_input(p->graph, job->images + i * p->pixels, worker->input, p->pixels);
        vww_interpreter_run(worker->interpreter, worker->input, worker->output);
        for (int32_t c = 0; c < p->classes; c++)
            job->probabilities[(int64_t)i * p->classes + c] =
                q->scales[0] * (float)(worker->output[c] - q->zero_points[0]);
    }
}

static vww_status predict(void *context, const uint8_t *images, int32_t count, float *probabilities,
                          struct vww_error *error)
{
    (void)error;
    const struct int8_predictor *p = context;
    struct job job = {p, images, count, probabilities};
    vww_parallel_for(p->worker_count, work, &job);
    return VWW_OK;
}

static void destroy(void *context)
{
    struct int8_predictor *p = context;
    if (p->workers != NULL)
        for (int32_t i = 0; i < p->worker_count; i++) {
            vww_interpreter_destroy(p->workers[i].interpreter);
            vww_free(p->workers[i].input);
            vww_free(p->workers[i].output);
        }
    vww_free(p->workers);
    vww_free(p);
}

static vww_status make_worker(const struct int8_predictor *p, struct worker *worker,
                              struct vww_error *error)
{
    const vww_status status = vww_interpreter_create(p->graph, &worker->interpreter, error);
    if (status != VWW_OK)
        return status;
    worker->input = vww_allocate(1, (size_t)p->pixels);
    worker->output = vww_allocate(1, (size_t)p->classes);
    if (worker->input == NULL || worker->output == NULL)
        return vww_fail_memory(error, (size_t)p->pixels);
    return VWW_OK;
}

vww_status vww_interpret_predictor(const struct vww_graph *graph, struct vww_predictor *predictor,
                                   struct vww_error *error)
{
    *predictor = (struct vww_predictor){0};
    const struct vww_shape *in = &graph->tensors[graph->input].shape;
    if (in->rank != 4 || in->dims[1] != in->dims[2] || in->dims[3] != 3) {
        char seen[64];
        vww_shape_text(in, seen, sizeof seen);
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "the model's input is not a square RGB image");
        vww_error_seen(error, "%s", seen);
        vww_error_allowed(error, "1xRxRx3");
        return VWW_ERROR_UNSUPPORTED;
    }
    struct int8_predictor *p = vww_allocate(1, sizeof *p);
    if (p == NULL)
        return vww_fail_memory(error, sizeof *p);
    p->graph = graph;
    p->pixels = vww_shape_elements(in);
    p->classes = (int32_t)vww_shape_elements(&graph->tensors[graph->output].shape);
    p->worker_count = vww_threads();
    p->workers = vww_allocate((size_t)p->worker_count, sizeof *p->workers);
    vww_status status = VWW_OK;
    if (p->workers == NULL)
        status = vww_fail_memory(error, (size_t)p->worker_count * sizeof *p->workers);
    for (int32_t i = 0; i < p->worker_count && status == VWW_OK; i++)
        status = make_worker(p, &p->workers[i], error);
    if (status != VWW_OK) {
        destroy(p);
        return status;
    }
    *predictor = (struct vww_predictor){.predict = predict,
                                        .destroy = destroy,
                                        .context = p,
                                        .resolution = in->dims[1],
                                        .classes = p->classes,
                                        .batch = 16 * p->worker_count,
                                        .kind = "int8"};
    return VWW_OK;
}
