#include "commands.h"
#include "console.h"
#include "policy_option.h"
#include "source_option.h"
#include "vww/dataset.h"
#include "vww/ranks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void print_part(const char *name, const char *class_name,
                       const struct vww_dataset_counts *counts)
{
    const int64_t of_class = counts->images[1], images = counts->images[0] + of_class;
    printf("%-6s %8" PRId64 " images: %" PRId64 " %s, %" PRId64 " background", name, images,
           of_class, class_name, counts->images[0]);
    if (counts->dropped > 0)
        printf("; %" PRId64 " dropped by the policy", counts->dropped);
    if (counts->unlicensed > 0)
        printf("; %" PRId64 " left out by licence", counts->unlicensed);
    if (counts->skipped > 0)
        printf("; %" PRId64 " skipped, listed in manifest.json", counts->skipped);
    printf(" (%.1f %% %s)\n", images > 0 ? 100.0 * (double)of_class / (double)images : 0.0,
           class_name);
}

/* Each folder a class: what the manifest says of them. */
static int print_classes(const char *folder)
{
    struct vww_manifest manifest;
    struct vww_error error;
    if (vww_manifest_read(folder, &manifest, &error) != VWW_OK)
        return console_fail(&error);
    for (size_t p = 0; p < manifest.part_count; p++) {
        const struct vww_dataset_part *part = &manifest.parts[p];
        printf("%-6s %8" PRId64 " images:", part->name, part->images);
        for (size_t c = 0; c < manifest.class_count; c++)
            printf("%s %" PRId64 " %s", c > 0 ? "," : "", part->class_images[c],
                   manifest.classes[c]);
        printf("\n");
    }
    vww_manifest_fini(&manifest);
    printf("written to %s\n", folder);
    return 0;
}

/* --labels: count, and grid with the number of cells a side; both may be given. */
static int parse_labels(const struct option_strings *labels, struct vww_dataset_options *build)
{
    for (size_t i = 0; i < labels->count; i++) {
        if (strcmp(labels->items[i], "count") == 0) {
            build->count_objects = true;
            continue;
        }
        char *end = NULL;
        const char *cells = i + 1 < labels->count ? labels->items[i + 1] : "";
        const long n = strtol(cells, &end, 10);
        if (strcmp(labels->items[i], "grid") != 0 || end == cells || *end != '\0' || n < 1 ||
            n > 64) {
            fprintf(stderr, "vww: --labels: seen %s %s; allowed: count, grid N (1 to 64)\n",
                    labels->items[i], cells);
            return 2;
        }
        build->grid = (int32_t)n;
        i++;
    }
    return 0;
}

static enum vww_dataset_split split_of(const char *name)
{
    enum vww_dataset_split split = VWW_SPLIT_COCO;
    while (split < VWW_SPLIT_KERAS && strcmp(vww_dataset_split_name(split), name) != 0)
        split++;
    return split;
}

/* Splits that pool the two sets need no second one. */
static bool needs_val(const char *split, const struct option_strings *dirs,
                      const struct option_strings *files)
{
    return split_of(split) == VWW_SPLIT_COCO || dirs->count + files->count > 0;
}

static enum vww_features features_of(const char *name)
{
    return strcmp(name, "tf") == 0        ? VWW_FEATURES_TF
           : strcmp(name, "tf-2019") == 0 ? VWW_FEATURES_TF_2019
                                          : VWW_FEATURES_TF_2019_FIRST;
}

/* What the paper says of its own set, to compare with. */
static void print_paper(const struct vww_dataset_options *build)
{
    if (strcmp(build->policy.foreground_class, "person") == 0)
        printf("paper: train about 115,000 and val about 8,000 images of COCO 2014, 47 %% of each "
               "person\n");
}

static void note_minival(const struct vww_dataset_result *result, const char *path)
{
    if (result->minival_sha256[0] == '\0')
        return;
    if (!result->minival_is_published)
        console_note("note: %s is not the published list of minival ids, but another one (SHA-256 "
                     "%s)",
                     path, result->minival_sha256);
    if (result->minival_absent > 0)
        console_note("note: %" PRId64 " ids of %s are in no annotation file",
                     result->minival_absent, path);
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

/* Rank 0 speaks for all. */
static int finish(const struct vww_dataset_options *build, vww_status status,
                  const struct vww_dataset_result *result, const struct vww_error *error)
{
    const bool leads = vww_ranks_rank(build->ranks) == 0;
    console_progress_end();
    if (leads && status != VWW_OK)
        console_fail(error);
    vww_ranks_leave(build->ranks);
    if (!leads || status != VWW_OK)
        return status != VWW_OK;
    if (build->every_class)
        return print_classes(build->output_dir);
    print_part("train", build->policy.foreground_class, &result->train);
    print_part("val", build->policy.foreground_class, &result->val);
    print_paper(build);
    note_minival(result, build->minival_ids);
    printf("written to %s\n", build->output_dir);
    return 0;
}

int cmd_dataset_build(int argc, char **argv)
{
    struct option_strings train_dirs = {0}, train_files = {0}, val_dirs = {0}, val_files = {0};
    struct policy_choice choice = POLICY_CHOICE_DEFAULTS;
    const char *test_dir = NULL, *output = NULL, *split = "coco", *minival = NULL;
    const char *on_error = "fail", *source = "coco", *format_name = "tfrecord", *features = "tf",
               *resize = "stretch";
    struct option_strings labels = {0}, licenses = {0};
    double val_fraction = 0.1;
    bool decode = false;
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
         .help = "the same for validation; may be left out where --split pools the sets"},
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
         .choices = "coco|minival|fraction|keras",
         .help = "coco: train and validation as the files are; minival: the images of "
                 "--minival-ids are for validation, all others for training; fraction: the share "
                 "--val-fraction, by a hash of the image ids; keras: that share of each class, the "
                 "first by file name, as MLPerf Tiny has it"},
        {.name = "val-fraction",
         .kind = OPTION_NUMBER,
         .value = &val_fraction,
         .help = "share of the images that is for validation, for --split fraction and keras",
         .low = 1e-6,
         .high = 0.999999},
        {.name = "minival-ids",
         .kind = OPTION_STRING,
         .value = &minival,
         .argument = "FILE",
         .help = "image ids, one a line, for --split minival"},
        {.name = "format",
         .kind = OPTION_CHOICE,
         .value = &format_name,
         .choices = "tfrecord|folders|webdataset|mlperf",
         .help = "TFRecord shards; a folder of JPEGs for each class; tar shards for WebDataset; "
                 "MLPerf Tiny's .bin files and y_labels.csv"},
        {.name = "features",
         .kind = OPTION_CHOICE,
         .value = &features,
         .choices = "tf|tf-2019|tf-2019-first",
         .help =
             "the features of a TFRecord: of TensorFlow's builder (13), or of its two states of "
             "April 2019 (14 and 15)"},
        {.name = "labels",
         .kind = OPTION_STRINGS,
         .value = &labels,
         .argument = "count|grid N",
         .help = "further features: the number of qualifying objects; a map of N x N cells of "
                 "where they are"},
        {.name = "size",
         .kind = OPTION_INTEGER,
         .value = &size,
         .help = "bring the images to N x N pixels; 0: store the files as they are",
         .high = 4096},
        {.name = "resize",
         .kind = OPTION_CHOICE,
         .value = &resize,
         .choices = "stretch|cover",
         .help = "with --size: stretch the whole image, or the largest square in its middle"},
        {.name = "decode",
         .kind = OPTION_FLAG,
         .value = &decode,
         .help =
             "without --size: decode each file; without this option only its header and its end "
             "are looked at, as vww dataset verify decodes all"},
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
        {.name = "licenses",
         .kind = OPTION_STRINGS,
         .value = &licenses,
         .argument = "LICENCE...",
         .help = "take only photographs under one of these licences of the annotations, each given "
                 "as its id, name or URL"},
    };
    struct command_line line = {
        .usage = "vww dataset build --train-image-dir DIR... --train-annotations-file FILE... "
                 "[--val-image-dir DIR... --val-annotations-file FILE...] --output-dir DIR",
        .summary =
            "Label annotated photographs and write them as TFRecord shards of tf.train.Example,\n"
            "or in another form, with labels.txt and manifest.json. With --source folders each "
            "folder\nis a class, unless --foreground-class-of-interest names one.",
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
        !source_check(format, "--train-annotations-file", &train_files, &train_dirs) ||
        (needs_val(split, &val_dirs, &val_files) &&
         !source_check(format, "--val-annotations-file", &val_files, &val_dirs)))
        return 2;
    if (check_test_dir(test_dir) != 0)
        return 1;
    struct vww_dataset_options build = {
        .format = format,
        .train = {train_files.items, train_files.count, train_dirs.items, train_dirs.count},
        .val = {val_files.items, val_files.count, val_dirs.items, val_dirs.count},
        .every_class = strcmp(source, "folders") == 0 && choice.foreground_class == NULL,
        .split = split_of(split),
        .val_fraction = val_fraction,
        .features = features_of(features),
        .minival_ids = minival,
        .output_dir = output,
        .size = (int32_t)size,
        .resize = strcmp(resize, "cover") == 0 ? VWW_RESIZE_COVER : VWW_RESIZE_STRETCH,
        .decode = decode,
        .train_shards = (int32_t)train_shards,
        .val_shards = (int32_t)val_shards,
        .skip_bad_images = strcmp(on_error, "skip") == 0,
        .licenses = licenses.items,
        .license_count = licenses.count,
    };
    vww_dataset_format_of(format_name, &build.output);
    if (parse_labels(&labels, &build) != 0)
        return 2;
    struct vww_dataset_result result;
    vww_status status = policy_choice_resolve(&choice, &build.policy, &error);
    if (status == VWW_OK)
        status = vww_ranks_join(&build.ranks, &error);
    if (status != VWW_OK)
        return console_fail(&error);
    status = vww_dataset_build(&build, console_progress(), &result, &error);
    return finish(&build, status, &result, &error);
}
