/* The zoo's cost against the truth table. */
#include "support/check.h"
#include "vww/cost.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truth_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
