#include "train/teacher.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/thread.h"
#include "train/checkpoint.h"
#include "vww/image.h"

#include <stdatomic.h>

#define AT_ONCE 32 /* images */

struct vww_teacher {
    struct vww_graph *graph;
    struct vww_predictor predictor;
    struct vww_pupil pupil;
    uint8_t *resized; /* AT_ONCE images for the predictor; NULL: it takes the pupil's */
    float *probabilities;
};

void vww_teacher_close(struct vww_teacher *teacher)
{
    if (teacher == NULL)
        return;
    vww_predictor_fini(&teacher->predictor);
    vww_graph_destroy(teacher->graph);
    vww_free(teacher->resized);
    vww_free(teacher->probabilities);
    vww_free(teacher);
}

static vww_status unsuitable(const char *path, const char *seen, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "the teacher is not a network that can teach");
    vww_error_at(error, path, -1);
    vww_error_seen(error, "%s", seen);
    vww_error_allowed(error, "a float network that ends in softmax, for square colour images");
    vww_error_remedy(error, "give a run, a checkpoint, or a float .tflite of a classifier");
    return VWW_ERROR_UNSUPPORTED;
}

static vww_status check_graph(const struct vww_graph *graph, const char *path,
                              const struct vww_pupil *pupil, struct vww_error *error)
{
    const struct vww_tensor *in = &graph->tensors[graph->input];
    const int64_t classes = vww_shape_elements(&graph->tensors[graph->output].shape);
    if (in->dtype != VWW_FLOAT32)
        return unsuitable(path, "an int8 network", error);
    if (in->shape.rank != 4 || in->shape.dims[1] != in->shape.dims[2] || in->shape.dims[3] != 3)
        return unsuitable(path, "another input", error);
    if (graph->op_count == 0 || graph->ops[graph->op_count - 1].kind != VWW_OP_SOFTMAX)
        return unsuitable(path, "no softmax at the end", error);
    if (classes == pupil->classes)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "the teacher and the network differ in classes");
    vww_error_at(error, path, -1);
    vww_error_seen(error, "%lld classes", (long long)classes);
    vww_error_allowed(error, "%d, which the network tells apart", (int)pupil->classes);
    vww_error_remedy(error, "take a teacher that was trained on the same classes");
    return VWW_ERROR_MISMATCH;
}

static vww_status digest(const char *path, char sha256[65], struct vww_error *error)
{
    char file[VWW_PATH_MAX];
    const vww_status status = vww_checkpoint_locate(path, file, error);
    return status == VWW_OK ? vww_file_sha256(file, sha256, error) : status;
}

static vww_status make_room(struct vww_teacher *teacher, struct vww_error *error)
{
    const size_t side = (size_t)teacher->predictor.resolution, image = side * side * 3;
    const size_t classes = (size_t)teacher->pupil.classes;
    teacher->probabilities = vww_allocate(AT_ONCE * classes, sizeof *teacher->probabilities);
    if (teacher->predictor.resolution != teacher->pupil.side)
        teacher->resized = vww_allocate(AT_ONCE, image);
    if (teacher->probabilities == NULL ||
        (teacher->predictor.resolution != teacher->pupil.side && teacher->resized == NULL))
        return vww_fail_memory(error, AT_ONCE * image);
    return VWW_OK;
}

vww_status vww_teacher_open(const char *path, vww_graph_reader *read, const struct vww_pupil *pupil,
                            struct vww_teacher **teacher, char sha256[65], struct vww_error *error)
{
    struct vww_teacher *made = *teacher = vww_allocate(1, sizeof *made);
    if (made == NULL)
        return vww_fail_memory(error, sizeof *made);
    made->pupil = *pupil;
    vww_status status = digest(path, sha256, error);
    if (status == VWW_OK)
        status = read(path, &made->graph, error);
    if (status == VWW_OK)
        status = check_graph(made->graph, path, pupil, error);
    if (status == VWW_OK)
        status = vww_network_predictor(made->graph, AT_ONCE, &made->predictor, error);
    if (status == VWW_OK)
        status = make_room(made, error);
    if (status != VWW_OK) {
        vww_teacher_close(made);
        *teacher = NULL;
    }
    return status;
}

/* --- teaching ------------------------------------------------------------------------------------
 */

struct resizing {
    struct vww_teacher *teacher;
    const uint8_t *images;
    atomic_int failed;
};

static void resize_one(void *context, int64_t i)
{
    struct resizing *resizing = context;
    const int32_t from = resizing->teacher->pupil.side;
    const int32_t to = resizing->teacher->predictor.resolution;
    /* The view's pixels are only read. */
    const struct vww_image image = {from, from, 3,
                                    (uint8_t *)resizing->images + i * from * (int64_t)from * 3};
    struct vww_image resized = {to, to, 3, resizing->teacher->resized + i * to * (int64_t)to * 3};
    if (vww_image_resize(&image, 0, 0, from, from, &resized, NULL) != VWW_OK)
        atomic_store(&resizing->failed, 1);
}

/* Up to AT_ONCE images as the teacher wants them. */
static vww_status fit(struct vww_teacher *teacher, const uint8_t *images, int64_t count,
                      const uint8_t **fitting, struct vww_error *error)
{
    struct resizing resizing = {.teacher = teacher, .images = images};
    const int64_t side = teacher->predictor.resolution;
    *fitting = images;
    if (teacher->resized == NULL)
        return VWW_OK;
    vww_parallel_for(count, resize_one, &resizing);
    *fitting = teacher->resized;
    return atomic_load(&resizing.failed) ? vww_fail_memory(error, (size_t)(side * side * 3))
                                         : VWW_OK;
}

/* The probabilities of a network with fake quantization are rounded, and their sum is not quite 1.
 */
static void blend(const float *probabilities, int32_t classes, double weight, double *target)
{
    double sum = 0;
    for (int32_t c = 0; c < classes; c++)
        sum += (double)probabilities[c];
    for (int32_t c = 0; c < classes && sum > 0; c++)
        target[c] = (1 - weight) * target[c] + weight * (double)probabilities[c] / sum;
}

vww_status vww_teacher_ask(struct vww_teacher *teacher, const uint8_t *images, int64_t count,
                           double weight, double *targets, struct vww_error *error)
{
    const int64_t image = (int64_t)teacher->pupil.side * teacher->pupil.side * 3;
    const int32_t classes = teacher->pupil.classes;
    for (int64_t first = 0; first < count; first += AT_ONCE) {
        const int32_t now = (int32_t)(count - first < AT_ONCE ? count - first : AT_ONCE);
        const uint8_t *fitting;
        vww_status status = fit(teacher, images + first * image, now, &fitting, error);
        if (status == VWW_OK)
            status = teacher->predictor.predict(teacher->predictor.context, fitting, now,
                                                teacher->probabilities, error);
        if (status != VWW_OK)
            return status;
        for (int32_t n = 0; n < now; n++)
            blend(teacher->probabilities + n * classes, classes, weight,
                  targets + (first + n) * classes);
    }
    return VWW_OK;
}
