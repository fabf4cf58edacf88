/* A machine as a predictor: images are cut into one share for each thread, and each share is one
 * start of the machine. */
#include "base/memory.h"
#include "base/thread.h"
#include "machine/machine.h"
#include "vww/interpret.h"

#define IMAGES_AT_ONCE 256
/* Starting an emulator costs about as much as a few images. */
#define SHARE_LEAST 8

struct machine_predictor {
    const struct vww_graph *graph;
    struct vww_machine_build build;
};

struct job {
    const struct machine_predictor *predictor;
    const int8_t *inputs;
    int8_t *outputs;
    int32_t images, shares;
    vww_status *statuses;
    struct vww_error *errors;
};

static void run_share(void *context, int64_t share)
{
    const struct job *job = context;
    const struct vww_machine_build *build = &job->predictor->build;
    const int64_t from = job->images * share / job->shares;
    const int64_t to = job->images * (share + 1) / job->shares;
    struct vww_machine_report report;
    job->statuses[share] =
        vww_machine_run(build, job->inputs + from * build->input_bytes, to - from, false,
                        job->outputs + from * build->output_bytes, &report, &job->errors[share]);
}

static int32_t share_count(int32_t images)
{
    const int32_t most = (images + SHARE_LEAST - 1) / SHARE_LEAST;
    return vww_threads() < most ? vww_threads() : most;
}

static vww_status run_job(struct job *job, struct vww_error *error)
{
    job->shares = share_count(job->images);
    job->statuses = vww_allocate((size_t)job->shares, sizeof *job->statuses);
    job->errors = vww_allocate((size_t)job->shares, sizeof *job->errors);
    vww_status status = VWW_OK;
    if (job->statuses == NULL || job->errors == NULL) {
        status = vww_fail_memory(error, (size_t)job->shares * sizeof *job->errors);
    } else {
        vww_parallel_for(job->shares, run_share, job);
        for (int32_t i = 0; i < job->shares && status == VWW_OK; i++) {
            status = job->statuses[i];
            if (status != VWW_OK && error != NULL)
                *error = job->errors[i];
        }
    }
    vww_free(job->statuses);
    vww_free(job->errors);
    return status;
}

static vww_status predict(void *context, const uint8_t *images, int32_t count, float *probabilities,
                          struct vww_error *error)
{
    const struct machine_predictor *p = context;
    const struct vww_quantization *q = &p->graph->tensors[p->graph->output].quantization;
    const int64_t in = count * p->build.input_bytes, out = count * p->build.output_bytes;
    int8_t *inputs = vww_allocate((size_t)in, 1), *outputs = vww_allocate((size_t)out, 1);
    vww_status status = VWW_OK;
    if (inputs == NULL || outputs == NULL) {
        status = vww_fail_memory(error, (size_t)(in + out));
    } else if (count > 0) {
        vww_interpret_input(p->graph, images, inputs, in);
        struct job job = {.predictor = p, .inputs = inputs, .outputs = outputs, .images = count};
        status = run_job(&job, error);
        for (int64_t i = 0; i < out && status == VWW_OK; i++)
            probabilities[i] = q->scales[0] * (float)(outputs[i] - q->zero_points[0]);
    }
    vww_free(inputs);
    vww_free(outputs);
    return status;
}

static void destroy(void *context)
{
    struct machine_predictor *predictor = context;
    vww_machine_build_fini(&predictor->build);
    vww_free(predictor);
}

vww_status vww_machine_predictor(const struct vww_graph *graph, const char *machine,
                                 const struct vww_machine_options *options,
                                 struct vww_predictor *predictor, struct vww_error *error)
{
    *predictor = (struct vww_predictor){0};
    const struct vww_machine *found;
    vww_status status = vww_machine_find(machine, &found, error);
    if (status != VWW_OK)
        return status;
    struct machine_predictor *made = vww_allocate(1, sizeof *made);
    if (made == NULL)
        return vww_fail_memory(error, sizeof *made);
    made->graph = graph;
    status = vww_machine_build(graph, found, options, &made->build, error);
    if (status != VWW_OK) {
        destroy(made);
        return status;
    }
    *predictor = (struct vww_predictor){
        .predict = predict,
        .destroy = destroy,
        .context = made,
        .resolution = graph->tensors[graph->input].shape.dims[1],
        .classes = (int32_t)made->build.output_bytes,
        .batch = IMAGES_AT_ONCE,
        .kind = "device",
    };
    return VWW_OK;
}
