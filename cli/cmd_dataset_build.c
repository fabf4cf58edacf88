#include "commands.h"
#include "console.h"
#include "policy_option.h"
#include "source_option.h"
#include "vww/dataset.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void print_part(const char *name, const char *class_name,
                       const struct vww_dataset_counts *counts)
{
    printf("%-6s %8" PRId64 " images: %" PRId64 " %s, %" PRId64 " background", name,
           counts->positive + counts->negative, counts->positive, class_name, counts->negative);
    if (counts->dropped > 0)
        printf("; %" PRId64 " dropped by the policy", counts->dropped);
    if (counts->skipped > 0)
        printf("; %" PRId64 " skipped, listed in manifest.json", counts->skipped);
    printf("\n");
}

/* The published command has this option, but test images have no annotations to label by. */
static int check_test_dir(const char *path)
{
    struct stat info;
    if (path == NULL)
        return 0;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        struct vww_error error;
        vww_fail(&error, VWW_ERROR_NOT_FOUND, "the test image folder does not exist");
        vww_error_at(&error, path, -1);
        vww_error_remedy(&error, "leave --test-image-dir out: test images have no annotations");
        return console_fail(&error);
    }
    console_note("note: %s is not used: test images have no annotations to label them by", path);
    return 0;
}

int cmd_dataset_build(int argc, char **argv)
{
    struct option_strings train_dirs = {0}, train_files = {0}, val_dirs = {0}, val_files = {0};
    struct policy_choice choice = POLICY_CHOICE_DEFAULTS;
    const char *test_dir = NULL, *output = NULL, *split = "coco", *minival = NULL;
    const char *on_error = "fail", *source = "coco";
    int64_t size = 0, train_shards = 100, val_shards = 10;
    struct option options[] = {
        {.name = "train-image-dir",
         .kind = OPTION_STRINGS,
         .value = &train_dirs,
         .argument = "DIR...",
         .help = "folder of the training images; one for all annotation files, or one for each",
         .required = true},
        {.name = "train-annotations-file",
         .kind = OPTION_STRINGS,
         .value = &train_files,
         .help = "COCO instances files of the training images, or what --source says; several make "
                 "one set"},
        {.name = "val-image-dir",
         .kind = OPTION_STRINGS,
         .value = &val_dirs,
         .argument = "DIR...",
         .help = "the same for validation",
         .required = true},
        {.name = "val-annotations-file",
         .kind = OPTION_STRINGS,
         .value = &val_files,
         .help = "the same for validation"},
        SOURCE_OPTION(&source),
        {.name = "test-image-dir",
         .kind = OPTION_STRING,
         .value = &test_dir,
         .argument = "DIR",
         .help = "accepted, not used: test images have no annotations"},
        {.name = "output-dir",
         .kind = OPTION_STRING,
         .value = &output,
         .argument = "DIR",
         .help = "folder for the data set; made if missing; a data set in it is replaced",
         .required = true},
        POLICY_CHOICE_OPTIONS(&choice),
        {.name = "split",
         .kind = OPTION_CHOICE,
         .value = &split,
         .choices = "coco|minival",
         .help = "coco: train and validation as the files are; minival: the images of "
                 "--minival-ids are for validation, all others for training"},
        {.name = "minival-ids",
         .kind = OPTION_STRING,
         .value = &minival,
         .argument = "FILE",
         .help = "image ids, one a line, for --split minival"},
        {.name = "size",
         .kind = OPTION_INTEGER,
         .value = &size,
         .help = "stretch the images to N x N pixels; 0: store the files as they are",
         .high = 4096},
        {.name = "train-shards",
         .kind = OPTION_INTEGER,
         .value = &train_shards,
         .help = "number of training files",
         .low = 1,
         .high = 99999},
        {.name = "val-shards",
         .kind = OPTION_INTEGER,
         .value = &val_shards,
         .help = "number of validation files",
         .low = 1,
         .high = 99999},
        {.name = "on-error",
         .kind = OPTION_CHOICE,
         .value = &on_error,
         .choices = "fail|skip",
         .help = "what a missing or damaged image does; skipped ones are listed in manifest.json"},
    };
    struct command_line line = {
        .usage = "vww dataset build --train-image-dir DIR... --train-annotations-file FILE... "
                 "--val-image-dir DIR... --val-annotations-file FILE... --output-dir DIR",
        .summary = "Label COCO photographs and write them as TFRecord shards of tf.train.Example,\n"
                   "with labels.txt and manifest.json.",
        .example = "  vww dataset build --train-image-dir train2014 --val-image-dir val2014 \\\n"
                   "    --train-annotations-file instances_train2014.json \\\n"
                   "    --val-annotations-file instances_val2014.json --output-dir vww --size 96",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    const char *positional[1];
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    if ((strcmp(split, "minival") == 0) != (minival != NULL)) {
        fprintf(stderr, "vww: --split minival and --minival-ids go together\n");
        return 2;
    }
    struct vww_error error;
    const struct vww_source_format *format = vww_source_format_find(source, &error);
    if (format == NULL ||
        source_list(format, "--train-annotations-file", &train_files, &train_dirs) == NULL ||
        source_list(format, "--val-annotations-file", &val_files, &val_dirs) == NULL)
        return 2;
    if (check_test_dir(test_dir) != 0)
        return 1;
    struct vww_dataset_options build = {
        .format = format,
        .train = {train_files.items, train_files.count, train_dirs.items, train_dirs.count},
        .val = {val_files.items, val_files.count, val_dirs.items, val_dirs.count},
        .split = minival != NULL ? VWW_SPLIT_MINIVAL : VWW_SPLIT_COCO,
        .minival_ids = minival,
        .output_dir = output,
        .size = (int32_t)size,
        .train_shards = (int32_t)train_shards,
        .val_shards = (int32_t)val_shards,
        .skip_bad_images = strcmp(on_error, "skip") == 0,
    };
    struct vww_dataset_result result;
    vww_status status = policy_choice_resolve(&choice, &build.policy, &error);
    if (status == VWW_OK)
        status = vww_dataset_build(&build, console_progress(), &result, &error);
    console_progress_end();
    if (status != VWW_OK)
        return console_fail(&error);
    print_part("train", build.policy.foreground_class, &result.train);
    print_part("val", build.policy.foreground_class, &result.val);
    if (result.minival_absent > 0)
        console_note("note: %" PRId64 " ids of %s are in no annotation file", result.minival_absent,
                     minival);
    printf("written to %s\n", output);
    return 0;
}
