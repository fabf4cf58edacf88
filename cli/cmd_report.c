#include "commands.h"
#include "console.h"
#include "option.h"
#include "vww/report.h"

int cmd_report(int argc, char **argv)
{
    const char *directory = NULL;
    struct option options[] = {
        {.name = "out",
         .kind = OPTION_STRING,
         .value = &directory,
         .argument = "DIR",
         .help = "the folder for report.html, report.md and report.json; made if missing",
         .required = true},
    };
    struct command_line line = {
        .usage = "vww report RUN… --out DIR",
        .summary =
            "Report on training runs: the model layer by layer, the paper's budgets, training\n"
            "curves, accuracy as float, int8 and on the device, pictures, the memory map; several\n"
            "runs are compared. What a run does not have is named, with the command that makes it.",
        .example = "  vww report demo/run --out demo/report",
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .positional_least = 1,
        .positional_most = VWW_REPORT_RUNS_MAX,
    };
    const char *runs[VWW_REPORT_RUNS_MAX];
    size_t count;
    const enum parse_result parsed = command_parse(&line, argc, argv, runs, &count);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    const struct vww_report_options request = {
        .runs = runs, .run_count = count, .directory = directory};
    struct vww_error error;
    if (vww_report_write(&request, console_progress(), &error) != VWW_OK)
        return console_fail(&error);
    console_note("report: %s/report.html", directory);
    return 0;
}
