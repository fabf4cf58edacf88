#include "report/recipe.h"
#include "report/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 8

/* --- settings -----------------------------------------------------------------------------------
 */

struct teller {
    void (*tell)(void *context, const char *key, const char *value);
    void *context;
};

static void tell_settings(yajl_val value, const char *key, int depth, const struct teller *teller)
{
    char text[VWW_FORMAT_MAX];
    if (YAJL_IS_STRING(value)) {
        teller->tell(teller->context, key, YAJL_GET_STRING(value));
    } else if (YAJL_IS_NUMBER(value)) {
        snprintf(text, sizeof text, "%s", YAJL_GET_NUMBER(value));
        teller->tell(teller->context, key, text);
    } else if (YAJL_IS_TRUE(value) || YAJL_IS_FALSE(value)) {
        teller->tell(teller->context, key, YAJL_IS_TRUE(value) ? "yes" : "no");
    } else if (YAJL_IS_OBJECT(value) && depth < DEPTH_MAX) {
        for (size_t i = 0; i < value->u.object.len; i++) {
            char name[256];
            snprintf(name, sizeof name, "%s%s%s", key, key[0] != '\0' ? "." : "",
                     value->u.object.keys[i]);
            tell_settings(value->u.object.values[i], name, depth + 1, teller);
        }
    } else if (YAJL_IS_ARRAY(value) && depth < DEPTH_MAX) {
        for (size_t i = 0; i < value->u.array.len; i++) {
            char name[256];
            snprintf(name, sizeof name, "%s[%zu]", key, i);
            tell_settings(value->u.array.values[i], name, depth + 1, teller);
        }
    }
}

void vww_report_settings(yajl_val config,
                         void (*tell)(void *context, const char *key, const char *value),
                         void *context)
{
    const struct teller teller = {tell, context};
    if (config != NULL)
        tell_settings(config, "", 0, &teller);
}

/* --- commands -----------------------------------------------------------------------------------
 */

/* A word that a shell would cut apart is quoted. */
static void append_word(struct vww_buffer *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+./:,=@%…";
    vww_buffer_text(out, " ");
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        vww_buffer_text(out, word);
        return;
    }
    vww_buffer_text(out, "'");
    for (const char *p = word; *p != '\0'; p++)
        if (*p == '\'')
            vww_buffer_text(out, "'\\''");
        else
            vww_buffer_append(out, p, 1);
    vww_buffer_text(out, "'");
}

static void tell_command(struct vww_buffer *command,
                         void (*tell)(void *context, const char *command), void *context)
{
    vww_buffer_append(command, "", 1);
    if (!command->failed)
        tell(context, (const char *)command->data);
    vww_buffer_fini(command);
}

/* The settings that have an option of the same name, in the order of a command line. */
static void train_command(const struct vww_phase *phase, struct vww_buffer *command)
{
    static const char *const float_keys[] = {"model", "depth_multiplier", "resolution"};
    static const char *const common_keys[] = {"data", "epochs",   "batch",
                                              "seed", "schedule", "learning_rate"};
    char text[VWW_FORMAT_MAX];
    const char *from;
    vww_buffer_text(command, "vww train");
    if (phase->is_quantize_aware)
        vww_buffer_text(command, " --quantize-aware");
    const bool continues = vww_json_get_string(phase->config, "from", &from) && from[0] != '\0';
    if (continues) {
        vww_buffer_text(command, " --from");
        append_word(command, from);
    }
    const size_t float_count = continues ? 0 : sizeof float_keys / sizeof float_keys[0];
    const size_t common_count = sizeof common_keys / sizeof common_keys[0];
    for (size_t i = 0; i < float_count + common_count; i++) {
        const char *key = i < float_count ? float_keys[i] : common_keys[i - float_count];
        const yajl_val value = vww_json_get(phase->config, key);
        const char *word = YAJL_IS_STRING(value) ? value->u.string : NULL;
        if (YAJL_IS_NUMBER(value)) {
            snprintf(text, sizeof text, "%s", YAJL_GET_NUMBER(value));
            word = text;
        }
        if (word == NULL)
            continue;
        vww_buffer_text(command, " --");
        for (const char *p = key; *p != '\0'; p++)
            vww_buffer_append(command, *p == '_' ? "-" : p, 1);
        append_word(command, word);
    }
    vww_buffer_text(command, " --out");
    append_word(command, phase->path);
}

static void eval_command(const struct vww_report_run *run, enum vww_execution execution,
                         struct vww_buffer *command)
{
    const struct vww_evaluation *evaluation = run->evaluations[execution];
    vww_buffer_text(command, "vww eval");
    append_word(command, evaluation->model);
    const bool is_mlperf = strcmp(evaluation->split, VWW_SPLIT_MLPERF) == 0;
    vww_buffer_text(command, is_mlperf ? " --mlperf" : " --data");
    append_word(command, evaluation->data);
    if (!is_mlperf && strcmp(evaluation->split, "val") != 0) {
        vww_buffer_text(command, " --split");
        append_word(command, evaluation->split);
    }
    if (evaluation->machine[0] != '\0') {
        vww_buffer_text(command, " --machine");
        append_word(command, evaluation->machine);
        vww_buffer_printf(command, " --images %" PRId64, evaluation->images);
    }
    vww_buffer_text(command, " --record");
    append_word(command, run->path);
}

void vww_report_commands(const struct vww_report_run *run,
                         void (*tell)(void *context, const char *command), void *context)
{
    for (size_t i = 0; i < run->phase_count; i++) {
        const char *written;
        struct vww_buffer command = {0};
        if (vww_json_get_string(run->phases[i].config, "command", &written))
            vww_buffer_text(&command, written);
        else if (run->phases[i].config != NULL)
            train_command(&run->phases[i], &command);
        else
            continue;
        tell_command(&command, tell, context);
    }
    if (run->file_bytes > 0) {
        struct vww_buffer command = {0};
        vww_buffer_text(&command, "vww quantize");
        append_word(&command, run->path);
        vww_buffer_text(&command, " --data");
        append_word(&command, vww_report_run_data(run));
        vww_buffer_text(&command, " --out");
        append_word(&command, run->model_path);
        tell_command(&command, tell, context);
    }
    for (int i = 0; i < VWW_EXECUTION_COUNT; i++)
        if (run->evaluations[i] != NULL) {
            struct vww_buffer command = {0};
            eval_command(run, i, &command);
            tell_command(&command, tell, context);
        }
}
