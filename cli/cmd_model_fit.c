#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "vww/board.h"

#include <inttypes.h>
#include <stdio.h>

/* What the program itself takes beside the network: stack and buffers, code. */
struct reserve {
    int64_t sram, flash;
};

static void print_boards(void)
{
    size_t count;
    const struct vww_board *boards = vww_boards(&count);
    printf("%-14s %-10s %6s %9s %9s  %s\n", "board", "core", "MHz", "SRAM KiB", "flash KiB",
           "product");
    for (size_t i = 0; i < count; i++)
        printf("%-14s %-10s %6d %9" PRId64 " %8" PRId64 "%s  %s\n", boards[i].name, boards[i].core,
               (int)boards[i].clock_mhz, boards[i].sram_bytes / 1024, boards[i].flash_bytes / 1024,
               boards[i].external_flash ? "*" : " ", boards[i].product);
    printf("* outside the chip, as on the usual board\n");
}

static void print_verdict(const char *what, int64_t needed, int64_t reserved, int64_t there,
                          bool json)
{
    const int64_t left = there - reserved - needed;
    if (json)
        printf(",\"%s\":{\"needed_bytes\":%" PRId64 ",\"reserved_bytes\":%" PRId64
               ",\"board_bytes\":%" PRId64 ",\"left_bytes\":%" PRId64 ",\"fits\":%s}",
               what, needed, reserved, there, left, left >= 0 ? "true" : "false");
    else
        printf("  %-6s %10" PRId64 " + %" PRId64 " reserved, of %" PRId64 ": %s, %" PRId64
               " bytes %s\n",
               what, needed, reserved, there, left >= 0 ? "fits" : "does not fit",
               left >= 0 ? left : -left, left >= 0 ? "left" : "too many");
}

static vww_status fit_one(struct model_choice *choice, const struct vww_board *board,
                          const struct reserve *reserve, enum vww_memory_rule rule, bool json,
                          struct vww_error *error)
{
    struct vww_graph *graph;
    struct vww_cost cost;
    vww_status status = model_choice_build(choice, &graph, error);
    if (status != VWW_OK)
        return status;
    status = vww_cost_count(graph, VWW_COST_PATHS, &cost, error);
    if (status == VWW_OK) {
        if (json) {
            printf("{\"board\":\"%s\",\"model\":", board->name);
            print_json_string(model_choice_name(choice, graph));
        } else {
            printf("%s on %s (%s, %d MHz):\n", graph->name, board->name, board->core,
                   (int)board->clock_mhz);
        }
        print_verdict("sram", vww_memory_by_rule(&cost, rule), reserve->sram, board->sram_bytes,
                      json);
        print_verdict("flash", cost.model_bytes, reserve->flash, board->flash_bytes, json);
        printf(json ? "}\n" : "");
        vww_cost_fini(&cost);
    }
    vww_graph_destroy(graph);
    return status;
}

/* Every configuration of the zoo; those that fit with what they leave, the others counted. */
static vww_status fit_zoo(const struct vww_board *board, const struct reserve *reserve,
                          enum vww_memory_rule rule, bool json, struct vww_error *error)
{
    const int64_t sram = board->sram_bytes - reserve->sram;
    const int64_t flash = board->flash_bytes - reserve->flash;
    const struct vww_search_limits all = {.sram_bytes = INT64_MAX,
                                          .flash_bytes = INT64_MAX,
                                          .macs = INT64_MAX,
                                          .rule = rule,
                                          .classes = 2};
    struct vww_search_hit *hits;
    size_t count, neither = 0, no_sram = 0, no_flash = 0;
    const vww_status status = vww_search(&all, NULL, 0, &hits, &count, error);
    if (status != VWW_OK)
        return status;
    if (!json)
        printf("%s (%s, %d MHz): %" PRId64 " KiB SRAM, %" PRId64 " KiB flash, of which %" PRId64
               " and %" PRId64 " KiB are reserved\n\n%-20s %5s %5s %12s %12s %12s\n",
               board->product, board->core, (int)board->clock_mhz, board->sram_bytes / 1024,
               board->flash_bytes / 1024, reserve->sram / 1024, reserve->flash / 1024, "model",
               "mult", "res", "multiply-add", "SRAM left", "flash left");
    for (size_t i = 0; i < count; i++) {
        const int64_t sram_left = sram - hits[i].memory_bytes;
        const int64_t flash_left = flash - hits[i].cost.model_bytes;
        neither += sram_left < 0 && flash_left < 0;
        no_sram += sram_left < 0 && flash_left >= 0;
        no_flash += sram_left >= 0 && flash_left < 0;
        if (json)
            printf(
                "{\"board\":\"%s\",\"model\":\"%s\",\"depth_multiplier\":%.15g,\"resolution\":%d,"
                "\"macs\":%" PRId64 ",\"sram_left_bytes\":%" PRId64 ",\"flash_left_bytes\":%" PRId64
                ",\"fits\":%s}\n",
                board->name, hits[i].family->name, hits[i].depth_multiplier,
                (int)hits[i].resolution, hits[i].cost.macs, sram_left, flash_left,
                sram_left >= 0 && flash_left >= 0 ? "true" : "false");
        else if (sram_left >= 0 && flash_left >= 0)
            printf("%-20s %5g %5d %12" PRId64 " %12" PRId64 " %12" PRId64 "\n",
                   hits[i].family->name, hits[i].depth_multiplier, (int)hits[i].resolution,
                   hits[i].cost.macs, sram_left, flash_left);
    }
    if (!json)
        printf("\n%zu of %zu fit; %zu need more SRAM, %zu more flash, %zu more of both\n",
               count - neither - no_sram - no_flash, count, no_sram, no_flash, neither);
    vww_search_free(hits);
    return VWW_OK;
}

int cmd_model_fit(int argc, char **argv)
{
    struct model_choice choice = MODEL_CHOICE_DEFAULTS;
    const char *name = NULL, *rule = "split", *sram = "16KiB", *flash = "64KiB";
    bool json = false;
    struct option options[] = {
        {.name = "board",
         .kind = OPTION_STRING,
         .value = &name,
         .argument = "NAME",
         .help = "the microcontroller; without it, the table of those known"},
        MODEL_CHOICE_OPTIONS(&choice),
        {.name = "memory",
         .kind = OPTION_CHOICE,
         .value = &rule,
         .choices = MEMORY_RULES,
         .help = "how activations are counted: the paper's rule, with split paths, or exact "
                 "lifetimes"},
        {.name = "reserve-sram",
         .kind = OPTION_STRING,
         .value = &sram,
         .argument = "SIZE",
         .help = "SRAM for what is not the network: stack, camera, application"},
        {.name = "reserve-flash",
         .kind = OPTION_STRING,
         .value = &flash,
         .argument = "SIZE",
         .help = "flash for what is not the network: code"},
        {.name = "json", .kind = OPTION_FLAG, .value = &json, .help = "one JSON object a line"},
    };
    struct command_line line = {
        .usage =
            "vww model fit --board NAME [MODEL|M.tflite|--network FILE] [--depth-multiplier A] "
            "[--resolution R]",
        .summary =
            "Which networks fit a microcontroller, with the memory they leave: one network, or "
            "the whole zoo.",
        .example = "  vww model fit --board stm32f746\n"
                   "  vww model fit --board nano33ble mobilenet_v1 --depth-multiplier 0.25 "
                   "--resolution 96",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .positional_most = 1};
    const char *word;
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, &word, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    struct reserve reserve;
    if (!parse_amount(sram, true, &reserve.sram) || !parse_amount(flash, true, &reserve.flash)) {
        fprintf(stderr,
                "vww: a reserve is not understood; sizes are written 16KB, 16KiB or 1.5MB\n");
        return 2;
    }
    if (name == NULL) {
        print_boards();
        return 0;
    }
    const bool one = words > 0 || choice.network != NULL;
    if (one && !model_choice_take(&choice, &word, words))
        return 2;
    struct vww_error error;
    const struct vww_board *board;
    vww_status status = vww_board_find(name, &board, &error);
    if (status == VWW_OK && one)
        status = fit_one(&choice, board, &reserve, memory_rule_of(rule), json, &error);
    else if (status == VWW_OK)
        status = fit_zoo(board, &reserve, memory_rule_of(rule), json, &error);
    return status == VWW_OK ? 0 : console_fail(&error);
}
