#include "vww/label.h"
#include "vww/text.h"

#include <string.h>

/* Sources: the paper; the builders of tensorflow/models (research/slim); pyvww; the scripts that
 * made MLPerf Tiny's data and those of its first draft (parse_coco.py). docs/dataset.md compares
 * them. */
static const struct vww_label_preset presets[] = {
    {.policy = {.name = "paper",
                .area = VWW_AREA_BOX,
                .comparison = VWW_COMPARISON_GT,
                .small_object_area_threshold = 0.005,
                .foreground_class = "person"},
     .summary = "the text of the paper: a box over 0.5 % of the image"},
    {.policy = {.name = "tf",
                .area = VWW_AREA_MASK,
                .comparison = VWW_COMPARISON_GT,
                .small_object_area_threshold = 0.005,
                .foreground_class = "person"},
     .summary = "TensorFlow's later builder: a mask over 0.5 %"},
    {.policy = {.name = "tf-2019a",
                .area = VWW_AREA_MASK,
                .comparison = VWW_COMPARISON_GE,
                .small_object_area_threshold = 0.005,
                .foreground_class = "person"},
     .summary = "TensorFlow's first builder: a mask of 0.5 % or more"},
    {.policy = {.name = "pyvww",
                .area = VWW_AREA_MASK,
                .comparison = VWW_COMPARISON_GT,
                .small_object_area_threshold = 0.005,
                .skip_unmeasured = true,
                .foreground_class = "person"},
     .summary = "the pyvww package: the labels of tf; annotations without an area do not count"},
    {.policy = {.name = "mlperf",
                .area = VWW_AREA_BOX,
                .comparison = VWW_COMPARISON_GT,
                .small_object_area_threshold = 0.025,
                .crowd = VWW_CROWD_IGNORE,
                .small_only = VWW_SMALL_ONLY_DROP,
                .foreground_class = "person"},
     .summary =
         "MLPerf Tiny: a box over 2.5 %; no crowds; images with small persons only are left out"},
    {.policy = {.name = "mlcommons-v0.1",
                .area = VWW_AREA_BOX,
                .comparison = VWW_COMPARISON_GE,
                .pixels = 128 * 128 / 5.0,
                .crowd = VWW_CROWD_REJECT,
                .small_only = VWW_SMALL_ONLY_DROP,
                .crop = 128,
                .balance = true,
                .foreground_class = "person"},
     .summary = "MLPerf Tiny's draft: a box of 3276.8 pixels that a square crop keeps; as many "
                "negatives"},
};
#define PRESET_COUNT (sizeof presets / sizeof presets[0])

const struct vww_label_preset *vww_label_presets(size_t *count)
{
    *count = PRESET_COUNT;
    return presets;
}

vww_status vww_label_policy_find(const char *name, struct vww_label_policy *policy,
                                 struct vww_error *error)
{
    const char *names[PRESET_COUNT];
    for (size_t i = 0; i < PRESET_COUNT; i++) {
        names[i] = presets[i].policy.name;
        if (strcmp(names[i], name) == 0) {
            *policy = presets[i].policy;
            return VWW_OK;
        }
    }
    char hint[256];
    vww_text_suggest(hint, sizeof hint, name, names, PRESET_COUNT);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no label policy is called %.100s", name);
    vww_error_remedy(error, "%s", hint);
    return VWW_ERROR_NOT_FOUND;
}

const char *vww_label_area_name(enum vww_label_area area)
{
    return area == VWW_AREA_BOX ? "box" : "mask";
}

const char *vww_label_comparison_name(enum vww_label_comparison comparison)
{
    return comparison == VWW_COMPARISON_GT ? "gt" : "ge";
}

const char *vww_label_crowd_name(enum vww_label_crowd crowd)
{
    return crowd == VWW_CROWD_COUNT ? "count" : crowd == VWW_CROWD_IGNORE ? "ignore" : "reject";
}

const char *vww_label_small_only_name(enum vww_label_small_only small_only)
{
    return small_only == VWW_SMALL_ONLY_NEGATIVE ? "negative" : "drop";
}
