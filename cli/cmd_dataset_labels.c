#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "policy_option.h"
#include "source_option.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_policy_json(const struct vww_label_policy *policy)
{
    printf("\"policy\":{\"name\":\"%s\",\"area\":\"%s\",\"comparison\":\"%s\","
           "\"small_object_area_threshold\":%.15g,\"crowd\":\"%s\",\"small_only\":\"%s\","
           "\"foreground_class_of_interest\":",
           policy->name, vww_label_area_name(policy->area),
           vww_label_comparison_name(policy->comparison), policy->small_object_area_threshold,
           vww_label_crowd_name(policy->crowd), vww_label_small_only_name(policy->small_only));
    print_json_string(policy->foreground_class);
    printf("}");
}

static void print_counts_json(const struct vww_label_policy *policy,
                              const struct vww_label_set *set)
{
    printf("{");
    print_policy_json(policy);
    printf(",\"images\":%zu,\"labels\":{\"1\":%" PRId64 ",\"0\":%" PRId64 ",\"dropped\":%" PRId64
           "}}\n",
           set->count, set->positive, set->negative, set->dropped);
}

static void print_row(const char *label, const char *meaning, int64_t images, int64_t total)
{
    printf("%-8s %-24.24s %9" PRId64 " %6.2f %%\n", label, meaning, images,
           total > 0 ? 100.0 * (double)images / (double)total : 0.0);
}

static void print_counts(const struct vww_label_policy *policy, const struct vww_label_set *set)
{
    const int64_t total = (int64_t)set->count;
    const bool in_pixels = policy->pixels > 0;
    printf("policy %s: an image is positive if a %s's %s area %s %g %s\n", policy->name,
           policy->foreground_class, vww_label_area_name(policy->area),
           policy->comparison == VWW_COMPARISON_GT ? "exceeds" : "is at least",
           in_pixels ? policy->pixels : policy->small_object_area_threshold,
           in_pixels ? "pixels" : "of the image");
    printf("%-8s %-24s %9s\n", "label", "meaning", "images");
    print_row("1", policy->foreground_class, set->positive, total);
    print_row("0", "background", set->negative, total);
    print_row("dropped", policy->balance ? "too small, or too many" : "too small objects only",
              set->dropped, total);
}

static enum vww_intermediate intermediate_of(const char *name)
{
    return strcmp(name, "tf") == 0        ? VWW_INTERMEDIATE_TF
           : strcmp(name, "tf-2019") == 0 ? VWW_INTERMEDIATE_TF_2019
                                          : VWW_INTERMEDIATE_PYVWW;
}

static bool is_one_alone(const char *a, const char *b)
{
    return (a == NULL) != (b == NULL);
}

int cmd_dataset_labels(int argc, char **argv)
{
    struct option_strings annotations = {0}, images = {0};
    const char *source = "coco";
    struct policy_choice choice = POLICY_CHOICE_DEFAULTS;
    const char *csv = NULL, *intermediate = NULL, *out = NULL, *only = NULL, *except = NULL;
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
         .help = "image folders, for sources that do not say how large the images are"},
        POLICY_CHOICE_OPTIONS(&choice),
        {.name = "csv",
         .kind = OPTION_STRING,
         .value = &csv,
         .argument = "OUT",
         .help = "write image_id,label rows, ascending id, to this file; -: to stdout"},
        {.name = "only-ids",
         .kind = OPTION_STRING,
         .value = &only,
         .argument = "FILE",
         .help = "keep only the images whose ids this file lists, one a line"},
        {.name = "except-ids",
         .kind = OPTION_STRING,
         .value = &except,
         .argument = "FILE",
         .help = "leave out the images whose ids this file lists"},
        {.name = "intermediate",
         .kind = OPTION_CHOICE,
         .value = &intermediate,
         .choices = "tf|tf-2019|pyvww",
         .help = "write the annotation file that a published builder would, to --out"},
        {.name = "out",
         .kind = OPTION_STRING,
         .value = &out,
         .argument = "FILE",
         .help = "the file for --intermediate"},
        {.name = "json", .kind = OPTION_FLAG, .value = &json, .help = "the counts as one object"},
    };
    struct command_line line = {
        .usage = "vww dataset labels --annotations FILE... --policy P [--csv OUT] [--json]",
        .summary = "Label every image of annotation files: 1 where an object of the class of\n"
                   "interest is large enough, else 0, or dropped where the policy leaves an image "
                   "out.",
        .example = "  vww dataset labels --annotations instances_val2014.json --policy tf --csv "
                   "labels.csv",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    const char *positional[1];
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    if (is_one_alone(intermediate, out) || (intermediate != NULL && strcmp(source, "coco") != 0) ||
        (only != NULL && except != NULL)) {
        fprintf(stderr,
                "vww: --intermediate and --out go together, with COCO files; --only-ids and "
                "--except-ids do not\n");
        return 2;
    }
    struct vww_error error;
    const struct vww_source_format *format = vww_source_format_find(source, &error);
    struct vww_source *sources =
        format != NULL ? source_list(format, "--annotations", &annotations, &images) : NULL;
    if (sources == NULL)
        return 2;
    struct vww_label_policy policy;
    struct vww_label_set set = {0};
    vww_status status = policy_choice_resolve(&choice, &policy, &error);
    if (status == VWW_OK)
        status = vww_label_set_read_sources(format, sources, annotations.count, &policy,
                                            out != NULL, console_progress(), &set, &error);
    if (status == VWW_OK && (only != NULL || except != NULL))
        status = vww_label_set_restrict(&set, only != NULL ? only : except, only != NULL, &error);
    if (status == VWW_OK && csv != NULL)
        status = vww_label_set_write_csv(&set, csv, &error);
    if (status == VWW_OK && out != NULL)
        status = vww_label_set_write_intermediate(&set, annotations.items, annotations.count,
                                                  intermediate_of(intermediate),
                                                  policy.foreground_class, out, &error);
    console_progress_end();
    if (status == VWW_OK && json)
        print_counts_json(&policy, &set);
    else if (status == VWW_OK && csv == NULL)
        print_counts(&policy, &set);
    if (set.strays > 0)
        console_note("note: %" PRId64 " annotations belong to images that are not in the folder",
                     set.strays);
    vww_label_set_fini(&set);
    free(sources);
    return status == VWW_OK ? 0 : console_fail(&error);
}
