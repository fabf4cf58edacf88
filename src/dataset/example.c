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

/* What a feature is made of: a member of struct vww_example, or of each of its boxes. */
enum kind { TEXT, ENCODED, INTEGER, BOX_FLOATS, CLASS_TEXTS, GRID };
/* Which Examples have it: a bit for each enum vww_features, and the further features. */
enum {
    IN_TF = 1 << VWW_FEATURES_TF,
    IN_2019 = 1 << VWW_FEATURES_TF_2019,
    IN_FIRST = 1 << VWW_FEATURES_TF_2019_FIRST,
    IN_ALL = IN_TF | IN_2019 | IN_FIRST,
    IN_COUNTED = 1 << 8,
    IN_GRIDDED = 1 << 9,
};

/* In ascending order of the keys. */
static const struct {
    const char *key;
    enum kind kind;
    unsigned in;
    size_t member;
} features[] = {
    {"image/class/label", INTEGER, IN_ALL, offsetof(struct vww_example, label)},
    {"image/class/text", CLASS_TEXTS, IN_FIRST, 0},
    {"image/encoded", ENCODED, IN_ALL, 0},
    {"image/filename", TEXT, IN_ALL, offsetof(struct vww_example, file_name)},
    {"image/format", TEXT, IN_ALL, offsetof(struct vww_example, format)},
    {"image/height", INTEGER, IN_ALL, offsetof(struct vww_example, height)},
    {"image/key/sha256", TEXT, IN_ALL, offsetof(struct vww_example, sha256)},
    {"image/object/area", BOX_FLOATS, IN_ALL, offsetof(struct vww_box, area)},
    {"image/object/bbox/xmax", BOX_FLOATS, IN_ALL, offsetof(struct vww_box, xmax)},
    {"image/object/bbox/xmin", BOX_FLOATS, IN_ALL, offsetof(struct vww_box, xmin)},
    {"image/object/bbox/ymax", BOX_FLOATS, IN_ALL, offsetof(struct vww_box, ymax)},
    {"image/object/bbox/ymin", BOX_FLOATS, IN_ALL, offsetof(struct vww_box, ymin)},
    {"image/object/class/label", INTEGER, IN_2019 | IN_FIRST, offsetof(struct vww_example, label)},
    {"image/object/count", INTEGER, IN_COUNTED, offsetof(struct vww_example, object_count)},
    {"image/object/grid", GRID, IN_GRIDDED, 0},
    {"image/source_id", TEXT, IN_ALL, offsetof(struct vww_example, source_id)},
    {"image/width", INTEGER, IN_ALL, offsetof(struct vww_example, width)},
};
#define FEATURE_COUNT (sizeof features / sizeof features[0])
#define BOX_COLUMNS 5

/* Everything an Example is made of, so that packing allocates only for the boxes. */
struct draft {
    const struct vww_example *from;
    VwwProto__Example example;
    VwwProto__Features features;
    VwwProto__FeatureEntry entry[FEATURE_COUNT], *entries[FEATURE_COUNT];
    VwwProto__Feature feature[FEATURE_COUNT];
    VwwProto__BytesList bytes_list[FEATURE_COUNT];
    VwwProto__FloatList float_list[FEATURE_COUNT];
    VwwProto__Int64List int64_list[FEATURE_COUNT];
    ProtobufCBinaryData bytes[FEATURE_COUNT];
    size_t count;
    float *floats; /* BOX_COLUMNS * box_count, the columns of the boxes */
    size_t columns;
    ProtobufCBinaryData *texts; /* box_count times the name of the class */
};

static VwwProto__Feature *add_entry(struct draft *draft, const char *key,
                                    VwwProto__Feature__KindCase kind)
{
    const size_t i = draft->count;
    vww_proto__feature_entry__init(&draft->entry[i]);
    vww_proto__feature__init(&draft->feature[i]);
    draft->entry[i].key = (char *)(uintptr_t)key; /* protobuf-c only reads it */
    draft->entry[i].value = &draft->feature[i];
    draft->feature[i].kind_case = kind;
    draft->entries[i] = &draft->entry[i];
    return &draft->feature[i];
}

static void add_bytes_list(struct draft *draft, const char *key, ProtobufCBinaryData *values,
                           size_t count)
{
    VwwProto__BytesList *list = &draft->bytes_list[draft->count];
    vww_proto__bytes_list__init(list);
    list->n_value = count;
    list->value = values;
    add_entry(draft, key, VWW_PROTO__FEATURE__KIND_BYTES_LIST)->bytes_list = list;
    draft->count++;
}

static void add_bytes(struct draft *draft, const char *key, const void *data, size_t bytes)
{
    ProtobufCBinaryData *value = &draft->bytes[draft->count];
    *value = (ProtobufCBinaryData){.len = bytes, .data = (uint8_t *)(uintptr_t)data};
    add_bytes_list(draft, key, value, 1);
}

static void add_integers(struct draft *draft, const char *key, const int64_t *values, size_t count)
{
    VwwProto__Int64List *list = &draft->int64_list[draft->count];
    vww_proto__int64_list__init(list);
    list->n_value = count;
    list->value = (int64_t *)(uintptr_t)values;
    add_entry(draft, key, VWW_PROTO__FEATURE__KIND_INT64_LIST)->int64_list = list;
    draft->count++;
}

static void add_box_column(struct draft *draft, const char *key, size_t member)
{
    const size_t boxes = draft->from->box_count;
    float *column = draft->floats + draft->columns++ * boxes;
    for (size_t i = 0; i < boxes; i++)
        memcpy(&column[i], (const char *)&draft->from->boxes[i] + member, sizeof column[i]);
    VwwProto__FloatList *list = &draft->float_list[draft->count];
    vww_proto__float_list__init(list);
    list->n_value = boxes;
    list->value = column;
    add_entry(draft, key, VWW_PROTO__FEATURE__KIND_FLOAT_LIST)->float_list = list;
    draft->count++;
}

static void add_class_texts(struct draft *draft, const char *key)
{
    const struct vww_example *from = draft->from;
    for (size_t i = 0; i < from->box_count; i++)
        draft->texts[i] = (ProtobufCBinaryData){.len = strlen(from->class_text),
                                                .data = (uint8_t *)(uintptr_t)from->class_text};
    add_bytes_list(draft, key, draft->texts, from->box_count);
}

static void add_feature(struct draft *draft, size_t f)
{
    const struct vww_example *from = draft->from;
    const char *key = features[f].key, *member = (const char *)from + features[f].member;
    switch (features[f].kind) {
    case TEXT: {
        const char *text;
        memcpy(&text, member, sizeof text);
        add_bytes(draft, key, text, strlen(text));
        break;
    }
    case ENCODED:
        add_bytes(draft, key, from->encoded, from->encoded_bytes);
        break;
    case INTEGER:
        add_integers(draft, key, (const int64_t *)(const void *)member, 1);
        break;
    case BOX_FLOATS:
        add_box_column(draft, key, features[f].member);
        break;
    case CLASS_TEXTS:
        add_class_texts(draft, key);
        break;
    case GRID:
        add_integers(draft, key, from->grid, from->grid_cells);
        break;
    }
}

static void draft_example(struct draft *draft)
{
    const struct vww_example *from = draft->from;
    const unsigned wanted = 1u << from->features | (from->with_object_count ? IN_COUNTED : 0) |
                            (from->grid != NULL ? IN_GRIDDED : 0);
    for (size_t f = 0; f < FEATURE_COUNT; f++)
        if ((features[f].in & wanted) != 0)
            add_feature(draft, f);
    vww_proto__features__init(&draft->features);
    draft->features.n_feature = draft->count;
    draft->features.feature = draft->entries;
    vww_proto__example__init(&draft->example);
    draft->example.features = &draft->features;
}

vww_status vww_example_pack(const struct vww_example *example, struct vww_buffer *out,
                            struct vww_error *error)
{
    struct draft draft = {.from = example};
    const size_t boxes = example->box_count;
    draft.floats = vww_allocate(BOX_COLUMNS * boxes, sizeof *draft.floats);
    draft.texts = vww_allocate(boxes, sizeof *draft.texts);
    vww_status status = VWW_OK;
    if (draft.floats == NULL || draft.texts == NULL) {
        status = vww_fail_memory(error, BOX_COLUMNS * boxes * sizeof *draft.floats);
    } else {
        draft_example(&draft);
        const size_t bytes = vww_proto__example__get_packed_size(&draft.example);
        uint8_t *packed = vww_allocate(bytes, 1);
        if (packed != NULL) {
            vww_proto__example__pack(&draft.example, packed);
            vww_buffer_append(out, packed, bytes);
        }
        if (packed == NULL || out->failed)
            status = vww_fail_memory(error, bytes);
        vww_free(packed);
    }
    vww_free(draft.floats);
    vww_free(draft.texts);
    return status;
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
