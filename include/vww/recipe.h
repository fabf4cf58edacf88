/* Recipes: everything that decides a training's result besides the data, the graph and its first
 * weights. A recipe is a text (docs/recipes.md); vww carries some of them. */
#ifndef VWW_RECIPE_H
#define VWW_RECIPE_H

#include "vww/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VWW_RECIPE_NAME_MAX 48
#define VWW_RECIPE_STEPS_MAX 8

struct vww_recipe_numbers {
    size_t count;
    double values[VWW_RECIPE_STEPS_MAX];
};

/* Numbers whose default depends on others are NaN until vww_recipe_resolve. */
struct vww_recipe {
    int64_t epochs, batch, seed;
    const char *optimizer; /* a name of vww_recipe_fields' choices */
    double learning_rate;  /* the first, or after warm-up the largest */
    double momentum;       /* adam, adamw: decay of the mean gradient */
    double gradient_decay; /* rmsprop, adam, adamw: decay of the mean squared gradient */
    double epsilon;        /* rmsprop: under the root; adam, adamw: beside it */
    double weight_decay;   /* of convolution and classifier weights; not of depthwise ones, batch
                            * norm and biases */
    const char *schedule;  /* "exponential", "cosine", "steps" */
    double schedule_decay; /* exponential: factor for each epoch; steps: for each step */
    double schedule_end;   /* cosine: the last learning rate as a share of the largest */
    struct vww_recipe_numbers schedule_steps; /* steps: after so many epochs each */
    double warmup_epochs;                     /* linear from 0 */
    double label_smoothing;                   /* 0 … 1 */
    double distill; /* with a teacher: its share of the targets; NaN: 0.5, without one nothing */
    double mixup, cutmix; /* alpha of the Beta distribution of the mixing ratio; 0: none */
    double batch_norm_decay;
    double average_decay; /* moving average of the weights, used for evaluation; 0: none */
    bool balance;         /* every class equally often */
    /* Augmentation: the members of struct vww_augmentation (vww/loader.h). */
    bool crop, relabel, flip, colour;
    double crop_area_least, crop_aspect_most, brightness, contrast, saturation;
    double rotation, shift, zoom;
    bool quantize_aware;
    int64_t calibration_batches; /* quantize_aware: to find first ranges, before the first step */
    double range_decay;          /* quantize_aware: of the activations' ranges */
    int64_t chunks; /* that a batch is cut into, a multiple of the number of ranks; a different
                     * number sums in a different order */
    bool async;     /* several ranks: each takes whole batches and changes the common weights
                     * without waiting for the others */
    const char *batch_norm; /* several ranks: "synchronized", by the whole batch; "local", by the
                             * images of each rank */
    const char *precision;  /* of stored activations and their gradients: "float32", "bf16" */
};

/* The recipe's members as a table: recipe texts and config.json have their names as keys, the
 * command line as options. */
enum vww_recipe_kind {
    VWW_RECIPE_INTEGER,  /* int64_t */
    VWW_RECIPE_NUMBER,   /* double */
    VWW_RECIPE_OPTIONAL, /* double; NaN, also once resolved, where it is left out */
    VWW_RECIPE_NUMBERS,  /* struct vww_recipe_numbers, ascending */
    VWW_RECIPE_FLAG,     /* bool */
    VWW_RECIPE_CHOICE,   /* const char *, one of `choices`, which it points to a static copy of */
};

struct vww_recipe_field {
    const char *name; /* "learning_rate" */
    enum vww_recipe_kind kind;
    size_t offset;       /* in struct vww_recipe */
    double low, high;    /* INTEGER, NUMBER, NUMBERS: allowed values */
    const char *choices; /* CHOICE: "rmsprop|sgd|adamw" */
    const char *help;
};

const struct vww_recipe_field *vww_recipe_fields(size_t *count);

/* The defaults; NaN where they depend on others. */
void vww_recipe_init(struct vww_recipe *recipe);
/* Change the member of that name ('-' counts as '_') to what the text says: a number, numbers with
 * spaces or commas between them, "yes" or "no", a choice. On an error, which names the member, the
 * recipe is as before. */
vww_status vww_recipe_set(struct vww_recipe *recipe, const char *name, const char *value,
                          struct vww_error *error);
/* Fill in what is NaN, and check. */
vww_status vww_recipe_resolve(struct vww_recipe *recipe, struct vww_error *error);

/* The learning rate `epochs` epochs (with fraction) after the start, by a resolved recipe. */
double vww_recipe_learning_rate(const struct vww_recipe *recipe, double epochs);

/* --- texts */

/* What a recipe's text says of itself. */
struct vww_recipe_title {
    char name[VWW_RECIPE_NAME_MAX];
    char about[160];
};

/* Read a text: `key value` lines, '#' begins a comment; lines after "[quantize-aware]" count only
 * where quantize_aware is asked for, which also sets that member. What the text leaves out has its
 * default; the recipe is not resolved. file: for messages, which give line and column. title: or
 * NULL. */
vww_status vww_recipe_parse(const char *text, size_t bytes, const char *file, bool quantize_aware,
                            struct vww_recipe *recipe, struct vww_recipe_title *title,
                            struct vww_error *error);
/* The preset of this name, or else the text file of this path. */
vww_status vww_recipe_read(const char *name, bool quantize_aware, struct vww_recipe *recipe,
                           struct vww_recipe_title *title, struct vww_error *error);
/* The recipe as a text that vww_recipe_parse reads again to the same recipe: every member that is
 * not NaN, with its help as a comment. Release with vww_recipe_free. */
vww_status vww_recipe_write(const struct vww_recipe *recipe, const struct vww_recipe_title *title,
                            char **text, struct vww_error *error);
void vww_recipe_free(char *text);

/* The recipes that vww carries, as texts. */
struct vww_recipe_preset {
    const char *name, *text;
};
const struct vww_recipe_preset *vww_recipe_presets(size_t *count);

#endif
