/* Trees, bushes and pot plants. */
#include "dataset/synth_palette.h"
#include "dataset/synth_thing.h"

#include <math.h>

static struct vww_paint leaves(struct vww_pen *pen, struct vww_colour colour)
{
    struct vww_paint paint = vww_pen_round(pen, colour);
    paint.texture = vww_pen_texture(pen, VWW_TEXTURE_LEAVES, 0.4f, 5, 5);
    return paint;
}

static struct vww_paint bark(struct vww_pen *pen)
{
    const struct vww_colour colour = vww_colour_mix(vww_palette_wood(pen->random),
                                                    (struct vww_colour){0.3f, 0.28f, 0.26f}, 0.6f);
    struct vww_paint paint = vww_paint_plain(vww_colour_scale(colour, 1.1f));
    paint.end = vww_colour_scale(colour, 0.55f);
    paint.direction = (struct vww_point){pen->light->towards.x > 0 ? -1 : 1, 0};
    paint.texture = vww_pen_texture(pen, VWW_TEXTURE_LEAVES, 0.3f, 1, 4);
    return paint;
}

/* A crown of several tufts around (x, y): the lower and darker ones first. */
static void crown(struct vww_pen *pen, struct vww_colour colour, float x, float y, float radius_x,
                  float radius_y, int tufts)
{
    for (int i = 0; i < tufts; i++) {
        const float height = tufts > 1 ? (float)i / (float)(tufts - 1) : 0.5f;
        const float angle = vww_pen_between(pen, 0, 6.2832f), r = vww_pen_between(pen, 0, 0.6f);
        const struct vww_colour tone =
            vww_colour_scale(colour, 0.72f + 0.4f * height + vww_pen_between(pen, -0.06f, 0.06f));
        vww_pen_ragged(pen, leaves(pen, tone), 0, x + radius_x * r * cosf(angle),
                       y + radius_y * (1.1f * height - 0.55f),
                       radius_x * vww_pen_between(pen, 0.45f, 0.65f),
                       radius_y * vww_pen_between(pen, 0.38f, 0.55f), 0.14f);
    }
}

static void trunk(struct vww_pen *pen, struct vww_paint paint, float height, float radius)
{
    const float lean = vww_pen_between(pen, -0.05f, 0.05f) * height;
    vww_pen_curve(pen, paint, 0,
                  VWW_POINTS({-1.5f * radius, -0.05f}, {-radius, 0.12f * height},
                             {lean - 0.7f * radius, height}, {lean + 0.7f * radius, height},
                             {radius, 0.12f * height}, {1.5f * radius, -0.05f}));
}

void vww_draw_tree(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    pen->size = vww_pen_between(pen, 0.7f, 1.4f);
    const float stem = vww_pen_between(pen, 1.6f, 3.2f), wide = vww_pen_between(pen, 1.5f, 2.6f);
    const float high = vww_pen_between(pen, 1.4f, 2.4f),
                radius = vww_pen_between(pen, 0.13f, 0.32f);
    const struct vww_colour colour = vww_palette_leaf(pen->random);
    const struct vww_paint paint = bark(pen);
    vww_pen_shadow(pen, 2 * wide, wide, stem + high);
    trunk(pen, paint, stem + 0.6f * high, radius);
    for (int side = -1; side <= 1; side += 2)
        vww_pen_line(pen, paint, 0, 0, stem, (float)side * 0.5f * wide, stem + 0.8f * high,
                     0.7f * radius);
    crown(pen, colour, 0, stem + high, wide, high, 9);
}

/* A trunk of a person's width with a round head of leaves, not much taller than a person. */
void vww_draw_young_tree(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const float stem = vww_pen_between(pen, 0.9f, 1.5f), wide = vww_pen_between(pen, 0.25f, 0.55f);
    vww_pen_shadow(pen, 0.5f, 0.3f, 1.8f);
    trunk(pen, bark(pen), stem + wide * 0.5f, vww_pen_between(pen, 0.05f, 0.12f));
    crown(pen, vww_palette_leaf(pen->random), 0, stem + wide, wide,
          wide * vww_pen_between(pen, 0.8f, 1.4f), 5);
}

void vww_draw_conifer(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    pen->size = vww_pen_between(pen, 0.4f, 1.5f);
    const struct vww_colour colour = vww_colour_scale(vww_palette_leaf(pen->random), 0.7f);
    vww_pen_shadow(pen, 2.4f, 1, 4);
    trunk(pen, bark(pen), 1.2f, 0.14f);
    for (int tier = 0; tier < 5; tier++) {
        const float t = (float)tier, base = 0.6f + 0.8f * t, half = 1.45f - 0.26f * t;
        const struct vww_paint paint = leaves(pen, vww_colour_scale(colour, 0.8f + 0.09f * t));
        vww_pen_polygon(pen, paint, 0,
                        VWW_POINTS({-half, base}, {-0.55f * half, base + 0.12f},
                                   {-0.2f * half, base - 0.06f}, {0.25f * half, base + 0.1f},
                                   {0.6f * half, base - 0.05f}, {half, base + 0.04f},
                                   {0.05f, base + 1.5f}, {-0.05f, base + 1.5f}));
    }
}

void vww_draw_palm(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    pen->size = vww_pen_between(pen, 0.6f, 1.2f);
    const float lean = vww_pen_between(pen, -1, 1), top = vww_pen_between(pen, 3.5f, 5);
    const struct vww_colour colour = vww_palette_leaf(pen->random);
    vww_pen_shadow(pen, 0.6f, 0.4f, 3);
    vww_pen_curve(pen, bark(pen), 0,
                  VWW_POINTS({-0.22f, 0}, {0.3f * lean - 0.16f, 0.5f * top}, {lean - 0.12f, top},
                             {lean + 0.12f, top}, {0.3f * lean + 0.16f, 0.5f * top}, {0.22f, 0}));
    for (int i = 0; i < 9; i++) {
        const float angle = 0.35f * (float)i - 1.4f + vww_pen_between(pen, -0.15f, 0.15f);
        const float x = lean + 1.7f * sinf(angle), y = top + 0.9f * cosf(angle) - 0.5f;
        const float mx = lean + 0.9f * sinf(angle), my = top + 0.9f * cosf(angle) + 0.25f;
        const struct vww_colour tone = vww_colour_scale(colour, vww_pen_between(pen, 0.7f, 1.2f));
        vww_pen_curve(
            pen, leaves(pen, tone), 0,
            VWW_POINTS({lean, top}, {mx - 0.08f, my + 0.1f}, {x, y}, {mx + 0.05f, my - 0.22f}));
    }
}

void vww_draw_stump(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const float height = vww_pen_between(pen, 0.4f, 1.7f),
                radius = vww_pen_between(pen, 0.12f, 0.25f);
    const struct vww_paint paint = bark(pen);
    vww_pen_shadow(pen, 2.5f * radius, 0.4f, height);
    trunk(pen, paint, height, radius);
    if (height > 1)
        for (int side = -1; side <= 1; side += 2)
            vww_pen_line(pen, paint, 0, 0, vww_pen_between(pen, 0.6f, 0.9f) * height,
                         (float)side * vww_pen_between(pen, 0.3f, 0.7f),
                         height * vww_pen_between(pen, 0.8f, 1.2f), 0.6f * radius);
}

void vww_draw_bush(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const float wide = vww_pen_between(pen, 0.5f, 1.3f), high = vww_pen_between(pen, 0.35f, 0.75f);
    vww_pen_shadow(pen, 2 * wide, wide, high);
    crown(pen, vww_palette_leaf(pen->random), 0, high, wide, high, 6);
    if (vww_pen_chance(pen, 0.35f)) {
        const struct vww_paint petals = vww_paint_plain(vww_palette_vivid(pen->random));
        for (int i = 0; i < 10; i++)
            vww_pen_ellipse(pen, petals, 0, vww_pen_between(pen, -0.7f, 0.7f) * wide,
                            vww_pen_between(pen, 0.5f, 1.5f) * high, 0.05f, 0.05f);
    }
}

void vww_draw_potted_plant(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_POTTED_PLANT);
    pen->size = vww_pen_between(pen, 0.6f, 1.5f);
    const struct vww_colour pot = vww_pen_chance(pen, 0.5f)
                                      ? (struct vww_colour){0.62f, 0.27f, 0.22f}
                                      : vww_palette_wall(pen->random);
    const struct vww_colour green = vww_palette_leaf(pen->random);
    vww_pen_shadow(pen, 0.4f, 0.3f, 0.8f);
    if (vww_pen_chance(pen, 0.5f)) {
        /* long leaves from the middle */
        for (int i = 0; i < 11; i++) {
            const float angle = 0.25f * (float)i - 1.25f + vww_pen_between(pen, -0.1f, 0.1f);
            const float length = vww_pen_between(pen, 0.45f, 0.8f);
            const float x = length * sinf(angle), y = 0.32f + length * cosf(angle);
            vww_pen_curve(
                pen, leaves(pen, vww_colour_scale(green, vww_pen_between(pen, 0.75f, 1.25f))), 0,
                VWW_POINTS({0, 0.3f}, {0.5f * x - 0.06f * cosf(angle), 0.3f + 0.55f * (y - 0.3f)},
                           {x, y}, {0.5f * x + 0.06f * cosf(angle), 0.3f + 0.5f * (y - 0.3f)}));
        }
    } else {
        vww_pen_line(pen, bark(pen), 0, 0, 0.3f, 0, 0.75f, 0.035f);
        crown(pen, green, 0, 0.75f, 0.32f, 0.35f, 6);
    }
    vww_pen_polygon(pen, vww_pen_round(pen, pot), 0,
                    VWW_POINTS({-0.19f, 0.34f}, {0.19f, 0.34f}, {0.14f, 0}, {-0.14f, 0}));
    vww_pen_box(pen, vww_pen_round(pen, vww_colour_scale(pot, 1.08f)), 0, -0.21f, 0.3f, 0.21f,
                0.37f);
}
