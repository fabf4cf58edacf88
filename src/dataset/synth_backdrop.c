/* The places: sky, ground, walls, facades. Pens here stand straight ahead of the camera at the
 * distance of what they draw. */
#include "dataset/synth_palette.h"
#include "dataset/synth_scene.h"
#include "dataset/synth_thing.h"

#include <math.h>

#define FAR 400.0f /* metres: as good as the horizon */

/* --- light ------------------------------------------------------------------------------------ */

/* A time of day outdoors. */
struct daylight {
    float weight;
    struct vww_colour tint, sky_top, sky_low, haze;
    float contrast, shadow, sun_low, sun_high; /* sun: sine of its height */
    float haze_distance;
    bool dark;
};

enum { SUN, OVERCAST, EVENING, FOG, DUSK, NIGHT, DAYLIGHTS };

static const struct daylight daylights[DAYLIGHTS] = {
    [SUN] = {.weight = 3.5f,
             .tint = {1.02f, 1.0f, 0.97f},
             .sky_top = {0.33f, 0.55f, 0.85f},
             .sky_low = {0.75f, 0.85f, 0.94f},
             .haze = {0.75f, 0.82f, 0.9f},
             .haze_distance = 260,
             .contrast = 0.9f,
             .shadow = 0.4f,
             .sun_low = 0.5f,
             .sun_high = 0.9f,
             .dark = false},
    [OVERCAST] = {.weight = 3.0f,
                  .tint = {0.92f, 0.94f, 0.97f},
                  .sky_top = {0.72f, 0.75f, 0.79f},
                  .sky_low = {0.85f, 0.86f, 0.88f},
                  .haze = {0.8f, 0.82f, 0.84f},
                  .haze_distance = 110,
                  .contrast = 0.45f,
                  .shadow = 0,
                  .sun_low = 0.8f,
                  .sun_high = 0.95f,
                  .dark = false},
    [EVENING] = {.weight = 1.2f,
                 .tint = {1.03f, 0.98f, 0.91f},
                 .sky_top = {0.45f, 0.5f, 0.68f},
                 .sky_low = {0.98f, 0.78f, 0.55f},
                 .haze = {0.95f, 0.78f, 0.6f},
                 .haze_distance = 150,
                 .contrast = 1,
                 .shadow = 0.38f,
                 .sun_low = 0.2f,
                 .sun_high = 0.4f,
                 .dark = false},
    [FOG] = {.weight = 0.4f,
             .tint = {0.9f, 0.92f, 0.95f},
             .sky_top = {0.82f, 0.84f, 0.85f},
             .sky_low = {0.87f, 0.88f, 0.89f},
             .haze = {0.86f, 0.87f, 0.88f},
             .haze_distance = 22,
             .contrast = 0.3f,
             .shadow = 0,
             .sun_low = 0.8f,
             .sun_high = 0.95f,
             .dark = false},
    [DUSK] = {.weight = 0.5f,
              .tint = {0.68f, 0.7f, 0.85f},
              .sky_top = {0.2f, 0.25f, 0.45f},
              .sky_low = {0.75f, 0.55f, 0.5f},
              .haze = {0.4f, 0.4f, 0.5f},
              .haze_distance = 120,
              .contrast = 0.4f,
              .shadow = 0,
              .sun_low = 0.7f,
              .sun_high = 0.9f,
              .dark = true},
    [NIGHT] = {.weight = 0.4f,
               .tint = {0.62f, 0.6f, 0.62f},
               .sky_top = {0.05f, 0.06f, 0.12f},
               .sky_low = {0.2f, 0.18f, 0.22f},
               .haze = {0.12f, 0.12f, 0.18f},
               .haze_distance = 90,
               .contrast = 0.5f,
               .shadow = 0,
               .sun_low = 0.6f,
               .sun_high = 0.9f,
               .dark = true},
};

static float between(struct vww_scene *scene, float low, float high)
{
    return (float)vww_random_between(scene->random, low, high);
}

static bool chance(struct vww_scene *scene, double probability)
{
    return vww_random_unit(scene->random) < probability;
}

/* A direction to the light with the given sine of its height, in front of or behind the camera. */
static struct vww_vector sun_at(struct vww_scene *scene, float height)
{
    const float angle = between(scene, 0, 6.2832f), level = sqrtf(fmaxf(1 - height * height, 0));
    struct vww_vector towards = {.y = height};
    towards.x = level * cosf(angle);
    towards.z = level * sinf(angle);
    return towards;
}

static bool indoors(const struct vww_scene *scene)
{
    return scene->kind == VWW_SCENE_ROOM || scene->kind == VWW_SCENE_TABLE;
}

void vww_backdrop_light(struct vww_scene *scene)
{
    struct vww_light *const light = &scene->light;
    const float exposure = between(scene, 0.82f, 1.15f);
    if (indoors(scene)) {
        /* daylight from a window, or lamps */
        scene->dark = chance(scene, 0.35);
        const float warm = scene->dark ? between(scene, 0, 0.06f) : between(scene, -0.06f, 0.03f);
        const float level = scene->dark ? between(scene, 0.6f, 0.9f) : between(scene, 0.8f, 1.05f);
        scene->grade.tint = (struct vww_colour){level * exposure * (1 + warm), level * exposure,
                                                level * exposure * (1 - 1.3f * warm)};
        *light = (struct vww_light){.towards = sun_at(scene, between(scene, 0.5f, 0.9f)),
                                    .contrast = between(scene, 0.4f, 0.9f)};
        scene->sky_top = scene->dark ? daylights[NIGHT].sky_top : daylights[SUN].sky_top;
        scene->sky_low = scene->dark ? daylights[NIGHT].sky_low : daylights[SUN].sky_low;
        return;
    }
    float total = 0;
    for (int i = 0; i < DAYLIGHTS; i++)
        total += daylights[i].weight;
    float at = between(scene, 0, total);
    int chosen = 0;
    while (chosen < DAYLIGHTS - 1 && at >= daylights[chosen].weight)
        at -= daylights[chosen++].weight;
    const struct daylight *const day = &daylights[chosen];
    scene->dark = day->dark;
    scene->grade.tint = vww_colour_scale(day->tint, exposure);
    scene->sky_top = vww_colour_scale(day->sky_top, between(scene, 0.85f, 1.1f));
    scene->sky_low = vww_colour_scale(day->sky_low, between(scene, 0.9f, 1.05f));
    *light =
        (struct vww_light){.towards = sun_at(scene, between(scene, day->sun_low, day->sun_high)),
                           .contrast = day->contrast,
                           .haze = day->haze,
                           .haze_distance = day->haze_distance * between(scene, 0.7f, 1.5f),
                           .shadow = day->shadow};
}

/* --- pieces of ground ------------------------------------------------------------------------- */

static struct vww_texture on_ground(struct vww_scene *scene, enum vww_texture_kind kind,
                                    float strength, float unit)
{
    return (struct vww_texture){.kind = kind,
                                .strength = strength,
                                .u = between(scene, 0, 16),
                                .v = between(scene, 0, 16),
                                .width = unit,
                                .height = unit,
                                .slant = chance(scene, 0.4) ? between(scene, -0.5f, 0.5f) : 0,
                                .ground = &scene->view};
}

/* A rectangle of ground from distance z0 to z1 (straight across the whole picture where x0 and x1
 * are +-FAR). */
static void ground(struct vww_pen *world, struct vww_paint paint, float x0, float x1, float z0,
                   float z1)
{
    vww_pen_sheet(world, paint, VWW_VECTORS({x0, 0, z0}, {x1, 0, z0}, {x1, 0, z1}, {x0, 0, z1}));
}

/* Ground that fades into the haze towards the horizon. */
static struct vww_paint receding(const struct vww_scene *scene, struct vww_colour colour)
{
    const struct vww_colour far =
        vww_colour_mix(colour, scene->light.haze, scene->light.haze_distance < 60 ? 0.9f : 0.4f);
    return vww_paint_down(far, vww_colour_scale(colour, 0.95f));
}

/* --- sky -------------------------------------------------------------------------------------- */

static void draw_sky(struct vww_scene *scene, struct vww_pen *world)
{
    struct vww_pen sky = vww_pen_at(world, 0, FAR, 0);
    const struct vww_light no_haze = {.towards = {0, 1, 0}};
    sky.light = &no_haze;
    vww_pen_box(&sky, vww_paint_down(scene->sky_top, scene->sky_low), 0, -2 * FAR, -FAR, 2 * FAR,
                (float)scene->view.horizon / scene->view.focal * FAR + scene->view.eye);
    if (scene->light.contrast < 0.4f)
        return;
    /* Clouds: heaps of translucent tufts. */
    const int heaps = (int)vww_random_below(scene->random, 5);
    for (int i = 0; i < heaps; i++) {
        const float x = between(scene, -0.8f, 0.8f) * FAR, y = between(scene, 0.05f, 0.6f) * FAR;
        const float size = between(scene, 12, 60);
        struct vww_paint paint = vww_paint_plain(
            vww_colour_mix(scene->sky_low, (struct vww_colour){1, 1, 1}, scene->dark ? 0 : 0.6f));
        for (int tuft = 0; tuft < 7; tuft++) {
            paint.alpha = between(scene, 0.15f, 0.4f);
            vww_pen_ragged(&sky, paint, 0, x + between(scene, -1.8f, 1.8f) * size,
                           y + between(scene, -0.15f, 0.25f) * size,
                           size * between(scene, 0.5f, 1.1f), size * between(scene, 0.15f, 0.4f),
                           0.12f);
        }
    }
}

/* Hills or a far edge of wood along the horizon. */
static void draw_far_trees(struct vww_scene *scene, struct vww_pen *world)
{
    const float distance = between(scene, 45, 120);
    struct vww_pen pen = vww_pen_at(world, 0, distance, 0);
    const struct vww_colour colour = vww_palette_leaf(scene->random);
    const float height = between(scene, 2, 7) * distance / 60;
    const float reach = distance * (float)scene->canvas->width / scene->view.focal * 0.6f;
    for (float x = -reach; x < reach;) {
        const float radius = height * between(scene, 0.5f, 1);
        struct vww_paint paint =
            vww_pen_round(&pen, vww_colour_scale(colour, between(scene, 0.55f, 0.9f)));
        paint.texture = vww_pen_texture(&pen, VWW_TEXTURE_LEAVES, 0.3f, 20, 20);
        vww_pen_ragged(&pen, paint, 0, x, radius * 0.6f, radius * between(scene, 0.8f, 1.4f),
                       radius, 0.12f);
        x += radius * between(scene, 0.5f, 1.1f);
    }
}

/* --- facades ---------------------------------------------------------------------------------- */

static struct vww_colour pane_colour(struct vww_scene *scene)
{
    if (scene->dark && chance(scene, 0.45))
        return vww_colour_scale((struct vww_colour){1.7f, 1.35f, 0.8f}, between(scene, 0.8f, 1.4f));
    const float tone = between(scene, 0.12f, 0.5f);
    return vww_colour_mix((struct vww_colour){tone, tone, tone * 1.05f}, scene->sky_low,
                          between(scene, 0, 0.4f));
}

/* One house front in the plane of the pen, from x0 to x1. */
static void draw_facade(struct vww_scene *scene, struct vww_pen *pen, float x0, float x1,
                        float height)
{
    const struct vww_colour colour = vww_palette_facade(scene->random);
    const struct vww_colour frame = vww_palette_grey(scene->random, 0.3f, 0.95f);
    struct vww_paint wall = vww_paint_down(colour, vww_colour_scale(colour, 0.85f));
    wall.texture = chance(scene, 0.5) ? vww_pen_texture(pen, VWW_TEXTURE_BRICKS, 0.3f, 0.12f, 0.12f)
                                      : vww_pen_texture(pen, VWW_TEXTURE_NOISE, 0.15f, 4, 4);
    vww_pen_box(pen, wall, 0, x0, 0, x1, height);
    vww_pen_box(pen, vww_paint_plain(vww_colour_scale(colour, 0.7f)), 0, x0, height - 0.25f, x1,
                height);
    const float step = between(scene, 1.7f, 2.6f), wide = between(scene, 0.8f, 1.2f);
    const float tall = between(scene, 1.1f, 1.8f);
    for (float y = 3.6f; y + tall + 0.4f < height; y += 2.9f)
        for (float x = x0 + 0.6f; x + wide + 0.3f < x1; x += step) {
            vww_pen_box(pen, vww_paint_plain(frame), 0, x - 0.08f, y - 0.08f, x + wide + 0.08f,
                        y + tall + 0.08f);
            const struct vww_colour pane = pane_colour(scene);
            vww_pen_box(pen, vww_paint_down(pane, vww_colour_scale(pane, 0.7f)), 0, x, y, x + wide,
                        y + tall);
            vww_pen_box(pen, vww_paint_plain(frame), 0, x + 0.5f * wide - 0.03f, y,
                        x + 0.5f * wide + 0.03f, y + tall);
        }
    /* The ground floor: doors, shop windows with awnings. */
    float x = x0 + 0.4f;
    while (x + 1.2f < x1) {
        if (chance(scene, 0.35)) {
            const struct vww_colour door = vww_palette_cloth(scene->random);
            vww_pen_box(pen, vww_paint_plain(frame), 0, x, 0, x + 1.1f, 2.3f);
            vww_pen_box(pen, vww_paint_down(door, vww_colour_scale(door, 0.8f)), 0, x + 0.1f, 0,
                        x + 1, 2.2f);
            x += 1.7f;
            continue;
        }
        const float w = fminf(between(scene, 1.5f, 3), x1 - x - 0.3f);
        const struct vww_colour pane = pane_colour(scene);
        vww_pen_box(pen, vww_paint_plain(frame), 0, x, 0.4f, x + w, 2.5f);
        vww_pen_box(pen, vww_paint_down(pane, vww_colour_scale(pane, 0.6f)), 0, x + 0.1f, 0.5f,
                    x + w - 0.1f, 2.4f);
        if (chance(scene, 0.25)) {
            /* clothes in the shop window */
            for (float at = x + 0.5f; at < x + w - 0.4f; at += 0.8f)
                vww_draw_garment(pen, at, 1.75f, 0, between(scene, 0.6f, 1));
        }
        if (chance(scene, 0.45)) {
            struct vww_paint awning = vww_paint_plain(vww_palette_vivid(scene->random));
            awning.texture = vww_pen_texture(pen, VWW_TEXTURE_STRIPES, 0.3f, 0.5f, 1);
            vww_pen_polygon(pen, awning, 0,
                            VWW_POINTS({x + 0.1f, 3}, {x + w - 0.1f, 3}, {x + w + 0.1f, 2.4f},
                                       {x - 0.1f, 2.4f}));
        }
        x += w + between(scene, 0.3f, 0.9f);
    }
}

static void draw_facade_row(struct vww_scene *scene, struct vww_pen *world, float distance)
{
    struct vww_pen pen = vww_pen_at(world, 0, distance, 0);
    pen.owner = VWW_OWNER_NONE;
    const float reach = distance * (float)scene->canvas->width / scene->view.focal * 0.55f + 2;
    for (float x = -reach - between(scene, 0, 6); x < reach;) {
        const float width = between(scene, 5, 12);
        if (chance(scene, 0.85))
            draw_facade(scene, &pen, x, x + width, between(scene, 5, 16));
        x += width;
    }
}

/* Houses along one side of an avenue, from far to near: the side wall and the front seen past it.
 */
static void draw_house_side(struct vww_scene *scene, struct vww_pen *world, float side, float at)
{
    float edges[16];
    int count = 0;
    for (float z = 1.0f; z < 90 && count < 15; z += between(scene, 6, 13))
        edges[count++] = z;
    edges[count] = 100;
    for (int i = count - 1; i >= 0; i--) {
        const float z0 = edges[i], z1 = edges[i + 1], height = between(scene, 6, 15);
        const struct vww_colour colour = vww_palette_facade(scene->random);
        struct vww_pen pen = vww_pen_at(world, 0, z0, 0);
        struct vww_paint wall = vww_paint_down(colour, vww_colour_scale(colour, 0.8f));
        wall.texture = vww_pen_texture(&pen, VWW_TEXTURE_NOISE, 0.16f, 3, 3);
        const float x = side * at, out = side * (at + 9), length = z1 - z0;
        vww_pen_box(&pen, wall, 0, fminf(x, out), 0, fmaxf(x, out), height);
        if (side < 0)
            vww_pen_face(
                &pen, wall,
                VWW_VECTORS({x, height, 0}, {x, height, length}, {x, 0, length}, {x, 0, 0}));
        else
            vww_pen_face(
                &pen, wall,
                VWW_VECTORS({x, height, length}, {x, height, 0}, {x, 0, 0}, {x, 0, length}));
        const float step = between(scene, 1.8f, 2.8f);
        for (float y = 0.8f; y + 1.8f < height && z0 < 60; y += 3)
            for (float z = 0.6f; z + 1.1f < length; z += step) {
                const struct vww_colour pane = pane_colour(scene);
                vww_pen_sheet(&pen, vww_paint_plain(pane),
                              VWW_VECTORS({x, y, z}, {x, y, z + 1.1f}, {x, y + 1.5f, z + 1.1f},
                                          {x, y + 1.5f, z}));
            }
    }
}

/* --- the places ------------------------------------------------------------------------------- */

static struct vww_colour asphalt(struct vww_scene *scene)
{
    return vww_palette_grey(scene->random, 0.28f, 0.5f);
}

static struct vww_paint paving(struct vww_scene *scene)
{
    struct vww_paint paint = receding(scene, vww_palette_grey(scene->random, 0.5f, 0.75f));
    paint.texture = on_ground(scene, chance(scene, 0.6) ? VWW_TEXTURE_TILES : VWW_TEXTURE_NOISE,
                              0.16f, between(scene, 0.4f, 0.9f));
    return paint;
}

static void draw_street(struct vww_scene *scene, struct vww_pen *world)
{
    draw_sky(scene, world);
    scene->road_low = between(scene, 3.5f, 7);
    if (scene->main_on_road)
        scene->road_low = fminf(scene->road_low, fmaxf(scene->main_distance - 2, 0.3f));
    scene->road_high = scene->road_low + between(scene, 5, 8);
    if (scene->main_on_road)
        scene->road_high = fmaxf(scene->road_high, scene->main_distance + 2);
    const float front = fmaxf(scene->road_high + between(scene, 2, 4), scene->main_distance + 1.5f);
    scene->near = 1;
    scene->far = front - 0.6f;
    if (chance(scene, 0.4))
        draw_far_trees(scene, world);
    ground(world, paving(scene), -FAR, FAR, 0.2f, FAR);
    draw_facade_row(scene, world, front);
    struct vww_paint road = vww_paint_plain(asphalt(scene));
    road.texture = on_ground(scene, VWW_TEXTURE_NOISE, 0.18f, 1.5f);
    ground(world, road, -FAR, FAR, scene->road_low, scene->road_high);
    const struct vww_paint kerb = vww_paint_plain(vww_palette_grey(scene->random, 0.55f, 0.8f));
    ground(world, kerb, -FAR, FAR, scene->road_low - 0.15f, scene->road_low);
    ground(world, kerb, -FAR, FAR, scene->road_high, scene->road_high + 0.15f);
    const float lane = 0.5f * (scene->road_low + scene->road_high);
    const struct vww_paint mark = vww_paint_plain((struct vww_colour){0.85f, 0.84f, 0.78f});
    if (chance(scene, 0.7))
        for (float x = -30; x < 30; x += 4)
            ground(world, mark, x, x + 2, lane - 0.07f, lane + 0.07f);
    if (chance(scene, 0.25)) {
        /* a crossing */
        const float x = between(scene, -3, 3);
        for (int i = 0; i < 5; i++)
            ground(world, mark, x + 0.9f * (float)i, x + 0.9f * (float)i + 0.5f,
                   scene->road_low + 0.3f, scene->road_high - 0.3f);
    }
}

static void draw_avenue(struct vww_scene *scene, struct vww_pen *world)
{
    draw_sky(scene, world);
    const float middle = between(scene, -2.5f, 2.5f), half = between(scene, 2.2f, 4);
    scene->road_low = middle - half;
    scene->road_high = middle + half;
    if (scene->main_on_road) {
        scene->road_low = fminf(scene->road_low, scene->main_x - 1.5f);
        scene->road_high = fmaxf(scene->road_high, scene->main_x + 1.5f);
    }
    scene->near = 1;
    scene->far = 55;
    draw_far_trees(scene, world);
    ground(world, paving(scene), -FAR, FAR, 0.2f, FAR);
    struct vww_paint road = receding(scene, asphalt(scene));
    road.texture = on_ground(scene, VWW_TEXTURE_NOISE, 0.18f, 1.5f);
    ground(world, road, scene->road_low, scene->road_high, 0.2f, FAR);
    const struct vww_paint kerb = vww_paint_plain(vww_palette_grey(scene->random, 0.55f, 0.8f));
    ground(world, kerb, scene->road_low - 0.15f, scene->road_low, 0.2f, FAR);
    ground(world, kerb, scene->road_high, scene->road_high + 0.15f, 0.2f, FAR);
    const struct vww_paint mark = vww_paint_plain((struct vww_colour){0.85f, 0.84f, 0.78f});
    for (float z = 2; z < 80; z += 5)
        ground(world, mark, middle - 0.07f, middle + 0.07f, z, z + 2.2f);
    if (chance(scene, 0.9))
        draw_house_side(scene, world, -1, -scene->road_low + between(scene, 1.8f, 3.5f));
    if (chance(scene, 0.9))
        draw_house_side(scene, world, 1, scene->road_high + between(scene, 1.8f, 3.5f));
}

static void draw_park(struct vww_scene *scene, struct vww_pen *world)
{
    draw_sky(scene, world);
    draw_far_trees(scene, world);
    scene->near = 1;
    scene->far = 45;
    const struct vww_colour grass = vww_colour_mix(vww_palette_leaf(scene->random),
                                                   (struct vww_colour){0.42f, 0.52f, 0.22f}, 0.6f);
    struct vww_paint lawn = receding(scene, grass);
    lawn.texture = on_ground(scene, VWW_TEXTURE_LEAVES, 0.26f, between(scene, 0.5f, 1));
    ground(world, lawn, -FAR, FAR, 0.2f, FAR);
    if (chance(scene, 0.5)) {
        /* a winding path */
        struct vww_paint path = receding(scene, vww_palette_facade(scene->random));
        path.texture = on_ground(scene, VWW_TEXTURE_NOISE, 0.2f, 1);
        struct vww_vector points[24];
        const float start = between(scene, -3, 3), bend = between(scene, -4, 4),
                    half = between(scene, 0.7f, 1.6f);
        for (int i = 0; i < 12; i++) {
            const float t = (float)i / 11, z = 0.4f + 40 * t * t;
            const float x = start + bend * sinf(3 * t) * 2;
            points[i] = (struct vww_vector){x - half, 0, z};
            points[23 - i] = (struct vww_vector){x + half, 0, z};
        }
        vww_pen_sheet(world, path, points, 24);
    }
    if (chance(scene, 0.3)) {
        struct vww_pen pond = vww_pen_at(world, between(scene, -8, 8), between(scene, 14, 26), 0);
        struct vww_paint water =
            vww_paint_down(scene->sky_low, vww_colour_scale(scene->sky_top, 0.6f));
        water.texture = vww_pen_texture(&pond, VWW_TEXTURE_NOISE, 0.12f, 8, 1);
        vww_pen_patch(&pond, water, 0, 0, between(scene, 3, 7), between(scene, 2, 5));
    }
    if (chance(scene, 0.3)) {
        struct vww_pen fence = vww_pen_at(world, 0, between(scene, 14, 35), 0);
        const struct vww_paint wood = vww_paint_plain(vww_palette_wood(scene->random));
        for (float x = -30; x < 30; x += 1.8f)
            vww_pen_box(&fence, wood, 0, x, 0, x + 0.12f, 1.2f);
        vww_pen_box(&fence, wood, 0, -30, 0.45f, 30, 0.57f);
        vww_pen_box(&fence, wood, 0, -30, 0.95f, 30, 1.07f);
    }
}

static void draw_beach(struct vww_scene *scene, struct vww_pen *world)
{
    draw_sky(scene, world);
    scene->near = 1;
    scene->shore = fmaxf(between(scene, 7, 22), fminf(scene->main_distance + 2, 40));
    scene->far = scene->shore;
    const struct vww_colour deep = vww_colour_mix((struct vww_colour){0.1f, 0.38f, 0.5f},
                                                  scene->sky_low, between(scene, 0.05f, 0.5f));
    struct vww_paint sea = vww_paint_down(vww_colour_mix(deep, scene->sky_low, 0.35f), deep);
    sea.texture = (struct vww_texture){.kind = VWW_TEXTURE_NOISE,
                                       .strength = 0.2f,
                                       .width = 90,
                                       .height = 14,
                                       .u = between(scene, 0, 16)};
    ground(world, sea, -FAR, FAR, 2, 4 * FAR);
    const struct vww_paint foam = vww_paint_plain((struct vww_colour){0.93f, 0.95f, 0.95f});
    const struct vww_colour tone =
        vww_colour_mix((struct vww_colour){0.86f, 0.80f, 0.60f},
                       (struct vww_colour){0.7f, 0.66f, 0.52f}, between(scene, 0, 1));
    struct vww_paint sand = vww_paint_plain(tone);
    sand.texture = on_ground(scene, VWW_TEXTURE_NOISE, 0.16f, between(scene, 0.8f, 2));
    /* The edge of the water, in waves: foam, wet sand, sand. */
    struct vww_vector edge[42];
    const float phase = between(scene, 0, 6);
    for (int layer = 0; layer < 3; layer++) {
        for (int i = 0; i < 40; i++) {
            const float x = -40 + 80 * (float)i / 39;
            const float wave = 0.5f * sinf(0.5f * x + phase) + 0.25f * sinf(1.7f * x + 2 * phase);
            edge[i] = (struct vww_vector){x, 0, scene->shore + wave - 0.7f * (float)layer};
        }
        edge[40] = (struct vww_vector){40, 0, 0.2f};
        edge[41] = (struct vww_vector){-40, 0, 0.2f};
        struct vww_paint wet = sand;
        wet.colour = wet.end = vww_colour_scale(tone, 0.75f);
        vww_pen_sheet(world, layer == 0 ? foam : (layer == 1 ? wet : sand), edge, 42);
    }
}

/* --- rooms ------------------------------------------------------------------------------------ */

static void draw_window(struct vww_scene *scene, struct vww_pen *pen, float x0, float x1, float y0,
                        float y1)
{
    const struct vww_paint frame = vww_paint_plain(vww_palette_grey(scene->random, 0.75f, 0.98f));
    vww_pen_box(pen, frame, 0, x0 - 0.07f, y0 - 0.07f, x1 + 0.07f, y1 + 0.07f);
    const float light = scene->dark ? 0.7f : 1.25f;
    vww_pen_box(pen,
                vww_paint_down(vww_colour_scale(scene->sky_top, light),
                               vww_colour_scale(scene->sky_low, light)),
                0, x0, y0, x1, y1);
    struct vww_paint green =
        vww_paint_plain(vww_colour_scale(vww_palette_leaf(scene->random), light));
    green.texture = vww_pen_texture(pen, VWW_TEXTURE_LEAVES, 0.4f, 3, 3);
    vww_pen_box(pen, green, 0, x0, y0, x1, y0 + (y1 - y0) * between(scene, 0.1f, 0.5f));
    vww_pen_box(pen, frame, 0, 0.5f * (x0 + x1) - 0.025f, y0, 0.5f * (x0 + x1) + 0.025f, y1);
    vww_pen_box(pen, frame, 0, x0, 0.6f * y1 + 0.4f * y0 - 0.02f, x1,
                0.6f * y1 + 0.4f * y0 + 0.02f);
    if (chance(scene, 0.5)) {
        /* curtains: folds from top to bottom on both sides */
        struct vww_paint cloth = vww_paint_plain(vww_palette_cloth(scene->random));
        cloth.texture = vww_pen_texture(pen, VWW_TEXTURE_STRIPES, 0.14f, 0.14f, 1);
        const float low = chance(scene, 0.5) ? 0.1f : y0 - 0.15f,
                    wide = between(scene, 0.2f, 0.45f);
        vww_pen_polygon(pen, cloth, 0,
                        VWW_POINTS({x0 - 0.2f, y1 + 0.15f}, {x0 + wide, y1 + 0.15f},
                                   {x0 + 0.6f * wide, low}, {x0 - 0.22f, low}));
        vww_pen_polygon(pen, cloth, 0,
                        VWW_POINTS({x1 - wide, y1 + 0.15f}, {x1 + 0.2f, y1 + 0.15f},
                                   {x1 + 0.22f, low}, {x1 - 0.6f * wide, low}));
    }
}

static void draw_door(struct vww_scene *scene, struct vww_pen *pen, float x)
{
    const struct vww_colour colour = chance(scene, 0.5)
                                         ? vww_palette_grey(scene->random, 0.7f, 0.95f)
                                         : vww_palette_wood(scene->random);
    vww_pen_box(pen, vww_paint_plain(vww_colour_scale(colour, 0.8f)), 0, x - 0.06f, 0, x + 0.86f,
                2.06f);
    vww_pen_box(pen, vww_paint_plain(colour), 0, x, 0, x + 0.8f, 2);
    for (int i = 0; i < 2; i++)
        vww_pen_box(pen, vww_paint_plain(vww_colour_scale(colour, 0.9f)), 0, x + 0.14f,
                    0.2f + 0.9f * (float)i, x + 0.66f, 0.95f + 0.9f * (float)i);
    vww_pen_ellipse(pen, vww_paint_plain((struct vww_colour){0.7f, 0.6f, 0.35f}), 0, x + 0.72f, 1,
                    0.035f, 0.035f);
}

static void draw_picture(struct vww_scene *scene, struct vww_pen *pen, float x)
{
    const float half = between(scene, 0.15f, 0.4f), high = between(scene, 0.2f, 0.5f),
                y = between(scene, 1.4f, 1.6f);
    vww_pen_box(pen, vww_paint_plain(vww_palette_wood(scene->random)), 0, x - half - 0.04f,
                y - 0.04f, x + half + 0.04f, y + high + 0.04f);
    struct vww_paint canvas =
        vww_paint_down(vww_palette_wall(scene->random), vww_palette_cloth(scene->random));
    canvas.texture = vww_pen_texture(pen, VWW_TEXTURE_NOISE, 0.5f, 2, 2);
    vww_pen_box(pen, canvas, 0, x - half, y, x + half, y + high);
    /* sun or vase: a round spot, as often as not */
    if (chance(scene, 0.5))
        vww_pen_ellipse(pen, vww_paint_plain(vww_palette_vivid(scene->random)), 0,
                        x + between(scene, -0.4f, 0.4f) * half, y + high * 0.6f, 0.2f * high,
                        0.2f * high);
}

static void draw_wall_hooks(struct vww_scene *scene, struct vww_pen *pen, float x)
{
    vww_pen_box(pen, vww_paint_plain(vww_palette_wood(scene->random)), 0, x - 0.5f, 1.68f, x + 0.5f,
                1.78f);
    for (float at = x - 0.35f; at < x + 0.5f; at += between(scene, 0.3f, 0.5f))
        vww_draw_garment(pen, at, 1.66f, 0, between(scene, 0.6f, 1.15f));
}

static void draw_clock(struct vww_scene *scene, struct vww_pen *pen, float x)
{
    const int owner = pen->owner;
    if (scene->plan != VWW_PLAN_NOTHING)
        vww_pen_own(pen, VWW_CATEGORY_CLOCK);
    const struct vww_paint ink = vww_paint_plain((struct vww_colour){0.08f, 0.08f, 0.08f});
    const float y = between(scene, 1.8f, 2.1f), r = between(scene, 0.14f, 0.22f);
    vww_pen_ellipse(pen, vww_paint_plain(vww_palette_cloth(scene->random)), 0, x, y, r, r);
    vww_pen_ellipse(pen, vww_paint_plain((struct vww_colour){0.95f, 0.94f, 0.9f}), 0, x, y,
                    0.85f * r, 0.85f * r);
    vww_pen_line(pen, ink, 0, x, y, x + 0.4f * r, y + 0.3f * r, 0.02f);
    vww_pen_line(pen, ink, 0, x, y, x - 0.1f * r, y + 0.7f * r, 0.015f);
    pen->owner = owner;
}

/* A row of kitchen cupboards along the back wall, with a worktop. */
static void draw_kitchen(struct vww_scene *scene, struct vww_pen *pen, float x0, float x1)
{
    const struct vww_colour front =
        chance(scene, 0.5) ? vww_palette_wall(scene->random) : vww_palette_wood(scene->random);
    const struct vww_paint door = vww_paint_down(front, vww_colour_scale(front, 0.9f)),
                           gap = vww_paint_plain(vww_colour_scale(front, 0.6f)),
                           knob = vww_paint_plain((struct vww_colour){0.5f, 0.5f, 0.5f});
    vww_pen_block(pen, door, (struct vww_vector){x0, 0, -0.6f}, (struct vww_vector){x1, 0.86f, 0});
    vww_pen_block(pen, vww_paint_plain(vww_palette_grey(scene->random, 0.2f, 0.8f)),
                  (struct vww_vector){x0, 0.86f, -0.63f}, (struct vww_vector){x1, 0.9f, 0});
    vww_pen_block(pen, door, (struct vww_vector){x0, 1.5f, -0.33f},
                  (struct vww_vector){x1, 2.15f, 0});
    for (float x = x0 + 0.6f; x < x1; x += 0.6f) {
        vww_pen_box(pen, gap, -0.6f, x - 0.01f, 0.05f, x + 0.01f, 0.85f);
        vww_pen_box(pen, gap, -0.33f, x - 0.01f, 1.5f, x + 0.01f, 2.15f);
        vww_pen_box(pen, knob, -0.6f, x - 0.08f, 0.7f, x - 0.05f, 0.78f);
        vww_pen_box(pen, knob, -0.33f, x - 0.08f, 1.55f, x - 0.05f, 1.63f);
    }
}

static void furnish_back_wall(struct vww_scene *scene, struct vww_pen *pen)
{
    float x = scene->left + between(scene, 0.2f, 0.8f);
    if (chance(scene, 0.2)) {
        const float end = fminf(x + between(scene, 1.5f, 3.5f), scene->right);
        draw_kitchen(scene, pen, x, end);
        x = end + 0.5f;
    }
    while (x + 1 < scene->right) {
        const double kind = vww_random_unit(scene->random);
        if (kind < 0.28) {
            const float w = between(scene, 0.8f, 1.6f);
            draw_window(scene, pen, x, x + w, between(scene, 0.8f, 1.1f),
                        between(scene, 1.9f, 2.3f));
            x += w + 0.5f;
        } else if (kind < 0.42) {
            draw_door(scene, pen, x);
            x += 1.2f;
        } else if (kind < 0.68) {
            draw_picture(scene, pen, x + 0.4f);
            x += 1;
        } else if (kind < 0.82) {
            draw_wall_hooks(scene, pen, x + 0.6f);
            x += 1.4f;
        } else if (kind < 0.88) {
            draw_clock(scene, pen, x + 0.25f);
            x += 0.6f;
        }
        x += between(scene, 0.1f, 0.9f);
    }
}

static void draw_room(struct vww_scene *scene, struct vww_pen *world)
{
    const float depth = fmaxf(between(scene, 3, 6.5f), scene->main_distance + 0.6f);
    const float ceiling = between(scene, 2.4f, 3);
    const float middle = between(scene, -0.8f, 0.8f), half = between(scene, 1.7f, 3.4f);
    scene->left = fminf(middle - half, scene->main_x - 0.5f);
    scene->right = fmaxf(middle + half, scene->main_x + 0.5f);
    scene->near = 0.8f;
    scene->far = depth - 0.35f;
    const float l = scene->left, r = scene->right;
    const struct vww_colour wall = vww_palette_wall(scene->random),
                            floor = vww_palette_wood(scene->random),
                            white = vww_palette_grey(scene->random, 0.8f, 0.95f);
    struct vww_paint boards = vww_paint_down(vww_colour_scale(floor, 0.9f), floor);
    const double kind = vww_random_unit(scene->random);
    if (kind < 0.45)
        boards.texture = on_ground(scene, VWW_TEXTURE_PLANKS, 0.22f, between(scene, 0.1f, 0.2f));
    else if (kind < 0.7)
        boards.texture =
            on_ground(scene, chance(scene, 0.3) ? VWW_TEXTURE_CHECKS : VWW_TEXTURE_TILES, 0.25f,
                      between(scene, 0.3f, 0.6f));
    else
        boards.texture = on_ground(scene, VWW_TEXTURE_NOISE, 0.15f, 0.5f);
    ground(world, boards, l - 1, r + 1, 0.15f, depth);
    vww_pen_sheet(world, vww_paint_down(white, vww_colour_scale(white, 0.9f)),
                  VWW_VECTORS({l, ceiling, 0.15f}, {r, ceiling, 0.15f}, {r, ceiling, depth},
                              {l, ceiling, depth}));
    struct vww_pen back = vww_pen_at(world, 0, depth, 0);
    struct vww_paint paper = vww_paint_down(wall, vww_colour_scale(wall, 0.88f));
    static const enum vww_texture_kind papers[] = {VWW_TEXTURE_NOISE,   VWW_TEXTURE_NOISE,
                                                   VWW_TEXTURE_STRIPES, VWW_TEXTURE_DOTS,
                                                   VWW_TEXTURE_BRICKS,  VWW_TEXTURE_TILES};
    const enum vww_texture_kind pattern = papers[vww_random_below(scene->random, 6)];
    const float unit = pattern == VWW_TEXTURE_NOISE ? 2 : between(scene, 0.1f, 0.25f);
    paper.texture = vww_pen_texture(&back, pattern, between(scene, 0.05f, 0.15f), unit, unit);
    vww_pen_box(&back, paper, 0, l, 0, r, ceiling);
    struct vww_paint shade = paper;
    shade.colour = vww_colour_scale(wall, scene->light.towards.x > 0 ? 0.92f : 0.72f);
    shade.end = vww_colour_scale(shade.colour, 0.9f);
    vww_pen_sheet(
        world, shade,
        VWW_VECTORS({l, 0, 0.15f}, {l, ceiling, 0.15f}, {l, ceiling, depth}, {l, 0, depth}));
    shade.colour = vww_colour_scale(wall, scene->light.towards.x > 0 ? 0.72f : 0.92f);
    shade.end = vww_colour_scale(shade.colour, 0.9f);
    vww_pen_sheet(
        world, shade,
        VWW_VECTORS({r, 0, 0.15f}, {r, ceiling, 0.15f}, {r, ceiling, depth}, {r, 0, depth}));
    vww_pen_box(&back, vww_paint_plain(white), 0, l, 0, r, 0.1f);
    furnish_back_wall(scene, &back);
    if (chance(scene, 0.4)) {
        struct vww_paint rug = vww_paint_plain(vww_palette_cloth(scene->random));
        rug.texture = on_ground(scene, VWW_TEXTURE_CHECKS, 0.2f, 0.3f);
        ground(world, rug, middle - 1, middle + 1, 0.35f * depth, 0.75f * depth);
    }
}

void vww_backdrop_draw(struct vww_scene *scene, struct vww_pen *world)
{
    switch (scene->kind) {
    case VWW_SCENE_ROOM:
    case VWW_SCENE_TABLE:
    case VWW_SCENE_KINDS:
        draw_room(scene, world);
        break;
    case VWW_SCENE_STREET:
        draw_street(scene, world);
        break;
    case VWW_SCENE_AVENUE:
        draw_avenue(scene, world);
        break;
    case VWW_SCENE_PARK:
        draw_park(scene, world);
        break;
    case VWW_SCENE_BEACH:
        draw_beach(scene, world);
        break;
    }
}

unsigned vww_backdrop_place(const struct vww_scene *scene, float x, float z)
{
    switch (scene->kind) {
    case VWW_SCENE_STREET:
        return z > scene->road_low && z < scene->road_high ? VWW_PLACE_ROAD : VWW_PLACE_PAVEMENT;
    case VWW_SCENE_AVENUE:
        return x > scene->road_low && x < scene->road_high ? VWW_PLACE_ROAD : VWW_PLACE_PAVEMENT;
    case VWW_SCENE_PARK:
        return VWW_PLACE_GRASS;
    case VWW_SCENE_BEACH:
        return z < scene->shore - 1.5f ? VWW_PLACE_BEACH : VWW_PLACE_WATER;
    case VWW_SCENE_ROOM:
    case VWW_SCENE_TABLE:
    case VWW_SCENE_KINDS:
        break;
    }
    return VWW_PLACE_ROOM;
}
