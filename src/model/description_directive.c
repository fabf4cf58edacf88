/* Directives of network texts: what is neither a layer nor a block. */
#include "model/description_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* norm epsilon=… momentum=…; preprocessing mean=… scale=… resize=… */
static vww_status set_reals(struct vww_maker *maker, const struct vww_statement *statement)
{
    struct vww_preprocessing *image = &maker->builder.graph->preprocessing;
    const struct {
        const char *directive, *key;
        float *value;
        double low, high;
    } settings[] = {{"norm", "epsilon", &maker->builder.epsilon, 0, 1},
                    {"norm", "momentum", &maker->builder.momentum, 0, 1},
                    {"preprocessing", "mean", &image->mean, -1e6, 1e6},
                    {"preprocessing", "scale", &image->scale, 0, 1e6}};
    const struct vww_word *directive = &statement->words[0];
    for (int32_t i = 1; i < statement->word_count; i++) {
        struct vww_word value;
        const struct vww_word key = vww_word_key(&statement->words[i], &value);
        vww_status status = VWW_ERROR_NOT_FOUND;
        for (size_t k = 0; k < sizeof settings / sizeof settings[0]; k++)
            if (vww_word_is(directive, settings[k].directive) && vww_word_is(&key, settings[k].key))
                status = vww_maker_real(maker, &value, settings[k].low, settings[k].high,
                                        settings[k].value);
        if (vww_word_is(directive, "preprocessing") && vww_word_is(&key, "resize")) {
            vww_word_copy(&value, image->resize, sizeof image->resize);
            status = VWW_OK;
        }
        if (status == VWW_ERROR_NOT_FOUND)
            return vww_script_fail(maker->script, &statement->words[i],
                                   "the directive has no such option",
                                   "norm epsilon= momentum=, preprocessing mean= scale= resize=");
        if (status != VWW_OK)
            return status;
    }
    return VWW_OK;
}

/* name NAME */
static vww_status set_name(struct vww_maker *maker, const struct vww_statement *statement)
{
    const struct vww_word *name = &statement->words[statement->word_count > 1 ? 1 : 0];
    bool plain = statement->word_count == 2 && name->length < VWW_NAME_MAX;
    for (int32_t i = 0; i < name->length && plain; i++)
        plain = strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-",
                       name->text[i]) != NULL;
    if (!plain)
        return vww_script_fail(maker->script, name, "this is no name for a network",
                               "name NAME, of letters, digits, '_', '.' and '-'");
    vww_word_copy(name, maker->builder.graph->name, sizeof maker->builder.graph->name);
    return VWW_OK;
}

/* input NAME HxWxC */
static vww_status set_input(struct vww_maker *maker, struct vww_scope *scope,
                            const struct vww_statement *statement)
{
    int64_t dims[3];
    int32_t found = 0;
    if (scope->input >= 0)
        return vww_script_fail(maker->script, &statement->words[0], "the network has one input",
                               NULL);
    if (statement->word_count != 3 || !vww_word_is_name(&statement->words[1]))
        return vww_script_fail(maker->script, &statement->words[0], "the input is not understood",
                               "input NAME HEIGHTxWIDTHxCHANNELS");
    const vww_status status =
        vww_maker_evaluate_list(maker, scope, &statement->words[2], 'x', 1, 3, dims, &found);
    if (status != VWW_OK)
        return status;
    if (found != 3 || dims[0] > 4096 || dims[1] > 4096 || dims[2] > 4096)
        return vww_script_fail(maker->script, &statement->words[2], "the input is not understood",
                               "HEIGHTxWIDTHxCHANNELS, each 1 to 4096");
    const int32_t resolution = maker->options != NULL ? maker->options->resolution : 0;
    vww_word_copy(&statement->words[1], maker->input_name, sizeof maker->input_name);
    scope->input = scope->previous = vww_build_input(
        &maker->builder, maker->input_name, resolution > 0 ? resolution : (int32_t)dims[0],
        resolution > 0 ? resolution : (int32_t)dims[1], (int32_t)dims[2]);
    return maker->builder.status;
}

static vww_status set_classes(struct vww_maker *maker, struct vww_scope *scope,
                              const struct vww_statement *statement)
{
    static const struct vww_word name = {"classes", 7, 0, 0};
    int64_t classes;
    if (statement->word_count != 2)
        return vww_script_fail(maker->script, &statement->words[0],
                               "the number of classes is missing", "classes NUMBER");
    vww_status status = vww_maker_evaluate(maker, scope, &statement->words[1], 2, 100000, &classes);
    if (status != VWW_OK)
        return status;
    if (maker->options != NULL && maker->options->classes > 0)
        classes = maker->options->classes;
    status = vww_maker_define(maker, &maker->constants, &name, classes);
    if (status == VWW_ERROR_FORMAT)
        vww_script_fail(maker->script, &statement->words[0], "the classes are given twice", NULL);
    return status;
}

/* let NAME=NUMBER … */
static vww_status set_constants(struct vww_maker *maker, struct vww_scope *scope,
                                const struct vww_statement *statement)
{
    vww_status status = VWW_OK;
    for (int32_t i = 1; i < statement->word_count && status == VWW_OK; i++) {
        struct vww_word value;
        const struct vww_word key = vww_word_key(&statement->words[i], &value);
        int64_t number;
        status = vww_maker_evaluate(maker, scope, &value, -INT32_MAX, INT32_MAX, &number);
        if (status == VWW_OK)
            status = vww_maker_define(maker, &maker->constants, &key, number);
    }
    return status;
}

/* family NAME MULTIPLIER: where a printed network of the zoo is from. */
static vww_status set_family(struct vww_maker *maker, const struct vww_statement *statement)
{
    struct vww_graph *graph = maker->builder.graph;
    char text[64], *end;
    if (statement->word_count != 3)
        return vww_script_fail(maker->script, &statement->words[0], "the family is not understood",
                               "family NAME MULTIPLIER");
    vww_word_copy(&statement->words[1], graph->family, sizeof graph->family);
    vww_word_copy(&statement->words[2], text, sizeof text);
    graph->depth_multiplier = strtod(text, &end);
    if (end == text || *end != '\0' || !(graph->depth_multiplier > 0) ||
        !(graph->depth_multiplier <= 16))
        return vww_script_fail(maker->script, &statement->words[2],
                               "the depth multiplier is out of range", "more than 0, at most 16");
    return VWW_OK;
}

vww_status vww_maker_directive(struct vww_maker *maker, struct vww_scope *scope,
                               const struct vww_statement *statement)
{
    const struct vww_word *first = &statement->words[0];
    if (vww_word_is(first, "name"))
        return set_name(maker, statement);
    if (vww_word_is(first, "family"))
        return set_family(maker, statement);
    if (vww_word_is(first, "input"))
        return set_input(maker, scope, statement);
    if (vww_word_is(first, "classes"))
        return set_classes(maker, scope, statement);
    if (vww_word_is(first, "let"))
        return set_constants(maker, scope, statement);
    if (vww_word_is(first, "norm") || vww_word_is(first, "preprocessing"))
        return set_reals(maker, statement);
    return vww_script_fail(
        maker->script, first, "the line is neither a layer nor a directive",
        "NAME: LAYER …, or name, family, input, classes, let, norm, preprocessing, block");
}
