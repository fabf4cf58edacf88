/* A predictor that speaks MLPerf Tiny's serial protocol with the device. */
#include "machine/harness.h"
#include "vww/interpret.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_SECONDS 30.0
#define COMMAND_SECONDS 30.0
#define INFER_SECONDS 120.0
#define BYTES_AT_ONCE 38 /* "db " and two digits each within the protocol's 80 characters */

vww_status vww_harness_build(const struct vww_graph *graph, const struct vww_machine *machine,
                             struct vww_machine_build *build, struct vww_error *error)
{
    static const char *const common[] = {"harness.c", "harness.h", "harness_main.c", "serial.h"};
    vww_status status = vww_machine_generate(graph, machine, NULL, build, error);
    for (size_t i = 0; i < sizeof common / sizeof common[0] && status == VWW_OK; i++)
        status = vww_machine_put_firmware(build, common[i], error);
    if (status == VWW_OK)
        status = vww_machine_put_firmware(
            build, machine->is_emulated ? "serial_cortex_m.c" : "serial_host.c", error);
    char path[VWW_PATH_MAX];
    if (status == VWW_OK) /* the other firmware's */
        status = vww_path_join(path, build->directory, "main.c", error);
    if (status == VWW_OK && unlink(path) != 0)
        status = vww_fail_io(error, "remove", path);
    return status == VWW_OK ? vww_machine_compile(build, error) : status;
}

vww_status vww_harness_start(const struct vww_machine_build *build, struct vww_line *line,
                             struct vww_error *error)
{
    vww_status status = vww_line_make(line, build->machine->name, error);
    if (status != VWW_OK)
        return status;
    const char *const emulated[] = {"qemu-system-arm",
                                    "-machine",
                                    build->machine->name,
                                    "-display",
                                    "none",
                                    "-monitor",
                                    "none",
                                    "-serial",
                                    line->path,
                                    "-kernel",
                                    "program",
                                    "-semihosting-config",
                                    "enable=on,target=native",
                                    NULL};
    const char *const direct[] = {"./program", NULL};
    status = vww_line_start(line, build->machine->is_emulated ? emulated : direct, build->directory,
                            !build->machine->is_emulated, "qemu-system-arm", error);
    struct vww_buffer reply = {0};
    if (status == VWW_OK)
        status = vww_line_exchange(line, "", 0, START_SECONDS, &reply, error);
    vww_buffer_fini(&reply);
    return status;
}

/* --- the predictor ---------------------------------------------------------------------------- */

struct harness_predictor {
    const struct vww_graph *graph;
    struct vww_machine_build build; /* empty where the device is a real one */
    struct vww_line line;
    int64_t input_bytes, output_bytes;
};

/* A command whose reply is not looked at. */
static vww_status tell(struct harness_predictor *p, const char *command, struct vww_error *error)
{
    struct vww_buffer reply;
    const vww_status status = vww_line_command(&p->line, command, COMMAND_SECONDS, &reply, error);
    vww_buffer_fini(&reply);
    return status;
}

static vww_status send_image(struct harness_predictor *p, const uint8_t *image,
                             struct vww_error *error)
{
    char command[96];
    snprintf(command, sizeof command, "db load %lld", (long long)p->input_bytes);
    vww_status status = tell(p, command, error);
    for (int64_t at = 0; at < p->input_bytes && status == VWW_OK; at += BYTES_AT_ONCE) {
        int length = snprintf(command, sizeof command, "db ");
        for (int64_t i = at; i < at + BYTES_AT_ONCE && i < p->input_bytes; i++)
            length += snprintf(command + length, sizeof command - (size_t)length, "%02x", image[i]);
        status = tell(p, command, error);
    }
    return status;
}

/* The numbers of "m-results-[a,b]". The device prints six digits of each; the model's integers,
 * which they stand for, are recovered, so that the probabilities are those of every other way to
 * run it. */
static vww_status parse_results(const struct harness_predictor *p, const char *reply,
                                float *probabilities, struct vww_error *error)
{
    const struct vww_quantization *q = &p->graph->tensors[p->graph->output].quantization;
    const char *list = strstr(reply, "m-results-[");
    const char *at = list != NULL ? list + strlen("m-results-[") : "";
    int64_t count = 0;
    for (char *end; count < p->output_bytes; count++, at = end + (*end == ',')) {
        const double value = strtod(at, &end);
        if (end == at || (*end != ',' && *end != ']'))
            break;
        probabilities[count] = q->scales[0] * (float)lround(value / (double)q->scales[0]);
    }
    if (count == p->output_bytes && at[0] == ']')
        return VWW_OK;
    vww_fail(error, VWW_ERROR_FORMAT, "%s sent no usable results", p->line.name);
    vww_error_seen(error, "%.120s", list != NULL ? list : reply);
    vww_error_allowed(error, "m-results-[…] with %lld numbers", (long long)p->output_bytes);
    return VWW_ERROR_FORMAT;
}

static vww_status predict(void *context, const uint8_t *images, int32_t count, float *probabilities,
                          struct vww_error *error)
{
    struct harness_predictor *p = context;
    vww_status status = VWW_OK;
    for (int32_t i = 0; i < count && status == VWW_OK; i++) {
        struct vww_buffer reply = {0};
        status = send_image(p, images + i * p->input_bytes, error);
        if (status == VWW_OK)
            status = vww_line_command(&p->line, "infer 1 0", INFER_SECONDS, &reply, error);
        if (status == VWW_OK)
            status = parse_results(p, (const char *)reply.data, probabilities + i * p->output_bytes,
                                   error);
        vww_buffer_fini(&reply);
    }
    return status;
}

static void destroy(void *context)
{
    struct harness_predictor *p = context;
    vww_line_close(&p->line);
    vww_machine_build_fini(&p->build);
    vww_free(p);
}

/* Whether it is a device of ours, and serves a visual wake words model. */
static vww_status greet(struct harness_predictor *p, struct vww_error *error)
{
    struct vww_buffer reply;
    vww_status status = vww_line_command(&p->line, "name", COMMAND_SECONDS, &reply, error);
    if (status == VWW_OK && strstr((const char *)reply.data, "m-name-") == NULL) {
        status = vww_fail(error, VWW_ERROR_FORMAT, "%s does not speak MLPerf Tiny's protocol",
                          p->line.name);
        vww_error_seen(error, "%.120s", (const char *)reply.data);
    }
    vww_buffer_fini(&reply);
    return status;
}

static vww_status open_device(struct harness_predictor *p, const char *machine, const char *serial,
                              struct vww_error *error)
{
    const struct vww_machine *found;
    vww_status status;
    if (serial != NULL) {
        status = vww_line_open(&p->line, serial, error);
    } else {
        status = vww_machine_find(machine, &found, error);
        if (status == VWW_OK)
            status = vww_harness_build(p->graph, found, &p->build, error);
        if (status == VWW_OK)
            status = vww_harness_start(&p->build, &p->line, error);
    }
    return status == VWW_OK ? greet(p, error) : status;
}

vww_status vww_harness_predictor(const struct vww_graph *graph, const char *machine,
                                 const char *serial, struct vww_predictor *predictor,
                                 struct vww_error *error)
{
    *predictor = (struct vww_predictor){0};
    struct harness_predictor *made = vww_allocate(1, sizeof *made);
    if (made == NULL)
        return vww_fail_memory(error, sizeof *made);
    made->graph = graph;
    made->line.master = made->line.slave = -1;
    made->input_bytes = vww_shape_elements(&graph->tensors[graph->input].shape);
    made->output_bytes = vww_shape_elements(&graph->tensors[graph->output].shape);
    const vww_status status = open_device(made, machine, serial, error);
    if (status != VWW_OK) {
        destroy(made);
        return status;
    }
    *predictor = (struct vww_predictor){
        .predict = predict,
        .destroy = destroy,
        .context = made,
        .resolution = graph->tensors[graph->input].shape.dims[1],
        .classes = (int32_t)made->output_bytes,
        .batch = 1,
        .kind = "device",
    };
    return VWW_OK;
}
