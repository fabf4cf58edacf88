/* The recipes that vww carries. docs/recipes.md says where each comes from. */
#include "vww/recipe.h"

/* The int8 section of the recipes that train longer in float. */
#define FINE_TUNING                                                                                \
    "[quantize-aware]\n"                                                                           \
    "epochs 5\n"                                                                                   \
    "optimizer rmsprop\n"                                                                          \
    "learning_rate 1e-5\n"                                                                         \
    "weight_decay 4e-5\n"                                                                          \
    "schedule exponential\n"                                                                       \
    "schedule_decay 0.9\n"                                                                         \
    "warmup_epochs 0\n"                                                                            \
    "label_smoothing 0\n"                                                                          \
    "average_decay 0\n"

static const struct vww_recipe_preset presets[] = {
    {"paper", "vww-recipe 1\n"
              "name paper\n"
              "about The Visual Wake Words paper's, with slim's inception preprocessing\n"
              "\n"
              "epochs 160\n"
              "batch 96\n"
              "optimizer rmsprop\n"
              "momentum 0.9\n"
              "gradient_decay 0.9\n"
              "epsilon 1\n"
              "learning_rate 0.045\n"
              "schedule exponential\n"
              "schedule_decay 0.98\n"
              "weight_decay 4e-5\n"
              "batch_norm_decay 0.99\n"
              "crop yes\n"
              "crop_area_least 0.05\n"
              "crop_aspect_most 1.3333333333333333\n"
              "flip yes\n"
              "colour yes\n"
              "brightness 0.12549019607843137 # 32 of 255\n"
              "contrast 0\n"
              "saturation 0.5\n"
              "\n"
              "[quantize-aware]\n"
              "epochs 10\n"
              "learning_rate 1e-5\n"
              "schedule_decay 0.9\n"},
    {"mlperf", "vww-recipe 1\n"
               "name mlperf\n"
               "about MLPerf Tiny's: Adam in three steps, small turns, shifts and zooms\n"
               "\n"
               "epochs 50\n"
               "batch 32\n"
               "optimizer adam\n"
               "momentum 0.9\n"
               "gradient_decay 0.999\n"
               "epsilon 1e-7\n"
               "learning_rate 0.001\n"
               "schedule steps\n"
               "schedule_steps 20 30\n"
               "schedule_decay 0.5\n"
               "weight_decay 2e-4 # Keras's l2(1e-4), whose gradient is twice that\n"
               "batch_norm_decay 0.99\n"
               "crop no\n"
               "rotation 10\n"
               "shift 0.05\n"
               "zoom 0.1\n"
               "flip yes\n"
               "colour no\n"
               "\n"
               "[quantize-aware]\n"
               "epochs 10\n"
               "learning_rate 1e-5\n"
               "schedule exponential\n"
               "schedule_decay 0.9\n"},
    {"best", "vww-recipe 1\n"
             "name best\n"
             "about AdamW, cosine, averaged weights, balanced classes; then finish\n"
             "\n"
             "epochs 80\n"
             "batch 64\n"
             "optimizer adamw\n"
             "learning_rate 0.003\n"
             "weight_decay 0.02\n"
             "schedule cosine\n"
             "warmup_epochs 2\n"
             "label_smoothing 0.05\n"
             "average_decay 0.999\n"
             "balance yes\n"
             "crop yes\n"
             "crop_area_least 0.35\n"
             "flip yes\n"
             "colour yes\n"
             "\n" FINE_TUNING},
    {"finish", "vww-recipe 1\n"
               "name finish\n"
               "about From best's weights: a lower rate, crops nearer to the whole photograph\n"
               "\n"
               "epochs 23\n"
               "batch 64\n"
               "seed 2 # another order than best's\n"
               "optimizer adamw\n"
               "learning_rate 0.001\n"
               "weight_decay 0.02\n"
               "schedule cosine\n"
               "label_smoothing 0.05\n"
               "average_decay 0.999\n"
               "balance yes\n"
               "crop yes\n"
               "crop_area_least 0.6\n"
               "flip yes\n"
               "colour yes\n"
               "\n" FINE_TUNING},
};

const struct vww_recipe_preset *vww_recipe_presets(size_t *count)
{
    *count = sizeof presets / sizeof presets[0];
    return presets;
}
