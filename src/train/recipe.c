#include "vww/recipe.h"
#include "train/optimizer.h"
#include "vww/loader.h"
#include "vww/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OPTIMIZERS "rmsprop|sgd|adam|adamw"
#define SCHEDULES "exponential|cosine|steps"
#define BATCH_NORMS "synchronized|local"
#define PRECISIONS "float32|bf16"

#define INTEGER(member, low, high, help)                                                           \
    {                                                                                              \
#member, VWW_RECIPE_INTEGER, offsetof(struct vww_recipe, member), low, high, NULL, help    \
    }
#define NUMBER(member, low, high, help)                                                            \
    {                                                                                              \
#member, VWW_RECIPE_NUMBER, offsetof(struct vww_recipe, member), low, high, NULL, help     \
    }
#define OPTIONAL(member, low, high, help)                                                          \
    {                                                                                              \
#member, VWW_RECIPE_OPTIONAL, offsetof(struct vww_recipe, member), low, high, NULL, help   \
    }
#define NUMBERS(member, low, high, help)                                                           \
    {                                                                                              \
#member, VWW_RECIPE_NUMBERS, offsetof(struct vww_recipe, member), low, high, NULL, help    \
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
           "the first, or after warm-up the largest; default: rmsprop 0.045, sgd 0.1, adam 0.001, "
           "adamw 0.002, with --quantize-aware 1e-5"),
    NUMBER(momentum, 0, 0.99999, "decay of the mean gradient"),
    NUMBER(gradient_decay, 0, 0.9999999,
           "decay of the mean squared gradient; default: rmsprop 0.9, adam and adamw 0.999"),
    NUMBER(epsilon, 1e-12, 10, "keeps divisions finite; default: rmsprop 1, adam 1e-7, adamw 1e-8"),
    NUMBER(weight_decay, 0, 10,
           "of convolution and classifier weights; default: 4e-5, adam 1e-4, adamw 0.05"),
    CHOICE(schedule, SCHEDULES, "how the learning rate falls"),
    NUMBER(schedule_decay, 1e-6, 1,
           "exponential: factor for each epoch; default: 0.98, with --quantize-aware 0.9; steps: "
           "factor for each step; default: 0.1"),
    NUMBER(schedule_end, 0, 1, "cosine: the last learning rate as a share of the largest"),
    NUMBERS(schedule_steps, 0, 100000, "steps: the epochs after which the learning rate falls"),
    NUMBER(warmup_epochs, 0, 100000, "epochs of linear rise from 0"),
    NUMBER(label_smoothing, 0, 0.999, "share of the target that is spread over all classes"),
    NUMBER(mixup, 0, 32,
           "blend the images of a batch in pairs, and their targets, by Beta(X, X); 0 = none"),
    NUMBER(cutmix, 0, 32,
           "exchange a box between them instead, its size by Beta(X, X); 0 = none; with both, one "
           "of the two for each pair"),
    OPTIONAL(distill, 0, 1,
             "with --teacher: the share of the target that is its answer; default: 0.5"),
    NUMBER(batch_norm_decay, 0, 0.999999, "of batch norm's moving statistics"),
    NUMBER(average_decay, 0, 0.999999,
           "moving average of the weights, which is what is evaluated and kept; 0 = none"),
    FLAG(balance, "draw every class equally often"),
    FLAG(crop, "augmentation: random crops"),
    FLAG(relabel, "augmentation: a crop without any of the photograph's objects is of class 0"),
    FLAG(flip, "augmentation: left-right"),
    FLAG(colour, "augmentation: brightness, contrast, saturation"),
    NUMBER(crop_area_least, 0.01, 1, "smallest crop, as a share of the image's area"),
    NUMBER(crop_aspect_most, 1, 8, "widest crop: width by height relative to the image's"),
    NUMBER(brightness, 0, 1, "largest change, as a share of 255"),
    NUMBER(contrast, 0, 1, "largest change, as a share"),
    NUMBER(saturation, 0, 1, "largest change, as a share"),
    NUMBER(rotation, 0, 180, "augmentation: largest turn in degrees"),
    NUMBER(shift, 0, 0.5, "augmentation: largest move, as a share of width and height"),
    NUMBER(zoom, 0, 0.9, "augmentation: largest change of width and of height, as a share"),
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
    CHOICE(precision, PRECISIONS,
           "how activations and their gradients are stored; bf16 moves half the bytes, and rounds "
           "to 8 bits"),
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
        .distill = NAN,
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
        .precision = "float32",
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

static bool is_choice(const struct vww_recipe_field *field, const char *text)
{
    const size_t length = strlen(text);
    for (const char *at = field->choices; (at = strstr(at, text)) != NULL; at += length)
        if ((at == field->choices || at[-1] == '|') && (at[length] == '|' || at[length] == '\0') &&
            length > 0)
            return true;
    return false;
}

static vww_status unknown_choice(const struct vww_recipe_field *field, const char *seen,
                                 struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_ARGUMENT, "the recipe's %s is unknown", field->name);
    vww_error_seen(error, "%s", seen);
    vww_error_allowed(error, "%s", field->choices);
    return VWW_ERROR_ARGUMENT;
}

static vww_status check_numbers(const struct vww_recipe_field *field,
                                const struct vww_recipe_numbers *numbers, struct vww_error *error)
{
    for (size_t i = 0; i < numbers->count; i++) {
        if (!(numbers->values[i] >= field->low && numbers->values[i] <= field->high))
            return out_of_range(field, numbers->values[i], error);
        if (i > 0 && numbers->values[i] <= numbers->values[i - 1])
            return vww_fail(error, VWW_ERROR_ARGUMENT, "the recipe's %s do not ascend",
                            field->name);
    }
    return VWW_OK;
}

static vww_status check_field(const struct vww_recipe_field *field, const void *member,
                              struct vww_error *error)
{
    if (field->kind == VWW_RECIPE_INTEGER) {
        const double value = (double)*(const int64_t *)member;
        if (value < field->low || value > field->high)
            return out_of_range(field, value, error);
    } else if (field->kind == VWW_RECIPE_NUMBER || field->kind == VWW_RECIPE_OPTIONAL) {
        const double value = *(const double *)member;
        const bool left_out = field->kind == VWW_RECIPE_OPTIONAL && isnan(value);
        if (!left_out && !(value >= field->low && value <= field->high))
            return out_of_range(field, value, error);
    } else if (field->kind == VWW_RECIPE_NUMBERS) {
        return check_numbers(field, member, error);
    } else if (field->kind == VWW_RECIPE_CHOICE) {
        const char *value = *(const char *const *)member;
        if (!is_choice(field, value))
            return unknown_choice(field, value, error);
    }
    return VWW_OK;
}

static void fill(double *value, double otherwise)
{
    if (isnan(*value))
        *value = otherwise;
}

/* The defaults that each optimizer has. */
static const struct {
    double learning_rate, gradient_decay, epsilon, weight_decay;
} usual[VWW_OPTIMIZER_COUNT] = {
    [VWW_OPTIMIZER_RMSPROP] = {0.045, 0.9, 1, 4e-5},
    [VWW_OPTIMIZER_SGD] = {0.1, 0.9, 1, 4e-5},
    [VWW_OPTIMIZER_ADAM] = {0.001, 0.999, 1e-7, 1e-4},
    [VWW_OPTIMIZER_ADAMW] = {0.002, 0.999, 1e-8, 0.05},
};

static vww_status check_together(const struct vww_recipe *recipe, struct vww_error *error)
{
    if (recipe->relabel && !recipe->crop) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the recipe relabels crops, but does not crop");
        vww_error_remedy(error, "add `crop yes`, or leave out `relabel`");
        return VWW_ERROR_ARGUMENT;
    }
    if ((recipe->mixup > 0 || recipe->cutmix > 0) && recipe->batch < 2 * recipe->chunks) {
        vww_fail(error, VWW_ERROR_ARGUMENT,
                 "mixup and cutmix make pairs within a chunk of the batch, and some chunks have a "
                 "single image");
        vww_error_seen(error, "a batch of %lld images in %lld chunks", (long long)recipe->batch,
                       (long long)recipe->chunks);
        vww_error_allowed(error, "two images for each chunk");
        vww_error_remedy(error, "choose a batch of %lld or more, or fewer chunks",
                         2 * (long long)recipe->chunks);
        return VWW_ERROR_ARGUMENT;
    }
    if (recipe->quantize_aware && strcmp(recipe->precision, "bf16") == 0) {
        vww_fail(
            error, VWW_ERROR_ARGUMENT,
            "quantization-aware training stores float32: the int8 network's sums are finer than "
            "bfloat16");
        vww_error_remedy(error, "leave out precision bf16, or set it before [quantize-aware] and "
                                "float32 after it");
        return VWW_ERROR_ARGUMENT;
    }
    return VWW_OK;
}

vww_status vww_recipe_resolve(struct vww_recipe *recipe, struct vww_error *error)
{
    const enum vww_optimizer optimizer = vww_optimizer_find(recipe->optimizer);
    const bool steps = strcmp(recipe->schedule, "steps") == 0;
    if (optimizer != VWW_OPTIMIZER_COUNT) {
        fill(&recipe->learning_rate,
             recipe->quantize_aware ? 1e-5 : usual[optimizer].learning_rate);
        fill(&recipe->gradient_decay, usual[optimizer].gradient_decay);
        fill(&recipe->epsilon, usual[optimizer].epsilon);
        fill(&recipe->weight_decay, usual[optimizer].weight_decay);
    }
    fill(&recipe->schedule_decay, steps ? 0.1 : recipe->quantize_aware ? 0.9 : 0.98);
    for (size_t i = 0; i < FIELDS; i++) {
        const vww_status status =
            check_field(&fields[i], (const char *)recipe + fields[i].offset, error);
        if (status != VWW_OK)
            return status;
    }
    return check_together(recipe, error);
}

/* --- members as texts ----------------------------------------------------------------------------
 */

static const struct vww_recipe_field *find_field(const char *name)
{
    for (size_t i = 0; i < FIELDS; i++) {
        const char *a = fields[i].name, *b = name;
        while (*a != '\0' && *a == (*b == '-' ? '_' : *b)) {
            a++;
            b++;
        }
        if (*a == '\0' && *b == '\0')
            return &fields[i];
    }
    return NULL;
}

static vww_status unknown_name(const char *name, struct vww_error *error)
{
    const char *names[FIELDS];
    char suggestion[256];
    for (size_t i = 0; i < FIELDS; i++)
        names[i] = fields[i].name;
    vww_text_suggest(suggestion, sizeof suggestion, name, names, FIELDS);
    vww_fail(error, VWW_ERROR_ARGUMENT, "a recipe has no such setting");
    vww_error_seen(error, "%.40s", name);
    vww_error_remedy(error, "%s", suggestion);
    return VWW_ERROR_ARGUMENT;
}

static vww_status not_understood(const struct vww_recipe_field *field, const char *value,
                                 const char *wanted, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_ARGUMENT, "the recipe's %s is not understood", field->name);
    vww_error_seen(error, "%.60s", value);
    vww_error_allowed(error, "%s", wanted);
    return VWW_ERROR_ARGUMENT;
}

static bool read_number(const char *text, char **end, double *value)
{
    *value = strtod(text, end);
    return *end != text && isfinite(*value);
}

static vww_status set_numbers(const struct vww_recipe_field *field, const char *value,
                              struct vww_recipe_numbers *numbers, struct vww_error *error)
{
    struct vww_recipe_numbers read = {0};
    char *end;
    for (const char *at = value + strspn(value, " ,"); *at != '\0'; at = end + strspn(end, " ,")) {
        double number;
        if (read.count == VWW_RECIPE_STEPS_MAX || !read_number(at, &end, &number))
            return not_understood(field, value, "up to 8 ascending numbers", error);
        read.values[read.count++] = number;
    }
    const vww_status status = check_numbers(field, &read, error);
    if (status == VWW_OK)
        *numbers = read;
    return status;
}

static vww_status set_number(const struct vww_recipe_field *field, const char *value, void *member,
                             struct vww_error *error)
{
    char *end;
    double number;
    if (!read_number(value, &end, &number) || *end != '\0')
        return not_understood(field, value, "a number", error);
    if (number < field->low || number > field->high)
        return out_of_range(field, number, error);
    if (field->kind != VWW_RECIPE_INTEGER) {
        *(double *)member = number;
    } else {
        if (number != floor(number))
            return not_understood(field, value, "a whole number", error);
        *(int64_t *)member = (int64_t)number;
    }
    return VWW_OK;
}

static vww_status set_choice(const struct vww_recipe_field *field, const char *value,
                             const char **member, struct vww_error *error)
{
    static const char *const all[] = {"rmsprop",     "sgd",     "adam",  "adamw",
                                      "exponential", "cosine",  "steps", "synchronized",
                                      "local",       "float32", "bf16"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i], value) == 0 && is_choice(field, value)) {
            *member = all[i];
            return VWW_OK;
        }
    return unknown_choice(field, value, error);
}

static vww_status set_flag(const struct vww_recipe_field *field, const char *value, bool *member,
                           struct vww_error *error)
{
    const bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0)
        return not_understood(field, value, "yes or no", error);
    *member = yes;
    return VWW_OK;
}

vww_status vww_recipe_set(struct vww_recipe *recipe, const char *name, const char *value,
                          struct vww_error *error)
{
    const struct vww_recipe_field *field = find_field(name);
    if (field == NULL)
        return unknown_name(name, error);
    void *member = (char *)recipe + field->offset;
    switch (field->kind) {
    case VWW_RECIPE_INTEGER:
    case VWW_RECIPE_NUMBER:
    case VWW_RECIPE_OPTIONAL:
        return set_number(field, value, member, error);
    case VWW_RECIPE_NUMBERS:
        return set_numbers(field, value, member, error);
    case VWW_RECIPE_FLAG:
        return set_flag(field, value, member, error);
    case VWW_RECIPE_CHOICE:
        return set_choice(field, value, member, error);
    }
    return VWW_ERROR_ARGUMENT;
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
    if (strcmp(recipe->schedule, "steps") == 0) {
        size_t passed = 0;
        while (passed < recipe->schedule_steps.count &&
               epochs >= recipe->schedule_steps.values[passed])
            passed++;
        return largest * pow(recipe->schedule_decay, (double)passed);
    }
    return largest * pow(recipe->schedule_decay, floor(epochs));
}
