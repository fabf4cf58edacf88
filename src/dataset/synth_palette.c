#include "dataset/synth_palette.h"

#include <math.h>
#include <stdbool.h>

/* Hue in turns (0 red, 1/3 green), saturation and value 0 … 1. */
static struct vww_colour from_hsv(float hue, float saturation, float value)
{
    const float h = 6 * (hue - floorf(hue));
    const float r = fminf(fmaxf(fabsf(h - 3) - 1, 0), 1);
    const float g = fminf(fmaxf(2 - fabsf(h - 2), 0), 1);
    const float b = fminf(fmaxf(2 - fabsf(h - 4), 0), 1);
    return (struct vww_colour){value * (1 - saturation + saturation * r),
                               value * (1 - saturation + saturation * g),
                               value * (1 - saturation + saturation * b)};
}

/* The hue of a colour, in turns; 0 for greys. */
static float hue_of(struct vww_colour c)
{
    const float high = fmaxf(c.r, fmaxf(c.g, c.b)), low = fminf(c.r, fminf(c.g, c.b));
    const float range = high - low;
    if (range <= 0)
        return 0;
    float h;
    if (high == c.r)
        h = (c.g - c.b) / range;
    else if (high == c.g)
        h = 2 + (c.b - c.r) / range;
    else
        h = 4 + (c.r - c.g) / range;
    return h / 6 - floorf(h / 6);
}

static float between(struct vww_random *random, double low, double high)
{
    return (float)vww_random_between(random, low, high);
}

/* One of the list, or between two neighbours of it, a little varied. */
static struct vww_colour from_list(struct vww_random *random, const struct vww_colour *list,
                                   uint32_t count, float variation)
{
    const uint32_t i = vww_random_below(random, count - 1);
    struct vww_colour colour = vww_colour_mix(list[i], list[i + 1], between(random, 0, 1));
    const float tone = between(random, 1 - variation, 1 + variation);
    colour.r *= tone * between(random, 1 - 0.4 * variation, 1 + 0.4 * variation);
    colour.g *= tone;
    colour.b *= tone * between(random, 1 - 0.4 * variation, 1 + 0.4 * variation);
    return colour;
}

/* Things are seldom of the hue of skin: most colours that come near it are moved to its edge, to
 * red or to yellow. How many stay decides how much colour alone tells, and so how soon a small
 * network learns. */
#define SKIN_HUE_LOW 0.005f
#define SKIN_HUE_HIGH 0.11f
#define SKIN_HUE_KEPT 0.05

static struct vww_colour beside_skin(struct vww_random *random, struct vww_colour colour)
{
    const float value = fmaxf(colour.r, fmaxf(colour.g, colour.b));
    const float low = fminf(colour.r, fminf(colour.g, colour.b));
    const float hue = hue_of(colour);
    const bool kept = vww_random_unit(random) < SKIN_HUE_KEPT;
    if (kept || value <= 0 || hue < SKIN_HUE_LOW || hue > SKIN_HUE_HIGH)
        return colour;
    const float saturation = (value - low) / value;
    if (hue < 0.3f * SKIN_HUE_HIGH + 0.7f * SKIN_HUE_LOW)
        return from_hsv(SKIN_HUE_LOW - between(random, 0, 0.04), saturation, value);
    /* Browns turn yellow; paler, they look like grey wood and straw rather than olive. */
    return from_hsv(SKIN_HUE_HIGH + between(random, 0, 0.03), 0.75f * saturation, value);
}

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof(list)[0]))

struct vww_colour vww_palette_skin(struct vww_random *random)
{
    static const struct vww_colour skins[] = {
        {0.96f, 0.82f, 0.73f}, {0.93f, 0.76f, 0.64f}, {0.87f, 0.68f, 0.54f}, {0.78f, 0.58f, 0.44f},
        {0.66f, 0.46f, 0.33f}, {0.52f, 0.35f, 0.24f}, {0.38f, 0.25f, 0.18f}, {0.27f, 0.18f, 0.14f},
    };
    return from_list(random, skins, COUNT(skins), 0.06f);
}

struct vww_colour vww_palette_hair(struct vww_random *random)
{
    static const struct vww_colour hairs[] = {
        {0.07f, 0.06f, 0.06f}, {0.12f, 0.09f, 0.07f}, {0.22f, 0.14f, 0.09f},
        {0.36f, 0.23f, 0.13f}, {0.55f, 0.38f, 0.20f}, {0.78f, 0.62f, 0.38f},
        {0.50f, 0.24f, 0.12f}, {0.60f, 0.58f, 0.56f}, {0.85f, 0.84f, 0.82f},
    };
    return from_list(random, hairs, COUNT(hairs), 0.1f);
}

struct vww_colour vww_palette_cloth(struct vww_random *random)
{
    const double kind = vww_random_unit(random);
    if (kind < 0.18) /* black, navy, charcoal */
        return beside_skin(random, from_hsv(between(random, 0.55, 0.7), between(random, 0, 0.45),
                                            between(random, 0.06, 0.28)));
    if (kind < 0.34) /* white to grey */
        return beside_skin(random, from_hsv(between(random, 0, 1), between(random, 0, 0.08),
                                            between(random, 0.45, 0.97)));
    if (kind < 0.52) /* blues */
        return beside_skin(random, from_hsv(between(random, 0.54, 0.66), between(random, 0.3, 0.8),
                                            between(random, 0.3, 0.8)));
    if (kind < 0.68) /* browns, beige, olive */
        return beside_skin(random, from_hsv(between(random, 0.09, 0.22), between(random, 0.2, 0.6),
                                            between(random, 0.25, 0.8)));
    return beside_skin(random, from_hsv(between(random, 0, 1), between(random, 0.4, 0.9),
                                        between(random, 0.4, 0.92)));
}

struct vww_colour vww_palette_trousers(struct vww_random *random)
{
    const double kind = vww_random_unit(random);
    if (kind < 0.45) /* denim */
        return beside_skin(random, from_hsv(between(random, 0.57, 0.65), between(random, 0.3, 0.65),
                                            between(random, 0.2, 0.6)));
    if (kind < 0.7)
        return beside_skin(random, from_hsv(between(random, 0, 1), between(random, 0, 0.15),
                                            between(random, 0.06, 0.35)));
    return vww_palette_cloth(random);
}

struct vww_colour vww_palette_wall(struct vww_random *random)
{
    const double kind = vww_random_unit(random);
    if (kind < 0.6)
        return beside_skin(random, from_hsv(between(random, 0.1, 0.2), between(random, 0.03, 0.22),
                                            between(random, 0.6, 0.93)));
    return beside_skin(random, from_hsv(between(random, 0, 1), between(random, 0.08, 0.45),
                                        between(random, 0.45, 0.9)));
}

struct vww_colour vww_palette_facade(struct vww_random *random)
{
    static const struct vww_colour facades[] = {
        {0.52f, 0.27f, 0.22f}, {0.58f, 0.42f, 0.36f}, {0.78f, 0.74f, 0.62f},
        {0.74f, 0.72f, 0.70f}, {0.55f, 0.55f, 0.57f}, {0.86f, 0.85f, 0.80f},
        {0.72f, 0.66f, 0.48f}, {0.45f, 0.40f, 0.36f}, {0.62f, 0.68f, 0.72f},
    };
    return beside_skin(random, from_list(random, facades, COUNT(facades), 0.15f));
}

struct vww_colour vww_palette_wood(struct vww_random *random)
{
    static const struct vww_colour woods[] = {
        {0.22f, 0.16f, 0.11f}, {0.36f, 0.27f, 0.17f}, {0.50f, 0.40f, 0.25f},
        {0.66f, 0.55f, 0.36f}, {0.74f, 0.67f, 0.50f}, {0.84f, 0.80f, 0.70f},
    };
    return beside_skin(random, from_list(random, woods, COUNT(woods), 0.12f));
}

struct vww_colour vww_palette_lacquer(struct vww_random *random)
{
    const double kind = vww_random_unit(random);
    if (kind < 0.55)
        return vww_palette_grey(random, 0.08f, 0.92f);
    if (kind < 0.75)
        return beside_skin(random, from_hsv(between(random, 0.56, 0.66), between(random, 0.5, 0.9),
                                            between(random, 0.2, 0.6)));
    if (kind < 0.9)
        return beside_skin(random, from_hsv(between(random, -0.02, 0.03),
                                            between(random, 0.7, 0.95), between(random, 0.4, 0.8)));
    return beside_skin(random, from_hsv(between(random, 0, 1), between(random, 0.4, 0.9),
                                        between(random, 0.4, 0.9)));
}

struct vww_colour vww_palette_leaf(struct vww_random *random)
{
    if (vww_random_unit(random) < 0.12) /* autumn */
        return beside_skin(random, from_hsv(between(random, 0.04, 0.13), between(random, 0.6, 0.85),
                                            between(random, 0.4, 0.75)));
    return beside_skin(random, from_hsv(between(random, 0.2, 0.36), between(random, 0.35, 0.7),
                                        between(random, 0.22, 0.52)));
}

struct vww_colour vww_palette_fur(struct vww_random *random)
{
    static const struct vww_colour furs[] = {
        {0.10f, 0.09f, 0.09f}, {0.30f, 0.20f, 0.13f}, {0.52f, 0.34f, 0.19f}, {0.74f, 0.55f, 0.34f},
        {0.86f, 0.78f, 0.66f}, {0.92f, 0.90f, 0.87f}, {0.45f, 0.43f, 0.42f},
    };
    return beside_skin(random, from_list(random, furs, COUNT(furs), 0.12f));
}

struct vww_colour vww_palette_vivid(struct vww_random *random)
{
    return beside_skin(random, from_hsv(between(random, 0, 1), between(random, 0.55, 0.95),
                                        between(random, 0.5, 0.95)));
}

struct vww_colour vww_palette_grey(struct vww_random *random, float low, float high)
{
    return from_hsv(between(random, 0, 1), between(random, 0, 0.08), between(random, low, high));
}

enum vww_texture_kind vww_palette_pattern(struct vww_random *random)
{
    const double kind = vww_random_unit(random);
    if (kind < 0.62)
        return VWW_TEXTURE_NOISE;
    if (kind < 0.78)
        return VWW_TEXTURE_STRIPES;
    if (kind < 0.9)
        return VWW_TEXTURE_CHECKS;
    return VWW_TEXTURE_DOTS;
}
