/* People: a skeleton in a pose, dressed. */
#ifndef VWW_DATASET_SYNTH_FIGURE_H
#define VWW_DATASET_SYNTH_FIGURE_H

#include "dataset/synth_pen.h"

enum vww_pose {
    VWW_POSE_STANDING,
    VWW_POSE_RELAXED, /* weight on one leg, a hand on the hip */
    VWW_POSE_WALKING,
    VWW_POSE_RUNNING,
    VWW_POSE_ARMS_RAISED,
    VWW_POSE_WAVING,
    VWW_POSE_POINTING,
    VWW_POSE_PHONING,
    VWW_POSE_ARMS_CROSSED,
    VWW_POSE_HOLDING, /* both hands before the body: a phone, a tray */
    VWW_POSE_BENDING,
    VWW_POSE_CROUCHING,
    VWW_POSE_UPRIGHT_COUNT, /* the poses above stand on their own feet */
    VWW_POSE_SITTING = VWW_POSE_UPRIGHT_COUNT,
    VWW_POSE_SITTING_LEANING,
    VWW_POSE_RIDING, /* a bicycle */
    VWW_POSE_LYING,
    VWW_POSE_COUNT,
};

/* The name, for contact sheets. */
const char *vww_pose_name(enum vww_pose pose);

/* A person's height in metres and how the figure differs from another. */
struct vww_figure {
    float height;
    float head;   /* height of the head as a share of the height: 0.13 adult, 0.2 small child */
    float build;  /* width: 0.85 slim … 1.3 stout */
    float hips;   /* hip width relative to the shoulders' */
    float raised; /* metres by which the lowest point stands above the ground */
    bool carries; /* may carry a bag or an umbrella, annotated on their own */
};

struct vww_figure vww_figure_adult(struct vww_random *random);
struct vww_figure vww_figure_child(struct vww_random *random);

/* Draw a figure at the pen's place, facing the camera where the pen is not turned, as a new person
 * unless pen->owner is a crowd's (own: false). Clothes, skin and hair come from the pen's random
 * numbers. */
void vww_figure_draw(struct vww_pen *pen, const struct vww_figure *figure, enum vww_pose pose,
                     bool own);

#endif
