#include "base/checksum.h"
#include "base/file.h"
#include "support/check.h"
#include "vww/tfrecord.h"

static struct vww_error error;

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t bytes = 0;
    for (; *hex != '\0'; hex += 2) {
        unsigned value;
        while (*hex == ' ')
            hex++;
        assert_int_equal(sscanf(hex, "%2x", &value), 1);
        out[bytes++] = (uint8_t)value;
    }
    return bytes;
}

static const uint8_t *find_piece(const uint8_t *data, size_t bytes, const void *piece,
                                 size_t length)
{
    for (size_t i = 0; i + length <= bytes; i++)
        if (memcmp(data + i, piece, length) == 0)
            return data + i;
    return NULL;
}

static void masked_checksums(void **state)
{
    (void)state;
    uint8_t block[32] = {0};
    assert_true(vww_tfrecord_mask(vww_crc32c(0, "", 0)) == 0xa282ead8u);
    assert_true(vww_tfrecord_mask(vww_crc32c(0, "123456789", 9)) == 0xc78ab0e5u);
    assert_true(vww_tfrecord_mask(vww_crc32c(0, block, 32)) == 0x0fd7fffau);
    memset(block, 0xff, sizeof block);
    assert_true(vww_tfrecord_mask(vww_crc32c(0, block, 32)) == 0xf909b029u);
}

static void records_on_the_wire(void **state)
{
    (void)state;
    uint8_t expected[64];
    struct vww_buffer out = {0};
    vww_tfrecord_append(&out, "", 0);
    vww_tfrecord_append(&out, "123456789", 9);
    const size_t bytes = from_hex("000000000000000029039807d8ea82a2"
                                  "090000000000000037f97139313233343536373839e5b08ac7",
                                  expected);
    assert_int_equal(out.size, bytes);
    assert_memory_equal(out.data, expected, bytes);
    struct vww_tfrecord_reader *reader;
    const uint8_t *data;
    size_t size;
    int64_t offset;
    assert_ok(vww_tfrecord_open_memory(out.data, out.size, "r", &reader, &error), &error);
    assert_ok(vww_tfrecord_next(reader, &data, &size, &offset, &error), &error);
    assert_non_null(data);
    assert_int_equal(size, 0);
    assert_ok(vww_tfrecord_next(reader, &data, &size, &offset, &error), &error);
    assert_int_equal(offset, 16);
    assert_memory_equal(data, "123456789", 9);
    assert_ok(vww_tfrecord_next(reader, &data, &size, NULL, &error), &error);
    assert_null(data);
    assert_ok(vww_tfrecord_seek(reader, 16, &error), &error);
    assert_ok(vww_tfrecord_next(reader, &data, &size, NULL, &error), &error);
    assert_int_equal(size, 9);
    vww_tfrecord_close(reader);
    vww_buffer_fini(&out);
}

/* Every flipped byte and every cut is found, and the message says in which file and record. */
static void damage_is_found(void **state)
{
    (void)state;
    struct vww_buffer out = {0};
    struct vww_tfrecord_reader *reader;
    const uint8_t *data;
    size_t size;
    vww_tfrecord_append(&out, "abc", 3);
    vww_tfrecord_append(&out, "defgh", 5);
    for (size_t i = 0; i < out.size; i++) {
        out.data[i] ^= 0x10;
        assert_ok(vww_tfrecord_open_memory(out.data, out.size, "shard", &reader, &error), &error);
        vww_status status = vww_tfrecord_next(reader, &data, &size, NULL, &error);
        if (i >= 19) {
            assert_int_equal(status, VWW_OK);
            status = vww_tfrecord_next(reader, &data, &size, NULL, &error);
        }
        assert_int_equal(status, VWW_ERROR_FORMAT);
        assert_string_equal(error.file, "shard");
        assert_string_equal(error.place, i >= 19 ? "record 1" : "record 0");
        assert_null(data);
        vww_tfrecord_close(reader);
        out.data[i] ^= 0x10;
    }
    for (size_t cut = 1; cut < out.size; cut++) {
        if (cut == 19)
            continue; /* between the two: a whole file of one record */
        assert_ok(vww_tfrecord_open_memory(out.data, cut, "shard", &reader, &error), &error);
        vww_status status = vww_tfrecord_next(reader, &data, &size, NULL, &error);
        if (status == VWW_OK)
            status = vww_tfrecord_next(reader, &data, &size, NULL, &error);
        assert_int_equal(status, VWW_ERROR_FORMAT);
        vww_tfrecord_close(reader);
    }
    vww_buffer_fini(&out);
}

static const struct vww_box boxes[2] = {{0.125f, 0.5f, 0.25f, 1.0f, 100.0f},
                                        {0.0f, 0.0625f, 0.5f, 0.75f, 2.5f}};
static const struct vww_example example = {
    .height = 96,
    .width = 128,
    .label = 1,
    .file_name = "a.jpg",
    .source_id = "3000000000",
    .sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    .format = "jpeg",
    .encoded = (const uint8_t *)"\xff\xd8\x00\xff",
    .encoded_bytes = 4,
    .boxes = boxes,
    .box_count = 2,
};

static void example_there_and_back(void **state)
{
    (void)state;
    struct vww_buffer out = {0};
    struct vww_example_read read;
    assert_ok(vww_example_pack(&example, &out, &error), &error);
    assert_ok(vww_example_unpack(out.data, out.size, &read, &error), &error);
    assert_int_equal(read.example.height, 96);
    assert_int_equal(read.example.width, 128);
    assert_int_equal(read.example.label, 1);
    assert_string_equal(read.example.file_name, "a.jpg");
    assert_string_equal(read.example.source_id, "3000000000");
    assert_string_equal(read.example.sha256, example.sha256);
    assert_string_equal(read.example.format, "jpeg");
    assert_int_equal(read.example.encoded_bytes, 4);
    assert_memory_equal(read.example.encoded, "\xff\xd8\x00\xff", 4);
    assert_int_equal(read.example.box_count, 2);
    assert_memory_equal(read.example.boxes, boxes, sizeof boxes);
    vww_example_fini(&read);
    vww_buffer_fini(&out);
}

/* The keys of the format, in order, and the exact bytes of an entry of each kind. */
static void example_on_the_wire(void **state)
{
    (void)state;
    static const char *const keys[] = {"image/class/label",
                                       "image/encoded",
                                       "image/filename",
                                       "image/format",
                                       "image/height",
                                       "image/key/sha256",
                                       "image/object/area",
                                       "image/object/bbox/xmax",
                                       "image/object/bbox/xmin",
                                       "image/object/bbox/ymax",
                                       "image/object/bbox/ymin",
                                       "image/source_id",
                                       "image/width"};
    static const char *const pieces[] = {
        "0a1a0a11696d6167652f636c6173732f6c6162656c12051a030a0101", /* int64 [1] */
        "0a180a0c696d6167652f666f726d617412080a060a046a706567",     /* bytes ["jpeg"] */
        "0a210a11696d6167652f6f626a6563742f61726561120c120a0a080000c84200002040", /* float */
    };
    struct vww_buffer out = {0};
    assert_ok(vww_example_pack(&example, &out, &error), &error);
    size_t at = 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const uint8_t *found = find_piece(out.data + at, out.size - at, keys[i], strlen(keys[i]));
        assert_non_null(found);
        at = (size_t)(found - out.data);
    }
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        uint8_t piece[64];
        const size_t bytes = from_hex(pieces[i], piece);
        assert_non_null(find_piece(out.data, out.size, piece, bytes));
    }
    out.size = 0;
    struct vww_example empty = example;
    empty.box_count = 0;
    assert_ok(vww_example_pack(&empty, &out, &error), &error);
    uint8_t piece[64];
    const size_t bytes =
        from_hex("0a1c0a16696d6167652f6f626a6563742f62626f782f786d696e12021200", piece);
    assert_non_null(find_piece(out.data, out.size, piece, bytes)); /* float [] */
    vww_buffer_fini(&out);
}

/* What other writers produce: keys in another order, unpacked numbers, keys we do not know. */
static void foreign_examples_are_read(void **state)
{
    (void)state;
    uint8_t data[256];
    struct vww_example_read read;
    size_t bytes =
        from_hex("0a4d"
                 "0a150a056f74686572120c120a0d0000803f0d00000040"       /* other: unpacked */
                 "0a180a0d696d6167652f656e636f64656412070a050a03616263" /* image/encoded */
                 "0a1a0a11696d6167652f636c6173732f6c6162656c12051a0308ac02",
                 data);
    data[1] = (uint8_t)(bytes - 2);
    assert_ok(vww_example_unpack(data, bytes, &read, &error), &error);
    assert_int_equal(read.example.label, 300);
    assert_int_equal(read.example.encoded_bytes, 3);
    assert_string_equal(read.example.file_name, "");
    vww_example_fini(&read);
    /* Without the label. */
    data[1] = (uint8_t)(bytes - 2 - 28);
    assert_int_equal(vww_example_unpack(data, bytes - 28, &read, &error), VWW_ERROR_FORMAT);
    assert_non_null(strstr(error.what, "image/class/label"));
    /* Not a message at all. */
    assert_int_equal(vww_example_unpack("\xff\xff\xff", 3, &read, &error), VWW_ERROR_FORMAT);
}

/* Byte for byte the example that specifies the format: only its four features, read by us. */
static void the_reference_example_is_read(void **state)
{
    (void)state;
    static const char hex[] =
        "0a730a1a0a11696d6167652f636c6173732f6c6162656c12051a030a01010a180a0c696d6167652f666f726d61"
        "7412080a060a046a7065670a1d0a11696d6167652f6f626a6563742f61726561120812060a04000020400a1c0a"
        "16696d6167652f6f626a6563742f62626f782f786d696e12021200";
    uint8_t data[256];
    struct vww_buffer out = {0};
    struct vww_example_read read;
    const size_t bytes = from_hex(hex, data);
    assert_int_equal(bytes, 117);
    vww_tfrecord_append(&out, data, bytes);
    assert_memory_equal(out.data, "\x75\0\0\0\0\0\0\0\xd7\xd9\x41\x78", 12);
    assert_memory_equal(out.data + 12 + 117, "\x3f\x4b\x47\x4a", 4);
    vww_buffer_fini(&out);
    /* It holds no picture, so it is no photograph of ours; the message says so. */
    assert_int_equal(vww_example_unpack(data, bytes, &read, &error), VWW_ERROR_FORMAT);
    assert_non_null(strstr(error.what, "image/encoded"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masked_checksums),
        cmocka_unit_test(records_on_the_wire),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(example_there_and_back),
        cmocka_unit_test(example_on_the_wire),
        cmocka_unit_test(foreign_examples_are_read),
        cmocka_unit_test(the_reference_example_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
