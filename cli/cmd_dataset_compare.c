#include "commands.h"
#include "console.h"
#include "policy_option.h"
#include "source_option.h"
#include "vww/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[VWW_COMPARE_LABELS] = {"0", "1", "dropped"};

static void print_json(const struct vww_compare_result *result)
{
    printf("{\"images\":%" PRId64 ",\"differing\":%" PRId64 ",\"counts\":{", result->images,
           result->differing);
    for (int a = 0; a < VWW_COMPARE_LABELS; a++)
        for (int b = 0; b < VWW_COMPARE_LABELS; b++)
            printf("%s\"%s %s\":%" PRId64, a + b > 0 ? "," : "", words[a], words[b],
                   result->counts[a][b]);
    printf("}}\n");
}

static void print_table(const struct vww_compare_options *compare,
                        const struct vww_compare_result *result)
{
    printf("%-20s", "");
    for (int b = 0; b < VWW_COMPARE_LABELS; b++)
        printf(" %10s", words[b]);
    printf("  (%s)\n", compare->policies[1].name);
    for (int a = 0; a < VWW_COMPARE_LABELS; a++) {
        printf("%-12s %-7s", a == 0 ? compare->policies[0].name : "", words[a]);
        for (int b = 0; b < VWW_COMPARE_LABELS; b++)
            printf(" %10" PRId64, result->counts[a][b]);
        printf("\n");
    }
    printf("%" PRId64 " of %" PRId64 " images differ\n", result->differing, result->images);
    if (result->drawn > 0)
        printf("%d of them are on %s; frames: left %s, right %s; grey 0, green 1, red dropped\n",
               result->drawn, compare->sheet, compare->policies[0].name, compare->policies[1].name);
}

int cmd_dataset_compare(int argc, char **argv)
{
    struct option_strings annotations = {0}, images = {0};
    struct policy_choice choice = POLICY_CHOICE_DEFAULTS;
    struct vww_compare_options compare = {0};
    const char *source = "coco", *with = "tf";
    int64_t count = 40;
    bool json = false;
    struct option options[] = {
        {.name = "annotations",
         .kind = OPTION_STRINGS,
         .value = &annotations,
         .help = "COCO instances files, or what --source says; several make one set"},
        SOURCE_OPTION(&source),
        {.name = "image-dir",
         .kind = OPTION_STRINGS,
         .value = &images,
         .argument = "DIR...",
         .help = "image folders, for --sheet and for sources that need them"},
        POLICY_CHOICE_OPTIONS(&choice),
        {.name = "with",
         .kind = OPTION_STRING,
         .value = &with,
         .argument = "POLICY",
         .help = "the published rule to compare it with"},
        {.name = "csv",
         .kind = OPTION_STRING,
         .value = &compare.csv,
         .argument = "OUT",
         .help = "list the images that differ in this file; -: on stdout"},
        {.name = "sheet",
         .kind = OPTION_STRING,
         .value = &compare.sheet,
         .argument = "OUT.png",
         .help = "draw images that differ, with the boxes that count for either policy"},
        {.name = "count",
         .kind = OPTION_INTEGER,
         .value = &count,
         .help = "at most so many images on the sheet",
         .low = 1,
         .high = 1000},
        {.name = "json", .kind = OPTION_FLAG, .value = &json, .help = "the counts as one object"},
    };
    struct command_line line = {
        .usage = "vww dataset compare --annotations FILE... --policy P --with Q [--csv OUT] "
                 "[--sheet OUT.png --image-dir DIR]",
        .summary = "Label every image by two policies: how often they agree, and which images "
                   "differ.",
        .example = "  vww dataset compare --annotations instances_val2014.json --policy paper \\\n"
                   "    --with tf --csv differ.csv --sheet differ.png --image-dir val2014",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    const char *positional[1];
    size_t positional_count;
    const enum parse_result parsed =
        command_parse(&line, argc, argv, positional, &positional_count);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    struct vww_error error;
    struct vww_compare_result result;
    compare.format = vww_source_format_find(source, &error);
    struct vww_source *sources =
        compare.format != NULL ? source_list(compare.format, "--annotations", &annotations, &images)
                               : NULL;
    if (sources == NULL)
        return 2;
    compare.sources = sources;
    compare.source_count = annotations.count;
    compare.sheet_count = (int32_t)count;
    vww_status status = policy_choice_resolve(&choice, &compare.policies[0], &error);
    if (status == VWW_OK)
        status = vww_label_policy_find(with, &compare.policies[1], &error);
    if (status == VWW_OK) {
        memcpy(compare.policies[1].foreground_class, compare.policies[0].foreground_class,
               sizeof compare.policies[1].foreground_class);
        status = vww_label_compare(&compare, console_progress(), &result, &error);
    }
    console_progress_end();
    free(sources);
    if (status != VWW_OK)
        return console_fail(&error);
    if (json)
        print_json(&result);
    else if (compare.csv == NULL || strcmp(compare.csv, "-") != 0)
        print_table(&compare, &result);
    return 0;
}
