/* tf.train.Example by protobuf-c. */
#include "base/memory.h"
#include "example.pb-c.h"
#include "vww/tfrecord.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* --- writing ------------------------------------------------------------------------------------
 */

#define FEATURE_COUNT 13

/* Everything an Example is made of, so that packing allocates only for the boxes. */
struct draft {
    VwwProto__Example example;
    VwwProto__Features features;
    VwwProto__FeatureEntry entry[FEATURE_COUNT], *entries[FEATURE_COUNT];
    VwwProto__Feature feature[FEATURE_COUNT];
    VwwProto__BytesList bytes_list[FEATURE_COUNT];
    VwwProto__FloatList float_list[FEATURE_COUNT];
    VwwProto__Int64List int64_list[FEATURE_COUNT];
    ProtobufCBinaryData bytes[FEATURE_COUNT];
    int64_t integer[FEATURE_COUNT];
    size_t count;
};

static size_t add_entry(struct draft *draft, const char *key, VwwProto__Feature__KindCase kind)
{
    const size_t i = draft->count++;
    vww_proto__feature_entry__init(&draft->entry[i]);
    vww_proto__feature__init(&draft->feature[i]);
    draft->entry[i].key = (char *)(uintptr_t)key; /* protobuf-c only reads it */
    draft->entry[i].value = &draft->feature[i];
    draft->feature[i].kind_case = kind;
    draft->entries[i] = &draft->entry[i];
    return i;
}

static void add_bytes(struct draft *draft, const char *key, const void *data, size_t bytes)
{
    const size_t i = add_entry(draft, key, VWW_PROTO__FEATURE__KIND_BYTES_LIST);
    vww_proto__bytes_list__init(&draft->bytes_list[i]);
    draft->bytes[i] = (ProtobufCBinaryData){.len = bytes, .data = (uint8_t *)(uintptr_t)data};
    draft->bytes_list[i].n_value = 1;
    draft->bytes_list[i].value = &draft->bytes[i];
    draft->feature[i].bytes_list = &draft->bytes_list[i];
}

static void add_text(struct draft *draft, const char *key, const char *text)
{
    add_bytes(draft, key, text, strlen(text));
}

static void add_integer(struct draft *draft, const char *key, int64_t value)
{
    const size_t i = add_entry(draft, key, VWW_PROTO__FEATURE__KIND_INT64_LIST);
    vww_proto__int64_list__init(&draft->int64_list[i]);
    draft->integer[i] = value;
    draft->int64_list[i].n_value = 1;
    draft->int64_list[i].value = &draft->integer[i];
    draft->feature[i].int64_list = &draft->int64_list[i];
}

static void add_floats(struct draft *draft, const char *key, float *values, size_t count)
{
    const size_t i = add_entry(draft, key, VWW_PROTO__FEATURE__KIND_FLOAT_LIST);
    vww_proto__float_list__init(&draft->float_list[i]);
    draft->float_list[i].n_value = count;
    draft->float_list[i].value = values;
    draft->feature[i].float_list = &draft->float_list[i];
}

/* floats: 5 x box_count, the columns of the boxes. */
static void draft_example(const struct vww_example *example, struct draft *draft, float *floats)
{
    const size_t boxes = example->box_count;
    for (size_t i = 0; i < boxes; i++) {
        floats[i] = example->boxes[i].area;
        floats[boxes + i] = example->boxes[i].xmax;
        floats[2 * boxes + i] = example->boxes[i].xmin;
        floats[3 * boxes + i] = example->boxes[i].ymax;
        floats[4 * boxes + i] = example->boxes[i].ymin;
    }
    /* In ascending order of the keys. */
    add_integer(draft, "image/class/label", example->label);
    add_bytes(draft, "image/encoded", example->encoded, example->encoded_bytes);
    add_text(draft, "image/filename", example->file_name);
    add_text(draft, "image/format", example->format);
    add_integer(draft, "image/height", example->height);
    add_text(draft, "image/key/sha256", example->sha256);
    add_floats(draft, "image/object/area", floats, boxes);
    add_floats(draft, "image/object/bbox/xmax", floats + boxes, boxes);
    add_floats(draft, "image/object/bbox/xmin", floats + 2 * boxes, boxes);
    add_floats(draft, "image/object/bbox/ymax", floats + 3 * boxes, boxes);
    add_floats(draft, "image/object/bbox/ymin", floats + 4 * boxes, boxes);
    add_text(draft, "image/source_id", example->source_id);
    add_integer(draft, "image/width", example->width);
    vww_proto__features__init(&draft->features);
    draft->features.n_feature = draft->count;
    draft->features.feature = draft->entries;
    vww_proto__example__init(&draft->example);
    draft->example.features = &draft->features;
}

vww_status vww_example_pack(const struct vww_example *example, struct vww_buffer *out,
                            struct vww_error *error)
{
    struct draft draft = {.count = 0};
    float *floats = vww_allocate(5 * example->box_count, sizeof *floats);
    if (floats == NULL)
        return vww_fail_memory(error, 5 * example->box_count * sizeof *floats);
    draft_example(example, &draft, floats);
    const size_t bytes = vww_proto__example__get_packed_size(&draft.example);
    uint8_t *packed = vww_allocate(bytes, 1);
    if (packed != NULL) {
        vww_proto__example__pack(&draft.example, packed);
        vww_buffer_append(out, packed, bytes);
    }
    vww_free(floats);
    vww_free(packed);
    return packed != NULL && !out->failed ? VWW_OK : vww_fail_memory(error, bytes);
}

/* --- reading ------------------------------------------------------------------------------------
 */

/* One zero byte more than asked for, so that each bytes value can be read as a text. */
static void *allocate(void *unused, size_t bytes)
{
    (void)unused;
    return bytes < SIZE_MAX ? vww_allocate(bytes + 1, 1) : NULL;
}

static void release(void *unused, void *memory)
{
    (void)unused;
    vww_free(memory);
}

static ProtobufCAllocator allocator = {.alloc = allocate, .free = release};

/* The feature of this key, the last one where several have it; NULL where none has. */
static const VwwProto__Feature *find(const VwwProto__Example *message, const char *key)
{
    if (message->features == NULL)
        return NULL;
    for (size_t i = message->features->n_feature; i > 0; i--)
        if (strcmp(message->features->feature[i - 1]->key, key) == 0)
            return message->features->feature[i - 1]->value;
    return NULL;
}

static const ProtobufCBinaryData *find_bytes(const VwwProto__Example *message, const char *key)
{
    const VwwProto__Feature *feature = find(message, key);
    if (feature == NULL || feature->kind_case != VWW_PROTO__FEATURE__KIND_BYTES_LIST ||
        feature->bytes_list->n_value == 0)
        return NULL;
    return &feature->bytes_list->value[0];
}

static const char *find_text(const VwwProto__Example *message, const char *key)
{
    const ProtobufCBinaryData *bytes = find_bytes(message, key);
    return bytes != NULL && bytes->data != NULL ? (const char *)bytes->data : "";
}

static bool find_integer(const VwwProto__Example *message, const char *key, int64_t *value)
{
    const VwwProto__Feature *feature = find(message, key);
    if (feature == NULL || feature->kind_case != VWW_PROTO__FEATURE__KIND_INT64_LIST ||
        feature->int64_list->n_value == 0)
        return false;
    *value = feature->int64_list->value[0];
    return true;
}

static const float *find_floats(const VwwProto__Example *message, const char *key, size_t count)
{
    const VwwProto__Feature *feature = find(message, key);
    if (feature == NULL || feature->kind_case != VWW_PROTO__FEATURE__KIND_FLOAT_LIST ||
        feature->float_list->n_value != count)
        return NULL;
    return feature->float_list->value;
}

static vww_status read_boxes(struct vww_example_read *read, struct vww_error *error)
{
    const VwwProto__Example *message = read->message;
    const VwwProto__Feature *feature = find(message, "image/object/bbox/xmin");
    if (feature == NULL || feature->kind_case != VWW_PROTO__FEATURE__KIND_FLOAT_LIST ||
        feature->float_list->n_value == 0)
        return VWW_OK;
    const size_t count = feature->float_list->n_value;
    const float *xmin = feature->float_list->value;
    const float *xmax = find_floats(message, "image/object/bbox/xmax", count);
    const float *ymin = find_floats(message, "image/object/bbox/ymin", count);
    const float *ymax = find_floats(message, "image/object/bbox/ymax", count);
    const float *area = find_floats(message, "image/object/area", count);
    if (xmax == NULL || ymin == NULL || ymax == NULL)
        return vww_fail(error, VWW_ERROR_FORMAT, "the lists of box coordinates differ in length");
    struct vww_box *boxes = vww_allocate(count, sizeof *boxes);
    if (boxes == NULL)
        return vww_fail_memory(error, count * sizeof *boxes);
    for (size_t i = 0; i < count; i++)
        boxes[i] = (struct vww_box){.xmin = xmin[i],
                                    .xmax = xmax[i],
                                    .ymin = ymin[i],
                                    .ymax = ymax[i],
                                    .area = area != NULL ? area[i] : 0};
    read->boxes = boxes;
    read->example.boxes = boxes;
    read->example.box_count = count;
    return VWW_OK;
}

static vww_status read_features(struct vww_example_read *read, struct vww_error *error)
{
    const VwwProto__Example *message = read->message;
    struct vww_example *example = &read->example;
    const ProtobufCBinaryData *encoded = find_bytes(message, "image/encoded");
    if (encoded == NULL || encoded->len == 0)
        return vww_fail(error, VWW_ERROR_FORMAT, "the Example has no image/encoded");
    if (!find_integer(message, "image/class/label", &example->label))
        return vww_fail(error, VWW_ERROR_FORMAT, "the Example has no image/class/label");
    example->encoded = encoded->data;
    example->encoded_bytes = encoded->len;
    example->file_name = find_text(message, "image/filename");
    example->source_id = find_text(message, "image/source_id");
    example->sha256 = find_text(message, "image/key/sha256");
    example->format = find_text(message, "image/format");
    find_integer(message, "image/height", &example->height);
    find_integer(message, "image/width", &example->width);
    return read_boxes(read, error);
}

vww_status vww_example_unpack(const void *data, size_t bytes, struct vww_example_read *read,
                              struct vww_error *error)
{
    *read =
        (struct vww_example_read){.message = vww_proto__example__unpack(&allocator, bytes, data)};
    if (read->message == NULL)
        return vww_fail(error, VWW_ERROR_FORMAT, "the record is not a tf.train.Example");
    const vww_status status = read_features(read, error);
    if (status != VWW_OK)
        vww_example_fini(read);
    return status;
}

void vww_example_fini(struct vww_example_read *read)
{
    if (read->message != NULL)
        vww_proto__example__free_unpacked(read->message, &allocator);
    vww_free(read->boxes);
    *read = (struct vww_example_read){0};
}
