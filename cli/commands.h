/* The subcommands: one line here and one file, cmd_<name>.c, each. argv holds the words after the
 * subcommand's name. A function returns the process's exit status: 0 done, 1 failed, 2 wrong usage.
 *   X(function, "group or empty", "name", "one line for vww --help") */
#ifndef VWW_CLI_COMMANDS_H
#define VWW_CLI_COMMANDS_H

#define COMMAND_TABLE(X)                                                                           \
    X(cmd_dataset_build, "dataset", "build",                                                       \
      "label photographs and write them as TFRecord shards")                                       \
    X(cmd_dataset_compare, "dataset", "compare", "where two label policies differ")                \
    X(cmd_dataset_labels, "dataset", "labels", "label the images of COCO annotation files")        \
    X(cmd_dataset_split, "dataset", "split", "divide COCO files into maxitrain and minival")       \
    X(cmd_dataset_synth, "dataset", "synth", "draw scenes with and without people as a COCO set")  \
    X(cmd_dataset_fetch, "dataset", "fetch", "fetch COCO's photographs and annotations")           \
    X(cmd_dataset_verify, "dataset", "verify", "check a built data set, look for copies")          \
    X(cmd_dataset_stats, "dataset", "stats", "count what is in a built data set")                  \
    X(cmd_dataset_show, "dataset", "show", "draw a sheet and a page of photographs with boxes")    \
    X(cmd_eval, "", "eval", "score a model: accuracy, loss, confusion matrix")                     \
    X(cmd_report, "", "report", "what came of training runs, as a page, Markdown and JSON")        \
    X(cmd_runs, "", "runs", "list the training runs of a folder, the most accurate first")         \
    X(cmd_model_list, "model", "list", "the zoo: model families")                                  \
    X(cmd_model_cost, "model", "cost", "parameters, multiply-adds and peak memory of a network")   \
    X(cmd_model_grid, "model", "grid", "the cost of every model of the paper, as a table")         \
    X(cmd_train, "", "train", "train a network on a built data set")                               \
    X(cmd_recipe, "", "recipe", "list the training recipes that vww carries, or write one out")    \
    X(cmd_model_export, "model", "export", "an int8 model with random weights")                    \
    X(cmd_quantize, "", "quantize", "a trained network to an int8 .tflite file")                   \
    X(cmd_check, "", "check", "whether a .tflite model is supported, and if not, why")             \
    X(cmd_run, "", "run", "run an int8 model on images")                                           \
    X(cmd_simplify, "", "simplify", "remove what changes no output byte from an int8 model")       \
    X(cmd_plan, "", "plan", "where every activation lives in RAM, and when")                       \
    X(cmd_codegen, "", "codegen", "write a model as self-contained C")                             \
    X(cmd_bench, "", "bench", "build a model's C, run it on a machine, count")                     \
    X(cmd_model_show, "model", "show", "a network layer by layer, as a drawing or as text")        \
    X(cmd_model_fit, "model", "fit", "what fits a microcontroller, with the memory left")          \
    X(cmd_model_search, "model", "search",                                                         \
      "the networks of the zoo within given limits, best first")

#define X(function, group, name, summary) int function(int argc, char **argv);
COMMAND_TABLE(X)
#undef X

#endif
