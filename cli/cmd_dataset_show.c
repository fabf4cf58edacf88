#include "commands.h"
#include "console.h"
#include "option.h"
#include "vww/inspect.h"

#include <stdio.h>

int cmd_dataset_show(int argc, char **argv)
{
    const char *out = NULL, *split = "val";
    int64_t count = 40, label = -1, seed = 1;
    struct option options[] = {
        {.name = "out",
         .kind = OPTION_STRING,
         .value = &out,
         .argument = "DIR",
         .help = "folder for contact.png and show.html; made if missing",
         .required = true},
        {.name = "split",
         .kind = OPTION_STRING,
         .value = &split,
         .argument = "NAME",
         .help = "train or val"},
        {.name = "label",
         .kind = OPTION_INTEGER,
         .value = &label,
         .help = "images of this label alone; -1: of all",
         .low = -1,
         .high = 9999},
        {.name = "count",
         .kind = OPTION_INTEGER,
         .value = &count,
         .help = "how many images",
         .low = 1,
         .high = VWW_SHOW_MOST},
        {.name = "seed",
         .kind = OPTION_INTEGER,
         .value = &seed,
         .help = "of the choice",
         .low = 0,
         .high = 0x1p53},
    };
    struct command_line line = {
        .usage = "vww dataset show DIR --out DIR [--split NAME] [--label K] [--count N]",
        .summary = "Draw photographs of a built data set, chosen at random, with the boxes that\n"
                   "made their label: a contact sheet (PNG; frames green for the class, grey for\n"
                   "background) and a page that needs no other file (HTML).",
        .example = "  vww dataset show vww --split train --label 1 --count 80 --out look",
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
    const struct vww_show_options show = {.directory = positional[0],
                                          .out = out,
                                          .split = split,
                                          .label = (int32_t)label,
                                          .count = (int32_t)count,
                                          .seed = (uint64_t)seed};
    struct vww_error error;
    int32_t shown;
    bool has_boxes;
    const vww_status status =
        vww_dataset_show(&show, console_progress(), &shown, &has_boxes, &error);
    console_progress_end();
    if (status != VWW_OK)
        return console_fail(&error);
    printf("%d images in %s/contact.png and %s/show.html\n", shown, out, out);
    printf("frames: green the class of interest, grey background; %s\n",
           has_boxes ? "orange: the boxes that made the label"
                     : "no boxes: the set's format stores none");
    return 0;
}
