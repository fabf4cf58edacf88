/* A graph as bytes: little-endian, fixed-width, each count checked against what is left to read.
 *
 *   "VWWG", u32 version
 *   texts (u16 length, bytes): name, family, resize
 *   f64 depth multiplier, f32 mean, f32 scale, i32 input, i32 output
 *   since version 4: u8 input edge, u8 output edge, u8 older_uint8
 *   u32 tensors; each: name, u8 dtype, u8 role, shape, i32 quantization count and axis, scales
 * (f32), zero points (i32), f32 range low and high, u8 has data, data u32 operators; each: name, u8
 * kind, inputs, outputs, the numeric members in their order shape: u8 rank, i32 each */
#include "base/memory.h"
#include "vww/graph.h"

#include <string.h>

#define MAGIC "VWWG"
#define VERSION 4
#define VERSION_OLDEST 1 /* without pad_front and pad_back */

static void put(struct vww_buffer *out, const void *value, size_t bytes)
{
    vww_buffer_append(out, value, bytes); /* hosts are little-endian: checked in serialize() */
}

static void put_u8(struct vww_buffer *out, unsigned value)
{
    const uint8_t byte = (uint8_t)value;
    put(out, &byte, 1);
}

static void put_i32(struct vww_buffer *out, int32_t value)
{
    put(out, &value, 4);
}

static void put_text(struct vww_buffer *out, const char *text)
{
    const uint16_t length = (uint16_t)strlen(text);
    put(out, &length, 2);
    put(out, text, length);
}

static void put_shape(struct vww_buffer *out, const struct vww_shape *shape)
{
    put_u8(out, (unsigned)shape->rank);
    for (int i = 0; i < shape->rank; i++)
        put_i32(out, shape->dims[i]);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "files are little-endian, and so is the code");

/* The integer members of an operator, in file order. */
/* clang-format off */
#define OP_INTEGERS(X)                                                                             \
    X(stride_h) X(stride_w) X(dilation_h) X(dilation_w) X(kernel_h) X(kernel_w) X(groups)          \
    X(pad_top) X(pad_bottom) X(pad_left) X(pad_right)
/* Those that version 2 added. */
#define OP_INTEGERS_2(X) X(pad_front) X(pad_back)
/* Those that version 3 added. */
#define OP_INTEGERS_3(X) X(order[0]) X(order[1]) X(order[2]) X(order[3])
/* Those that version 4 added. */
#define OP_INTEGERS_4(X)                                                                           \
    X(axes) X(from_last) X(dropped)                                                                \
    X(begin[0]) X(begin[1]) X(begin[2]) X(begin[3]) X(step[0]) X(step[1]) X(step[2]) X(step[3])
#define OP_FLOATS(X) X(epsilon) X(momentum) X(keep_probability) X(beta)
/* clang-format on */

vww_status vww_graph_serialize(const struct vww_graph *graph, struct vww_buffer *out,
                               struct vww_error *error)
{
    put(out, MAGIC, 4);
    put_i32(out, VERSION);
    put_text(out, graph->name);
    put_text(out, graph->family);
    put_text(out, graph->preprocessing.resize);
    put(out, &graph->depth_multiplier, 8);
    put(out, &graph->preprocessing.mean, 4);
    put(out, &graph->preprocessing.scale, 4);
    put_i32(out, graph->input);
    put_i32(out, graph->output);
    put_u8(out, graph->input_edge);
    put_u8(out, graph->output_edge);
    put_u8(out, graph->older_uint8);
    put_i32(out, graph->tensor_count);
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        const struct vww_tensor *tensor = &graph->tensors[i];
        const struct vww_quantization *q = &tensor->quantization;
        put_text(out, tensor->name);
        put_u8(out, tensor->dtype);
        put_u8(out, tensor->role);
        put_shape(out, &tensor->shape);
        put_i32(out, q->count);
        put_i32(out, q->axis);
        put(out, q->scales, (size_t)q->count * 4);
        put(out, q->zero_points, (size_t)q->count * 4);
        put(out, &tensor->range_low, 4);
        put(out, &tensor->range_high, 4);
        put_u8(out, tensor->data != NULL);
        if (tensor->data != NULL)
            put(out, tensor->data,
                (size_t)vww_shape_elements(&tensor->shape) * vww_dtype_bytes(tensor->dtype));
    }
    put_i32(out, graph->op_count);
    for (int32_t i = 0; i < graph->op_count; i++) {
        const struct vww_op *op = &graph->ops[i];
        put_text(out, op->name);
        put_text(out, vww_op_name(op->kind));
        put_u8(out, (unsigned)op->input_count);
        put(out, op->inputs, (size_t)op->input_count * 4);
        put_u8(out, (unsigned)op->output_count);
        put(out, op->outputs, (size_t)op->output_count * 4);
        put_u8(out, op->padding);
        put_u8(out, op->activation);
#define X(member) put_i32(out, op->member);
        OP_INTEGERS(X)
        OP_INTEGERS_2(X)
        OP_INTEGERS_3(X)
        OP_INTEGERS_4(X)
#undef X
        put_u8(out, op->align_corners);
        put_u8(out, op->half_pixel_centers);
#define X(member) put(out, &op->member, 4);
        OP_FLOATS(X)
#undef X
        put_shape(out, &op->shape);
    }
    return out->failed ? vww_fail_memory(error, out->size) : VWW_OK;
}

/* Reads never pass the end; the first failure sticks, and later reads give zeros. */
struct reader {
    const uint8_t *data;
    size_t bytes, at;
    const char *wrong; /* what was wrong, NULL while nothing is */
    int32_t version;
};

static void refuse(struct reader *in, const char *wrong)
{
    if (in->wrong == NULL)
        in->wrong = wrong;
}

static void get(struct reader *in, void *value, size_t bytes)
{
    if (in->wrong != NULL || bytes > in->bytes - in->at) {
        refuse(in, "the graph is cut short");
        memset(value, 0, bytes);
        return;
    }
    if (bytes > 0)
        memcpy(value, in->data + in->at, bytes);
    in->at += bytes;
}

static unsigned get_u8(struct reader *in, unsigned limit, const char *wrong)
{
    uint8_t value;
    get(in, &value, 1);
    if (value >= limit) {
        refuse(in, wrong);
        return 0;
    }
    return value;
}

static int32_t get_i32(struct reader *in)
{
    int32_t value;
    get(in, &value, 4);
    return value;
}

static void get_text(struct reader *in, char *text, size_t size)
{
    uint16_t length;
    get(in, &length, 2);
    if (length >= size) {
        refuse(in, "a name is too long");
        length = 0;
    }
    get(in, text, length);
    text[length] = '\0';
    if (strlen(text) != length)
        refuse(in, "a name contains a NUL byte");
}

static void get_shape(struct reader *in, struct vww_shape *shape)
{
    *shape = (struct vww_shape){.rank = (int)get_u8(in, VWW_MAX_RANK + 1, "a rank is too high")};
    for (int i = 0; i < shape->rank; i++)
        shape->dims[i] = get_i32(in);
    if (vww_shape_elements(shape) < 0 && shape->rank > 0)
        refuse(in, "a shape is impossible");
}

static void get_tensor(struct reader *in, struct vww_graph *graph)
{
    char name[VWW_NAME_MAX];
    struct vww_shape shape;
    get_text(in, name, sizeof name);
    const enum vww_dtype dtype = (enum vww_dtype)get_u8(in, VWW_INT64 + 1, "an unknown data type");
    const enum vww_role role = (enum vww_role)get_u8(in, VWW_ROLE_CONSTANT + 1, "an unknown role");
    get_shape(in, &shape);
    const int32_t count = get_i32(in), axis = get_i32(in);
    if (in->wrong != NULL)
        return;
    if (count < 0 || (size_t)count > (in->bytes - in->at) / 8 || axis < 0 ||
        (count > 1 && (axis >= shape.rank || shape.dims[axis] != count))) {
        refuse(in, "the quantization does not fit the tensor");
        return;
    }
    const int32_t index = vww_graph_tensor(graph, name, dtype, role, &shape);
    if (index < 0) {
        refuse(in, "out of memory");
        return;
    }
    struct vww_tensor *tensor = &graph->tensors[index];
    if (count > 0) {
        if (vww_tensor_quantize_axis(tensor, axis, count, NULL) != VWW_OK) {
            refuse(in, "out of memory");
            return;
        }
        get(in, tensor->quantization.scales, (size_t)count * 4);
        get(in, tensor->quantization.zero_points, (size_t)count * 4);
    }
    get(in, &tensor->range_low, 4);
    get(in, &tensor->range_high, 4);
    if (get_u8(in, 2, "a flag is neither 0 nor 1") == 0 || in->wrong != NULL)
        return;
    const size_t width = vww_dtype_bytes(dtype);
    const int64_t elements = vww_shape_elements(&shape);
    if (elements < 0 || (uint64_t)elements > (in->bytes - in->at) / width) {
        refuse(in, "the graph is cut short");
        return;
    }
    if (vww_tensor_allocate(tensor, NULL) != VWW_OK) {
        refuse(in, "out of memory");
        return;
    }
    get(in, tensor->data, (size_t)elements * width);
}

static void get_op(struct reader *in, struct vww_graph *graph)
{
    struct vww_op op = {0};
    char kind[32];
    get_text(in, op.name, sizeof op.name);
    get_text(in, kind, sizeof kind);
    while (op.kind < VWW_OP_COUNT && strcmp(vww_op_name(op.kind), kind) != 0)
        op.kind++;
    if (op.kind == VWW_OP_COUNT)
        refuse(in, "an unknown operator");
    op.input_count = (int32_t)get_u8(in, VWW_MAX_INPUTS + 1, "too many inputs");
    get(in, op.inputs, (size_t)op.input_count * 4);
    op.output_count = (int32_t)get_u8(in, VWW_MAX_OUTPUTS + 1, "too many outputs");
    get(in, op.outputs, (size_t)op.output_count * 4);
    op.padding = (enum vww_padding)get_u8(in, VWW_PADDING_EXPLICIT + 1, "an unknown padding");
    op.activation =
        (enum vww_activation)get_u8(in, VWW_ACTIVATION_RELU_N1_TO_1 + 1, "an unknown activation");
#define X(member) op.member = get_i32(in);
    OP_INTEGERS(X)
    if (in->version >= 2) {
        OP_INTEGERS_2(X)
    }
    if (in->version >= 3) {
        OP_INTEGERS_3(X)
    }
    if (in->version >= 4) {
        OP_INTEGERS_4(X)
    }
#undef X
    if (in->version >= 4) {
        op.align_corners = get_u8(in, 2, "a flag is neither 0 nor 1") != 0;
        op.half_pixel_centers = get_u8(in, 2, "a flag is neither 0 nor 1") != 0;
    }
#define X(member) get(in, &op.member, 4);
    OP_FLOATS(X)
#undef X
    get_shape(in, &op.shape);
    if (in->wrong != NULL)
        return;
    void *ops = graph->ops;
    if (vww_array_reserve(&ops, &graph->op_capacity, (size_t)graph->op_count + 1,
                          sizeof *graph->ops) != 0) {
        refuse(in, "out of memory");
        return;
    }
    graph->ops = ops;
    graph->ops[graph->op_count++] = op;
}

vww_status vww_graph_deserialize(const void *data, size_t bytes, struct vww_graph **graph,
                                 struct vww_error *error)
{
    struct reader in = {.data = data, .bytes = bytes};
    char magic[4];
    *graph = NULL;
    get(&in, magic, 4);
    if (memcmp(magic, MAGIC, 4) != 0)
        refuse(&in, "not a graph");
    in.version = get_i32(&in);
    if (in.wrong == NULL && (in.version < VERSION_OLDEST || in.version > VERSION)) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "the graph was written by another version of vww");
        vww_error_seen(error, "format %d", (int)in.version);
        vww_error_allowed(error, "formats %d to %d", VERSION_OLDEST, VERSION);
        return VWW_ERROR_UNSUPPORTED;
    }
    struct vww_graph *read = vww_graph_create("");
    if (read == NULL)
        return vww_fail_memory(error, sizeof *read);
    get_text(&in, read->name, sizeof read->name);
    get_text(&in, read->family, sizeof read->family);
    get_text(&in, read->preprocessing.resize, sizeof read->preprocessing.resize);
    get(&in, &read->depth_multiplier, 8);
    get(&in, &read->preprocessing.mean, 4);
    get(&in, &read->preprocessing.scale, 4);
    read->input = get_i32(&in);
    read->output = get_i32(&in);
    if (in.version >= 4) {
        read->input_edge = (enum vww_edge)get_u8(&in, VWW_EDGE_UINT8 + 1, "an unknown edge");
        read->output_edge = (enum vww_edge)get_u8(&in, VWW_EDGE_UINT8 + 1, "an unknown edge");
        read->older_uint8 = get_u8(&in, 2, "a flag is neither 0 nor 1") != 0;
    }
    for (int32_t left = get_i32(&in); left > 0 && in.wrong == NULL; left--)
        get_tensor(&in, read);
    for (int32_t left = get_i32(&in); left > 0 && in.wrong == NULL; left--)
        get_op(&in, read);
    if (in.wrong == NULL && in.at != in.bytes)
        refuse(&in, "bytes follow the graph");
    vww_status status = VWW_OK;
    if (in.wrong != NULL) {
        status = vww_fail(error, VWW_ERROR_FORMAT, "%s", in.wrong);
        vww_error_at(error, NULL, (int64_t)in.at);
    } else {
        status = vww_graph_check(read, false, error);
    }
    if (status != VWW_OK) {
        vww_graph_destroy(read);
        return status;
    }
    *graph = read;
    return VWW_OK;
}
