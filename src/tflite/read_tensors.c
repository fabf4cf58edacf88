/* The tensors of a .tflite file: types, shapes, quantization, constants. */
#include "tflite/reader.h"

#include <math.h>
#include <string.h>

vww_status tflite_constant(const struct tflite_reader *r, int32_t tensor, struct fb_vector *data)
{
    const struct fb_table table = tflite_file_tensor(r, tensor);
    const uint32_t number = fb_u32(table, TENSOR_BUFFER, 0);
    *data = (struct fb_vector){0};
    if (fb_u32(table, TENSOR_EXTERNAL_BUFFER, 0) != 0)
        return tflite_fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor,
                                  "its data lies outside the file, which is not supported");
    if (number >= fb_vector(r->model, MODEL_BUFFERS).count)
        return tflite_fail_tensor(r, VWW_ERROR_FORMAT, tensor, "its buffer does not exist");
    const struct fb_table buffer = fb_table_at(r->model, MODEL_BUFFERS, number);
    if (fb_integer(buffer, BUFFER_OFFSET, 8, 0) != 0)
        return tflite_fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor,
                                  "its data lies behind the FlatBuffer, which is not supported");
    *data = fb_vector(buffer, BUFFER_DATA);
    return VWW_OK;
}

static vww_status read_type(const struct tflite_reader *r, int32_t tensor, enum vww_dtype *dtype)
{
    const int64_t type = fb_integer(tflite_file_tensor(r, tensor), TENSOR_TYPE, 1, TYPE_FLOAT32);
    switch (type) {
    case TYPE_FLOAT32:
        *dtype = VWW_FLOAT32;
        return VWW_OK;
    case TYPE_INT8:
        *dtype = VWW_INT8;
        return VWW_OK;
    case TYPE_UINT8:
        *dtype = VWW_UINT8;
        return VWW_OK;
    case TYPE_INT32:
        *dtype = VWW_INT32;
        return VWW_OK;
    case TYPE_INT64:
        *dtype = VWW_INT64;
        return VWW_OK;
    default:
        tflite_fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor, "its data type is not supported");
        vww_error_seen(r->error, "type %d of the format", (int)type);
        vww_error_allowed(r->error, "float32, int8, uint8, int32, int64");
        return VWW_ERROR_UNSUPPORTED;
    }
}

static vww_status read_shape(const struct tflite_reader *r, int32_t tensor, struct vww_shape *shape)
{
    const struct fb_vector dims = fb_vector(tflite_file_tensor(r, tensor), TENSOR_SHAPE);
    const struct fb_vector signature =
        fb_vector(tflite_file_tensor(r, tensor), TENSOR_SHAPE_SIGNATURE);
    if (dims.count > VWW_MAX_RANK) {
        tflite_fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor, "it has too many dimensions");
        vww_error_seen(r->error, "%u", dims.count);
        vww_error_allowed(r->error, "at most %d", VWW_MAX_RANK);
        return VWW_ERROR_UNSUPPORTED;
    }
    *shape = (struct vww_shape){.rank = (int)dims.count};
    for (uint32_t i = 0; i < dims.count; i++)
        shape->dims[i] = fb_i32_at(dims, i);
    if (vww_shape_elements(shape) < 0)
        return tflite_fail_tensor(
            r, VWW_ERROR_UNSUPPORTED, tensor,
            "its shape is dynamic or impossible; only fixed shapes are supported");
    /* A batch of unknown size is taken as the one image that the shape says. */
    for (uint32_t i = 1; i < signature.count; i++)
        if (fb_i32_at(signature, i) < 0)
            return tflite_fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor,
                                      "its shape is dynamic; only fixed shapes are supported");
    if (r->roles[tensor] == VWW_ROLE_ACTIVATION && shape->rank == 4 && shape->dims[0] != 1) {
        tflite_fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor,
                           "only one image at a time is supported");
        vww_error_seen(r->error, "a batch of %d", (int)shape->dims[0]);
        return VWW_ERROR_UNSUPPORTED;
    }
    return VWW_OK;
}

/* Account for bytes that are copied from the file. */
static vww_status take_bytes(struct tflite_reader *r, int32_t tensor, size_t bytes)
{
    if (bytes > r->bytes_left)
        return tflite_fail_tensor(r, VWW_ERROR_FORMAT, tensor,
                                  "the constants are many times larger than the file");
    r->bytes_left -= bytes;
    return VWW_OK;
}

static vww_status check_quantization(const struct tflite_reader *r, int32_t tensor,
                                     struct fb_table quantization, const struct vww_shape *shape)
{
    const struct fb_vector scales = fb_vector(quantization, QUANTIZATION_SCALE);
    const struct fb_vector zeros = fb_vector(quantization, QUANTIZATION_ZERO_POINT);
    const int32_t axis = (int32_t)fb_integer(quantization, QUANTIZATION_DIMENSION, 4, 0);
    if (fb_u8(quantization, QUANTIZATION_DETAILS_TYPE, 0) != 0)
        return tflite_fail_tensor(r, VWW_ERROR_UNSUPPORTED, tensor,
                                  "it has a quantization of a custom kind");
    if (zeros.count != scales.count)
        return tflite_fail_tensor(r, VWW_ERROR_FORMAT, tensor,
                                  "it has not as many zero points as scales");
    if (scales.count > 1 &&
        (axis < 0 || axis >= shape->rank || (uint32_t)shape->dims[axis] != scales.count)) {
        char text[64];
        vww_shape_text(shape, text, sizeof text);
        tflite_fail_tensor(r, VWW_ERROR_FORMAT, tensor, "its scales do not fit its shape");
        vww_error_seen(r->error, "%u scales along dimension %d of %s", scales.count, (int)axis,
                       text);
        return VWW_ERROR_FORMAT;
    }
    for (uint32_t i = 0; i < scales.count; i++) {
        const int64_t zero = fb_i64_at(zeros, i);
        const float scale = fb_f32_at(scales, i);
        if (!isfinite(scale) || scale < 0 || zero < INT32_MIN || zero > INT32_MAX) {
            tflite_fail_tensor(r, VWW_ERROR_FORMAT, tensor, "its quantization is impossible");
            vww_error_seen(r->error, "scale %g, zero point %lld", (double)scale, (long long)zero);
            return VWW_ERROR_FORMAT;
        }
    }
    return VWW_OK;
}

static vww_status read_quantization(struct tflite_reader *r, int32_t tensor, struct vww_tensor *to)
{
    struct fb_table quantization;
    if (!fb_child(tflite_file_tensor(r, tensor), TENSOR_QUANTIZATION, &quantization))
        return VWW_OK;
    vww_status status = check_quantization(r, tensor, quantization, &to->shape);
    if (status != VWW_OK)
        return status;
    const struct fb_vector low = fb_vector(quantization, QUANTIZATION_MIN);
    const struct fb_vector high = fb_vector(quantization, QUANTIZATION_MAX);
    if (to->role == VWW_ROLE_ACTIVATION && low.count == 1 && high.count == 1) {
        to->range_low = fb_f32_at(low, 0);
        to->range_high = fb_f32_at(high, 0);
    }
    const struct fb_vector scales = fb_vector(quantization, QUANTIZATION_SCALE);
    const struct fb_vector zeros = fb_vector(quantization, QUANTIZATION_ZERO_POINT);
    if (scales.count == 0)
        return VWW_OK;
    const int64_t axis = fb_integer(quantization, QUANTIZATION_DIMENSION, 4, 0);
    const bool has_axis = axis >= 0 && axis < to->shape.rank; /* without meaning for one scale */
    status = take_bytes(r, tensor, (size_t)scales.count * 8);
    if (status == VWW_OK)
        status = vww_tensor_quantize_axis(to, has_axis ? (int32_t)axis : 0, (int32_t)scales.count,
                                          r->error);
    for (uint32_t i = 0; i < scales.count && status == VWW_OK; i++) {
        to->quantization.scales[i] = fb_f32_at(scales, i);
        to->quantization.zero_points[i] = (int32_t)fb_i64_at(zeros, i);
    }
    return status;
}

static vww_status read_data(struct tflite_reader *r, int32_t tensor, struct vww_tensor *to)
{
    struct fb_vector data;
    vww_status status = tflite_constant(r, tensor, &data);
    if (status != VWW_OK)
        return status;
    const int64_t elements = vww_shape_elements(&to->shape);
    if ((uint64_t)elements > data.count ||
        (uint64_t)elements * vww_dtype_bytes(to->dtype) != data.count) {
        char shape[64];
        vww_shape_text(&to->shape, shape, sizeof shape);
        tflite_fail_tensor(r, VWW_ERROR_FORMAT, tensor, "its data does not fit its shape");
        vww_error_seen(r->error, "%u bytes for %s of %s", data.count, shape,
                       vww_dtype_name(to->dtype));
        return VWW_ERROR_FORMAT;
    }
    status = take_bytes(r, tensor, data.count);
    if (status == VWW_OK)
        status = vww_tensor_allocate(to, r->error);
    if (status == VWW_OK)
        memcpy(to->data, data.data, data.count);
    return status;
}

vww_status tflite_read_tensor(struct tflite_reader *r, int32_t tensor)
{
    enum vww_dtype dtype;
    struct vww_shape shape;
    vww_status status = read_type(r, tensor, &dtype);
    if (status == VWW_OK)
        status = read_shape(r, tensor, &shape);
    if (status != VWW_OK)
        return status;
    const int32_t index =
        vww_graph_tensor(r->graph, tflite_tensor_name(r, tensor), dtype, r->roles[tensor], &shape);
    if (index < 0)
        return vww_fail_memory(r->error, sizeof(struct vww_tensor));
    r->index[tensor] = index;
    struct vww_tensor *to = &r->graph->tensors[index];
    status = read_quantization(r, tensor, to);
    if (status == VWW_OK && to->role != VWW_ROLE_ACTIVATION)
        status = read_data(r, tensor, to);
    return status;
}
