/* What makes a network from its statements: description.c runs them, with description_names.c,
 * description_layer.c and description_directive.c. */
#ifndef VWW_MODEL_DESCRIPTION_MAKER_H
#define VWW_MODEL_DESCRIPTION_MAKER_H

#include "model/builder.h"
#include "model/description.h"

#define VWW_MAKER_NUMBERS 64 /* at most, by name, in one place */

struct vww_number {
    struct vww_word name;
    int64_t value;
};

struct vww_numbers {
    struct vww_number items[VWW_MAKER_NUMBERS];
    int32_t count;
};

/* A layer, or an instance of a block, by its full name. */
struct vww_named {
    char name[VWW_NAME_MAX];
    int32_t tensor; /* its first output */
    int32_t parts;  /* outputs: "name:1" is the second */
    int32_t line;
};

struct vww_maker {
    struct vww_script *script;
    struct vww_builder builder;
    const struct vww_description_options *options;
    struct vww_numbers constants; /* of let, and classes */
    struct vww_named *names;
    size_t name_capacity;
    int32_t name_count;
    char input_name[VWW_NAME_MAX];
    int32_t depth; /* of blocks within blocks */
};

/* Where a statement stands: at the top, or in one instance of a block. */
struct vww_scope {
    const struct vww_statements *statements;
    int32_t index;                 /* of the statement being made */
    char prefix[VWW_NAME_MAX];     /* "b3_", or empty */
    struct vww_numbers parameters; /* of the block, with $in */
    int32_t input, previous;       /* tensors */
    int32_t blocks_known;          /* the blocks before this line */
};

/* --- description_names.c --- */

/* Give a number a name; a name has one value in one place. */
vww_status vww_maker_define(struct vww_maker *maker, struct vww_numbers *numbers,
                            const struct vww_word *name, int64_t value);
/* The expression that makes up the whole word; low <= value <= high. */
vww_status vww_maker_evaluate(const struct vww_maker *maker, const struct vww_scope *scope,
                              const struct vww_word *word, int64_t low, int64_t high,
                              int64_t *value);
/* At most `most` expressions joined by `separator`, each from low on; *found: how many. */
vww_status vww_maker_evaluate_list(const struct vww_maker *maker, const struct vww_scope *scope,
                                   const struct vww_word *word, char separator, int64_t low,
                                   int32_t most, int64_t *values, int32_t *found);
vww_status vww_maker_real(const struct vww_maker *maker, const struct vww_word *word, double low,
                          double high, float *value);

/* Give a tensor a layer's name; at: where the text does. */
vww_status vww_maker_add_name(struct vww_maker *maker, const struct vww_word *at, const char *name,
                              int32_t tensor, int32_t parts);
/* The tensor of "name" or "name:part". Inside a block, its own layers and `input`. */
vww_status vww_maker_find_tensor(struct vww_maker *maker, const struct vww_scope *scope,
                                 const struct vww_word *reference, int32_t *tensor);

/* --- description_layer.c --- */

struct vww_layer_kind;
/* NULL: no layer is called that. */
const struct vww_layer_kind *vww_layer_kind_find(const struct vww_word *word);
/* The names of the kinds; how many. */
size_t vww_layer_kind_names(const char **names, size_t most);
/* Append the layer; it becomes the scope's previous one, and gets the full name `name`. */
vww_status vww_maker_layer(struct vww_maker *maker, struct vww_scope *scope,
                           const struct vww_layer_kind *kind, const struct vww_statement *statement,
                           const char *name);

/* --- description_directive.c --- */

vww_status vww_maker_directive(struct vww_maker *maker, struct vww_scope *scope,
                               const struct vww_statement *statement);

#endif
