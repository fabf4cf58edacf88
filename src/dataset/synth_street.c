/* What stands along streets, in gardens and on beaches. */
#include "dataset/synth_palette.h"
#include "dataset/synth_thing.h"

#include <math.h>

static const struct vww_colour steel = {0.45f, 0.46f, 0.48f}, iron = {0.12f, 0.13f, 0.14f},
                               signal_red = {0.8f, 0.1f, 0.09f}, white = {0.93f, 0.93f, 0.92f};

static void block(struct vww_pen *pen, struct vww_paint paint, float x0, float y0, float z0,
                  float x1, float y1, float z1)
{
    vww_pen_block(pen, paint, (struct vww_vector){x0, y0, z0}, (struct vww_vector){x1, y1, z1});
}

static void post(struct vww_pen *pen, struct vww_colour colour, float height, float width)
{
    struct vww_paint paint = vww_paint_plain(vww_colour_scale(colour, 1.2f));
    paint.end = vww_colour_scale(colour, 0.6f);
    paint.direction = (struct vww_point){pen->light->towards.x > 0 ? -1 : 1, 0};
    vww_pen_box(pen, paint, 0, -0.5f * width, 0, 0.5f * width, height);
}

void vww_draw_traffic_light(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const float top = vww_pen_between(pen, 2.2f, 3.4f);
    vww_pen_shadow(pen, 0.2f, 0.2f, top);
    post(pen, iron, top, 0.11f);
    vww_pen_own(pen, VWW_CATEGORY_TRAFFIC_LIGHT);
    block(pen, vww_paint_plain(iron), -0.17f, top, -0.1f, 0.17f, top + 0.95f, 0.1f);
    static const struct vww_colour lamps[] = {
        {1.2f, 0.15f, 0.1f}, {1.2f, 0.8f, 0.1f}, {0.15f, 1.1f, 0.45f}};
    const int lit = vww_pen_choose(pen, 3);
    for (int i = 0; i < 3; i++)
        vww_pen_ellipse(pen, vww_paint_plain(vww_colour_scale(lamps[i], i == lit ? 1 : 0.22f)),
                        -0.11f, 0, top + 0.78f - 0.3f * (float)i, 0.11f, 0.11f);
}

void vww_draw_fire_hydrant(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_FIRE_HYDRANT);
    pen->size = vww_pen_between(pen, 0.9f, 1.2f);
    const struct vww_colour colour = vww_pen_chance(pen, 0.6f)
                                         ? (struct vww_colour){0.72f, 0.13f, 0.1f}
                                         : vww_palette_vivid(pen->random);
    const struct vww_paint paint = vww_pen_round(pen, colour),
                           cap = vww_pen_round(pen, vww_colour_scale(colour, 0.8f));
    vww_pen_shadow(pen, 0.4f, 0.3f, 0.8f);
    vww_pen_box(pen, cap, 0, -0.17f, 0, 0.17f, 0.08f);
    vww_pen_box(pen, paint, 0, -0.12f, 0.08f, 0.12f, 0.6f);
    vww_pen_ellipse(pen, paint, 0, 0, 0.62f, 0.13f, 0.13f);
    vww_pen_box(pen, cap, 0, -0.04f, 0.72f, 0.04f, 0.8f);
    vww_pen_box(pen, cap, 0, -0.22f, 0.4f, 0.22f, 0.52f);
    vww_pen_ellipse(pen, cap, 0, 0, 0.4f, 0.07f, 0.07f);
}

static void octagon(struct vww_pen *pen, struct vww_colour colour, float z, float y, float radius)
{
    struct vww_point points[8];
    for (int i = 0; i < 8; i++) {
        const float angle = 0.785398f * ((float)i + 0.5f);
        points[i].x = radius * cosf(angle);
        points[i].y = y + radius * sinf(angle);
    }
    vww_pen_polygon(pen, vww_paint_plain(colour), z, points, 8);
}

void vww_draw_stop_sign(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const float y = vww_pen_between(pen, 1.6f, 2.3f);
    vww_pen_shadow(pen, 0.2f, 0.2f, 2);
    post(pen, steel, y, 0.07f);
    vww_pen_own(pen, VWW_CATEGORY_STOP_SIGN);
    octagon(pen, white, -0.02f, y, 0.39f);
    octagon(pen, signal_red, -0.03f, y, 0.35f);
    /* four bars for the four letters */
    for (int i = 0; i < 4; i++)
        vww_pen_ring(pen, vww_paint_plain(white), -0.04f, -0.21f + 0.14f * (float)i, y, 0.06f,
                     0.025f);
}

void vww_draw_road_sign(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const float y = vww_pen_between(pen, 1.3f, 2.2f);
    const struct vww_colour colour = vww_palette_vivid(pen->random);
    vww_pen_shadow(pen, 0.2f, 0.2f, 2);
    post(pen, steel, y, 0.07f);
    switch (vww_pen_choose(pen, 3)) {
    case 0:
        vww_pen_ellipse(pen, vww_paint_plain(signal_red), -0.02f, 0, y, 0.32f, 0.32f);
        vww_pen_ellipse(pen, vww_paint_plain(white), -0.03f, 0, y, 0.24f, 0.24f);
        break;
    case 1:
        vww_pen_polygon(pen, vww_paint_plain(signal_red), -0.02f,
                        VWW_POINTS({-0.38f, y - 0.26f}, {0, y + 0.38f}, {0.38f, y - 0.26f}));
        vww_pen_polygon(pen, vww_paint_plain(white), -0.03f,
                        VWW_POINTS({-0.25f, y - 0.18f}, {0, y + 0.24f}, {0.25f, y - 0.18f}));
        break;
    default:
        vww_pen_box(pen, vww_paint_plain(colour), -0.02f, -0.25f, y - 0.3f, 0.25f, y + 0.3f);
        vww_pen_box(pen, vww_paint_plain(white), -0.03f, -0.17f, y - 0.05f, 0.17f, y + 0.05f);
        break;
    }
}

void vww_draw_parking_meter(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_PARKING_METER);
    vww_pen_shadow(pen, 0.2f, 0.2f, 1.3f);
    post(pen, steel, 1.0f, 0.07f);
    const struct vww_colour head = vww_palette_grey(pen->random, 0.2f, 0.5f);
    vww_pen_curve(
        pen, vww_pen_round(pen, head), 0,
        VWW_POINTS({-0.1f, 0.95f}, {-0.12f, 1.25f}, {0, 1.38f}, {0.12f, 1.25f}, {0.1f, 0.95f}));
    vww_pen_box(pen, vww_paint_plain((struct vww_colour){0.7f, 0.75f, 0.75f}), -0.01f, -0.07f,
                1.15f, 0.07f, 1.28f);
}

void vww_draw_bench(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_BENCH);
    struct vww_paint slat = vww_paint_plain(vww_palette_wood(pen->random));
    slat.texture = vww_pen_texture(pen, VWW_TEXTURE_NOISE, 0.15f, 2.5f, 0.4f);
    const struct vww_paint foot = vww_paint_plain(iron);
    const float half = vww_pen_between(pen, 0.65f, 0.95f);
    vww_pen_shadow(pen, 2 * half, 0.5f, 0.5f);
    for (int side = -1; side <= 1; side += 2) {
        const float x = (float)side * (half - 0.12f);
        block(pen, foot, x - 0.03f, 0, 0.16f, x + 0.03f, 0.85f, 0.22f);
        block(pen, foot, x - 0.03f, 0, -0.22f, x + 0.03f, 0.42f, -0.16f);
    }
    for (int i = 0; i < 3; i++)
        block(pen, slat, -half, 0.52f + 0.13f * (float)i, 0.15f, half, 0.61f + 0.13f * (float)i,
              0.19f);
    for (int i = 2; i >= 0; i--)
        block(pen, slat, -half, 0.42f, -0.22f + 0.13f * (float)i, half, 0.45f,
              -0.12f + 0.13f * (float)i);
}

void vww_draw_lamp_post(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const bool tall = vww_pen_chance(pen, 0.5f);
    const float top = tall ? vww_pen_between(pen, 3.5f, 5) : vww_pen_between(pen, 1.7f, 2.8f);
    const struct vww_colour colour = vww_palette_grey(pen->random, 0.08f, 0.45f);
    const struct vww_paint lamp = vww_paint_plain((struct vww_colour){1.3f, 1.2f, 0.95f});
    vww_pen_shadow(pen, 0.25f, 0.2f, top);
    post(pen, colour, 0.6f, 0.18f);
    post(pen, colour, top, 0.09f);
    if (tall) {
        vww_pen_line(pen, vww_paint_plain(colour), 0, 0, top, 0.7f, top + 0.1f, 0.07f);
        vww_pen_box(pen, lamp, 0, 0.45f, top - 0.02f, 0.85f, top + 0.05f);
    } else if (vww_pen_chance(pen, 0.5f)) {
        vww_pen_ellipse(pen, lamp, 0, 0, top + 0.15f, 0.17f, 0.17f);
    } else {
        vww_pen_polygon(
            pen, lamp, 0,
            VWW_POINTS({-0.1f, top}, {0.1f, top}, {0.16f, top + 0.32f}, {-0.16f, top + 0.32f}));
        vww_pen_polygon(pen, vww_paint_plain(colour), 0,
                        VWW_POINTS({-0.2f, top + 0.32f}, {0.2f, top + 0.32f}, {0, top + 0.48f}));
    }
}

void vww_draw_bollard(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const struct vww_colour colour = vww_palette_grey(pen->random, 0.1f, 0.7f);
    const float top = vww_pen_between(pen, 0.7f, 1.1f), width = vww_pen_between(pen, 0.12f, 0.25f);
    vww_pen_shadow(pen, 1.4f * width, 0.2f, top);
    post(pen, colour, top, width);
    if (vww_pen_chance(pen, 0.5f))
        vww_pen_ellipse(pen, vww_pen_round(pen, colour), 0, 0, top + 0.06f, 0.6f * width,
                        0.6f * width);
    vww_pen_box(pen, vww_paint_plain(vww_palette_vivid(pen->random)), 0, -0.5f * width, 0.72f * top,
                0.5f * width, 0.84f * top);
}

void vww_draw_post_box(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const struct vww_colour colour = vww_palette_vivid(pen->random);
    const float top = vww_pen_between(pen, 1.2f, 1.6f);
    vww_pen_shadow(pen, 0.5f, 0.4f, top);
    if (vww_pen_chance(pen, 0.5f)) {
        post(pen, colour, top, 0.42f);
        vww_pen_ellipse(pen, vww_pen_round(pen, vww_colour_scale(colour, 0.9f)), 0, 0, top, 0.24f,
                        0.1f);
    } else {
        post(pen, iron, 0.8f, 0.08f);
        block(pen, vww_paint_plain(colour), -0.22f, 0.7f, -0.15f, 0.22f, top, 0.15f);
    }
    vww_pen_box(pen, vww_paint_plain(iron), -0.16f, -0.13f, top - 0.22f, 0.13f, top - 0.17f);
}

void vww_draw_litter_bin(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const struct vww_colour colour = vww_pen_chance(pen, 0.5f)
                                         ? vww_palette_leaf(pen->random)
                                         : vww_palette_grey(pen->random, 0.15f, 0.6f);
    vww_pen_shadow(pen, 0.5f, 0.4f, 0.9f);
    struct vww_paint paint = vww_pen_round(pen, colour);
    paint.texture = vww_pen_texture(pen, VWW_TEXTURE_STRIPES, 0.15f, 0.08f, 1);
    vww_pen_polygon(pen, paint, 0,
                    VWW_POINTS({-0.24f, 0.85f}, {0.24f, 0.85f}, {0.2f, 0}, {-0.2f, 0}));
    vww_pen_box(pen, vww_paint_plain(vww_colour_scale(colour, 0.7f)), 0, -0.26f, 0.83f, 0.26f,
                0.93f);
}

static void trousers_on_line(struct vww_pen *pen, float x, float y)
{
    struct vww_paint paint = vww_pen_round(pen, vww_palette_trousers(pen->random));
    paint.texture = vww_pen_texture(pen, VWW_TEXTURE_NOISE, 0.2f, 0.5f, 0.5f);
    vww_pen_polygon(pen, paint, 0,
                    VWW_POINTS({x - 0.19f, y}, {x + 0.19f, y}, {x + 0.22f, y - 0.95f},
                               {x + 0.05f, y - 0.95f}, {x, y - 0.3f}, {x - 0.05f, y - 0.95f},
                               {x - 0.22f, y - 0.95f}));
}

void vww_draw_clothes_line(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const float half = vww_pen_between(pen, 0.9f, 1.7f), top = 1.75f;
    const struct vww_paint pole = vww_paint_plain(vww_palette_grey(pen->random, 0.3f, 0.7f));
    vww_pen_shadow(pen, 2 * half, 0.2f, 1);
    for (int side = -1; side <= 1; side += 2)
        vww_pen_line(pen, pole, 0, (float)side * half, 0, (float)side * half, top + 0.1f, 0.06f);
    vww_pen_line(pen, pole, 0, -half, top, half, top, 0.015f);
    for (float x = -half + 0.4f; x < half - 0.2f; x += vww_pen_between(pen, 0.55f, 0.75f))
        switch (vww_pen_choose(pen, 3)) {
        case 0:
            trousers_on_line(pen, x, top);
            break;
        case 1:
            vww_draw_garment(pen, x, top - 0.03f, 0, vww_pen_between(pen, 0.55f, 0.9f));
            break;
        default:
            vww_pen_box(pen, vww_pen_round(pen, vww_palette_cloth(pen->random)), 0, x - 0.2f,
                        top - 0.9f, x + 0.2f, top);
            break;
        }
}

void vww_draw_parasol(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_UMBRELLA);
    pen->size = vww_pen_between(pen, 0.8f, 1.15f);
    const struct vww_colour colour = vww_palette_vivid(pen->random),
                            other =
                                vww_pen_chance(pen, 0.5f) ? white : vww_colour_scale(colour, 0.75f);
    vww_pen_shadow(pen, 1.8f, 1, 2);
    post(pen, vww_palette_grey(pen->random, 0.4f, 0.9f), 2.1f, 0.05f);
    if (vww_pen_chance(pen, 0.3f)) {
        /* closed: a draped pole of a person's size */
        vww_pen_curve(
            pen, vww_pen_round(pen, colour), 0,
            VWW_POINTS({0, 2.25f}, {0.13f, 1.5f}, {0.17f, 0.75f}, {-0.17f, 0.75f}, {-0.13f, 1.5f}));
        return;
    }
    for (int i = 0; i < 6; i++) {
        const float x0 = -1.25f + 2.5f * (float)i / 6, x1 = x0 + 2.5f / 6;
        vww_pen_polygon(pen,
                        vww_paint_down(i % 2 != 0 ? colour : other,
                                       vww_colour_scale(i % 2 != 0 ? colour : other, 0.75f)),
                        0,
                        VWW_POINTS({0, 2.35f}, {0.62f * x0, 2.12f}, {x0, 1.75f},
                                   {0.5f * (x0 + x1), 1.82f}, {x1, 1.75f}, {0.62f * x1, 2.12f}));
    }
}

void vww_draw_surfboard(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_SURFBOARD);
    const struct vww_colour colour = vww_palette_vivid(pen->random);
    const float half = vww_pen_between(pen, 0.2f, 0.3f), top = vww_pen_between(pen, 1.6f, 2.2f);
    vww_pen_shadow(pen, 0.5f, 0.15f, top);
    vww_pen_curve(pen, vww_pen_round(pen, colour), 0,
                  VWW_POINTS({0, top}, {0.8f * half, 0.75f * top}, {half, 0.45f * top},
                             {0.7f * half, 0.02f}, {-0.7f * half, 0.02f}, {-half, 0.45f * top},
                             {-0.8f * half, 0.75f * top}));
    vww_pen_line(pen, vww_paint_plain(vww_palette_vivid(pen->random)), -0.01f, 0, 0.05f, 0,
                 0.95f * top, 0.05f);
}

void vww_draw_rock(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_NONE);
    const float wide = vww_pen_between(pen, 0.3f, 0.9f), high = vww_pen_between(pen, 0.25f, 0.8f);
    struct vww_paint paint = vww_pen_round(pen, vww_palette_grey(pen->random, 0.35f, 0.65f));
    paint.texture = vww_pen_texture(pen, VWW_TEXTURE_NOISE, 0.35f, 1.2f, 1.2f);
    vww_pen_shadow(pen, 2 * wide, wide, high);
    vww_pen_polygon(pen, paint, 0,
                    VWW_POINTS({-wide, 0}, {-0.8f * wide, 0.6f * high}, {-0.2f * wide, high},
                               {0.4f * wide, 0.85f * high}, {0.9f * wide, 0.45f * high},
                               {wide, 0}));
}
