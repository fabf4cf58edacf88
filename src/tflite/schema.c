#include "tflite/schema.h"

#define SCALAR(text, width)                                                                        \
    {                                                                                              \
        .name = text, .kind = FB_SCALAR, .bytes = width                                            \
    }
#define STRING(text)                                                                               \
    {                                                                                              \
        .name = text, .kind = FB_STRING                                                            \
    }
#define VECTOR(text, width)                                                                        \
    {                                                                                              \
        .name = text, .kind = FB_VECTOR, .bytes = width                                            \
    }
#define TABLE(text, schema)                                                                        \
    {                                                                                              \
        .name = text, .kind = FB_TABLE, .table = &schema                                           \
    }
#define TABLES(text, schema)                                                                       \
    {                                                                                              \
        .name = text, .kind = FB_TABLES, .table = &schema                                          \
    }
#define UNUSED(text)                                                                               \
    {                                                                                              \
        .name = text, .kind = FB_UNUSED                                                            \
    }
#define SCHEMA(text, list)                                                                         \
    {                                                                                              \
        .name = text, .fields = list, .field_count = sizeof list / sizeof list[0]                  \
    }

static const struct fb_field conv_2d_fields[] = {
    SCALAR("padding", 1),    SCALAR("stride_w", 4),
    SCALAR("stride_h", 4),   SCALAR("fused_activation_function", 1),
    SCALAR("dilation_w", 4), SCALAR("dilation_h", 4),
};
static const struct fb_schema conv_2d = SCHEMA("Conv2DOptions", conv_2d_fields);

static const struct fb_field depthwise_fields[] = {
    SCALAR("padding", 1),          SCALAR("stride_w", 4),         SCALAR("stride_h", 4),
    SCALAR("depth_multiplier", 4), SCALAR("fused_activation", 1), SCALAR("dilation_w", 4),
    SCALAR("dilation_h", 4),
};
static const struct fb_schema depthwise = SCHEMA("DepthwiseConv2DOptions", depthwise_fields);

static const struct fb_field pool_2d_fields[] = {
    SCALAR("padding", 1),      SCALAR("stride_w", 4),      SCALAR("stride_h", 4),
    SCALAR("filter_width", 4), SCALAR("filter_height", 4), SCALAR("fused_activation_function", 1),
};
static const struct fb_schema pool_2d = SCHEMA("Pool2DOptions", pool_2d_fields);

static const struct fb_field fully_connected_fields[] = {
    SCALAR("fused_activation_function", 1),
    SCALAR("weights_format", 1),
    SCALAR("keep_num_dims", 1),
};
static const struct fb_schema fully_connected =
    SCHEMA("FullyConnectedOptions", fully_connected_fields);

static const struct fb_field softmax_fields[] = {SCALAR("beta", 4)};
static const struct fb_schema softmax = SCHEMA("SoftmaxOptions", softmax_fields);

static const struct fb_field reshape_fields[] = {VECTOR("new_shape", 4)};
static const struct fb_schema reshape = SCHEMA("ReshapeOptions", reshape_fields);

static const struct fb_field concatenation_fields[] = {
    SCALAR("axis", 4),
    SCALAR("fused_activation_function", 1),
};
static const struct fb_schema concatenation = SCHEMA("ConcatenationOptions", concatenation_fields);

static const struct fb_field add_fields[] = {
    SCALAR("fused_activation_function", 1),
    SCALAR("pot_scale_int16", 1),
};
static const struct fb_schema add = SCHEMA("AddOptions", add_fields);

static const struct fb_field reducer_fields[] = {SCALAR("keep_dims", 1)};
static const struct fb_schema reducer = SCHEMA("ReducerOptions", reducer_fields);

static const struct fb_field split_fields[] = {SCALAR("num_splits", 4)};
static const struct fb_schema split = SCHEMA("SplitOptions", split_fields);

static const struct fb_field mul_fields[] = {SCALAR("fused_activation_function", 1)};
static const struct fb_schema mul = SCHEMA("MulOptions", mul_fields);

static const struct fb_field strided_slice_fields[] = {
    SCALAR("begin_mask", 4),    SCALAR("end_mask", 4),         SCALAR("ellipsis_mask", 4),
    SCALAR("new_axis_mask", 4), SCALAR("shrink_axis_mask", 4), SCALAR("offset", 1),
};
static const struct fb_schema strided_slice = SCHEMA("StridedSliceOptions", strided_slice_fields);

static const struct fb_field resize_nearest_fields[] = {
    SCALAR("align_corners", 1),
    SCALAR("half_pixel_centers", 1),
};
static const struct fb_schema resize_nearest =
    SCHEMA("ResizeNearestNeighborOptions", resize_nearest_fields);

/* Tables without fields. */
static const struct fb_schema no_fields = {.name = "options"};

static const struct fb_schema *const options[] = {
    [OPTIONS_CONV_2D] = &conv_2d,
    [OPTIONS_DEPTHWISE_CONV_2D] = &depthwise,
    [OPTIONS_POOL_2D] = &pool_2d,
    [OPTIONS_FULLY_CONNECTED] = &fully_connected,
    [OPTIONS_SOFTMAX] = &softmax,
    [OPTIONS_RESHAPE] = &reshape,
    [OPTIONS_CONCATENATION] = &concatenation,
    [OPTIONS_ADD] = &add,
    [OPTIONS_PAD] = &no_fields,
    [OPTIONS_TRANSPOSE] = &no_fields,
    [OPTIONS_REDUCER] = &reducer,
    [OPTIONS_SPLIT] = &split,
    [OPTIONS_MUL] = &mul,
    [OPTIONS_STRIDED_SLICE] = &strided_slice,
    [OPTIONS_RESIZE_NEAREST_NEIGHBOR] = &resize_nearest,
    [OPTIONS_QUANTIZE] = &no_fields,
    [OPTIONS_DEQUANTIZE] = &no_fields,
    [OPTIONS_HARD_SWISH] = &no_fields,
};

static const struct fb_field quantization_fields[] = {
    VECTOR("min", 4),
    VECTOR("max", 4),
    VECTOR("scale", 4),
    VECTOR("zero_point", 8),
    SCALAR("details_type", 1),
    UNUSED("details"),
    SCALAR("quantized_dimension", 4),
};
static const struct fb_schema quantization = SCHEMA("QuantizationParameters", quantization_fields);

static const struct fb_field tensor_fields[] = {
    VECTOR("shape", 4),
    SCALAR("type", 1),
    SCALAR("buffer", 4),
    STRING("name"),
    TABLE("quantization", quantization),
    SCALAR("is_variable", 1),
    UNUSED("sparsity"),
    VECTOR("shape_signature", 4),
    SCALAR("has_rank", 1),
    UNUSED("variant_tensors"),
    SCALAR("external_buffer", 4),
};
static const struct fb_schema tensor = SCHEMA("Tensor", tensor_fields);

static const struct fb_field operator_fields[] = {
    SCALAR("opcode_index", 4),
    VECTOR("inputs", 4),
    VECTOR("outputs", 4),
    SCALAR("builtin_options_type", 1),
    {.name = "builtin_options",
     .kind = FB_UNION,
     .members = options,
     .member_count = sizeof options / sizeof options[0]},
};
static const struct fb_schema operator= SCHEMA("Operator", operator_fields);

static const struct fb_field subgraph_fields[] = {
    TABLES("tensors", tensor),     VECTOR("inputs", 4), VECTOR("outputs", 4),
    TABLES("operators", operator), STRING("name"),
};
static const struct fb_schema subgraph = SCHEMA("SubGraph", subgraph_fields);

static const struct fb_field code_fields[] = {
    SCALAR("deprecated_builtin_code", 1),
    STRING("custom_code"),
    SCALAR("version", 4),
    SCALAR("builtin_code", 4),
};
static const struct fb_schema code = SCHEMA("OperatorCode", code_fields);

static const struct fb_field buffer_fields[] = {
    VECTOR("data", 1),
    SCALAR("offset", 8),
    SCALAR("size", 8),
};
static const struct fb_schema buffer = SCHEMA("Buffer", buffer_fields);

static const struct fb_field metadata_fields[] = {STRING("name"), SCALAR("buffer", 4)};
static const struct fb_schema metadata = SCHEMA("Metadata", metadata_fields);

static const struct fb_field model_fields[] = {
    SCALAR("version", 4),         TABLES("operator_codes", code), TABLES("subgraphs", subgraph),
    STRING("description"),        TABLES("buffers", buffer),      VECTOR("metadata_buffer", 4),
    TABLES("metadata", metadata),
};
const struct fb_schema tflite_model_schema = SCHEMA("Model", model_fields);

/* For messages about operators that are not supported. */
static const char *const code_names[] = {
    "ADD",
    "AVERAGE_POOL_2D",
    "CONCATENATION",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "DEPTH_TO_SPACE",
    "DEQUANTIZE",
    "EMBEDDING_LOOKUP",
    "FLOOR",
    "FULLY_CONNECTED",
    "HASHTABLE_LOOKUP",
    "L2_NORMALIZATION",
    "L2_POOL_2D",
    "LOCAL_RESPONSE_NORMALIZATION",
    "LOGISTIC",
    "LSH_PROJECTION",
    "LSTM",
    "MAX_POOL_2D",
    "MUL",
    "RELU",
    "RELU_N1_TO_1",
    "RELU6",
    "RESHAPE",
    "RESIZE_BILINEAR",
    "RNN",
    "SOFTMAX",
    "SPACE_TO_DEPTH",
    "SVDF",
    "TANH",
    "CONCAT_EMBEDDINGS",
    "SKIP_GRAM",
    "CALL",
    "CUSTOM",
    "EMBEDDING_LOOKUP_SPARSE",
    "PAD",
    "UNIDIRECTIONAL_SEQUENCE_RNN",
    "GATHER",
    "BATCH_TO_SPACE_ND",
    "SPACE_TO_BATCH_ND",
    "TRANSPOSE",
    "MEAN",
    "SUB",
    "DIV",
    "SQUEEZE",
    "UNIDIRECTIONAL_SEQUENCE_LSTM",
    "STRIDED_SLICE",
    "BIDIRECTIONAL_SEQUENCE_RNN",
    "EXP",
    "TOPK_V2",
    "SPLIT",
    "LOG_SOFTMAX",
    "DELEGATE",
    "BIDIRECTIONAL_SEQUENCE_LSTM",
    "CAST",
    "PRELU",
    "MAXIMUM",
    "ARG_MAX",
    "MINIMUM",
    "LESS",
    "NEG",
    "PADV2",
    "GREATER",
    "GREATER_EQUAL",
    "LESS_EQUAL",
    "SELECT",
    "SLICE",
    "SIN",
    "TRANSPOSE_CONV",
    "SPARSE_TO_DENSE",
    "TILE",
    "EXPAND_DIMS",
    "EQUAL",
    "NOT_EQUAL",
    "LOG",
    "SUM",
    "SQRT",
    "RSQRT",
    "SHAPE",
    "POW",
    "ARG_MIN",
    "FAKE_QUANT",
    "REDUCE_PROD",
    "REDUCE_MAX",
    "PACK",
    "LOGICAL_OR",
    "ONE_HOT",
    "LOGICAL_AND",
    "LOGICAL_NOT",
    "UNPACK",
    "REDUCE_MIN",
    "FLOOR_DIV",
    "REDUCE_ANY",
    "SQUARE",
    "ZEROS_LIKE",
    "FILL",
    "FLOOR_MOD",
    "RANGE",
    "RESIZE_NEAREST_NEIGHBOR",
    "LEAKY_RELU",
    "SQUARED_DIFFERENCE",
    "MIRROR_PAD",
    "ABS",
    "SPLIT_V",
    "UNIQUE",
    "CEIL",
    "REVERSE_V2",
    "ADD_N",
    "GATHER_ND",
    "COS",
    "WHERE",
    "RANK",
    "ELU",
    "REVERSE_SEQUENCE",
    "MATRIX_DIAG",
    "QUANTIZE",
    "MATRIX_SET_DIAG",
    "ROUND",
    "HARD_SWISH",
    "IF",
    "WHILE",
    "NON_MAX_SUPPRESSION_V4",
    "NON_MAX_SUPPRESSION_V5",
    "SCATTER_ND",
    "SELECT_V2",
    "DENSIFY",
    "SEGMENT_SUM",
    "BATCH_MATMUL",
    "PLACEHOLDER_FOR_GREATER_OP_CODES",
    "CUMSUM",
    "CALL_ONCE",
    "BROADCAST_TO",
    "RFFT2D",
    "CONV_3D",
    "IMAG",
    "REAL",
    "COMPLEX_ABS",
    "HASHTABLE",
    "HASHTABLE_FIND",
    "HASHTABLE_IMPORT",
    "HASHTABLE_SIZE",
    "REDUCE_ALL",
    "CONV_3D_TRANSPOSE",
    "VAR_HANDLE",
    "READ_VARIABLE",
    "ASSIGN_VARIABLE",
    "BROADCAST_ARGS",
    "RANDOM_STANDARD_NORMAL",
    "BUCKETIZE",
    "RANDOM_UNIFORM",
    "MULTINOMIAL",
    "GELU",
    "DYNAMIC_UPDATE_SLICE",
    "RELU_0_TO_1",
    "UNSORTED_SEGMENT_PROD",
    "UNSORTED_SEGMENT_MAX",
    "UNSORTED_SEGMENT_SUM",
    "ATAN2",
    "UNSORTED_SEGMENT_MIN",
    "SIGN",
    "BITCAST",
    "BITWISE_XOR",
    "RIGHT_SHIFT",
};

const char *tflite_code_name(int32_t number)
{
    if (number < 0 || number >= (int32_t)(sizeof code_names / sizeof code_names[0]))
        return NULL;
    return code_names[number];
}
