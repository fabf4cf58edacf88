#include "support/check.h"

#include "base/memory.h"
#include "quantize/small_network.h"
#include "vww/interpret.h"
#include "vww/quantize.h"

static void serialize_random(uint64_t seed, struct vww_buffer *bytes)
{
    struct vww_graph *graph = small_network(), *integer; /* its weights are replaced */
    assert_ok(vww_quantize_random(graph, seed, NULL, &integer, &error), &error);
    assert_ok(vww_graph_serialize(integer, bytes, &error), &error);
    vww_graph_destroy(graph);
    vww_graph_destroy(integer);
}

static void the_seed_decides_every_byte(void **state)
{
    (void)state;
    struct vww_buffer bytes[3] = {{0}, {0}, {0}};
    serialize_random(1, &bytes[0]);
    serialize_random(1, &bytes[1]);
    serialize_random(2, &bytes[2]);
    assert_int_equal(bytes[0].size, bytes[1].size);
    assert_memory_equal(bytes[0].data, bytes[1].data, bytes[0].size);
    assert_int_equal(bytes[0].size, bytes[2].size);
    assert_memory_not_equal(bytes[0].data, bytes[2].data, bytes[0].size);
    for (int i = 0; i < 3; i++)
        vww_buffer_fini(&bytes[i]);
}

/* The ranges are sane: no layer's output is one integer throughout, and no layer saturates widely.
 */
static void every_layer_is_alive(void **state)
{
    (void)state;
    struct vww_graph *graph = small_network(), *integer;
    struct vww_interpreter *interpreter;
    assert_ok(vww_quantize_random(graph, 5, NULL, &integer, &error), &error);
    assert_ok(vww_interpreter_create(integer, &interpreter, &error), &error);
    uint8_t image[SMALL_BYTES];
    int8_t input[SMALL_BYTES], output[3];
    random_image(0, image);
    vww_interpret_input(integer, image, input, SMALL_BYTES);
    vww_interpreter_run(interpreter, input, output);
    for (int32_t i = 0; i < integer->op_count; i++) {
        const int32_t tensor = integer->ops[i].outputs[0];
        const int8_t *values = vww_interpreter_tensor(interpreter, tensor);
        const int64_t elements = vww_shape_elements(&integer->tensors[tensor].shape);
        int64_t highest = 0, differ = 0;
        for (int64_t k = 0; k < elements; k++) {
            highest += values[k] == 127;
            differ += values[k] != values[0];
        }
        if (differ == 0 || highest * 3 > elements + 3)
            fail_msg("%s: %lld of %lld differ from the first, %lld are 127", integer->ops[i].name,
                     (long long)differ, (long long)elements, (long long)highest);
    }
    vww_interpreter_destroy(interpreter);
    vww_graph_destroy(graph);
    vww_graph_destroy(integer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_seed_decides_every_byte),
        cmocka_unit_test(every_layer_is_alive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
