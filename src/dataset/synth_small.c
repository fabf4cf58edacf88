/* Small things: on tables and on the floor. Their origin is where they stand. */
#include "dataset/synth_palette.h"
#include "dataset/synth_thing.h"

#include <math.h>

static void block(struct vww_pen *pen, struct vww_paint paint, float x0, float y0, float z0,
                  float x1, float y1, float z1)
{
    vww_pen_block(pen, paint, (struct vww_vector){x0, y0, z0}, (struct vww_vector){x1, y1, z1});
}

void vww_draw_bottle(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_BOTTLE);
    pen->size = vww_pen_between(pen, 0.8f, 1.2f);
    const struct vww_colour colour = vww_pen_chance(pen, 0.5f)
                                         ? (struct vww_colour){0.12f, 0.25f, 0.14f}
                                         : vww_palette_vivid(pen->random);
    vww_pen_curve(pen, vww_pen_round(pen, colour), 0,
                  VWW_POINTS({-0.04f, 0}, {-0.042f, 0.17f}, {-0.016f, 0.24f}, {-0.014f, 0.31f},
                             {0.014f, 0.31f}, {0.016f, 0.24f}, {0.042f, 0.17f}, {0.04f, 0}));
    vww_pen_box(pen, vww_paint_plain(vww_palette_wall(pen->random)), 0, -0.04f, 0.06f, 0.04f,
                0.14f);
    vww_pen_box(pen, vww_paint_plain(vww_palette_vivid(pen->random)), 0, -0.016f, 0.3f, 0.016f,
                0.33f);
}

void vww_draw_cup(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_CUP);
    const struct vww_colour colour = vww_palette_cloth(pen->random);
    const struct vww_paint paint = vww_pen_round(pen, colour);
    vww_pen_ring(pen, paint, 0, 0.045f, 0.05f, 0.03f, 0.01f);
    vww_pen_box(pen, paint, 0, -0.042f, 0, 0.042f, 0.1f);
    vww_pen_ellipse(pen, vww_paint_plain(vww_colour_scale(colour, 0.6f)), 0, 0, 0.1f, 0.042f,
                    0.012f);
}

void vww_draw_bowl(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_BOWL);
    const struct vww_colour colour = vww_palette_wall(pen->random);
    for (int i = 0; i < 5; i++)
        vww_pen_ellipse(pen, vww_pen_round(pen, vww_palette_vivid(pen->random)), 0,
                        -0.08f + 0.04f * (float)i, 0.1f + 0.02f * (float)(i % 2), 0.035f, 0.035f);
    vww_pen_curve(pen, vww_pen_round(pen, colour), 0,
                  VWW_POINTS({-0.14f, 0.1f}, {-0.1f, 0.02f}, {-0.04f, 0}, {0.04f, 0}, {0.1f, 0.02f},
                             {0.14f, 0.1f}, {0, 0.09f}));
}

void vww_draw_vase(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_VASE);
    pen->size = vww_pen_between(pen, 0.8f, 1.5f);
    const struct vww_paint stalk = vww_paint_plain(vww_palette_leaf(pen->random));
    const struct vww_colour petals = vww_palette_vivid(pen->random);
    for (int i = 0; i < 6; i++) {
        const float x = vww_pen_between(pen, -0.13f, 0.13f), y = vww_pen_between(pen, 0.33f, 0.48f);
        vww_pen_line(pen, stalk, 0, 0, 0.2f, x, y, 0.008f);
        vww_pen_ragged(
            pen, vww_pen_round(pen, vww_colour_scale(petals, vww_pen_between(pen, 0.8f, 1.1f))), 0,
            x, y, 0.045f, 0.042f, 0.25f);
    }
    vww_pen_curve(pen, vww_pen_round(pen, vww_palette_cloth(pen->random)), 0,
                  VWW_POINTS({-0.045f, 0}, {-0.085f, 0.1f}, {-0.04f, 0.2f}, {-0.05f, 0.24f},
                             {0.05f, 0.24f}, {0.04f, 0.2f}, {0.085f, 0.1f}, {0.045f, 0}));
}

void vww_draw_laptop(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_LAPTOP);
    const struct vww_colour colour = vww_palette_grey(pen->random, 0.15f, 0.75f);
    block(pen, vww_paint_plain(colour), -0.17f, 0, -0.12f, 0.17f, 0.02f, 0.1f);
    block(pen, vww_paint_plain(vww_colour_scale(colour, 0.8f)), -0.17f, 0.02f, 0.1f, 0.17f, 0.24f,
          0.115f);
    vww_pen_box(pen, vww_paint_down(vww_palette_vivid(pen->random), vww_palette_cloth(pen->random)),
                0.098f, -0.155f, 0.035f, 0.155f, 0.225f);
}

void vww_draw_books(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_BOOK);
    float y = 0;
    const int count = 1 + vww_pen_choose(pen, 4);
    for (int i = 0; i < count; i++) {
        const float thick = vww_pen_between(pen, 0.02f, 0.045f),
                    half = vww_pen_between(pen, 0.1f, 0.14f);
        block(pen, vww_paint_plain(vww_palette_cloth(pen->random)), -half, y, -0.09f, half,
              y + thick, 0.09f);
        y += thick;
    }
}

void vww_draw_suitcase(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_SUITCASE);
    const struct vww_colour colour = vww_palette_cloth(pen->random);
    const struct vww_paint dark = vww_paint_plain((struct vww_colour){0.1f, 0.1f, 0.1f});
    const float top = vww_pen_between(pen, 0.55f, 0.78f);
    vww_pen_shadow(pen, 0.5f, 0.3f, 0.7f);
    vww_pen_line(pen, dark, 0, -0.1f, top, -0.1f, top + 0.3f, 0.015f);
    vww_pen_line(pen, dark, 0, 0.1f, top, 0.1f, top + 0.3f, 0.015f);
    vww_pen_line(pen, dark, 0, -0.11f, top + 0.3f, 0.11f, top + 0.3f, 0.03f);
    block(pen, vww_paint_down(colour, vww_colour_scale(colour, 0.8f)), -0.22f, 0.05f, -0.12f, 0.22f,
          top, 0.12f);
    for (int i = -1; i <= 1; i++)
        vww_pen_box(pen, vww_paint_plain(vww_colour_scale(colour, 0.7f)), -0.12f,
                    0.11f * (float)i - 0.01f, 0.08f, 0.11f * (float)i + 0.01f, top - 0.04f);
}

void vww_draw_backpack(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_BACKPACK);
    const struct vww_colour colour = vww_palette_cloth(pen->random);
    vww_pen_shadow(pen, 0.4f, 0.3f, 0.5f);
    vww_pen_curve(pen, vww_pen_round(pen, colour), 0,
                  VWW_POINTS({-0.16f, 0}, {-0.18f, 0.3f}, {-0.1f, 0.48f}, {0.1f, 0.48f},
                             {0.18f, 0.3f}, {0.16f, 0}));
    vww_pen_curve(pen, vww_pen_round(pen, vww_colour_scale(colour, 0.8f)), 0,
                  VWW_POINTS({-0.11f, 0.03f}, {-0.12f, 0.2f}, {0.12f, 0.2f}, {0.11f, 0.03f}));
}
