#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "option.h"
#include "vww/inspect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DUPLICATES_SHOWN 20 /* of the text; --json lists all */

static void print_text_member(const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    printf(",\"%s\":", name);
    print_json_string(value);
}

static void print_problem_json(const struct vww_error *problem)
{
    printf("{\"status\":\"%s\"", vww_status_name(problem->status));
    print_text_member("what", problem->what);
    print_text_member("file", problem->file);
    if (problem->byte >= 0)
        printf(",\"byte\":%" PRId64, problem->byte);
    print_text_member("place", problem->place);
    print_text_member("seen", problem->seen);
    print_text_member("allowed", problem->allowed);
    printf("}");
}

static void print_json(const struct vww_verify_result *result, int64_t kept)
{
    printf("{\"good\":%s,\"manifest_sha256\":\"%s\",\"storage\":\"%s\",\"with_boxes\":%s,"
           "\"shards\":%" PRId64 ",\"records\":%" PRId64 ",\"bytes\":%" PRId64
           ",\"problem_count\":%" PRId64 ",\"problems\":[",
           result->problem_count == 0 ? "true" : "false", result->manifest_sha256,
           vww_dataset_format_name(result->storage),
           vww_dataset_format_has_boxes(result->storage) ? "true" : "false", result->shards,
           result->records, result->bytes, result->problem_count);
    for (int64_t i = 0; i < kept; i++) {
        printf("%s", i > 0 ? "," : "");
        print_problem_json(&result->problems[i]);
    }
    printf("],\"duplicates\":[");
    for (size_t i = 0; i < result->duplicate_count; i++) {
        const struct vww_duplicate *pair = &result->duplicates[i];
        printf("%s{\"split\":", i > 0 ? "," : "");
        print_json_string(pair->split);
        printf(",\"file\":");
        print_json_string(pair->file_name);
        printf(",\"train_file\":");
        print_json_string(pair->train_file_name);
        printf(",\"distance\":%d}", pair->distance);
    }
    printf("]}\n");
}

static void print_text(const struct vww_verify_result *result, int64_t kept, bool compared)
{
    char text[2048];
    printf("manifest  sha256 %s\n", result->manifest_sha256);
    printf("checked   %" PRId64 " shards, %" PRId64 " records, %.1f MB: checksums, features, "
           "decoding, counts\n",
           result->shards, result->records, 1e-6 * (double)result->bytes);
    printf("format    %s%s\n", vww_dataset_format_name(result->storage),
           vww_dataset_format_has_boxes(result->storage) ? "" : ", which stores no boxes");
    if (compared)
        printf("alike     %zu images look like one of train\n", result->duplicate_count);
    for (size_t i = 0; i < result->duplicate_count && i < DUPLICATES_SHOWN; i++) {
        const struct vww_duplicate *pair = &result->duplicates[i];
        printf("  %s/%s  train/%s  %d bits of 64 differ\n", pair->split, pair->file_name,
               pair->train_file_name, pair->distance);
    }
    if (result->duplicate_count > DUPLICATES_SHOWN)
        printf("  and %zu more; --json lists all\n", result->duplicate_count - DUPLICATES_SHOWN);
    printf("problems  %" PRId64 "\n", result->problem_count);
    for (int64_t i = 0; i < kept; i++) {
        vww_error_format(&result->problems[i], text, sizeof text);
        printf("  %s\n", text);
    }
    if (result->problem_count > kept)
        printf("  and %" PRId64 " more\n", result->problem_count - kept);
}

int cmd_dataset_verify(int argc, char **argv)
{
    bool json = false;
    int64_t bits = VWW_DUPLICATE_BITS;
    const char *on_duplicate = "report";
    struct option options[] = {
        {.name = "duplicate-bits",
         .kind = OPTION_INTEGER,
         .value = &bits,
         .help = "two images look alike when at most N of the 64 bits of their perceptual hashes "
                 "differ; -1: do not compare",
         .low = -1,
         .high = 16},
        {.name = "on-duplicate",
         .kind = OPTION_CHOICE,
         .value = &on_duplicate,
         .choices = "report|fail",
         .help = "whether an image outside of train that looks like one of train is a failure"},
        {.name = "json", .kind = OPTION_FLAG, .value = &json, .help = "everything as one object"},
    };
    struct command_line line = {
        .usage =
            "vww dataset verify DIR [--duplicate-bits N] [--on-duplicate report|fail] [--json]",
        .summary =
            "Check a built data set: lengths, SHA-256 and record counts of the shards, checksums\n"
            "and features of every record, that every image decodes to its last row and is the "
            "one\n"
            "recorded, that no image is in it twice, and the counts by class. Then list images\n"
            "outside of train that look like one of train. Exit 1 when there is a problem.",
        .example = "  vww dataset verify vww --json",
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
    const struct vww_verify_options verify = {positional[0], (int32_t)bits};
    struct vww_verify_result result;
    struct vww_error error;
    const vww_status status = vww_dataset_verify(&verify, console_progress(), &result, &error);
    console_progress_end();
    if (status != VWW_OK)
        return console_fail(&error);
    const int64_t kept =
        result.problem_count < VWW_VERIFY_KEPT ? result.problem_count : VWW_VERIFY_KEPT;
    if (json)
        print_json(&result, kept);
    else
        print_text(&result, kept, bits >= 0);
    const bool alike = strcmp(on_duplicate, "fail") == 0 && result.duplicate_count > 0;
    const bool good = result.problem_count == 0 && !alike;
    vww_verify_result_fini(&result);
    return good ? 0 : 1;
}
