#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "option.h"
#include "vww/inspect.h"

#include <inttypes.h>
#include <stdio.h>

#define BAR 40 /* characters of the longest bar */

/* The paper's figures, for comparison (section 3). */
#define PAPER "the paper's set: 115,000 for training, 8,000 for validation, 47 % with persons"

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0.0;
}

static void bin_name(const struct vww_histogram *h, int32_t bin, char text[48])
{
    const double low = bin > 0 ? h->edges[bin - 1] : 0;
    const double high = bin < h->bins - 1 ? h->edges[bin] : 0;
    if (bin == h->bins - 1)
        snprintf(text, 48, "%g and more", low);
    else if (h->whole && high == low + 1)
        snprintf(text, 48, "%g", low);
    else if (h->whole && high <= 100)
        snprintf(text, 48, "%g to %g", low, high - 1);
    else
        snprintf(text, 48, "%g to below %g", low, high);
}

static void print_histogram(const struct vww_histogram *h)
{
    int64_t most = 1, total = 0;
    for (int32_t i = 0; i < h->bins; i++) {
        most = h->counts[i] > most ? h->counts[i] : most;
        total += h->counts[i];
    }
    printf("  %s (%s)\n", h->name, h->unit);
    for (int32_t i = 0; i < h->bins; i++) {
        char name[48], bar[BAR + 1];
        int length = (int)(h->counts[i] * BAR / most);
        if (length == 0 && h->counts[i] > 0)
            length = 1;
        for (int k = 0; k < length; k++)
            bar[k] = '#';
        bar[length] = '\0';
        bin_name(h, i, name);
        printf("    %-20s %8" PRId64 " %5.1f %%%s%s\n", name, h->counts[i],
               share(h->counts[i], total), length > 0 ? " " : "", bar);
    }
}

static bool is_of_boxes(int histogram)
{
    return histogram == VWW_STATS_BOX_SHARE || histogram == VWW_STATS_BOXES_PER_IMAGE;
}

static void print_split(const struct vww_dataset_stats *stats, const struct vww_split_stats *split)
{
    const bool boxes = vww_dataset_format_has_boxes(stats->manifest.storage);
    printf("%s: %" PRId64 " images, %.1f MB, ", split->name, split->images,
           1e-6 * (double)split->image_bytes);
    if (boxes)
        printf("%" PRId64 " boxes\n", split->boxes);
    else
        printf("no boxes: the format %s stores none\n",
               vww_dataset_format_name(stats->manifest.storage));
    for (size_t c = 0; c < stats->manifest.class_count; c++)
        printf("  %-20s %8" PRId64 " %5.1f %%\n", stats->manifest.classes[c],
               split->class_images[c], share(split->class_images[c], split->images));
    printf("  brightness %.1f of 255, deviation %.1f between images\n", split->brightness_mean,
           split->brightness_deviation);
    for (int i = 0; i < VWW_STATS_HISTOGRAMS; i++)
        if (boxes || !is_of_boxes(i))
            print_histogram(&split->histograms[i]);
}

static void print_histogram_json(const struct vww_histogram *h)
{
    printf(",\"%s\":{\"edges\":[", h->name);
    for (int32_t i = 0; i < h->bins - 1; i++)
        printf("%s%g", i > 0 ? "," : "", h->edges[i]);
    printf("],\"counts\":[");
    for (int32_t i = 0; i < h->bins; i++)
        printf("%s%" PRId64, i > 0 ? "," : "", h->counts[i]);
    printf("]}");
}

static void print_json(const struct vww_dataset_stats *stats)
{
    const bool boxes = vww_dataset_format_has_boxes(stats->manifest.storage);
    printf("{\"size\":%d,\"storage\":\"%s\",\"splits\":{", stats->manifest.size,
           vww_dataset_format_name(stats->manifest.storage));
    for (size_t p = 0; p < stats->manifest.part_count; p++) {
        const struct vww_split_stats *split = &stats->splits[p];
        printf("%s", p > 0 ? "," : "");
        print_json_string(split->name);
        printf(":{\"images\":%" PRId64 ",\"boxes\":", split->images);
        if (boxes)
            printf("%" PRId64, split->boxes);
        else
            printf("null");
        printf(",\"image_bytes_total\":%" PRId64 ",\"classes\":{", split->image_bytes);
        for (size_t c = 0; c < stats->manifest.class_count; c++) {
            printf("%s", c > 0 ? "," : "");
            print_json_string(stats->manifest.classes[c]);
            printf(":%" PRId64, split->class_images[c]);
        }
        printf("},\"brightness_mean\":%.6g,\"brightness_deviation\":%.6g", split->brightness_mean,
               split->brightness_deviation);
        for (int i = 0; i < VWW_STATS_HISTOGRAMS; i++)
            if (boxes || !is_of_boxes(i))
                print_histogram_json(&split->histograms[i]);
        printf("}");
    }
    printf("},\"licenses\":{");
    for (size_t i = 0; i < stats->license_count; i++) {
        printf("%s", i > 0 ? "," : "");
        print_json_string(stats->licenses[i].name);
        printf(":%" PRId64, stats->licenses[i].images);
    }
    printf("}}\n");
}

int cmd_dataset_stats(int argc, char **argv)
{
    bool json = false;
    struct option options[] = {
        {.name = "json", .kind = OPTION_FLAG, .value = &json, .help = "everything as one object"},
    };
    struct command_line line = {
        .usage = "vww dataset stats DIR [--json]",
        .summary =
            "Count what is in a built data set: images and balance of the classes, sizes of\n"
            "boxes and images, brightness.",
        .example = "  vww dataset stats vww",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .positional_least = 1,
        .positional_most = 1,
    };
    const char *positional[1];
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    struct vww_dataset_stats stats;
    struct vww_error error;
    const vww_status status =
        vww_dataset_stats_read(positional[0], console_progress(), &stats, &error);
    console_progress_end();
    if (status != VWW_OK)
        return console_fail(&error);
    if (json) {
        print_json(&stats);
    } else {
        for (size_t p = 0; p < stats.manifest.part_count; p++)
            print_split(&stats, &stats.splits[p]);
        for (size_t i = 0; i < stats.license_count; i++)
            printf("licence %-48s %8" PRId64 " images\n",
                   stats.licenses[i].name[0] != '\0' ? stats.licenses[i].name : "not given",
                   stats.licenses[i].images);
        printf("%s\n", PAPER);
    }
    vww_dataset_stats_fini(&stats);
    return 0;
}
