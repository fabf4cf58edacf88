#include "commands.h"
#include "console.h"
#include "option.h"
#include "vww/synth.h"

#include <inttypes.h>
#include <stdio.h>

static void print_part(const char *name, const struct vww_synth_counts *counts)
{
    printf("%-6s %8" PRId64 " images: %" PRId64 " with a person of more than 0.5 %%; %" PRId64
           " annotations\n",
           name, counts->images, counts->people, counts->annotations);
}

int cmd_dataset_synth(int argc, char **argv)
{
    struct vww_synth_options synth = vww_synth_defaults();
    int64_t seed = (int64_t)synth.seed, width = 0, height = 0;
    int64_t least = synth.side_least, most = synth.side_most;
    struct option options[] = {
        {.name = "output-dir",
         .kind = OPTION_STRING,
         .value = &synth.output_dir,
         .argument = "DIR",
         .help = "folder for the set; made if missing",
         .required = true},
        {.name = "images",
         .kind = OPTION_INTEGER,
         .value = &synth.images,
         .help = "how many images, for training and validation together",
         .low = 1,
         .high = VWW_SYNTH_IMAGES_MOST},
        {.name = "seed",
         .kind = OPTION_INTEGER,
         .value = &seed,
         .help = "the same seed gives the same files",
         .low = 0,
         .high = 9007199254740992.0},
        {.name = "val-fraction",
         .kind = OPTION_NUMBER,
         .value = &synth.val_fraction,
         .help = "share of the images, the last ones, that is for validation",
         .low = 0,
         .high = 0.9},
        {.name = "width",
         .kind = OPTION_INTEGER,
         .value = &width,
         .help = "pixels; 0: varied like photographs",
         .high = VWW_SYNTH_SIDE_MOST},
        {.name = "height",
         .kind = OPTION_INTEGER,
         .value = &height,
         .help = "pixels; 0: varied like photographs",
         .high = VWW_SYNTH_SIDE_MOST},
        {.name = "min-side",
         .kind = OPTION_INTEGER,
         .value = &least,
         .help = "shortest side of varied images, pixels",
         .low = VWW_SYNTH_SIDE_LEAST,
         .high = VWW_SYNTH_SIDE_MOST},
        {.name = "max-side",
         .kind = OPTION_INTEGER,
         .value = &most,
         .help = "longest side of varied images, pixels",
         .low = VWW_SYNTH_SIDE_LEAST,
         .high = VWW_SYNTH_SIDE_MOST},
        {.name = "force",
         .kind = OPTION_FLAG,
         .value = &synth.force,
         .help = "write into a folder that is not empty; files of the same names are replaced, "
                 "others stay"},
    };
    struct command_line line = {
        .usage = "vww dataset synth --output-dir DIR --images N --seed S",
        .summary = "Draw scenes with and without people as a COCO data set: JPEGs in train/ and\n"
                   "val/, and instances_train.json and instances_val.json with boxes and masks.",
        .example = "  vww dataset synth --output-dir scenes --images 3000 --seed 1\n"
                   "  vww dataset labels --annotations scenes/instances_val.json --policy paper",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
    };
    const char *positional[1];
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    synth.seed = (uint64_t)seed;
    synth.width = (int32_t)width;
    synth.height = (int32_t)height;
    synth.side_least = (int32_t)least;
    synth.side_most = (int32_t)most;
    struct vww_error error;
    struct vww_synth_result result;
    const vww_status status = vww_synth_write(&synth, console_progress(), &result, &error);
    console_progress_end();
    if (status != VWW_OK)
        return console_fail(&error);
    print_part("train", &result.train);
    print_part("val", &result.val);
    printf("written to %s\n", synth.output_dir);
    return 0;
}
