#include "commands.h"
#include "console.h"
#include "option.h"
#include "vww/coco.h"

#include <inttypes.h>
#include <stdio.h>

static void note_ids(const struct vww_coco_split *split, const char *path)
{
    if (!split->ids_are_published)
        console_note("note: %s is not the published list of minival ids, but another one (SHA-256 "
                     "%s)",
                     path, split->ids_sha256);
    if (split->ids_absent > 0)
        console_note("note: %" PRId64 " ids of %s are in no annotation file", split->ids_absent,
                     path);
}

int cmd_dataset_split(int argc, char **argv)
{
    const char *train = NULL, *val = NULL, *ids = NULL, *output = NULL;
    struct option options[] = {
        {.name = "train-annotations-file",
         .kind = OPTION_STRING,
         .value = &train,
         .argument = "FILE",
         .help = "COCO instances file of the training images, 2014 or 2017",
         .required = true},
        {.name = "val-annotations-file",
         .kind = OPTION_STRING,
         .value = &val,
         .argument = "FILE",
         .help = "the same of the validation images"},
        {.name = "minival-ids",
         .kind = OPTION_STRING,
         .value = &ids,
         .argument = "FILE",
         .help = "the ids of the images for minival, one a line: mscoco_minival_ids.txt",
         .required = true},
        {.name = "output-dir",
         .kind = OPTION_STRING,
         .value = &output,
         .argument = "DIR",
         .help = "folder for the two files; made if missing",
         .required = true},
    };
    struct command_line line = {
        .usage = "vww dataset split --train-annotations-file FILE [--val-annotations-file FILE] "
                 "--minival-ids FILE --output-dir DIR",
        .summary = "Divide COCO annotation files into " VWW_MAXITRAIN_NAME " and " VWW_MINIVAL_NAME
                   ",\nas pyvww does.",
        .example = "  vww dataset split --train-annotations-file instances_train2014.json \\\n"
                   "    --val-annotations-file instances_val2014.json \\\n"
                   "    --minival-ids mscoco_minival_ids.txt --output-dir annotations\n"
                   "  vww dataset labels --annotations annotations/" VWW_MAXITRAIN_NAME " \\\n"
                   "    --policy pyvww --intermediate pyvww --out vww/instances_train.json",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    const char *positional[1];
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    const char *const annotations[2] = {train, val};
    struct vww_coco_split split;
    struct vww_error error;
    const vww_status status = vww_coco_split(annotations, val != NULL ? 2 : 1, ids, output,
                                             console_progress(), &split, &error);
    console_progress_end();
    if (status != VWW_OK)
        return console_fail(&error);
    printf("%s/" VWW_MAXITRAIN_NAME ": %" PRId64 " images\n", output, split.maxitrain);
    printf("%s/" VWW_MINIVAL_NAME ": %" PRId64 " images\n", output, split.minival);
    note_ids(&split, ids);
    return 0;
}
