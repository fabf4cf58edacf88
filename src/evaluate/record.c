/* An evaluation as a JSON file, and back. */
#include "base/file.h"
#include "base/json.h"
#include "evaluate/internal.h"
#include "vww/evaluate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "vww-evaluation"
#define VERSION 1
#define IMAGES_MAX 10000000

/* --- writing ------------------------------------------------------------------------------------
 */

/* The shortest decimal text of a float, as the double that JSON holds. */
static double shortest(float value)
{
    char text[32];
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    return strtod(text, NULL);
}

static void put_integers(struct vww_json *json, const char *key, const int32_t *values,
                         int64_t count)
{
    vww_json_key(json, key);
    vww_json_array(json);
    for (int64_t i = 0; i < count; i++)
        vww_json_integer(json, values[i]);
    vww_json_end(json);
}

/* One array for each member, so that a reader in any language has columns. */
static void put_scenes(struct vww_json *json, const struct vww_evaluation *evaluation)
{
    static const char *const keys[] = {"objects", "largest", "cut_off", "brightness"};
    for (int k = 0; k < 4 && evaluation->scenes != NULL; k++) {
        vww_json_key(json, keys[k]);
        vww_json_array(json);
        for (int64_t i = 0; i < evaluation->images; i++) {
            const struct vww_scene *scene = &evaluation->scenes[i];
            if (k == 0)
                vww_json_integer(json, scene->objects);
            else if (k == 2)
                vww_json_integer(json, scene->is_cut_off);
            else
                vww_json_number(json, shortest(k == 1 ? scene->largest : scene->brightness));
        }
        vww_json_end(json);
    }
}

static void put_confusion(struct vww_json *json, const struct vww_evaluation *evaluation)
{
    vww_json_key(json, "confusion");
    vww_json_array(json);
    for (int32_t label = 0; label < evaluation->classes; label++) {
        vww_json_array(json);
        for (int32_t c = 0; c < evaluation->classes; c++)
            vww_json_integer(json, evaluation->confusion[label][c]);
        vww_json_end(json);
    }
    vww_json_end(json);
}

vww_status vww_evaluation_write(const struct vww_evaluation *evaluation, const char *path,
                                struct vww_error *error)
{
    struct vww_buffer text = {0};
    struct vww_json json;
    vww_json_begin(&json, &text, false);
    vww_json_object(&json);
    vww_json_put_string(&json, "format", FORMAT);
    vww_json_put_integer(&json, "version", VERSION);
    vww_json_put_string(&json, "kind", evaluation->kind);
    vww_json_put_string(&json, "model", evaluation->model);
    vww_json_put_string(&json, "data", evaluation->data);
    vww_json_put_string(&json, "split", evaluation->split);
    vww_json_put_string(&json, "machine", evaluation->machine);
    vww_json_put_integer(&json, "images", evaluation->images);
    vww_json_put_number(&json, "accuracy", evaluation->accuracy);
    vww_json_put_number(&json, "loss", evaluation->loss);
    vww_json_key(&json, "classes");
    vww_json_array(&json);
    for (int32_t c = 0; c < evaluation->classes; c++)
        vww_json_string(&json, evaluation->class_names[c]);
    vww_json_end(&json);
    put_confusion(&json, evaluation);
    put_integers(&json, "labels", evaluation->labels, evaluation->images);
    put_integers(&json, "predictions", evaluation->predictions, evaluation->images);
    vww_json_key(&json, "probabilities");
    vww_json_array(&json);
    for (int64_t i = 0; i < evaluation->images * evaluation->classes; i++)
        vww_json_number(&json, shortest(evaluation->probabilities[i]));
    vww_json_end(&json);
    put_scenes(&json, evaluation);
    vww_json_end(&json);
    vww_buffer_text(&text, "\n");
    const vww_status status = text.failed ? vww_fail_memory(error, text.size)
                                          : vww_file_write(path, text.data, text.size, error);
    vww_buffer_fini(&text);
    return status;
}

vww_status vww_evaluation_record(const struct vww_evaluation *evaluation, const char *run,
                                 struct vww_error *error)
{
    char path[VWW_PATH_MAX], name[64];
    if (!vww_directory_exists(run)) {
        vww_fail(error, VWW_ERROR_NOT_FOUND, "the run to record into is no folder");
        vww_error_at(error, run, -1);
        vww_error_remedy(error, "give the folder that `vww train --out` made");
        return VWW_ERROR_NOT_FOUND;
    }
    snprintf(name, sizeof name, "eval-%s.json", evaluation->kind);
    const vww_status status = vww_path_join(path, run, name, error);
    return status == VWW_OK ? vww_evaluation_write(evaluation, path, error) : status;
}

/* --- reading ------------------------------------------------------------------------------------
 */

struct reader {
    yajl_val tree;
    struct vww_evaluation *evaluation;
    struct vww_error *error;
};

static vww_status wrong(const struct reader *reader, const char *key, const char *allowed)
{
    vww_fail(reader->error, VWW_ERROR_FORMAT, "the evaluation's \"%s\" is missing or wrong", key);
    vww_error_allowed(reader->error, "%s", allowed);
    return VWW_ERROR_FORMAT;
}

static vww_status get_text(const struct reader *reader, const char *key, char *text, size_t size)
{
    const char *value;
    if (!vww_json_get_string(reader->tree, key, &value) || strlen(value) >= size)
        return wrong(reader, key, "a text that is not too long");
    memcpy(text, value, strlen(value) + 1);
    return VWW_OK;
}

static yajl_val get_array(yajl_val object, const char *key, int64_t count)
{
    const yajl_val array = vww_json_get(object, key);
    return YAJL_IS_ARRAY(array) && array->u.array.len == (size_t)count ? array : NULL;
}

/* count integers of 0 … classes-1. */
static vww_status get_classes(const struct reader *reader, const char *key, int32_t *values)
{
    const struct vww_evaluation *evaluation = reader->evaluation;
    const yajl_val array = get_array(reader->tree, key, evaluation->images);
    if (array == NULL)
        return wrong(reader, key, "an array with one entry for each image");
    for (int64_t i = 0; i < evaluation->images; i++) {
        const yajl_val value = array->u.array.values[i];
        if (!YAJL_IS_INTEGER(value) || YAJL_GET_INTEGER(value) < 0 ||
            YAJL_GET_INTEGER(value) >= evaluation->classes)
            return wrong(reader, key, "integers from 0 to one less than the number of classes");
        values[i] = (int32_t)YAJL_GET_INTEGER(value);
    }
    return VWW_OK;
}

static bool get_value(yajl_val value, double *number)
{
    if (YAJL_IS_INTEGER(value))
        *number = (double)YAJL_GET_INTEGER(value);
    else if (YAJL_IS_DOUBLE(value))
        *number = YAJL_GET_DOUBLE(value);
    else
        return false;
    return true;
}

static vww_status get_probabilities(const struct reader *reader)
{
    struct vww_evaluation *evaluation = reader->evaluation;
    const int64_t count = evaluation->images * evaluation->classes;
    const yajl_val array = get_array(reader->tree, "probabilities", count);
    if (array == NULL)
        return wrong(reader, "probabilities", "an array with one entry for each image and class");
    for (int64_t i = 0; i < count; i++) {
        double value;
        if (!get_value(array->u.array.values[i], &value) || !(value >= 0 && value <= 1.001))
            return wrong(reader, "probabilities", "numbers from 0 to 1");
        evaluation->probabilities[i] = (float)value;
    }
    return VWW_OK;
}

/* One column of the scenes: numbers of low … high, whole ones where asked for. */
static yajl_val get_column(const struct reader *reader, const char *key, double low, double high,
                           bool whole)
{
    const yajl_val array = get_array(reader->tree, key, reader->evaluation->images);
    for (int64_t i = 0; array != NULL && i < reader->evaluation->images; i++) {
        double value;
        if (!get_value(array->u.array.values[i], &value) || !(value >= low && value <= high) ||
            (whole && value != floor(value)))
            return NULL;
    }
    return array;
}

static double number_at(yajl_val array, int64_t i)
{
    double value = 0;
    get_value(array->u.array.values[i], &value);
    return value;
}

/* Files of before scenes were kept have none. */
static vww_status get_scenes(const struct reader *reader)
{
    struct vww_evaluation *evaluation = reader->evaluation;
    if (vww_json_get(reader->tree, "objects") == NULL)
        return VWW_OK;
    const yajl_val objects = get_column(reader, "objects", -1, INT32_MAX, true);
    const yajl_val largest = get_column(reader, "largest", 0, 1, false);
    const yajl_val cut_off = get_column(reader, "cut_off", 0, 1, true);
    const yajl_val brightness = get_column(reader, "brightness", 0, 1, false);
    if (objects == NULL)
        return wrong(reader, "objects", "for each image how many, or -1 for not known");
    if (largest == NULL || cut_off == NULL || brightness == NULL)
        return wrong(reader,
                     largest == NULL   ? "largest"
                     : cut_off == NULL ? "cut_off"
                                       : "brightness",
                     "a number from 0 to 1 for each image");
    const vww_status status = vww_evaluation_allocate_scenes(evaluation, reader->error);
    for (int64_t i = 0; i < evaluation->images && status == VWW_OK; i++)
        evaluation->scenes[i] = (struct vww_scene){.objects = (int32_t)number_at(objects, i),
                                                   .largest = (float)number_at(largest, i),
                                                   .is_cut_off = number_at(cut_off, i) != 0,
                                                   .brightness = (float)number_at(brightness, i)};
    return status;
}

/* The file's confusion matrix, accuracy and loss are those that its images give. */
static vww_status check_figures(const struct reader *reader)
{
    struct vww_evaluation *evaluation = reader->evaluation;
    vww_evaluation_count(evaluation);
    double accuracy, loss;
    if (!vww_json_get_number(reader->tree, "accuracy", &accuracy) ||
        !(fabs(accuracy - evaluation->accuracy) < 1e-9))
        return wrong(reader, "accuracy", "the share of images whose prediction is their label");
    if (!vww_json_get_number(reader->tree, "loss", &loss) ||
        !(fabs(loss - evaluation->loss) < 1e-6))
        return wrong(reader, "loss", "the mean cross-entropy of the probabilities");
    const yajl_val rows = get_array(reader->tree, "confusion", evaluation->classes);
    for (int32_t label = 0; label < evaluation->classes; label++) {
        const yajl_val row = rows != NULL ? rows->u.array.values[label] : NULL;
        if (!YAJL_IS_ARRAY(row) || row->u.array.len != (size_t)evaluation->classes)
            return wrong(reader, "confusion", "a matrix of classes x classes");
        for (int32_t c = 0; c < evaluation->classes; c++)
            if (!YAJL_IS_INTEGER(row->u.array.values[c]) ||
                YAJL_GET_INTEGER(row->u.array.values[c]) != evaluation->confusion[label][c])
                return wrong(reader, "confusion", "the counts of the labels and predictions");
    }
    return VWW_OK;
}

static vww_status get_class_names(const struct reader *reader)
{
    struct vww_evaluation *evaluation = reader->evaluation;
    const yajl_val names = vww_json_get(reader->tree, "classes");
    if (!YAJL_IS_ARRAY(names) || names->u.array.len < 2 || names->u.array.len > VWW_CLASSES_MAX)
        return wrong(reader, "classes", "2 to 64 names");
    evaluation->classes = (int32_t)names->u.array.len;
    for (int32_t c = 0; c < evaluation->classes; c++) {
        const yajl_val value = names->u.array.values[c];
        const char *name = YAJL_IS_STRING(value) ? value->u.string : NULL;
        if (name == NULL || strlen(name) >= sizeof evaluation->class_names[c])
            return wrong(reader, "classes", "names of at most 63 bytes");
        snprintf(evaluation->class_names[c], sizeof evaluation->class_names[c], "%s", name);
    }
    return VWW_OK;
}

static vww_status get_head(const struct reader *reader)
{
    struct vww_evaluation *evaluation = reader->evaluation;
    const char *format;
    int64_t version;
    if (!vww_json_get_string(reader->tree, "format", &format) || strcmp(format, FORMAT) != 0)
        return wrong(reader, "format", "\"" FORMAT "\": a file of `vww eval --record`");
    if (!vww_json_get_integer(reader->tree, "version", &version) || version != VERSION)
        return wrong(reader, "version", "1");
    vww_status status = get_text(reader, "kind", evaluation->kind, sizeof evaluation->kind);
    if (status == VWW_OK)
        status = get_text(reader, "model", evaluation->model, sizeof evaluation->model);
    if (status == VWW_OK)
        status = get_text(reader, "data", evaluation->data, sizeof evaluation->data);
    if (status == VWW_OK)
        status = get_text(reader, "split", evaluation->split, sizeof evaluation->split);
    if (status == VWW_OK)
        status = get_text(reader, "machine", evaluation->machine, sizeof evaluation->machine);
    if (status != VWW_OK)
        return status;
    if (!vww_json_get_integer(reader->tree, "images", &evaluation->images) ||
        evaluation->images < 1 || evaluation->images > IMAGES_MAX)
        return wrong(reader, "images", "1 to 10000000");
    return get_class_names(reader);
}

static vww_status get_all(const struct reader *reader)
{
    struct vww_evaluation *evaluation = reader->evaluation;
    vww_status status = get_head(reader);
    /* The length of the file's own arrays bounds the memory asked for. */
    if (status == VWW_OK && get_array(reader->tree, "labels", evaluation->images) == NULL)
        status = wrong(reader, "labels", "an array with one entry for each image");
    if (status == VWW_OK)
        status = vww_evaluation_allocate(evaluation, reader->error);
    if (status == VWW_OK)
        status = get_classes(reader, "labels", evaluation->labels);
    if (status == VWW_OK)
        status = get_classes(reader, "predictions", evaluation->predictions);
    if (status == VWW_OK)
        status = get_probabilities(reader);
    if (status == VWW_OK)
        status = get_scenes(reader);
    if (status == VWW_OK)
        status = check_figures(reader);
    return status;
}

vww_status vww_evaluation_parse(const void *text, size_t bytes, const char *name,
                                struct vww_evaluation *evaluation, struct vww_error *error)
{
    *evaluation = (struct vww_evaluation){0};
    struct reader reader = {.evaluation = evaluation, .error = error};
    vww_status status = vww_json_parse(text, bytes, name, &reader.tree, error);
    if (status != VWW_OK)
        return status;
    status = get_all(&reader);
    if (status != VWW_OK) {
        vww_evaluation_fini(evaluation);
        if (status == VWW_ERROR_FORMAT) {
            vww_error_at(error, name, -1);
            vww_error_remedy(error, "make it again with `vww eval --record`");
        }
    }
    yajl_tree_free(reader.tree);
    return status;
}

vww_status vww_evaluation_read(const char *path, struct vww_evaluation *evaluation,
                               struct vww_error *error)
{
    *evaluation = (struct vww_evaluation){0};
    struct vww_buffer content;
    vww_status status = vww_file_read(path, (size_t)256 << 20, &content, error);
    if (status != VWW_OK)
        return status;
    status = vww_evaluation_parse(content.data, content.size, path, evaluation, error);
    vww_buffer_fini(&content);
    return status;
}
