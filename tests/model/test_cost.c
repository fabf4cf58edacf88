/* The zoo's cost against the truth table. */
#include "base/memory.h"
#include "base/random.h"
#include "support/check.h"
#include "vww/cost.h"
#include "vww/description.h"
#include "vww/fold.h"
#include "vww/zoo.h"

#include <inttypes.h>

#define COLUMNS 20

struct row {
    char line[512];
    const char *cells[COLUMNS];
};

/* Splits a line at its commas; empty cells stay empty. */
static size_t split_row(struct row *row)
{
    size_t count = 0;
    char *at = row->line;
    at[strcspn(at, "\r\n")] = '\0';
    while (count < COLUMNS) {
        row->cells[count++] = at;
        at = strchr(at, ',');
        if (at == NULL)
            break;
        *at++ = '\0';
    }
    return count;
}

static FILE *open_truth(void)
{
    char path[4096];
    const char *source = getenv("VWW_SOURCE_DIR");
    snprintf(path, sizeof path, "%s/tests/model/data/zoo_truth.csv", source != NULL ? source : ".");
    return fopen(path, "r");
}

static void check_row(const struct row *header, const struct row *row, size_t columns)
{
    const struct vww_zoo_options options = {.family = row->cells[0],
                                            .depth_multiplier = strtod(row->cells[1], NULL),
                                            .resolution = (int32_t)atoi(row->cells[2]),
                                            .classes = (int32_t)atoi(row->cells[3])};
    struct vww_error error;
    struct vww_graph *graph;
    struct vww_cost cost;
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    assert_ok(vww_cost_count(graph, VWW_COST_PATHS, &cost, &error), &error);
    for (size_t i = 4; i < columns; i++) {
        char ours[VWW_NAME_MAX] = "?";
        const char *name = header->cells[i];
#define X(column)                                                                                  \
    if (strcmp(name, #column) == 0)                                                                \
        snprintf(ours, sizeof ours, "%" PRId64, cost.column);
        VWW_COST_COLUMNS(X)
#undef X
        if (strcmp(name, "peak_bytes_split6") == 0 && cost.peak_bytes_split6 == 0)
            ours[0] = '\0';
        if (strcmp(name, "peak_at") == 0)
            snprintf(ours, sizeof ours, "%s", cost.peak_at);
        if (strcmp(name, "split6_at") == 0)
            snprintf(ours, sizeof ours, "%s", cost.split6_at);
        if (strcmp(name, "published_widths") == 0)
            snprintf(ours, sizeof ours, "%d",
                     vww_zoo_published_widths(options.family, options.depth_multiplier));
        if (strcmp(ours, row->cells[i]) != 0)
            fail_msg("%s %s at %s: %s is %s, not %s", row->cells[0], row->cells[1], row->cells[2],
                     name, ours, row->cells[i]);
    }
    vww_cost_fini(&cost);
    vww_graph_destroy(graph);
}

static void truth_table(void **state)
{
    (void)state;
    FILE *file = open_truth();
    assert_non_null(file);
    struct row header, row;
    assert_non_null(fgets(header.line, sizeof header.line, file));
    const size_t columns = split_row(&header);
    assert_int_equal(columns, 19);
    int rows = 0;
    while (fgets(row.line, sizeof row.line, file) != NULL) {
        assert_int_equal(split_row(&row), columns);
        check_row(&header, &row, columns);
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, 99);
}

/* A network costs the same before and after folding, but for what only training has. */
static void folding_changes_no_cost(void **state)
{
    (void)state;
    size_t count;
    const struct vww_zoo_family *families = vww_zoo_families(&count);
    for (size_t i = 0; i < count; i++) {
        const struct vww_zoo_options options = {.family = families[i].name,
                                                .depth_multiplier = families[i].in_grid ? 0.5 : 1,
                                                .resolution = 96,
                                                .classes = 2};
        struct vww_error error;
        struct vww_graph *graph, *folded;
        struct vww_cost before, after;
        assert_ok(vww_zoo_build(&options, &graph, &error), &error);
        assert_ok(vww_quantize_fold(graph, &folded, &error), &error);
        assert_ok(vww_cost_count(graph, VWW_COST_PATHS, &before, &error), &error);
        assert_ok(vww_cost_count(folded, VWW_COST_PATHS, &after, &error), &error);
        assert_int_equal(before.layer_count, after.layer_count);
        assert_int_equal(before.params_deploy, after.params_deploy);
        assert_int_equal(before.last_conv_weights, after.last_conv_weights);
        assert_int_equal(before.macs, after.macs);
        assert_int_equal(before.peak_bytes_chain_or_branch, after.peak_bytes_chain_or_branch);
        assert_int_equal(before.peak_bytes_split6, after.peak_bytes_split6);
        assert_int_equal(before.peak_bytes_lifetimes, after.peak_bytes_lifetimes);
        assert_string_equal(before.peak_at, after.peak_at);
        vww_cost_fini(&before);
        vww_cost_fini(&after);
        vww_graph_destroy(folded);
        vww_graph_destroy(graph);
    }
}

static struct vww_cost cost_of(const char *text)
{
    struct vww_error error;
    struct vww_graph *graph;
    struct vww_cost cost;
    assert_ok(vww_description_parse(text, strlen(text), "text", NULL, &graph, &error), &error);
    assert_ok(vww_cost_count(graph, VWW_COST_PATHS, &cost, &error), &error);
    vww_graph_destroy(graph);
    vww_free(cost.layers);
    cost.layers = NULL;
    return cost;
}

#define HEAD "vww-network 1\ninput image 8x8x4\nclasses 2\n" /* 256 bytes in */
#define TAIL "pool: average_pool global\nlast: dense out=2\nend: softmax\n"

/* The branch rule on networks small enough for arithmetic by hand. */
static void branches_by_hand(void **state)
{
    (void)state;
    /* A chain: conv makes 64 x 8 = 512 bytes, from 256. */
    struct vww_cost cost = cost_of(HEAD "a: conv 3x3 out=8 bn relu\n" TAIL);
    assert_int_equal(cost.peak_bytes_chain_or_branch, 768);
    assert_string_equal(cost.peak_at, "a");
    /* A residual: while b2 runs (512 + 256), the block's input a (256) waits; the addition has
     * 256 + 256 + 256. */
    cost = cost_of(HEAD "a: conv 3x3 out=4 relu\nb1: conv 1x1 out=8 relu\nb2: conv 1x1 out=4\n"
                        "c: add from=a,b2\n" TAIL);
    assert_int_equal(cost.peak_bytes_chain_or_branch, 512 + 256 + 256);
    assert_string_equal(cost.peak_at, "b2");
    assert_int_equal(cost.peak_bytes_ignoring_branches, 512 + 256);
    assert_int_equal(cost.peak_bytes_lifetimes, 1024);
    /* Two branches from a (256): l makes 128, r1 makes 640 and r2 makes 128. Pairs: l with r1
     * shares a: 256 + 128 + 640; l with r2: 256 + 128 + 640 + 128. */
    cost = cost_of(HEAD "a: conv 3x3 out=4 relu\nl: conv 1x1 out=2 relu\n"
                        "r1: conv 1x1 out=10 relu from=a\nr2: conv 1x1 out=2\n"
                        "c: concat from=l,r2\n" TAIL);
    assert_int_equal(cost.peak_bytes_chain_or_branch, 256 + 128 + 640 + 128);
    assert_string_equal(cost.peak_at, "l");
    assert_string_equal(cost.peak_with, "r2");
    /* Exact lifetimes in this order: a dies after r1, so r2 has l, r1 and r2. */
    assert_int_equal(cost.peak_bytes_lifetimes, 256 + 128 + 640);
    /* A split is two views: the passing half (128) waits while d (128 -> 128) runs; the
     * concatenation has both halves and its output. */
    cost = cost_of(HEAD "a: conv 1x1 out=4\ns: split parts=2\nd: depthwise 3x3 from=s:1\n"
                        "c: concat from=s:0,d\n" TAIL);
    assert_int_equal(cost.peak_bytes_chain_or_branch, 512); /* a: 256 + 256, as c and d + half */
    /* But both halves keep the whole alive: d with a's 256 bytes and its own 128, c with 256 more.
     */
    assert_int_equal(cost.peak_bytes_lifetimes, 256 + 128 + 256);
}

/* A chain has one answer by every rule: the largest sum of neighbours. */
static void random_chains(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct vww_random random = vww_random_init(seed, VWW_RANDOM_TEST, 0, 0);
        char text[2048];
        int64_t before = 64 * 4, peak = 0, macs = 0;
        int used = snprintf(text, sizeof text, HEAD);
        int channels = 4;
        for (int i = 0; i < 8; i++) {
            const int out = 1 + (int)vww_random_below(&random, 40);
            const int kernel = 1 + 2 * (int)vww_random_below(&random, 3);
            used += snprintf(text + used, sizeof text - (size_t)used, "c%d: conv %d out=%d relu\n",
                             i, kernel, out);
            macs += (int64_t)64 * kernel * kernel * channels * out;
            channels = out;
            peak = before + 64 * out > peak ? before + 64 * out : peak;
            before = 64 * out;
        }
        snprintf(text + used, sizeof text - (size_t)used, TAIL);
        const struct vww_cost cost = cost_of(text);
        assert_int_equal(cost.peak_bytes_chain_or_branch, peak);
        assert_int_equal(cost.peak_bytes_ignoring_branches, peak);
        assert_int_equal(cost.peak_bytes_lifetimes, peak);
        assert_int_equal(cost.macs, macs + 2 * channels);
    }
}

/* Each allocation in turn fails: an error each time, no leak, no crash. */
static void no_memory(void **state)
{
    (void)state;
    const struct vww_zoo_options options = {
        .family = "shufflenet_v2", .depth_multiplier = 0.5, .resolution = 96, .classes = 2};
    struct vww_error error;
    struct vww_graph *graph;
    assert_ok(vww_zoo_build(&options, &graph, &error), &error);
    for (int64_t n = 1;; n++) {
        struct vww_cost cost;
        vww_memory_fail_at(n);
        const vww_status status = vww_cost_count(graph, VWW_COST_PATHS, &cost, &error);
        vww_memory_fail_at(0);
        vww_cost_fini(&cost);
        if (status == VWW_OK)
            break;
        assert_int_equal(status, VWW_ERROR_MEMORY);
        assert_true(n < 100);
    }
    vww_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truth_table),      cmocka_unit_test(folding_changes_no_cost),
        cmocka_unit_test(branches_by_hand), cmocka_unit_test(random_chains),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
