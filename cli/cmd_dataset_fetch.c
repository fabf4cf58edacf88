#include "commands.h"
#include "console.h"
#include "option.h"
#include "vww/fetch.h"

#include <inttypes.h>
#include <stdio.h>

int cmd_dataset_fetch(int argc, char **argv)
{
    struct vww_fetch_options fetch = VWW_FETCH_OPTIONS_DEFAULT;
    int64_t parallel = fetch.parallel;
    struct option options[] = {
        {.name = "to",
         .kind = OPTION_STRING,
         .value = &fetch.to,
         .argument = "DIR",
         .help = "folder for the archives and what is in them; made if missing",
         .required = true},
        {.name = "base-url",
         .kind = OPTION_STRING,
         .value = &fetch.base_url,
         .argument = "URL",
         .help = "a mirror instead of http://images.cocodataset.org"},
        {.name = "parallel",
         .kind = OPTION_INTEGER,
         .value = &parallel,
         .help = "archives fetched at once",
         .low = 1,
         .high = VWW_FETCH_PARALLEL_MOST},
        {.name = "check-md5",
         .kind = OPTION_FLAG,
         .value = &fetch.check_md5,
         .help = "refuse an archive whose MD5 is not the known one"},
        {.name = "keep-archives",
         .kind = OPTION_FLAG,
         .value = &fetch.keep_archives,
         .help = "do not remove the archives once they are unpacked"},
        {.name = "retry-seconds",
         .kind = OPTION_NUMBER,
         .value = &fetch.retry_seconds,
         .help = "pause before the first further try, doubled for each",
         .low = 0,
         .high = 600},
        {.name = "stall-seconds",
         .kind = OPTION_NUMBER,
         .value = &fetch.stall_seconds,
         .help = "end a transfer that brings nothing for so long, and try again",
         .low = 1,
         .high = 3600},
    };
    struct command_line line = {
        .usage = "vww dataset fetch coco2014|coco2017 --to DIR [--base-url URL] [--parallel N]",
        .summary =
            "Fetch COCO's training and validation photographs and annotations, and unpack them:\n"
            "about 21 GB, and twice that while archives and files are both there. What broke off\n"
            "goes on where it was. No other command uses a network.",
        .example = "  vww dataset fetch coco2014 --to coco",
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
    struct vww_error error;
    struct vww_fetch_result result;
    fetch.parallel = (int32_t)parallel;
    vww_status status = vww_fetch_set_find(positional[0], &fetch.set, &error);
    if (status == VWW_OK)
        status = vww_fetch(&fetch, console_progress(), &result, &error);
    console_progress_end();
    if (status != VWW_OK)
        return console_fail(&error);
    printf("%d archives fetched (%.1f MB), %d already there; %" PRId64 " files unpacked to %s\n",
           result.fetched, 1e-6 * (double)result.fetched_bytes, result.already_there,
           result.unpacked_files, fetch.to);
    return 0;
}
