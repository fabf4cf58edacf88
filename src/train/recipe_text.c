/* Recipes as texts: lines of `key value`. */
#include "base/file.h"
#include "base/memory.h"
#include "vww/recipe.h"
#include "vww/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define VERSION "1"
#define SECTION "[quantize-aware]"
#define TEXT_LIMIT ((size_t)1 << 20)
#define KEY_MAX 64
#define VALUE_MAX 160
#define FIELDS_MAX 64

struct line {
    const char *file;
    int32_t number;
    int32_t column; /* of the value; of the key where there is none */
    char key[KEY_MAX], value[VALUE_MAX];
    struct vww_error *error;
};

static vww_status fail_line(const struct line *line, vww_status status)
{
    vww_error_at(line->error, line->file, -1);
    vww_error_place(line->error, "line %d, column %d", (int)line->number, (int)line->column);
    return status;
}

static vww_status wrong(const struct line *line, const char *what, const char *seen)
{
    vww_fail(line->error, VWW_ERROR_FORMAT, "%s", what);
    vww_error_seen(line->error, "%.60s", seen);
    return fail_line(line, VWW_ERROR_FORMAT);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Cut one line into key and value; a line without any, or a comment, has an empty key. */
static vww_status cut(struct line *line, const char *text, size_t length)
{
    size_t at = 0, end = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c < ' ' && c != '\t' && c != '\r') {
            line->column = (int32_t)i + 1;
            return wrong(line, "the recipe is no text", "a control character");
        }
        if (c == '#')
            length = i;
    }
    while (length > 0 && is_space(text[length - 1]))
        length--;
    while (at < length && is_space(text[at]))
        at++;
    for (end = at; end < length && !is_space(text[end]);)
        end++;
    line->column = (int32_t)at + 1;
    if (end - at >= KEY_MAX)
        return wrong(line, "the name of a setting is too long", "");
    snprintf(line->key, KEY_MAX, "%.*s", (int)(end - at), text + at);
    while (end < length && is_space(text[end]))
        end++;
    if (length - end >= VALUE_MAX)
        return wrong(line, "the value of a setting is too long", line->key);
    snprintf(line->value, VALUE_MAX, "%.*s", (int)(length - end), text + end);
    if (end < length)
        line->column = (int32_t)end + 1;
    return VWW_OK;
}

struct reading {
    struct vww_recipe *recipe;
    struct vww_recipe_title title;
    bool quantize_aware;          /* wanted */
    bool in_section, has_version; /* so far */
    bool seen[2][FIELDS_MAX];     /* by section and field */
};

static vww_status read_version(struct reading *reading, const struct line *line)
{
    if (strcmp(line->key, "vww-recipe") != 0) {
        wrong(line, "a recipe begins with its version", line->key);
        vww_error_allowed(line->error, "vww-recipe " VERSION);
        return VWW_ERROR_FORMAT;
    }
    if (strcmp(line->value, VERSION) != 0) {
        wrong(line, "the recipe is of another version of the format", line->value);
        vww_error_allowed(line->error, VERSION);
        vww_error_remedy(line->error, "read it with the version of vww that it was written for");
        return VWW_ERROR_FORMAT;
    }
    reading->has_version = true;
    return VWW_OK;
}

static size_t field_number(const char *key)
{
    size_t count, i = 0;
    const struct vww_recipe_field *fields = vww_recipe_fields(&count);
    while (i < count && strcmp(fields[i].name, key) != 0)
        i++;
    return i;
}

static vww_status read_setting(struct reading *reading, struct line *line)
{
    struct vww_recipe unused = *reading->recipe;
    const bool counts = !reading->in_section || reading->quantize_aware;
    for (char *c = line->key; *c != '\0'; c++)
        *c = *c == '-' ? '_' : *c;
    const size_t field = field_number(line->key);
    if (strcmp(line->key, "quantize_aware") == 0)
        return wrong(line, "quantization-aware training is asked for when training, not here",
                     line->key);
    if (field < FIELDS_MAX && reading->seen[reading->in_section][field])
        return wrong(line, "the setting is given twice", line->key);
    const vww_status status =
        vww_recipe_set(counts ? reading->recipe : &unused, line->key, line->value, line->error);
    if (status != VWW_OK)
        return fail_line(line, status);
    reading->seen[reading->in_section][field] = true;
    return VWW_OK;
}

static vww_status read_line(struct reading *reading, struct line *line)
{
    if (line->key[0] == '\0')
        return VWW_OK;
    if (!reading->has_version)
        return read_version(reading, line);
    if (line->key[0] == '[') {
        if (strcmp(line->key, SECTION) != 0 || line->value[0] != '\0' || reading->in_section) {
            wrong(line, "a recipe has one section besides its beginning", line->key);
            vww_error_allowed(line->error, SECTION);
            return VWW_ERROR_FORMAT;
        }
        reading->in_section = true;
        return VWW_OK;
    }
    if (line->value[0] == '\0')
        return wrong(line, "the setting has no value", line->key);
    if (strcmp(line->key, "name") == 0) {
        if (strlen(line->value) >= VWW_RECIPE_NAME_MAX)
            return wrong(line, "the recipe's name is too long", line->value);
        snprintf(reading->title.name, VWW_RECIPE_NAME_MAX, "%s", line->value);
        return VWW_OK;
    }
    if (strcmp(line->key, "about") == 0) {
        snprintf(reading->title.about, sizeof reading->title.about, "%s", line->value);
        return VWW_OK;
    }
    return read_setting(reading, line);
}

vww_status vww_recipe_parse(const char *text, size_t bytes, const char *file, bool quantize_aware,
                            struct vww_recipe *recipe, struct vww_recipe_title *title,
                            struct vww_error *error)
{
    struct reading reading = {.recipe = recipe, .quantize_aware = quantize_aware};
    struct line line = {.file = file, .error = error, .column = 1};
    vww_status status = VWW_OK;
    vww_recipe_init(recipe);
    recipe->quantize_aware = quantize_aware;
    for (size_t at = 0; at < bytes && status == VWW_OK;) {
        const char *end = memchr(text + at, '\n', bytes - at);
        const size_t length = end != NULL ? (size_t)(end - (text + at)) : bytes - at;
        line.number++;
        status = cut(&line, text + at, length);
        if (status == VWW_OK)
            status = read_line(&reading, &line);
        at += length + 1;
    }
    if (status == VWW_OK && !reading.has_version)
        status = read_version(&reading, &(struct line){.file = file, .error = error, .number = 1});
    if (status == VWW_OK && title != NULL)
        *title = reading.title;
    return status;
}

static vww_status not_found(const char *name, struct vww_error *error)
{
    const char *names[16];
    char suggestion[256];
    size_t count, listed = 0;
    const struct vww_recipe_preset *presets = vww_recipe_presets(&count);
    for (; listed < count && listed < 16; listed++)
        names[listed] = presets[listed].name;
    vww_text_suggest(suggestion, sizeof suggestion, name, names, listed);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "there is neither a recipe nor a file of this name");
    vww_error_at(error, name, -1);
    vww_error_remedy(error, "%s; `vww recipe` lists them", suggestion);
    return VWW_ERROR_NOT_FOUND;
}

vww_status vww_recipe_read(const char *name, bool quantize_aware, struct vww_recipe *recipe,
                           struct vww_recipe_title *title, struct vww_error *error)
{
    size_t count;
    const struct vww_recipe_preset *presets = vww_recipe_presets(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(presets[i].name, name) == 0)
            return vww_recipe_parse(presets[i].text, strlen(presets[i].text), name, quantize_aware,
                                    recipe, title, error);
    struct vww_buffer text;
    vww_status status = vww_file_read(name, TEXT_LIMIT, &text, error);
    if (status == VWW_ERROR_NOT_FOUND)
        return not_found(name, error);
    if (status != VWW_OK)
        return status;
    status = vww_recipe_parse((const char *)text.data, text.size, name, quantize_aware, recipe,
                              title, error);
    vww_buffer_fini(&text);
    return status;
}

/* --- writing -------------------------------------------------------------------------------------
 */

/* The shortest digits that read back to the same number. */
static void write_number(struct vww_buffer *out, double value)
{
    char text[40];
    double again = NAN;
    for (int digits = 1; digits <= 17 && again != value; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        sscanf(text, "%lf", &again);
    }
    vww_buffer_text(out, text);
}

static void write_value(struct vww_buffer *out, const struct vww_recipe_field *field,
                        const void *member)
{
    const struct vww_recipe_numbers *numbers = member;
    switch (field->kind) {
    case VWW_RECIPE_INTEGER:
        vww_buffer_printf(out, "%" PRId64, *(const int64_t *)member);
        break;
    case VWW_RECIPE_NUMBER:
    case VWW_RECIPE_OPTIONAL:
        write_number(out, *(const double *)member);
        break;
    case VWW_RECIPE_NUMBERS:
        for (size_t i = 0; i < numbers->count; i++) {
            vww_buffer_text(out, i > 0 ? " " : "");
            write_number(out, numbers->values[i]);
        }
        break;
    case VWW_RECIPE_FLAG:
        vww_buffer_text(out, *(const bool *)member ? "yes" : "no");
        break;
    case VWW_RECIPE_CHOICE:
        vww_buffer_text(out, *(const char *const *)member);
        break;
    }
}

static bool is_left_out(const struct vww_recipe_field *field, const void *member)
{
    if (field->kind == VWW_RECIPE_NUMBER || field->kind == VWW_RECIPE_OPTIONAL)
        return isnan(*(const double *)member);
    if (field->kind == VWW_RECIPE_NUMBERS)
        return ((const struct vww_recipe_numbers *)member)->count == 0;
    return strcmp(field->name, "quantize_aware") == 0;
}

vww_status vww_recipe_write(const struct vww_recipe *recipe, const struct vww_recipe_title *title,
                            char **text, struct vww_error *error)
{
    struct vww_buffer out = {0};
    size_t count;
    const struct vww_recipe_field *field = vww_recipe_fields(&count);
    vww_buffer_text(&out, "vww-recipe " VERSION "\n");
    if (title != NULL && title->name[0] != '\0')
        vww_buffer_printf(&out, "name %s\n", title->name);
    if (title != NULL && title->about[0] != '\0')
        vww_buffer_printf(&out, "about %s\n", title->about);
    for (size_t i = 0; i < count; i++, field++) {
        const void *member = (const char *)recipe + field->offset;
        if (is_left_out(field, member))
            continue;
        vww_buffer_printf(&out, "\n# %s\n%s ", field->help, field->name);
        write_value(&out, field, member);
        vww_buffer_text(&out, "\n");
    }
    vww_buffer_append(&out, "", 1);
    if (out.failed) {
        vww_buffer_fini(&out);
        return vww_fail_memory(error, out.size);
    }
    *text = (char *)out.data;
    return VWW_OK;
}

void vww_recipe_free(char *text)
{
    vww_free(text);
}
