#include "dataset/synth_texture.h"

#include <math.h>
#include <stddef.h>

/* A whole-number hash (two rounds of the "lowbias32" finalizer of Wellons 2018) to 0 … 1. */
static float cell_value(int32_t x, int32_t y)
{
    uint32_t h = (uint32_t)x * 0x9e3779b9u ^ (uint32_t)y * 0x85ebca6bu;
    h = (h ^ (h >> 16)) * 0x7feb352du;
    h = (h ^ (h >> 15)) * 0x846ca68bu;
    h ^= h >> 16;
    return (float)(h >> 8) * 0x1p-24f;
}

static float smooth(float t)
{
    return t * t * (3 - 2 * t);
}

void vww_noise_init(struct vww_noise *noise)
{
    for (int y = 0; y < VWW_NOISE_SIDE; y++)
        for (int x = 0; x < VWW_NOISE_SIDE; x++) {
            float sum = 0, weight = 1, total = 0;
            for (int octave = 0; octave < 5; octave++) {
                const int cell = 16 >> octave, cells = VWW_NOISE_SIDE / cell;
                const int cx = x / cell, cy = y / cell;
                const float fx = smooth((float)(x % cell) / (float)cell);
                const float fy = smooth((float)(y % cell) / (float)cell);
                const int salt = octave * 1000, nx = (cx + 1) % cells, ny = (cy + 1) % cells;
                const float top =
                    cell_value(cx + salt, cy) * (1 - fx) + cell_value(nx + salt, cy) * fx;
                const float bottom =
                    cell_value(cx + salt, ny) * (1 - fx) + cell_value(nx + salt, ny) * fx;
                sum += weight * (top * (1 - fy) + bottom * fy);
                total += weight;
                weight *= 0.6f;
            }
            noise->value[y * VWW_NOISE_SIDE + x] = fmaxf(-1, fminf(1, 3.2f * (sum / total - 0.5f)));
        }
}

float vww_noise_at(const struct vww_noise *noise, float u, float v)
{
    const float fu = floorf(u), fv = floorf(v);
    const uint32_t mask = VWW_NOISE_SIDE - 1;
    const uint32_t x0 = (uint32_t)(int32_t)fu & mask, y0 = (uint32_t)(int32_t)fv & mask;
    const uint32_t x1 = (x0 + 1) & mask, y1 = (y0 + 1) & mask;
    const float a = u - fu, b = v - fv;
    const float *const row0 = noise->value + y0 * VWW_NOISE_SIDE;
    const float *const row1 = noise->value + y1 * VWW_NOISE_SIDE;
    const float top = row0[x0] + a * (row0[x1] - row0[x0]);
    const float bottom = row1[x0] + a * (row1[x1] - row1[x0]);
    return top + b * (bottom - top);
}

static float fraction(float x)
{
    return x - floorf(x);
}

/* Bricks and planks: rows one unit high, every row shifted; a dark joint; each piece its own tone.
 */
static float courses(const struct vww_noise *noise, float u, float v, float length, float joint,
                     float shift)
{
    const float row = floorf(v);
    const float along = u / length + row * shift;
    const float piece = floorf(along);
    if (v - row < joint || (along - piece) * length < joint)
        return -1;
    return 0.9f * cell_value((int32_t)piece, (int32_t)row) - 0.35f +
           0.3f * vww_noise_at(noise, u * 3, v * 11);
}

static float value_at(enum vww_texture_kind kind, const struct vww_noise *noise, float u, float v)
{
    switch (kind) {
    case VWW_TEXTURE_NONE:
        return 0;
    case VWW_TEXTURE_NOISE:
        return vww_noise_at(noise, u * 16, v * 16);
    case VWW_TEXTURE_LEAVES: {
        const float fine = vww_noise_at(noise, u * 40, v * 40);
        const float coarse = vww_noise_at(noise, v * 9 + 37, u * 9 + 91);
        return fmaxf(-1, fminf(1, 1.3f * fine + 0.7f * coarse));
    }
    case VWW_TEXTURE_STRIPES:
        return fraction(u) < 0.5f ? 1 : -1;
    case VWW_TEXTURE_CHECKS:
        return (fraction(u) < 0.5f ? 0.5f : -0.5f) + (fraction(v) < 0.5f ? 0.5f : -0.5f);
    case VWW_TEXTURE_DOTS: {
        const float x = fraction(u) - 0.5f, y = fraction(v) - 0.5f;
        return x * x + y * y < 0.08f ? 1 : -0.2f;
    }
    case VWW_TEXTURE_BRICKS:
        return courses(noise, u, v, 2, 0.16f, 0.5f);
    case VWW_TEXTURE_PLANKS:
        return courses(noise, v, u, 9, 0.06f, 0.37f);
    case VWW_TEXTURE_TILES:
        return courses(noise, u, v, 1, 0.06f, 0);
    case VWW_TEXTURE_WINDOWS: {
        const float x = fraction(u), y = fraction(v);
        if (x < 0.3f || y < 0.35f)
            return 0;
        return cell_value((int32_t)floorf(u), (int32_t)floorf(v)) > 0.8f ? 0.8f : -1;
    }
    }
    return 0;
}

float vww_texture_at(const struct vww_texture *texture, const struct vww_noise *noise, int x, int y)
{
    float u = (float)x + 0.5f, v = (float)y + 0.5f, strength = texture->strength;
    const struct vww_view *const view = texture->ground;
    if (view != NULL) {
        const float below = fmaxf(v - view->horizon, 0.25f);
        const float distance = view->focal * view->eye / below;
        /* Where a pixel spans more than a unit the pattern blurs into its mean. */
        const float units = distance / (below * fminf(texture->width, texture->height));
        u = (u - view->centre) * distance / view->focal;
        v = distance;
        strength /= 1 + units * units;
        if (strength < 0.01f)
            return 0;
    }
    v = v / texture->height;
    u = u / texture->width + texture->slant * v;
    return strength * value_at(texture->kind, noise, u + texture->u, v + texture->v);
}
