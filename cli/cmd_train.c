#include "commands.h"
#include "console.h"
#include "model_option.h"
#include "option.h"
#include "train_start.h"
#include "vww/report.h"
#include "vww/train.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS_MAX 96
#define NAME_MAX_LENGTH 32

struct settings {
    const char *data, *out, *from, *resume, *teacher;
    const char *recipe_source; /* name of a preset or of a file */
    const char *schedule_steps;
    struct vww_recipe_title title;
    struct model_choice choice;
    struct vww_recipe recipe;
    bool force;
    double cache; /* megabytes; NaN: by the memory that is free */
    double save_seconds;
    bool find_rate, json;
    struct vww_rate_range range;
    const char *svg;
    struct vww_ranks *ranks; /* or NULL */
};

/* The recipe's fields follow the command's own options; '_' becomes '-'. */
static size_t list_options(struct settings *s, struct option options[OPTIONS_MAX],
                           char names[OPTIONS_MAX][NAME_MAX_LENGTH])
{
    const struct option own[] = {
        {.name = "model",
         .kind = OPTION_STRING,
         .value = &s->choice.model,
         .argument = "M",
         .help = "family of the zoo (`vww model list`)"},
        {.name = "network",
         .kind = OPTION_STRING,
         .value = &s->choice.network,
         .argument = "FILE",
         .help = "a network of your own, described as text, instead of --model"},
        {.name = "depth-multiplier",
         .kind = OPTION_NUMBER,
         .value = &s->choice.depth_multiplier,
         .argument = "A",
         .help = "scale of every layer's channels"},
        {.name = "resolution",
         .kind = OPTION_INTEGER,
         .value = &s->choice.resolution,
         .argument = "R",
         .help = "height and width of the image in pixels; 0 = the data set's, or that of --from",
         .high = 4096},
        {.name = "data",
         .kind = OPTION_STRING,
         .value = &s->data,
         .argument = "DIR",
         .help = "data set: the output folder of `vww dataset build`"},
        {.name = "out",
         .kind = OPTION_STRING,
         .value = &s->out,
         .argument = "RUN",
         .help = "the run's folder: checkpoints, metrics.jsonl, config.json"},
        {.name = "from",
         .kind = OPTION_STRING,
         .value = &s->from,
         .argument = "RUN|FILE",
         .help =
             "start from the weights of this run, checkpoint or float .tflite instead of random "
             "ones; for other classes the classifier is renewed, for another --resolution the "
             "shapes"},
        {.name = "resume",
         .kind = OPTION_STRING,
         .value = &s->resume,
         .argument = "RUN",
         .help = "go on with a run that was stopped, by its own recipe"},
        {.name = "teacher",
         .kind = OPTION_STRING,
         .value = &s->teacher,
         .argument = "RUN|FILE",
         .help = "learn from the answers of this run, checkpoint or float .tflite as well, "
                 "--distill says how much: a larger network, of any resolution, for the same "
                 "classes; each image costs its forward pass. --resume: where it is now"},
        {.name = "recipe",
         .kind = OPTION_STRING,
         .value = &s->recipe_source,
         .argument = "NAME|FILE",
         .help = "begin with this recipe's settings (`vww recipe` lists those that vww carries); "
                 "options change them"},
        {.name = "schedule-steps",
         .kind = OPTION_STRING,
         .value = &s->schedule_steps,
         .argument = "N,N…",
         .help = "--schedule steps: the epochs after which the learning rate falls"},
        {.name = "force",
         .kind = OPTION_FLAG,
         .value = &s->force,
         .help = "replace the run that --out may hold"},
        {.name = "cache",
         .kind = OPTION_NUMBER,
         .value = &s->cache,
         .argument = "MB",
         .help = "memory for decoded training images; those beyond it are decoded on every use; "
                 "default: a quarter of what is free, 4096 at most",
         .low = 0,
         .high = 1048576},
        {.name = "save-seconds",
         .kind = OPTION_NUMBER,
         .value = &s->save_seconds,
         .argument = "S",
         .help = "a checkpoint within an epoch after so much time; at each epoch's end in any case",
         .low = 0.01,
         .high = 1e9},
        {.name = "find-lr",
         .kind = OPTION_FLAG,
         .value = &s->find_rate,
         .help =
             "train for some steps at rising learning rates instead, print the loss at each and "
             "suggest one"},
        {.name = "find-lr-from",
         .kind = OPTION_NUMBER,
         .value = &s->range.low,
         .help = "--find-lr: the least rate",
         .low = 1e-12,
         .high = 1000},
        {.name = "find-lr-to",
         .kind = OPTION_NUMBER,
         .value = &s->range.high,
         .help = "--find-lr: the greatest rate",
         .low = 1e-12,
         .high = 1000},
        {.name = "find-lr-steps",
         .kind = OPTION_INTEGER,
         .value = &s->range.steps,
         .help = "--find-lr: how many rates between them",
         .low = 10,
         .high = 100000},
        {.name = "json", .kind = OPTION_FLAG, .value = &s->json, .help = "--find-lr: as JSON"},
        {.name = "svg",
         .kind = OPTION_STRING,
         .value = &s->svg,
         .argument = "FILE",
         .help = "--find-lr: draw the curve into this file"},
    };
    size_t count = sizeof own / sizeof own[0], fields;
    memcpy(options, own, count * sizeof *options);
    const struct vww_recipe_field *field = vww_recipe_fields(&fields);
    static const enum option_kind kinds[] = {[VWW_RECIPE_INTEGER] = OPTION_INTEGER,
                                             [VWW_RECIPE_NUMBER] = OPTION_NUMBER,
                                             [VWW_RECIPE_OPTIONAL] = OPTION_NUMBER,
                                             [VWW_RECIPE_FLAG] = OPTION_FLAG,
                                             [VWW_RECIPE_CHOICE] = OPTION_CHOICE};
    for (size_t i = 0; i < fields && count < OPTIONS_MAX; i++, field++) {
        if (field->kind == VWW_RECIPE_NUMBERS)
            continue; /* --schedule-steps, above */
        char *name = names[count];
        snprintf(name, NAME_MAX_LENGTH, "%s", field->name);
        for (char *p = name; *p != '\0'; p++)
            *p = *p == '_' ? '-' : *p;
        options[count] = (struct option){.name = name,
                                         .kind = kinds[field->kind],
                                         .value = (char *)&s->recipe + field->offset,
                                         .help = field->help,
                                         .low = field->low,
                                         .high = field->high,
                                         .choices = field->choices};
        count++;
    }
    return count;
}

static bool is_option(const char *word, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, length) == 0 &&
           (word[2 + length] == '\0' || word[2 + length] == '=');
}

/* A setting of the recipe among the words, or NULL. */
static const char *find_setting(int argc, char **argv)
{
    size_t count;
    const struct vww_recipe_field *fields = vww_recipe_fields(&count);
    for (int i = 0; i < argc; i++)
        for (size_t f = 0; f < count && strncmp(argv[i], "--", 2) == 0; f++) {
            char word[NAME_MAX_LENGTH], plain[NAME_MAX_LENGTH + 4];
            snprintf(word, sizeof word, "%.*s", (int)strcspn(argv[i], "="), argv[i]);
            for (char *p = word; *p != '\0'; p++)
                *p = *p == '-' && p > word + 1 ? '_' : *p;
            snprintf(plain, sizeof plain, "--%s", fields[f].name);
            if (strcmp(word, plain) == 0 ||
                (strncmp(word, "--no_", 5) == 0 && strcmp(word + 5, fields[f].name) == 0))
                return argv[i];
        }
    return NULL;
}

/* --recipe comes before all other options wherever it stands, since they change what it says. */
static vww_status read_recipe(int argc, char **argv, struct settings *s, struct vww_error *error)
{
    bool quantize_aware = false;
    const char *source = NULL;
    for (int i = 0; i < argc; i++) {
        if (is_option(argv[i], "quantize-aware") || is_option(argv[i], "quantize_aware"))
            quantize_aware = true;
        else if (is_option(argv[i], "no-quantize-aware"))
            quantize_aware = false;
        else if (is_option(argv[i], "recipe"))
            source = argv[i][8] == '=' ? argv[i] + 9 : i + 1 < argc ? argv[i + 1] : NULL;
    }
    vww_recipe_init(&s->recipe);
    return source != NULL ? vww_recipe_read(source, quantize_aware, &s->recipe, &s->title, error)
                          : VWW_OK;
}

/* The command as it was typed, for config.json. */
static void join_words(int argc, char **argv, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "vww train");
    for (int i = 0; i < argc && used < size; i++) {
        const bool plain = argv[i][0] != '\0' && strpbrk(argv[i], " \t\n'\"\\$`*?&|;<>()") == NULL;
        used += (size_t)snprintf(text + used, size - used, plain ? " %s" : " '%s'", argv[i]);
    }
}

static int usage(const char *what)
{
    fprintf(stderr,
            "vww: %s\n  usage: vww train --model M --data DIR --out RUN | --from RUN …| "
            "--resume RUN\n  --help explains every option\n",
            what);
    return 2;
}

static const char *wrong_combination(const struct settings *s)
{
    const bool has_model = s->choice.model != NULL || s->choice.network != NULL;
    if (s->resume != NULL)
        return has_model || s->from != NULL || s->out != NULL || s->recipe_source != NULL
                   ? "--resume takes everything from the run; only --data and --teacher may be "
                     "with it"
                   : NULL;
    if (s->data == NULL)
        return "--data is required: the output folder of `vww dataset build`";
    if (!s->find_rate && (s->json || s->svg != NULL))
        return "--json and --svg are for --find-lr";
    if (s->out == NULL && !s->find_rate)
        return "--out is required: the folder for the run";
    if (s->recipe.quantize_aware && s->from == NULL)
        return "--quantize-aware goes on from a float run: --from RUN is required";
    if (s->choice.model == NULL && s->choice.depth_multiplier != 1)
        return "--depth-multiplier goes with --model";
    if (s->choice.model != NULL && s->from != NULL && train_start_is_file(s->from))
        return NULL; /* which model of the zoo the file is */
    if ((s->choice.model != NULL) + (s->choice.network != NULL) + (s->from != NULL) != 1)
        return "one of --model or --network, for random weights, or --from, for a run's";
    return NULL;
}

/* The graph to begin with. */
static vww_status first_graph(struct settings *s, struct vww_graph **graph, struct vww_error *error)
{
    const struct train_start start = {.from = s->from,
                                      .data = s->data,
                                      .choice = &s->choice,
                                      .seed = (uint64_t)s->recipe.seed,
                                      .speaks = vww_ranks_rank(s->ranks) == 0};
    return train_start_graph(&start, graph, error);
}

/* What the run's record calls its recipe. */
static const char *recipe_name(const struct settings *s)
{
    return s->title.name[0] != '\0' ? s->title.name : s->recipe_source;
}

/* The first rank speaks for all. */
static int finish(const struct settings *s, vww_status status,
                  const struct vww_train_summary *summary, const struct vww_error *error)
{
    const bool leads = vww_ranks_rank(s->ranks) == 0;
    console_progress_end();
    if (leads && status != VWW_OK)
        console_fail(error);
    vww_ranks_leave(s->ranks);
    if (!leads || status != VWW_OK)
        return status != VWW_OK;
    if (summary->diverged_step > 0)
        console_note("%s: the training loss has run away at step %lld and did not come back",
                     summary->folder, (long long)summary->diverged_step);
    char rate[48] = "";
    if (!isnan(summary->images_per_second))
        snprintf(rate, sizeof rate, ", %.0f images/s", summary->images_per_second);
    if (isnan(summary->best_accuracy))
        console_note("%s: %lld epochs%s; the data set has no val images", summary->folder,
                     (long long)summary->epochs, rate);
    else
        console_note("%s: %lld epochs%s, best accuracy on val %.2f %% after epoch %lld",
                     summary->folder, (long long)summary->epochs, rate,
                     100 * summary->best_accuracy, (long long)summary->best_epoch);
    return 0;
}

static void print_rates_json(const struct vww_rate_search *search)
{
    printf("{\"suggestion\":");
    if (isnan(search->suggestion))
        printf("null");
    else
        printf("%.17g", search->suggestion);
    printf(",\"least_loss_rate\":%.17g,\"diverged\":%s,\"points\":[", search->least_loss_rate,
           search->diverged ? "true" : "false");
    for (size_t i = 0; i < search->count; i++)
        printf("%s{\"learning_rate\":%.17g,\"loss\":%.17g,\"smoothed\":%.17g}", i > 0 ? "," : "",
               search->points[i].learning_rate, search->points[i].loss, search->points[i].smoothed);
    printf("]}\n");
}

#define RATE_BAR 40 /* characters */

static void print_rates(const struct vww_rate_search *search)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < search->count; i++) {
        low = fmin(low, search->points[i].smoothed);
        high = fmax(high, search->points[i].smoothed);
    }
    printf("%13s %9s %9s\n", "learning rate", "loss", "smoothed");
    for (size_t i = 0; i < search->count; i++) {
        const struct vww_rate_point *p = &search->points[i];
        const double share = high > low ? (p->smoothed - low) / (high - low) : 0;
        printf("%13.3e %9.4f %9.4f %*s%s\n", p->learning_rate, p->loss, p->smoothed,
               1 + (int)(share * RATE_BAR), "*",
               p->learning_rate == search->suggestion ? "  <- suggested" : "");
    }
    if (isnan(search->suggestion))
        printf("the loss never fell; try --find-lr-from and --find-lr-to of another range\n");
    else
        printf(
            "suggested: --learning-rate %.2g, where the loss falls fastest; it is least at %.2g\n",
            search->suggestion, search->least_loss_rate);
}

static int find_rate(const struct settings *s, const struct vww_train_job *job,
                     const struct vww_train_means *means)
{
    struct vww_rate_search search;
    struct vww_error error;
    vww_status status =
        vww_train_find_rate(job, means, &s->range, console_progress(), &search, &error);
    console_progress_end();
    if (status != VWW_OK)
        return vww_ranks_rank(s->ranks) == 0 ? console_fail(&error) : 1;
    if (s->svg != NULL)
        status = vww_report_rates(&search, s->svg, &error);
    if (s->json)
        print_rates_json(&search);
    else
        print_rates(&search);
    vww_rate_search_fini(&search);
    return status != VWW_OK ? console_fail(&error) : 0;
}

int cmd_train(int argc, char **argv)
{
    struct settings s = {.choice = MODEL_CHOICE_DEFAULTS,
                         .cache = NAN,
                         .save_seconds = 300,
                         .range = {.low = 1e-5, .high = 10, .steps = 100}};
    struct option options[OPTIONS_MAX];
    char names[OPTIONS_MAX][NAME_MAX_LENGTH], command[2048];
    struct vww_error error;
    const vww_status recipe_status = read_recipe(argc, argv, &s, &error);
    struct command_line line = {
        .usage = "vww train --model M --data DIR --out RUN [option…]",
        .summary = "Train a network of the zoo on a built data set, or go on from a run: with "
                   "--from, from its\nweights; with --quantize-aware as well, as the int8 network "
                   "it will be; with --resume, where it\nstopped. Ctrl-C leaves a run that can be "
                   "resumed; the result is the same, byte for byte.",
        .example =
            "  vww train --model mobilenet_v1 --depth-multiplier 0.25 --resolution 96 "
            "--data data --out run --recipe best\n"
            "  vww train --from published_float.tflite --data mine --out run\n"
            "  vww train --model mobilenet_v1 --depth-multiplier 0.25 --data data --out small "
            "--teacher large\n"
            "  vww train --quantize-aware --from run --data data --out run8",
        .options = options,
        .option_count = list_options(&s, options, names)};
    const char *positional[1];
    size_t words;
    const enum parse_result parsed = command_parse(&line, argc, argv, positional, &words);
    if (parsed != PARSE_OK)
        return parsed == PARSE_HELP ? 0 : 2;
    if (wrong_combination(&s) != NULL)
        return usage(wrong_combination(&s));
    if (s.resume != NULL && find_setting(argc, argv) != NULL) {
        fprintf(stderr, "vww: %s cannot change a run that goes on: --resume takes its recipe\n",
                find_setting(argc, argv));
        return 2;
    }
    if (recipe_status != VWW_OK ||
        (s.schedule_steps != NULL &&
         vww_recipe_set(&s.recipe, "schedule_steps", s.schedule_steps, &error) != VWW_OK))
        return console_fail(&error);
    struct vww_train_summary summary;
    vww_status status = vww_ranks_join(&s.ranks, &error);
    if (status != VWW_OK)
        return console_fail(&error);
    const struct vww_train_means means = {
        .ranks = s.ranks,
        .cache_bytes = isnan(s.cache) ? VWW_CACHE_AUTO : (size_t)(s.cache * 1048576),
        .save_seconds = s.save_seconds,
        .read_teacher = train_start_read};
    if (s.resume != NULL) {
        status = vww_train_resume(s.resume, s.data, s.teacher, &means, console_progress(), &summary,
                                  &error);
        return finish(&s, status, &summary, &error);
    }
    struct vww_graph *graph = NULL;
    status = vww_ranks_agree(s.ranks, first_graph(&s, &graph, &error), &error);
    join_words(argc, argv, command, sizeof command);
    const struct vww_train_job job = {.graph = graph,
                                      .data = s.data,
                                      .out = s.out,
                                      .recipe = s.recipe,
                                      .recipe_name = recipe_name(&s),
                                      .teacher = s.teacher,
                                      .from = s.from,
                                      .command = command,
                                      .force = s.force};
    if (status == VWW_OK && s.find_rate) {
        const int result = find_rate(&s, &job, &means);
        vww_graph_destroy(graph);
        vww_ranks_leave(s.ranks);
        return result;
    }
    if (status == VWW_OK)
        status = vww_train(&job, &means, console_progress(), &summary, &error);
    vww_graph_destroy(graph);
    return finish(&s, status, &summary, &error);
}
