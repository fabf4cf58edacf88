/* What stands in rooms. Things face -z of their own frame. */
#include "dataset/synth_palette.h"
#include "dataset/synth_thing.h"

#include <math.h>

static struct vww_paint wood(struct vww_pen *pen, struct vww_colour colour)
{
    struct vww_paint paint = vww_paint_plain(colour);
    paint.texture = vww_pen_texture(pen, VWW_TEXTURE_NOISE, 0.16f, 2.5f, 0.3f);
    return paint;
}

static struct vww_paint fabric(struct vww_pen *pen, struct vww_colour colour)
{
    struct vww_paint paint =
        vww_paint_down(vww_colour_scale(colour, 1.06f), vww_colour_scale(colour, 0.85f));
    const enum vww_texture_kind pattern = vww_palette_pattern(pen->random);
    paint.texture = vww_pen_texture(pen, pattern, 0.16f, 0.16f, 0.16f);
    return paint;
}

static void block(struct vww_pen *pen, struct vww_paint paint, float x0, float y0, float z0,
                  float x1, float y1, float z1)
{
    vww_pen_block(pen, paint, (struct vww_vector){x0, y0, z0}, (struct vww_vector){x1, y1, z1});
}

static void leg(struct vww_pen *pen, struct vww_paint paint, float x, float z, float top,
                float thick)
{
    block(pen, paint, x - thick, 0, z - thick, x + thick, top, z + thick);
}

/* The parts of a chair in the order in which they cover each other. */
static void draw_chair(struct vww_pen *pen, bool jacket)
{
    vww_pen_own(pen, VWW_CATEGORY_CHAIR);
    const struct vww_colour colour =
        vww_pen_chance(pen, 0.6f) ? vww_palette_wood(pen->random) : vww_palette_cloth(pen->random);
    const struct vww_paint frame = wood(pen, colour);
    const struct vww_paint seat =
        fabric(pen, vww_pen_chance(pen, 0.5f) ? colour : vww_palette_cloth(pen->random));
    const float high = vww_pen_between(pen, 0.82f, 1.1f), w = 0.22f;
    const bool slats = vww_pen_chance(pen, 0.6f), away = pen->cosine < 0;
    vww_pen_shadow(pen, 0.5f, 0.5f, 0.7f);
    for (int part = 0; part < 2; part++) {
        if ((part == 0) == away) {
            leg(pen, frame, -w + 0.02f, -0.2f, 0.43f, 0.02f);
            leg(pen, frame, w - 0.02f, -0.2f, 0.43f, 0.02f);
            block(pen, seat, -w, 0.42f, -0.22f, w, 0.48f, 0.2f);
        } else {
            leg(pen, frame, -w + 0.02f, 0.2f, high, 0.02f);
            leg(pen, frame, w - 0.02f, 0.2f, high, 0.02f);
            if (slats)
                for (int i = 0; i < 3; i++)
                    block(pen, frame, -w, high - 0.1f - 0.15f * (float)i, 0.19f, w,
                          high - 0.02f - 0.15f * (float)i, 0.22f);
            else
                block(pen, seat, -w, 0.55f, 0.18f, w, high, 0.23f);
            if (jacket)
                vww_draw_garment(pen, 0, high + 0.03f, away ? 0.24f : 0.16f,
                                 vww_pen_between(pen, 0.5f, 0.75f));
        }
    }
}

void vww_draw_chair(struct vww_pen *pen)
{
    draw_chair(pen, false);
}

void vww_draw_jacket_chair(struct vww_pen *pen)
{
    draw_chair(pen, true);
}

void vww_draw_couch(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_COUCH);
    const struct vww_paint paint = fabric(pen, vww_palette_cloth(pen->random));
    const float half = vww_pen_between(pen, 0.7f, 1.1f);
    vww_pen_shadow(pen, 2 * half + 0.4f, 0.9f, 0.4f);
    block(pen, paint, -half, 0.1f, 0.25f, half, 0.85f, 0.45f);
    block(pen, paint, -half, 0.08f, -0.4f, half, 0.42f, 0.25f);
    struct vww_paint cushion = paint;
    cushion.colour = vww_colour_scale(cushion.colour, 1.1f);
    const int seats = half > 0.9f ? 3 : 2;
    for (int i = 0; i < seats; i++) {
        const float x0 = -half + 2 * half * (float)i / (float)seats + 0.02f;
        const float x1 = -half + 2 * half * (float)(i + 1) / (float)seats - 0.02f;
        block(pen, cushion, x0, 0.46f, 0.15f, x1, 0.82f, 0.26f);
        block(pen, cushion, x0, 0.4f, -0.42f, x1, 0.5f, 0.16f);
    }
    for (int side = -1; side <= 1; side += 2) {
        const float x = (float)side * (half + 0.09f);
        block(pen, paint, x - 0.1f, 0.05f, -0.42f, x + 0.1f, 0.6f, 0.45f);
    }
    if (vww_pen_chance(pen, 0.6f)) {
        const struct vww_paint pillow = fabric(pen, vww_palette_vivid(pen->random));
        const float x = vww_pen_between(pen, -0.6f, 0.6f) * half;
        vww_pen_curve(
            pen, pillow, 0,
            VWW_POINTS({x - 0.2f, 0.52f}, {x - 0.17f, 0.82f}, {x + 0.2f, 0.8f}, {x + 0.19f, 0.5f}));
    }
}

void vww_draw_bed(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_BED);
    const float half = vww_pen_chance(pen, 0.5f) ? 0.5f : 0.85f;
    const struct vww_paint frame = wood(pen, vww_palette_wood(pen->random));
    const struct vww_paint sheet = fabric(pen, vww_palette_wall(pen->random)),
                           blanket = fabric(pen, vww_palette_cloth(pen->random));
    vww_pen_shadow(pen, 2 * half + 0.2f, 2, 0.3f);
    block(pen, frame, -half - 0.05f, 0, 1, half + 0.05f, 1.0f, 1.06f);
    block(pen, frame, -half, 0.08f, -1, half, 0.3f, 1);
    block(pen, sheet, -half, 0.3f, -1, half, 0.5f, 1);
    for (int i = 0; i < (half > 0.6f ? 2 : 1); i++) {
        const float x = half > 0.6f ? -0.4f + 0.8f * (float)i : 0;
        block(pen, sheet, x - 0.32f, 0.5f, 0.55f, x + 0.32f, 0.63f, 0.95f);
    }
    block(pen, blanket, -half - 0.02f, 0.28f, -1.02f, half + 0.02f, 0.54f, 0.45f);
}

void vww_draw_table(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_DINING_TABLE);
    const struct vww_paint paint = wood(pen, vww_palette_wood(pen->random));
    const float w = vww_pen_between(pen, 0.5f, 1.0f), d = 0.4f;
    vww_pen_shadow(pen, 2 * w, 2 * d, 0.4f);
    for (int back = 1; back >= -1; back -= 2)
        for (int side = -1; side <= 1; side += 2)
            leg(pen, paint, (float)side * (w - 0.06f), (float)back * (d - 0.06f), 0.72f, 0.03f);
    block(pen, paint, -w, 0.7f, -d, w, 0.75f, d);
}

void vww_draw_shelf(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const struct vww_colour colour = vww_palette_wood(pen->random);
    const float half = vww_pen_between(pen, 0.35f, 0.7f), top = vww_pen_between(pen, 1.0f, 2.1f);
    vww_pen_shadow(pen, 2 * half, 0.4f, 0.5f);
    block(pen, wood(pen, colour), -half, 0, -0.15f, half, top, 0.15f);
    for (float y = 0.08f; y + 0.35f < top; y += 0.4f) {
        vww_pen_box(pen, vww_paint_plain(vww_colour_scale(colour, 0.45f)), -0.15f, -half + 0.04f, y,
                    half - 0.04f, y + 0.35f);
        for (float x = -half + 0.06f; x < half - 0.1f;) {
            const float thick = vww_pen_between(pen, 0.025f, 0.06f);
            if (vww_pen_chance(pen, 0.8f))
                vww_pen_box(pen, vww_pen_round(pen, vww_palette_cloth(pen->random)), -0.15f, x, y,
                            x + thick, y + vww_pen_between(pen, 0.2f, 0.31f));
            x += thick + 0.004f;
        }
    }
}

void vww_draw_refrigerator(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_REFRIGERATOR);
    const struct vww_colour colour = vww_palette_grey(pen->random, 0.6f, 0.97f),
                            dark = vww_colour_scale(colour, 0.45f);
    const float top = vww_pen_between(pen, 1.45f, 1.95f), split = vww_pen_between(pen, 0.5f, 1.2f);
    vww_pen_shadow(pen, 0.7f, 0.6f, 0.5f);
    block(pen, vww_paint_down(colour, vww_colour_scale(colour, 0.86f)), -0.33f, 0, -0.3f, 0.33f,
          top, 0.3f);
    vww_pen_box(pen, vww_paint_plain(dark), -0.3f, -0.33f, split, 0.33f, split + 0.015f);
    vww_pen_box(pen, vww_paint_plain(dark), -0.3f, -0.28f, split + 0.06f, -0.25f, split + 0.4f);
    vww_pen_box(pen, vww_paint_plain(dark), -0.3f, -0.28f, split - 0.4f, -0.25f, split - 0.06f);
}

void vww_draw_television(struct vww_pen *pen)
{
    const struct vww_paint stand = wood(pen, vww_palette_wood(pen->random));
    vww_pen_shadow(pen, 1.4f, 0.4f, 0.4f);
    pen->owner = VWW_OWNER_NONE;
    block(pen, stand, -0.7f, 0, -0.2f, 0.7f, 0.5f, 0.2f);
    vww_pen_own(pen, VWW_CATEGORY_TV);
    const struct vww_colour black = {0.04f, 0.04f, 0.045f};
    block(pen, vww_paint_plain(black), -0.15f, 0.5f, -0.05f, 0.15f, 0.58f, 0.05f);
    block(pen, vww_paint_plain(black), -0.55f, 0.56f, -0.03f, 0.55f, 1.2f, 0.03f);
    struct vww_paint screen = vww_paint_plain((struct vww_colour){0.08f, 0.09f, 0.11f});
    if (vww_pen_chance(pen, 0.5f)) {
        screen = vww_paint_down(vww_palette_vivid(pen->random), vww_palette_vivid(pen->random));
        screen.texture = vww_pen_texture(pen, VWW_TEXTURE_NOISE, 0.5f, 1.5f, 1.5f);
    } else {
        screen.end = (struct vww_colour){0.2f, 0.21f, 0.24f};
        screen.direction = (struct vww_point){0.7f, 0.7f};
    }
    vww_pen_box(pen, screen, -0.03f, -0.52f, 0.59f, 0.52f, 1.17f);
}

void vww_draw_floor_lamp(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const float top = vww_pen_between(pen, 1.3f, 1.8f);
    const struct vww_colour shade = vww_palette_wall(pen->random);
    const struct vww_paint pole = vww_paint_plain(vww_palette_grey(pen->random, 0.1f, 0.6f));
    const float lit = vww_pen_chance(pen, 0.5f) ? 1.5f : 0.9f;
    vww_pen_shadow(pen, 0.35f, 0.35f, 1.2f);
    vww_pen_patch(pen, pole, 0, 0, 0.16f, 0.16f);
    vww_pen_line(pen, pole, 0, 0, 0, 0, top, 0.03f);
    vww_pen_polygon(
        pen, vww_paint_down(vww_colour_scale(shade, lit), vww_colour_scale(shade, lit * 0.8f)), 0,
        VWW_POINTS({-0.13f, top + 0.02f}, {0.13f, top + 0.02f}, {0.24f, top - 0.3f},
                   {-0.24f, top - 0.3f}));
}

/* --- garments without a person ---------------------------------------------------------------- */

void vww_draw_garment(struct vww_pen *pen, float x, float y, float z, float length)
{
    const struct vww_colour colour = vww_palette_cloth(pen->random);
    const float w = vww_pen_between(pen, 0.17f, 0.23f), sleeve = vww_pen_between(pen, 0.35f, 0.6f);
    struct vww_paint paint = vww_pen_round(pen, colour);
    const enum vww_texture_kind pattern = vww_palette_pattern(pen->random);
    const float unit = pattern == VWW_TEXTURE_NOISE ? 0.6f : 0.09f;
    paint.texture = vww_pen_texture(pen, pattern, 0.22f, unit, unit);
    for (int side = -1; side <= 1; side += 2) {
        const float s = (float)side, out = vww_pen_between(pen, 0.02f, 0.14f);
        vww_pen_curve(pen, paint, z,
                      VWW_POINTS({x + s * (w - 0.04f), y}, {x + s * (w + 0.05f), y - 0.07f},
                                 {x + s * (w + out + 0.05f), y - sleeve},
                                 {x + s * (w + out - 0.06f), y - sleeve},
                                 {x + s * (w - 0.06f), y - 0.2f}));
    }
    vww_pen_curve(pen, paint, z,
                  VWW_POINTS({x - 0.06f, y + 0.05f}, {x + 0.06f, y + 0.05f}, {x + w, y - 0.03f},
                             {x + w - 0.01f, y - 0.4f * length}, {x + w + 0.02f, y - length},
                             {x - w - 0.02f, y - length}, {x - w + 0.01f, y - 0.4f * length},
                             {x - w, y - 0.03f}));
    const struct vww_paint seam = vww_paint_plain(vww_colour_scale(colour, 0.6f));
    vww_pen_line(pen, seam, z, x, y + 0.02f, x, y - length, 0.012f);
    vww_pen_polygon(pen, seam, z,
                    VWW_POINTS({x - 0.06f, y + 0.05f}, {x + 0.06f, y + 0.05f}, {x, y - 0.12f}));
}

void vww_draw_coat_rack(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const struct vww_paint pole = wood(pen, vww_palette_wood(pen->random));
    const float top = vww_pen_between(pen, 1.5f, 1.8f);
    vww_pen_shadow(pen, 0.5f, 0.5f, 1.5f);
    for (int side = -1; side <= 1; side += 2) {
        vww_pen_line(pen, pole, 0, 0, 0.25f, (float)side * 0.26f, 0, 0.035f);
        vww_pen_line(pen, pole, 0, 0, top - 0.12f, (float)side * 0.2f, top, 0.025f);
    }
    vww_pen_line(pen, pole, 0, 0, 0, 0, top, 0.045f);
    const int garments = 1 + vww_pen_choose(pen, 3);
    for (int i = 0; i < garments; i++)
        vww_draw_garment(pen, vww_pen_between(pen, -0.12f, 0.12f), top - 0.1f, -0.02f,
                         vww_pen_between(pen, 0.6f, 1.15f));
    if (vww_pen_chance(pen, 0.6f)) {
        /* a hat on top */
        const struct vww_colour felt = vww_palette_cloth(pen->random);
        vww_pen_ellipse(pen, vww_pen_round(pen, felt), -0.03f, 0, top + 0.05f, 0.1f, 0.11f);
        vww_pen_ellipse(pen, vww_paint_plain(vww_colour_scale(felt, 0.8f)), -0.03f, 0, top, 0.18f,
                        0.035f);
    }
}

/* A tailor's dummy: a dressed trunk on a pole, without head, arms or legs. */
void vww_draw_dress_form(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const struct vww_paint pole = vww_paint_plain(vww_palette_grey(pen->random, 0.1f, 0.4f));
    const struct vww_colour colour =
        vww_pen_chance(pen, 0.5f) ? vww_palette_wall(pen->random) : vww_palette_cloth(pen->random);
    const float y = vww_pen_between(pen, 0.75f, 0.95f);
    vww_pen_shadow(pen, 0.4f, 0.4f, 1.4f);
    vww_pen_patch(pen, pole, 0, 0, 0.2f, 0.2f);
    vww_pen_line(pen, pole, 0, 0, 0, 0, y, 0.04f);
    struct vww_paint paint = vww_pen_round(pen, colour);
    paint.texture = vww_pen_texture(pen, vww_palette_pattern(pen->random), 0.2f, 0.1f, 0.1f);
    vww_pen_curve(pen, paint, 0,
                  VWW_POINTS({-0.06f, y + 0.68f}, {0.06f, y + 0.68f}, {0.2f, y + 0.58f},
                             {0.15f, y + 0.25f}, {0.21f, y}, {-0.21f, y}, {-0.15f, y + 0.25f},
                             {-0.2f, y + 0.58f}));
    vww_pen_ellipse(pen, pole, 0, 0, y + 0.7f, 0.05f, 0.04f);
}
