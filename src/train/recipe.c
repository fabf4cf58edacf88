#include "train/recipe.h"
#include "train/optimizer.h"
#include "vww/loader.h"

#include <math.h>
#include <string.h>

#define OPTIMIZERS "rmsprop|sgd|adamw"
#define SCHEDULES "exponential|cosine"
#define BATCH_NORMS "synchronized|local"

#define INTEGER(member, low, high, help)                                                           \
    {                                                                                              \
#member, VWW_RECIPE_INTEGER, offsetof(struct vww_recipe, member), low, high, NULL, help    \
    }
#define NUMBER(member, low, high, help)                                                            \
    {                                                                                              \
#member, VWW_RECIPE_NUMBER, offsetof(struct vww_recipe, member), low, high, NULL, help     \
    }
#define FLAG(member, help)                                                                         \
    {                                                                                              \
#member, VWW_RECIPE_FLAG, offsetof(struct vww_recipe, member), 0, 0, NULL, help            \
    }
#define CHOICE(member, choices, help)                                                              \
    {                                                                                              \
#member, VWW_RECIPE_CHOICE, offsetof(struct vww_recipe, member), 0, 0, choices, help       \
    }

static const struct vww_recipe_field fields[] = {
    INTEGER(epochs, 1, 100000, "passes over the training images"),
    INTEGER(batch, 2, 4096, "images in one step"),
    INTEGER(seed, 0, 9007199254740992.0, "of first weights, order, augmentation and dropout"),
    CHOICE(optimizer, OPTIMIZERS, "how gradients change weights"),
    NUMBER(learning_rate, 1e-12, 100,
           "the first, or after warm-up the largest; default: rmsprop 0.045, sgd 0.1, adamw 0.002, "
           "with --quantize-aware 1e-5"),
    NUMBER(momentum, 0, 0.99999, "decay of the mean gradient"),
    NUMBER(gradient_decay, 0, 0.9999999,
           "decay of the mean squared gradient; default: rmsprop 0.9, adamw 0.999"),
    NUMBER(epsilon, 1e-12, 10, "keeps divisions finite; default: rmsprop 1, adamw 1e-8"),
    NUMBER(weight_decay, 0, 10, "of convolution and classifier weights; default: 4e-5, adamw 0.05"),
    CHOICE(schedule, SCHEDULES, "how the learning rate falls"),
    NUMBER(schedule_decay, 1e-6, 1,
           "exponential: factor for each epoch; default: 0.98, with --quantize-aware 0.9"),
    NUMBER(schedule_end, 0, 1, "cosine: the last learning rate as a share of the largest"),
    NUMBER(warmup_epochs, 0, 100000, "epochs of linear rise from 0"),
    NUMBER(label_smoothing, 0, 0.999, "share of the target that is spread over all classes"),
    NUMBER(batch_norm_decay, 0, 0.999999, "of batch norm's moving statistics"),
    NUMBER(average_decay, 0, 0.999999,
           "moving average of the weights, which is what is evaluated and kept; 0 = none"),
    FLAG(balance, "draw every class equally often"),
    FLAG(crop, "augmentation: random crops"),
    FLAG(flip, "augmentation: left-right"),
    FLAG(colour, "augmentation: brightness, contrast, saturation"),
    NUMBER(crop_area_least, 0.01, 1, "smallest crop, as a share of the image's area"),
    NUMBER(crop_aspect_most, 1, 10, "widest crop: width by height relative to the image's"),
    NUMBER(brightness, 0, 1, "largest change, as a share of 255"),
    NUMBER(contrast, 0, 1, "largest change, as a share"),
    NUMBER(saturation, 0, 1, "largest change, as a share"),
    FLAG(quantize_aware,
         "train the deployed network with int8 rounding of weights and activations"),
    INTEGER(calibration_batches, 1, 100000,
            "quantize-aware: batches that set the first ranges of activations"),
    NUMBER(range_decay, 0, 0.999999, "quantize-aware: of the moving ranges of activations"),
    INTEGER(chunks, 1, 4096,
            "runs of images that a batch is cut into, shared out among ranks; at most 16 for each"),
    FLAG(async,
         "several ranks: each takes whole batches and changes the common weights as soon as it "
         "can; the result differs from run to run"),
    CHOICE(batch_norm, BATCH_NORMS, "several ranks: statistics of the whole batch, or of a rank's"),
};
#define FIELDS (sizeof fields / sizeof fields[0])

const struct vww_recipe_field *vww_recipe_fields(size_t *count)
{
    *count = FIELDS;
    return fields;
}

void vww_recipe_init(struct vww_recipe *recipe)
{
    const struct vww_augmentation *augmentation = &vww_augmentation_default;
    *recipe = (struct vww_recipe){
        .epochs = 30,
        .batch = 96,
        .seed = 1,
        .optimizer = "rmsprop",
        .learning_rate = NAN,
        .momentum = 0.9,
        .gradient_decay = NAN,
        .epsilon = NAN,
        .weight_decay = NAN,
        .schedule = "exponential",
        .schedule_decay = NAN,
        .batch_norm_decay = 0.99,
        .crop = augmentation->crop,
        .flip = augmentation->flip,
        .colour = augmentation->colour,
        .crop_area_least = augmentation->crop_area_least,
        .crop_aspect_most = augmentation->crop_aspect_most,
        .brightness = augmentation->brightness,
        .contrast = augmentation->contrast,
        .saturation = augmentation->saturation,
        .calibration_batches = 16,
        .range_decay = 0.99,
        .chunks = 16,
        .batch_norm = "synchronized",
    };
}

/* --- checking ------------------------------------------------------------------------------------
 */

static vww_status out_of_range(const struct vww_recipe_field *field, double seen,
                               struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_ARGUMENT, "the recipe's %s is out of range", field->name);
    vww_error_seen(error, "%g", seen);
    vww_error_allowed(error, "%g to %g", field->low, field->high);
    return VWW_ERROR_ARGUMENT;
}

/* The choice that equals `text`, as it lies in static memory; NULL: none. */
static const char *static_choice(const char *text)
{
    static const char *const all[] = {"rmsprop", "sgd",          "adamw", "exponential",
                                      "cosine",  "synchronized", "local"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i], text) == 0)
            return all[i];
    return NULL;
}

static bool is_choice(const struct vww_recipe_field *field, const char *text)
{
    const size_t length = strlen(text);
    for (const char *at = field->choices; (at = strstr(at, text)) != NULL; at += length)
        if ((at == field->choices || at[-1] == '|') && (at[length] == '|' || at[length] == '\0') &&
            length > 0)
            return true;
    return false;
}

static vww_status check_field(const struct vww_recipe_field *field, const void *member,
                              struct vww_error *error)
{
    if (field->kind == VWW_RECIPE_INTEGER) {
        const double value = (double)*(const int64_t *)member;
        if (value < field->low || value > field->high)
            return out_of_range(field, value, error);
    } else if (field->kind == VWW_RECIPE_NUMBER) {
        const double value = *(const double *)member;
        if (!(value >= field->low && value <= field->high))
            return out_of_range(field, value, error);
    } else if (field->kind == VWW_RECIPE_CHOICE) {
        const char *value = *(const char *const *)member;
        if (!is_choice(field, value)) {
            vww_fail(error, VWW_ERROR_ARGUMENT, "the recipe's %s is unknown", field->name);
            vww_error_seen(error, "%s", value);
            vww_error_allowed(error, "%s", field->choices);
            return VWW_ERROR_ARGUMENT;
        }
    }
    return VWW_OK;
}

static void fill(double *value, double otherwise)
{
    if (isnan(*value))
        *value = otherwise;
}

vww_status vww_recipe_resolve(struct vww_recipe *recipe, struct vww_error *error)
{
    const enum vww_optimizer optimizer = vww_optimizer_find(recipe->optimizer);
    const bool adamw = optimizer == VWW_OPTIMIZER_ADAMW, sgd = optimizer == VWW_OPTIMIZER_SGD;
    fill(&recipe->learning_rate,
         recipe->quantize_aware ? 1e-5 : (adamw ? 0.002 : (sgd ? 0.1 : 0.045)));
    fill(&recipe->gradient_decay, adamw ? 0.999 : 0.9);
    fill(&recipe->epsilon, adamw ? 1e-8 : 1);
    fill(&recipe->weight_decay, adamw ? 0.05 : 4e-5);
    fill(&recipe->schedule_decay, recipe->quantize_aware ? 0.9 : 0.98);
    for (size_t i = 0; i < FIELDS; i++) {
        const vww_status status =
            check_field(&fields[i], (const char *)recipe + fields[i].offset, error);
        if (status != VWW_OK)
            return status;
    }
    return VWW_OK;
}

/* --- the learning rate ---------------------------------------------------------------------------
 */

double vww_recipe_learning_rate(const struct vww_recipe *recipe, double epochs)
{
    const double largest = recipe->learning_rate, warmup = recipe->warmup_epochs;
    if (epochs < warmup)
        return largest * epochs / warmup;
    if (strcmp(recipe->schedule, "cosine") == 0) {
        const double length = (double)recipe->epochs - warmup;
        const double share = length > 0 ? fmin((epochs - warmup) / length, 1) : 1;
        const double falling = 0.5 * (1 + cos(3.14159265358979323846 * share));
        return largest * (recipe->schedule_end + (1 - recipe->schedule_end) * falling);
    }
    return largest * pow(recipe->schedule_decay, floor(epochs));
}

/* --- JSON ----------------------------------------------------------------------------------------
 */

void vww_recipe_write(const struct vww_recipe *recipe, struct vww_json *json)
{
    for (size_t i = 0; i < FIELDS; i++) {
        const void *member = (const char *)recipe + fields[i].offset;
        switch (fields[i].kind) {
        case VWW_RECIPE_INTEGER:
            vww_json_put_integer(json, fields[i].name, *(const int64_t *)member);
            break;
        case VWW_RECIPE_NUMBER:
            vww_json_put_number(json, fields[i].name, *(const double *)member);
            break;
        case VWW_RECIPE_FLAG:
            vww_json_put_boolean(json, fields[i].name, *(const bool *)member);
            break;
        case VWW_RECIPE_CHOICE:
            vww_json_put_string(json, fields[i].name, *(const char *const *)member);
            break;
        }
    }
}

static bool read_field(yajl_val object, const struct vww_recipe_field *field, void *member)
{
    const char *text;
    switch (field->kind) {
    case VWW_RECIPE_INTEGER:
        return vww_json_get_integer(object, field->name, member);
    case VWW_RECIPE_NUMBER:
        return vww_json_get_number(object, field->name, member);
    case VWW_RECIPE_FLAG:
        return vww_json_get_boolean(object, field->name, member);
    case VWW_RECIPE_CHOICE:
        if (!vww_json_get_string(object, field->name, &text) || static_choice(text) == NULL)
            return false;
        *(const char **)member = static_choice(text);
        return true;
    }
    return false;
}

vww_status vww_recipe_read(yajl_val object, const char *name, struct vww_recipe *recipe,
                           struct vww_error *error)
{
    vww_recipe_init(recipe);
    for (size_t i = 0; i < FIELDS; i++) {
        if (!read_field(object, &fields[i], (char *)recipe + fields[i].offset)) {
            vww_fail(error, VWW_ERROR_FORMAT, "the recipe's %s is missing or not understood",
                     fields[i].name);
            vww_error_at(error, name, -1);
            return VWW_ERROR_FORMAT;
        }
    }
    const vww_status status = vww_recipe_resolve(recipe, error);
    if (status != VWW_OK)
        vww_error_at(error, name, -1);
    return status;
}
