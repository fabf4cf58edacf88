/* Networks as text: the zoo there and back, and one message for each thing that may be wrong. */
#include "base/memory.h"
#include "support/check.h"
#include "vww/cost.h"
#include "vww/description.h"
#include "vww/zoo.h"

static void assert_same_graph(const struct vww_graph *a, const struct vww_graph *b)
{
    struct vww_buffer first = {0}, second = {0};
    struct vww_error error;
    assert_ok(vww_graph_serialize(a, &first, &error), &error);
    assert_ok(vww_graph_serialize(b, &second, &error), &error);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    vww_buffer_fini(&first);
    vww_buffer_fini(&second);
}

static void there_and_back(const struct vww_zoo_options *options)
{
    struct vww_error error;
    struct vww_graph *graph, *read;
    char *text;
    assert_ok(vww_zoo_build(options, &graph, &error), &error);
    assert_ok(vww_description_write(graph, &text, &error), &error);
    assert_ok(vww_description_parse(text, strlen(text), "text", NULL, &read, &error), &error);
    assert_same_graph(graph, read);
    vww_graph_destroy(read);
    vww_graph_destroy(graph);
    vww_description_free(text);
}

static void every_family(void **state)
{
    (void)state;
    size_t count;
    const struct vww_zoo_family *families = vww_zoo_families(&count);
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < 4; k++) {
            static const double multipliers[] = {0.25, 0.35, 1, 0.7};
            const struct vww_zoo_options options = {
                .family = families[i].name,
                .depth_multiplier = families[i].in_grid ? multipliers[k] : 1,
                .resolution = k % 2 == 0 ? 96 : 161,
                .classes = k == 0 ? 2 : 1000,
                .padding = k < 2 ? VWW_PADDING_SAME : VWW_PADDING_EXPLICIT};
            there_and_back(&options);
        }
}

/* The texts that follow begin like this, on line 1 to 3. */
#define HEAD "vww-network 1\ninput image 32x32x3\nclasses 2\n"
#define TAIL "pool: average_pool global\nlast: dense out=$classes bias\nprobabilities: softmax\n"

static vww_status parse(const char *text, struct vww_graph **graph, struct vww_error *error)
{
    return vww_description_parse(text, strlen(text), "net", NULL, graph, error);
}

/* Blocks, ranges, expressions, several inputs; shapes as computed by hand. */
static void language(void **state)
{
    (void)state;
    static const char text[] =
        HEAD "let width=8 double=2*$width\n"
             "block pair out stride=1 kernel=3\n"
             "  dw: depthwise $kernel stride=$stride bn relu6\n"
             "  pw: conv 1x1 out=$out bn\n"
             "end\n"
             "block skip\n"
             "  inner: pair out=$in kernel=5\n"
             "  sum: add from=inner,input relu\n"
             "end\n"
             "stem: conv 3x5 out=$double/2+$width stride=2x1 pad=1,1,2,2 relu # a comment\n"
             "s1..s3: skip\n"
             "p: pad bottom=1 back=2\n"
             "both: concat from=p,p\n"
             "parts: split parts=4\n"
             "x: shuffle groups=3 from=parts:3\n"
             "y: concat from=parts:0,x,parts:1,parts:2 relu6\n"
             "m: max_pool 2 stride=2 pad=valid\n" TAIL;
    struct vww_error error;
    struct vww_graph *graph;
    assert_ok(parse(text, &graph, &error), &error);
    static const struct {
        const char *tensor, *shape;
    } shapes[] = {{"stem", "1x16x32x16"},
                  {"s1_inner_dw/weights", "1x5x5x16"},
                  {"s3_sum/relu", "1x16x32x16"},
                  {"p", "1x17x32x18"},
                  {"both", "1x17x32x36"},
                  {"parts:3", "1x17x32x9"},
                  {"x", "1x17x32x9"},
                  {"m", "1x8x16x36"},
                  {"probabilities", "1x2"}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        bool found = false;
        for (int32_t t = 0; t < graph->tensor_count; t++)
            if (strcmp(graph->tensors[t].name, shapes[i].tensor) == 0) {
                char shape[64];
                vww_shape_text(&graph->tensors[t].shape, shape, sizeof shape);
                assert_string_equal(shape, shapes[i].shape);
                found = true;
            }
        if (!found)
            fail_msg("no tensor %s", shapes[i].tensor);
    }
    /* Written flat, it is the same network. */
    char *flat;
    struct vww_graph *read;
    assert_ok(vww_description_write(graph, &flat, &error), &error);
    assert_ok(parse(flat, &read, &error), &error);
    assert_same_graph(graph, read);
    vww_graph_destroy(read);
    vww_graph_destroy(graph);
    vww_description_free(flat);
}

/* The caller's resolution and classes go before the text's. */
static void options_go_first(void **state)
{
    (void)state;
    static const char text[] = HEAD "c: conv 3x3 out=4 stride=2\n" TAIL;
    const struct vww_description_options options = {.resolution = 64, .classes = 5};
    struct vww_error error;
    struct vww_graph *graph;
    assert_ok(vww_description_parse(text, strlen(text), "net", &options, &graph, &error), &error);
    assert_int_equal(graph->tensors[graph->input].shape.dims[1], 64);
    assert_int_equal(graph->tensors[graph->output].shape.dims[1], 5);
    vww_graph_destroy(graph);
}

/* Each text is wrong in one way; the message names the place and says what. */
static void wrong_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *what;
    } rows[] = {
        {"", "line 1, column 1", "this is no network text"},
        {"conv 3x3\n", "line 1, column 1", "this is no network text"},
        {"vww-network 2\n", "line 1, column 13", "the text is of another version"},
        {HEAD "a: convv 3x3 out=4\n" TAIL, "line 4, column 4", "there is no such layer or block"},
        {HEAD "a: conv 3x3\n" TAIL, "line 4, column 12", "an option is missing"},
        {HEAD "a: conv 3x3 out=4 outt=3\n" TAIL, "line 4, column 19",
         "the layer has no such option"},
        {HEAD "a: conv 3x3 out=4 out=5\n" TAIL, "line 4, column 19", "the option is there twice"},
        {HEAD "a: conv 3x3 out=x\n" TAIL, "line 4, column 17", "a number is missing"},
        {HEAD "a: conv 3x3 out=4y\n" TAIL, "line 4, column 18", "this does not belong to a number"},
        {HEAD "a: conv 3x3 out=$b\n" TAIL, "line 4, column 17",
         "nothing of that name has a value here"},
        {HEAD "a: conv 3x3 out=7/2\n" TAIL, "line 4, column 18",
         "the division leaves a rest, or is not by 1 or more"},
        {HEAD "a: conv 3x3 out=0\n" TAIL, "line 4, column 17", "the number is out of range"},
        {HEAD "a: conv 3x3 out=99999999999999999999\n" TAIL, "line 4, column 27",
         "this does not belong to a number"},
        {HEAD "a: conv 3x3 out=4 relu relu6\n" TAIL, "line 4, column 24",
         "a layer has one activation"},
        {HEAD "a: conv 3x3 out=4 pad=all\n" TAIL, "line 4, column 23", "a number is missing"},
        {HEAD "a: conv 3x3 out=4 pad=1,1\n" TAIL, "line 4, column 23",
         "the padding is not understood"},
        {HEAD "a: conv 3x3 out=4\na: relu\n" TAIL, "line 5, column 1", "the name is taken"},
        {HEAD "image: relu\n" TAIL, "line 4, column 1", "the name is taken"},
        {HEAD "1a: relu\n" TAIL, "line 4, column 1", "this is no name for a layer"},
        {HEAD "a:\n" TAIL, "line 4, column 3", "the layer has no kind"},
        {HEAD "relu\n" TAIL, "line 4, column 1", "the line is neither a layer nor a directive"},
        {HEAD "a: relu from=b\n" TAIL, "line 4, column 14", "no layer above has this name"},
        {HEAD "a: relu from=c\nb: relu\nc: relu from=image\n" TAIL, "line 4, column 14",
         "the layer is made further down"},
        {HEAD "a: relu from=c\nb: relu\nc: relu\n" TAIL, "line 4, column 14",
         "the layers depend on each other in a circle"},
        {HEAD "a: relu from=a\n" TAIL, "line 4, column 14",
         "the layers depend on each other in a circle"},
        {HEAD "block b\n x: relu from=y\n y: relu\nend\na: b\n" TAIL, "line 5, column 15",
         "the layers depend on each other in a circle"},
        {HEAD "block b\n x: b\nend\na: b\n" TAIL, "line 5, column 5",
         "a block is used inside itself, or before its line"},
        {HEAD "a: b\nblock b\n x: relu\nend\n" TAIL, "line 4, column 4",
         "a block is used inside itself, or before its line"},
        {HEAD "block b out\n x: conv 1x1 out=$out\nend\na: b\n" TAIL, "line 7, column 5",
         "a parameter of the block is missing"},
        {HEAD "block b\n x: relu\nend\na: b out=3\n" TAIL, "line 7, column 6",
         "the block has no such parameter"},
        {HEAD "block relu\n x: relu\nend\n" TAIL, "line 4, column 7",
         "a layer or block has this name already"},
        {HEAD "block b\n x: relu\nend\nblock b\n x: relu6\nend\n" TAIL, "line 7, column 7",
         "a layer or block has this name already"},
        {"vww-network 1\nlet =1\n", "line 2, column 5", "this is no name for a number"},
        {"vww-network 1\nlet a-b=1\n", "line 2, column 5", "this is no name for a number"},
        {HEAD "block b\n x: relu\nblock c\n", "line 6, column 1", "a block inside a block"},
        {HEAD "block b\n x: relu\n" TAIL, "line 4, column 1", "the block is not ended"},
        {HEAD "block b\nend\n" TAIL, "line 5, column 1", "the block has no layers"},
        {HEAD "end\n" TAIL, "line 4, column 1", "there is no block to end"},
        {HEAD "block b\n classes 3\nend\n" TAIL, "line 5, column 2",
         "inside a block there are layers only"},
        {HEAD "a: add from=image\n" TAIL, "line 4, column 4", "the layer has the wrong inputs"},
        {HEAD "a: conv 1x1 out=4\nb: add from=a,image\n" TAIL, "line 5, column 4, operator b (add)",
         "the two inputs' shapes do not fit together"},
        {HEAD "a: conv 1x1 out=4 stride=2\nb: concat from=a,image\n" TAIL,
         "line 5, column 4, operator b (concat)",
         "the inputs differ in more than the dimension that is joined"},
        {HEAD "a: conv 40x40 out=4 pad=valid\n" TAIL, "line 4, column 4, operator a (conv_2d)",
         "the window does not fit the input"},
        {HEAD "a: conv 1x1 out=4 groups=2\n" TAIL, "line 4, column 4, operator a (conv_2d)",
         "weights, groups and input channels do not fit together"},
        {HEAD "a: split parts=2\n" TAIL, "line 4, column 4, operator a (split)",
         "the dimension cannot be split into equal parts"},
        {HEAD "a: conv 1x1 out=4\nb: split parts=2\nc: relu from=b:2\n" TAIL, "line 6, column 14",
         "the layer has fewer outputs"},
        {HEAD "a1..b3: relu\n" TAIL, "line 4, column 1", "this is no range of names"},
        {HEAD "a3..a1: relu\n" TAIL, "line 4, column 1", "this is no range of names"},
        {HEAD "a: relu\nb: relu from=image\n" TAIL, "line 4",
         "nothing reads the output of layer a"},
        {HEAD "a: relu\n", "line 4, column 4",
         "the network does not end in the classes' probabilities"},
        {"vww-network 1\na: relu\n", "line 2, column 1", "a layer before the network's input"},
        {"vww-network 1\ninput image 32x32\n", "line 2, column 13", "the input is not understood"},
        {"vww-network 1\ninput image 5000x32x3\n", "line 2, column 13",
         "the input is not understood"},
        {"vww-network 1\nclasses 1\n", "line 2, column 9", "the number is out of range"},
        {"vww-network 1\nlet a=1 a=2\n", "line 2, column 9", "the name has a value already"},
        {"vww-network 1\nnorm speed=1\n", "line 2, column 6", "the directive has no such option"},
        {"vww-network 1\nnorm epsilon=many\n", "line 2, column 14", "a number is wanted"},
        {"vww-network 1\nname ../etc\n", "line 2, column 6", "this is no name for a network"},
        {"vww-network 1\nname a\x01\n", "line 2, column 7", "a control character"},
        {HEAD "a..z: conv 1x1 out=4 stride=2\n" TAIL, "line 4, column 1",
         "this is no range of names"},
        {HEAD "a1..a6: max_pool 2 stride=2\n" TAIL, "line 4, column 9",
         "the resolution is too small for the strides"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vww_error error;
        struct vww_graph *graph;
        if (parse(rows[i].text, &graph, &error) == VWW_OK)
            fail_msg("this was accepted:\n%s", rows[i].text);
        assert_null(graph);
        if (strcmp(error.place, rows[i].place) != 0 || strcmp(error.what, rows[i].what) != 0)
            fail_msg("%s: %s, not %s: %s, for\n%s", error.place, error.what, rows[i].place,
                     rows[i].what, rows[i].text);
        assert_string_equal(error.file, "net");
    }
}

/* Widths that no counter holds: an error when the graph is made or when it is counted. */
static void too_large(void **state)
{
    (void)state;
    static const char *const texts[] = {
        HEAD "a: conv 1x1 out=2147483647\nb: conv 1x1 out=2147483647\n"
             "c: conv 9999x9999 out=2147483647\n" TAIL,
        HEAD "a: conv 1x1 out=2147483647\nb: conv 60000x1000 out=60000\n" TAIL,
        HEAD "a: depthwise 3x3 multiplier=2147483647\n" TAIL,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct vww_error error;
        struct vww_graph *graph;
        struct vww_cost cost;
        vww_status status = parse(texts[i], &graph, &error);
        if (status == VWW_OK) {
            status = vww_cost_count(graph, VWW_COST_PATHS, &cost, &error);
            vww_graph_destroy(graph);
        }
        assert_int_not_equal(status, VWW_OK);
        assert_true(error.what[0] != '\0');
    }
}

/* Folded graphs have no text. */
static void folded(void **state)
{
    (void)state;
    const struct vww_zoo_options options = {
        .family = "mobilenet_v1", .depth_multiplier = 0.25, .resolution = 96, .classes = 2};
    struct vww_error error;
    struct vww_graph *graph;
    char *text;
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    graph->ops[0].activation = VWW_ACTIVATION_RELU6;
    assert_int_equal(vww_description_write(graph, &text, &error), VWW_ERROR_UNSUPPORTED);
    assert_null(text);
    vww_graph_destroy(graph);
}

/* Each allocation in turn fails: an error each time, no leak, no crash. */
static void no_memory(void **state)
{
    (void)state;
    static const char text[] = HEAD "block b out\n x: conv 1x1 out=$out bn relu\nend\n"
                                    "a1..a3: b out=4\n" TAIL;
    for (int64_t n = 1;; n++) {
        struct vww_error error;
        struct vww_graph *graph;
        vww_memory_fail_at(n);
        const vww_status status = parse(text, &graph, &error);
        vww_memory_fail_at(0);
        vww_graph_destroy(graph);
        if (status == VWW_OK)
            break;
        assert_int_equal(status, VWW_ERROR_MEMORY);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_family),     cmocka_unit_test(language),
        cmocka_unit_test(options_go_first), cmocka_unit_test(wrong_texts),
        cmocka_unit_test(too_large),        cmocka_unit_test(folded),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
