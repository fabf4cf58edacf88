/* What the zoo refuses, and how it says so. */
#include "support/check.h"
#include "vww/board.h"
#include "vww/zoo.h"

static void wrong_options(void **state)
{
    (void)state;
    static const struct {
        struct vww_zoo_options options;
        vww_status status;
        const char *what;
    } rows[] = {
        {{"mobilenet_v1", 0, 96, 2, VWW_PADDING_SAME},
         VWW_ERROR_ARGUMENT,
         "the depth multiplier is out of range"},
        {{"mobilenet_v1", 17, 96, 2, VWW_PADDING_SAME},
         VWW_ERROR_ARGUMENT,
         "the depth multiplier is out of range"},
        {{"mobilenet_v1", 0.0 / 0.0, 96, 2, VWW_PADDING_SAME},
         VWW_ERROR_ARGUMENT,
         "the depth multiplier is out of range"},
        {{"mobilenet_v2", 1, 0, 2, VWW_PADDING_SAME},
         VWW_ERROR_ARGUMENT,
         "the resolution is out of range"},
        {{"mobilenet_v2", 1, 16, 2, VWW_PADDING_SAME},
         VWW_ERROR_ARGUMENT,
         "the resolution is too small for the strides"},
        {{"mobilenet_v1", 1, 16, 2, VWW_PADDING_SAME},
         VWW_ERROR_ARGUMENT,
         "the resolution is too small for the strides"},
        {{"mobilenet_v1", 1, 225, 2, VWW_PADDING_SAME},
         VWW_ERROR_UNSUPPORTED,
         "the resolution is too large for a 7x7 pool"},
        {{"mnasnet_b1", 1, 96, 1, VWW_PADDING_SAME},
         VWW_ERROR_ARGUMENT,
         "the number of classes is out of range"},
        {{"shufflenet_v1_g8", 0.05, 96, 2, VWW_PADDING_SAME},
         VWW_ERROR_ARGUMENT,
         "the depth multiplier leaves no channels"},
        {{"shufflenet_v2", 0.01, 96, 2, VWW_PADDING_SAME},
         VWW_ERROR_ARGUMENT,
         "the depth multiplier leaves no channels"},
        {{"mcunet_vww1", 0.5, 80, 2, VWW_PADDING_SAME},
         VWW_ERROR_ARGUMENT,
         "mcunet_vww1 has fixed widths"},
        {{"mobilenet_v2", 1, 96, 2, VWW_PADDING_VALID},
         VWW_ERROR_ARGUMENT,
         "the zoo's networks are padded by the rule SAME or by half the kernel"},
        {{"alexnet", 1, 96, 2, VWW_PADDING_SAME},
         VWW_ERROR_NOT_FOUND,
         "no model family is called alexnet"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vww_error error;
        struct vww_graph *graph;
        assert_int_equal(vww_zoo_build(&rows[i].options, &graph, &error), rows[i].status);
        assert_string_equal(error.what, rows[i].what);
        assert_null(graph);
    }
}

/* The smallest image that has something left for the last stride, and the largest multiplier. */
static void limits_that_work(void **state)
{
    (void)state;
    size_t count;
    const struct vww_zoo_family *families = vww_zoo_families(&count);
    for (size_t i = 0; i < count; i++) {
        const struct vww_zoo_options options = {.family = families[i].name,
                                                .depth_multiplier = families[i].in_grid ? 16 : 1,
                                                .resolution = 17,
                                                .classes = 2};
        struct vww_error error;
        struct vww_graph *graph;
        assert_ok(vww_zoo_build(&options, &graph, &error), &error);
        vww_graph_destroy(graph);
    }
}

static void notes(void **state)
{
    (void)state;
    size_t count;
    const struct vww_zoo_family *families = vww_zoo_families(&count), *found;
    for (size_t i = 0; i < count; i++) {
        assert_true(families[i].summary[0] != '\0' && families[i].checked[0] != '\0');
        assert_true(families[i].in_grid == (families[i].resolution == 0));
        assert_int_equal(vww_zoo_find(families[i].name, &found, NULL), VWW_OK);
        assert_ptr_equal(found, &families[i]);
    }
    size_t boards;
    const struct vww_board *board = vww_boards(&boards), *one;
    for (size_t i = 0; i < boards; i++) {
        assert_true(board[i].sram_bytes >= 1024 && board[i].flash_bytes > board[i].sram_bytes);
        assert_int_equal(vww_board_find(board[i].name, &one, NULL), VWW_OK);
        assert_ptr_equal(one, &board[i]);
        assert_int_equal(board[i].sram_origin % 4096, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_options),
        cmocka_unit_test(limits_that_work),
        cmocka_unit_test(notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
