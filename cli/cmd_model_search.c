#include "commands.h"
#include "console.h"
#include "model_option.h"

#include <inttypes.h>
#include <stdio.h>

static void print_text(const struct vww_search_hit *hits, size_t count, size_t most, bool measured)
{
    if (!measured)
        printf(
            "No measured accuracies: the order is by multiply-adds, which stand in for accuracy\n"
            "within one family (column #: place in its own family) and say little between them.\n"
            "\n");
    printf("%-20s %5s %5s %3s %9s %12s %12s %12s\n", "model", "mult", "res", "#", "accuracy",
           "multiply-add", "memory", "model bytes");
    for (size_t i = 0; i < count && i < most; i++) {
        char accuracy[16] = "-";
        if (hits[i].accuracy >= 0)
            snprintf(accuracy, sizeof accuracy, "%.4f", hits[i].accuracy);
        printf("%-20s %5g %5d %3d %9s %12" PRId64 " %12" PRId64 " %12" PRId64 "\n",
               hits[i].family->name, hits[i].depth_multiplier, (int)hits[i].resolution,
               (int)hits[i].rank_in_family, accuracy, hits[i].cost.macs, hits[i].memory_bytes,
               hits[i].cost.model_bytes);
    }
    if (count > most)
        printf("… and %zu more; --limit 0 lists all\n", count - most);
    if (count == 0)
        printf("nothing of the zoo fits\n");
}

static void print_json(const struct vww_search_hit *hits, size_t count, size_t most)
{
    for (size_t i = 0; i < count && i < most; i++) {
        printf(
            "{\"model\":\"%s\",\"depth_multiplier\":%.15g,\"resolution\":%d,\"rank_in_family\":%d"
            ",\"macs\":%" PRId64 ",\"memory_bytes\":%" PRId64 ",\"model_bytes\":%" PRId64
            ",\"accuracy\":",
            hits[i].family->name, hits[i].depth_multiplier, (int)hits[i].resolution,
            (int)hits[i].rank_in_family, hits[i].cost.macs, hits[i].memory_bytes,
            hits[i].cost.model_bytes);
        if (hits[i].accuracy >= 0)
            printf("%.15g}\n", hits[i].accuracy);
        else
            printf("null}\n");
    }
}

int cmd_model_search(int argc, char **argv)
{
    const char *sram = "250KB", *flash = "250KB", *macs = "60M", *rule = "split";
    const char *accuracies = NULL;
    int64_t classes = 2, limit = 20;
    bool json = false;
    struct option options[] = {
        {.name = "sram",
         .kind = OPTION_STRING,
         .value = &sram,
         .argument = "SIZE",
         .help = "memory for activations; KB is 1000 bytes, KiB 1024"},
        {.name = "flash",
         .kind = OPTION_STRING,
         .value = &flash,
         .argument = "SIZE",
         .help = "memory for weights and biases"},
        {.name = "macs",
         .kind = OPTION_STRING,
         .value = &macs,
         .argument = "COUNT",
         .help = "multiply-adds for one image"},
        {.name = "memory",
         .kind = OPTION_CHOICE,
         .value = &rule,
         .choices = MEMORY_RULES,
         .help = "how activations are counted: the paper's rule, with split paths, or exact "
                 "lifetimes"},
        {.name = "accuracies",
         .kind = OPTION_STRING,
         .value = &accuracies,
         .argument = "FILE",
         .help = "measured accuracies, lines model,depth_multiplier,resolution,accuracy: these "
                 "come first, best first"},
        {.name = "classes",
         .kind = OPTION_INTEGER,
         .value = &classes,
         .help = "number of classes",
         .low = 2,
         .high = 100000},
        {.name = "limit",
         .kind = OPTION_INTEGER,
         .value = &limit,
         .help = "lines to print; 0 = all",
         .low = 0,
         .high = 100000},
        {.name = "json", .kind = OPTION_FLAG, .value = &json, .help = "one JSON object a line"},
    };
    struct command_line line = {
        .usage = "vww model search --sram SIZE --flash SIZE --macs COUNT [--accuracies FILE]",
        .summary =
            "The configurations of the zoo that fit the limits, best first. Best is measured "
            "accuracy where there is one, else multiply-adds.",
        .example = "  vww model search --sram 250KB --flash 250KB --macs 60M",
        .options = options,
        .option_count = sizeof options / sizeof options[0]};
    const char *positional[1];
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    struct vww_search_limits limits = {.rule = memory_rule_of(rule), .classes = (int32_t)classes};
    if (!parse_amount(sram, true, &limits.sram_bytes) ||
        !parse_amount(flash, true, &limits.flash_bytes) ||
        !parse_amount(macs, false, &limits.macs)) {
        fprintf(stderr, "vww: a limit is not understood; sizes are written 250KB, 250KiB or 1.5MB, "
                        "counts 60M or 60000000\n");
        return 2;
    }
    struct vww_error error;
    struct vww_measured *measured = NULL;
    struct vww_search_hit *hits = NULL;
    size_t measured_count = 0, count = 0;
    vww_status status = VWW_OK;
    if (accuracies != NULL)
        status = vww_measured_read(accuracies, &measured, &measured_count, &error);
    if (status == VWW_OK)
        status = vww_search(&limits, measured, measured_count, &hits, &count, &error);
    vww_measured_free(measured);
    if (status != VWW_OK)
        return console_fail(&error);
    const size_t most = limit > 0 ? (size_t)limit : count;
    if (json)
        print_json(hits, count, most);
    else
        print_text(hits, count, most, measured_count > 0);
    vww_search_free(hits);
    return 0;
}
