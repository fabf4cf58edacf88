/* Vehicles. They head for +x of their own frame; length runs along x, width along z. */
#include "dataset/synth_palette.h"
#include "dataset/synth_thing.h"

#include <math.h>

static const struct vww_colour tyre = {0.07f, 0.07f, 0.08f}, rim = {0.6f, 0.6f, 0.62f},
                               rubber = {0.1f, 0.1f, 0.11f}, chrome = {0.72f, 0.73f, 0.75f},
                               headlight = {1.1f, 1.08f, 0.95f}, taillight = {0.75f, 0.08f, 0.06f};

static struct vww_paint glass(struct vww_pen *pen)
{
    const float tone = vww_pen_between(pen, 0.12f, 0.4f);
    return vww_paint_down((struct vww_colour){tone + 0.25f, tone + 0.3f, tone + 0.33f},
                          (struct vww_colour){tone * 0.6f, tone * 0.62f, tone * 0.65f});
}

static void wheel_pair(struct vww_pen *pen, float half, float x, float radius)
{
    vww_pen_wheels(pen, vww_paint_plain(tyre), half, x, radius, radius);
    vww_pen_wheels(pen, vww_paint_plain(rim), half, x, radius, radius * 0.6f);
    vww_pen_wheels(pen, vww_paint_plain(vww_colour_scale(rim, 0.5f)), half, x, radius,
                   radius * 0.2f);
}

/* What the three kinds of car differ in; metres. */
struct car_shape {
    float length, height, bonnet;  /* bonnet: height of its front */
    float roof_back, roof_front;   /* where the roof begins and ends */
    float glass_back, glass_front; /* where the windows meet the body */
};

static const struct car_shape car_shapes[] = {
    {4.3f, 1.42f, 0.72f, -1.0f, 0.35f, -1.65f, 1.05f},  /* saloon */
    {3.9f, 1.48f, 0.75f, -1.55f, 0.4f, -1.85f, 1.0f},   /* hatchback */
    {4.6f, 1.72f, 0.95f, -1.95f, 0.45f, -2.15f, 1.05f}, /* off-roader */
    {4.7f, 1.9f, 0.9f, -2.2f, 1.1f, -2.3f, 1.7f},       /* van */
};

void vww_draw_car(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_CAR);
    const struct car_shape *const shape = &car_shapes[vww_pen_choose(pen, 4)];
    const struct vww_colour colour = vww_palette_lacquer(pen->random);
    const float l = shape->length / 2, w = 0.86f, belt = shape->bonnet + 0.2f, top = shape->height;
    vww_pen_shadow(pen, 2 * w, shape->length * 0.5f, 1);
    const struct vww_paint body = vww_paint_plain(colour);
    const struct vww_paint flank =
        vww_paint_down(vww_colour_scale(colour, 1.12f), vww_colour_scale(colour, 0.62f));
    vww_pen_extrude(pen, flank, body,
                    VWW_POINTS({-l, 0.3f}, {-l - 0.04f, belt - 0.15f}, {-l + 0.12f, belt},
                               {shape->glass_front, belt}, {l - 0.15f, shape->bonnet},
                               {l, shape->bonnet - 0.2f}, {l + 0.03f, 0.3f}),
                    -w, w);
    const struct vww_point cabin[] = {
        {shape->glass_back, belt},        {shape->roof_back, top - 0.03f},
        {shape->roof_back + 0.2f, top},   {shape->roof_front - 0.1f, top},
        {shape->roof_front, top - 0.03f}, {shape->glass_front, belt}};
    vww_pen_extrude(pen, body, body, cabin, 6, -w + 0.1f, w - 0.1f);
    const struct vww_paint pane = glass(pen);
    const float middle = 0.5f * (shape->glass_back + shape->glass_front) - 0.1f;
    vww_pen_flanks(pen, pane, w - 0.09f,
                   VWW_POINTS({shape->glass_back + 0.25f, belt + 0.03f},
                              {shape->roof_back + 0.12f, top - 0.1f}, {middle - 0.04f, top - 0.1f},
                              {middle - 0.04f, belt + 0.03f}));
    vww_pen_flanks(pen, pane, w - 0.09f,
                   VWW_POINTS({middle + 0.04f, belt + 0.03f}, {middle + 0.04f, top - 0.1f},
                              {shape->roof_front - 0.08f, top - 0.1f},
                              {shape->glass_front - 0.2f, belt + 0.03f}));
    const float in = w - 0.18f;
    vww_pen_face(pen, pane,
                 VWW_VECTORS({shape->roof_front, top - 0.08f, -in},
                             {shape->roof_front, top - 0.08f, in},
                             {shape->glass_front - 0.06f, belt + 0.04f, in},
                             {shape->glass_front - 0.06f, belt + 0.04f, -in}));
    vww_pen_face(pen, pane,
                 VWW_VECTORS({shape->roof_back, top - 0.08f, in},
                             {shape->roof_back, top - 0.08f, -in},
                             {shape->glass_back + 0.06f, belt + 0.04f, -in},
                             {shape->glass_back + 0.06f, belt + 0.04f, in}));
    for (int side = -1; side <= 1; side += 2) {
        const float z = (float)side * (w - 0.2f);
        vww_pen_end(pen, vww_paint_plain(headlight), true, l + 0.01f, shape->bonnet - 0.32f,
                    shape->bonnet - 0.15f, z - 0.15f, z + 0.15f);
        vww_pen_end(pen, vww_paint_plain(taillight), false, -l - 0.03f, belt - 0.4f, belt - 0.15f,
                    z - 0.1f, z + 0.1f);
    }
    vww_pen_end(pen, vww_paint_plain(rubber), true, l + 0.02f, 0.34f, 0.5f, -0.5f, 0.5f);
    vww_pen_end(pen, vww_paint_plain(chrome), false, -l - 0.04f, 0.45f, 0.6f, -0.25f, 0.25f);
    vww_pen_flanks(pen, vww_paint_plain(vww_colour_scale(colour, 0.55f)), w + 0.005f,
                   VWW_POINTS({middle, 0.4f}, {middle, belt - 0.02f},
                              {middle + 0.025f, belt - 0.02f}, {middle + 0.025f, 0.4f}));
    wheel_pair(pen, w + 0.01f, -l * 0.63f, 0.32f);
    wheel_pair(pen, w + 0.01f, l * 0.65f, 0.32f);
}

void vww_draw_bus(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_BUS);
    const struct vww_colour colour = vww_palette_vivid(pen->random),
                            trim = vww_palette_grey(pen->random, 0.6f, 0.95f);
    const float l = 5.2f, w = 1.2f, top = vww_pen_chance(pen, 0.25f) ? 4.2f : 3.0f;
    vww_pen_shadow(pen, 2 * w, l, 2.5f);
    const struct vww_paint flank =
        vww_paint_down(vww_colour_scale(colour, 1.1f), vww_colour_scale(colour, 0.7f));
    vww_pen_extrude(pen, flank, vww_paint_plain(colour),
                    VWW_POINTS({-l, 0.35f}, {-l, top - 0.15f}, {-l + 0.15f, top}, {l - 0.3f, top},
                               {l, top - 0.3f}, {l + 0.05f, 0.35f}),
                    -w, w);
    const struct vww_paint pane = glass(pen);
    for (float sill = 1.35f; sill < top - 0.9f; sill += 1.5f)
        for (int i = 0; i < 7; i++) {
            const float x = -l + 0.35f + 1.45f * (float)i;
            vww_pen_flanks(pen, pane, w + 0.005f,
                           VWW_POINTS({x, sill}, {x, sill + 0.95f}, {x + 1.3f, sill + 0.95f},
                                      {x + 1.3f, sill}));
        }
    vww_pen_flanks(pen, vww_paint_plain(trim), w + 0.006f,
                   VWW_POINTS({-l, 0.95f}, {-l, 1.12f}, {l, 1.12f}, {l, 0.95f}));
    vww_pen_end(pen, pane, true, l + 0.06f, 1.2f, top - 0.6f, -w + 0.12f, w - 0.12f);
    vww_pen_end(pen, vww_paint_plain((struct vww_colour){0.1f, 0.1f, 0.1f}), true, l + 0.02f,
                top - 0.5f, top - 0.25f, -0.8f, 0.8f);
    vww_pen_end(pen, pane, false, -l - 0.01f, 1.4f, top - 0.5f, -w + 0.2f, w - 0.2f);
    for (int side = -1; side <= 1; side += 2) {
        const float z = (float)side * (w - 0.25f);
        vww_pen_end(pen, vww_paint_plain(headlight), true, l + 0.07f, 0.55f, 0.78f, z - 0.16f,
                    z + 0.16f);
        vww_pen_end(pen, vww_paint_plain(taillight), false, -l - 0.02f, 0.7f, 1, z - 0.1f,
                    z + 0.1f);
    }
    wheel_pair(pen, w + 0.01f, -l * 0.55f, 0.48f);
    wheel_pair(pen, w + 0.01f, l * 0.6f, 0.48f);
}

void vww_draw_truck(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_TRUCK);
    const struct vww_colour colour = vww_palette_lacquer(pen->random),
                            box = vww_palette_grey(pen->random, 0.5f, 0.95f);
    const float w = 1.1f, top = vww_pen_between(pen, 2.6f, 3.3f);
    vww_pen_shadow(pen, 2 * w, 3.4f, 2);
    /* The part that is farther away is drawn first: the cab when the truck drives away. */
    const bool leaving = pen->sine > 0;
    for (int part = 0; part < 2; part++) {
        if ((part == 0) != leaving) {
            vww_pen_block(pen, vww_paint_down(box, vww_colour_scale(box, 0.85f)),
                          (struct vww_vector){-3.4f, 0.75f, -w}, (struct vww_vector){1.2f, top, w});
        } else {
            vww_pen_extrude(pen, vww_paint_down(colour, vww_colour_scale(colour, 0.7f)),
                            vww_paint_plain(colour),
                            VWW_POINTS({1.3f, 0.5f}, {1.3f, 2.3f}, {2.4f, 2.3f}, {2.9f, 1.4f},
                                       {3.1f, 1.2f}, {3.1f, 0.5f}),
                            -w + 0.05f, w - 0.05f);
            const struct vww_paint pane = glass(pen);
            vww_pen_flanks(pen, pane, w - 0.04f,
                           VWW_POINTS({1.6f, 1.35f}, {1.6f, 2.1f}, {2.35f, 2.1f}, {2.7f, 1.35f}));
            vww_pen_face(pen, pane,
                         VWW_VECTORS({2.45f, 2.2f, -w + 0.15f}, {2.45f, 2.2f, w - 0.15f},
                                     {2.88f, 1.45f, w - 0.15f}, {2.88f, 1.45f, -w + 0.15f}));
            for (int side = -1; side <= 1; side += 2)
                vww_pen_end(pen, vww_paint_plain(headlight), true, 3.11f, 0.75f, 0.95f,
                            (float)side * 0.75f - 0.15f, (float)side * 0.75f + 0.15f);
        }
    }
    vww_pen_flanks(pen, vww_paint_plain(rubber), w - 0.02f,
                   VWW_POINTS({-3.3f, 0.5f}, {-3.3f, 0.74f}, {1.3f, 0.74f}, {1.3f, 0.5f}));
    wheel_pair(pen, w, -2.3f, 0.45f);
    wheel_pair(pen, w, 2.1f, 0.45f);
}

void vww_draw_bicycle(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_BICYCLE);
    const struct vww_paint frame = vww_paint_plain(vww_palette_vivid(pen->random)),
                           wheel = vww_paint_plain(tyre), metal = vww_paint_plain(chrome);
    vww_pen_shadow(pen, 1.2f, 0.3f, 0.4f);
    for (int side = -1; side <= 1; side += 2) {
        const float x = 0.52f * (float)side;
        for (int spoke = 0; spoke < 6; spoke++) {
            const float angle = 0.5236f * (float)spoke;
            vww_pen_line(pen, metal, 0, x - 0.3f * cosf(angle), 0.33f - 0.3f * sinf(angle),
                         x + 0.3f * cosf(angle), 0.33f + 0.3f * sinf(angle), 0.006f);
        }
        vww_pen_ring(pen, wheel, 0, x, 0.33f, 0.33f, 0.035f);
    }
    vww_pen_line(pen, frame, 0, -0.52f, 0.33f, -0.06f, 0.3f, 0.03f);  /* chain stay */
    vww_pen_line(pen, frame, 0, -0.52f, 0.33f, -0.2f, 0.78f, 0.03f);  /* seat stay */
    vww_pen_line(pen, frame, 0, -0.06f, 0.3f, -0.24f, 0.92f, 0.035f); /* seat tube */
    vww_pen_line(pen, frame, 0, -0.06f, 0.3f, 0.37f, 0.75f, 0.04f);   /* down tube */
    vww_pen_line(pen, frame, 0, -0.2f, 0.78f, 0.36f, 0.82f, 0.035f);  /* top tube */
    vww_pen_line(pen, frame, 0, 0.52f, 0.33f, 0.34f, 0.98f, 0.035f);  /* fork */
    vww_pen_line(pen, wheel, 0, 0.34f, 0.98f, 0.48f, 1.02f, 0.04f);   /* handlebar */
    vww_pen_line(pen, wheel, 0, -0.38f, 0.95f, -0.1f, 0.93f, 0.06f);  /* saddle */
    vww_pen_ring(pen, metal, 0, -0.06f, 0.3f, 0.09f, 0.02f);
}

void vww_draw_motorcycle(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_MOTORCYCLE);
    const struct vww_colour colour = vww_palette_lacquer(pen->random);
    const struct vww_paint dark = vww_paint_plain(rubber), metal = vww_paint_plain(chrome);
    vww_pen_shadow(pen, 1.6f, 0.5f, 0.7f);
    for (int side = -1; side <= 1; side += 2) {
        vww_pen_ring(pen, dark, 0, 0.68f * (float)side, 0.32f, 0.32f, 0.12f);
        vww_pen_ring(pen, metal, 0, 0.68f * (float)side, 0.32f, 0.2f, 0.03f);
        vww_pen_ellipse(pen, metal, 0, 0.68f * (float)side, 0.32f, 0.06f, 0.06f);
    }
    vww_pen_curve(pen, dark, 0,
                  VWW_POINTS({-0.35f, 0.3f}, {0.25f, 0.28f}, {0.3f, 0.6f}, {-0.3f, 0.62f}));
    vww_pen_line(pen, metal, 0, -0.9f, 0.32f, 0.1f, 0.3f, 0.09f);
    vww_pen_line(pen, metal, 0, 0.68f, 0.32f, 0.42f, 1.0f, 0.06f);
    vww_pen_curve(
        pen, vww_pen_round(pen, colour), 0,
        VWW_POINTS({-0.2f, 0.7f}, {0.15f, 0.62f}, {0.45f, 0.75f}, {0.35f, 0.95f}, {-0.05f, 0.92f}));
    vww_pen_curve(pen, dark, 0,
                  VWW_POINTS({-0.85f, 0.85f}, {-0.75f, 0.7f}, {-0.15f, 0.72f}, {-0.1f, 0.85f},
                             {-0.45f, 0.85f}));
    vww_pen_curve(pen, vww_pen_round(pen, colour), 0,
                  VWW_POINTS({0.4f, 0.72f}, {0.68f, 0.68f}, {1.0f, 0.55f}, {0.7f, 0.8f}));
    vww_pen_line(pen, dark, 0, 0.4f, 1.0f, 0.28f, 1.1f, 0.05f);
    vww_pen_ellipse(pen, vww_paint_plain(headlight), 0, 0.52f, 0.92f, 0.09f, 0.1f);
}

void vww_draw_boat(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_BOAT);
    pen->size = vww_pen_between(pen, 0.7f, 1.5f);
    const struct vww_colour hull = vww_palette_lacquer(pen->random),
                            deck = vww_palette_grey(pen->random, 0.7f, 0.98f);
    const struct vww_paint mast = vww_paint_plain(vww_palette_wood(pen->random));
    if (vww_pen_chance(pen, 0.5f)) {
        vww_pen_line(pen, mast, 0, 0.2f, 0.5f, 0.2f, 6.2f, 0.12f);
        vww_pen_polygon(pen, vww_paint_down(deck, vww_colour_scale(deck, 0.85f)), 0,
                        VWW_POINTS({0.1f, 6}, {-2.3f, 1.2f}, {0.1f, 1.1f}));
        vww_pen_polygon(pen, vww_paint_plain(vww_palette_vivid(pen->random)), 0,
                        VWW_POINTS({0.32f, 5.4f}, {0.32f, 1.2f}, {2.4f, 1.1f}));
    } else {
        vww_pen_box(pen, vww_paint_plain(deck), 0, -1.6f, 0.6f, 0.6f, 1.9f);
        for (int i = 0; i < 3; i++)
            vww_pen_box(pen, glass(pen), 0, -1.45f + 0.7f * (float)i, 1.25f,
                        -0.95f + 0.7f * (float)i, 1.7f);
    }
    vww_pen_curve(pen, vww_paint_down(hull, vww_colour_scale(hull, 0.6f)), 0,
                  VWW_POINTS({-2.7f, 0.9f}, {-1, 0.75f}, {1.2f, 0.8f}, {3.1f, 1.15f}, {2.3f, 0.1f},
                             {0, -0.1f}, {-2.4f, 0}));
    vww_pen_line(pen, vww_paint_plain(deck), 0, -2.6f, 0.72f, 2.7f, 0.85f, 0.1f);
}
