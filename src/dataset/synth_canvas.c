#include "dataset/synth_canvas.h"
#include "base/memory.h"

#include <math.h>
#include <string.h>

vww_status vww_canvas_init(struct vww_canvas *canvas, int32_t width, int32_t height,
                           const struct vww_noise *noise, struct vww_error *error)
{
    *canvas = (struct vww_canvas){.width = width, .height = height, .noise = noise};
    const size_t pixels = (size_t)width * (size_t)height;
    const size_t cover = ((size_t)width + 2) * (size_t)height;
    canvas->rgb = vww_allocate(pixels * 3, sizeof *canvas->rgb);
    canvas->owner = vww_allocate(pixels, sizeof *canvas->owner);
    canvas->cover = vww_allocate(cover, sizeof *canvas->cover);
    if (canvas->rgb == NULL || canvas->owner == NULL || canvas->cover == NULL) {
        vww_canvas_fini(canvas);
        return vww_fail_memory(error, pixels * 3 * sizeof *canvas->rgb);
    }
    return VWW_OK;
}

void vww_canvas_fini(struct vww_canvas *canvas)
{
    vww_free(canvas->rgb);
    vww_free(canvas->owner);
    vww_free(canvas->cover);
    *canvas = (struct vww_canvas){0};
}

struct vww_colour vww_colour_mix(struct vww_colour a, struct vww_colour b, float share)
{
    return (struct vww_colour){a.r + share * (b.r - a.r), a.g + share * (b.g - a.g),
                               a.b + share * (b.b - a.b)};
}

struct vww_colour vww_colour_scale(struct vww_colour colour, float factor)
{
    return (struct vww_colour){colour.r * factor, colour.g * factor, colour.b * factor};
}

struct vww_paint vww_paint_plain(struct vww_colour colour)
{
    return (struct vww_paint){.colour = colour, .end = colour, .alpha = 1};
}

struct vww_paint vww_paint_down(struct vww_colour top, struct vww_colour bottom)
{
    return (struct vww_paint){.colour = top, .end = bottom, .direction = {0, 1}, .alpha = 1};
}

/* --- coverage ---------------------------------------------------------------------------------
 * An edge adds to each pixel it crosses the area to its right within the pixel, signed by whether
 * it goes up or down, and to the next pixel what is missing to a full row height; the running sum
 * along a row is then the covered share of each pixel. */

static float clampf(float x, float low, float high)
{
    return x < low ? low : (x > high ? high : x);
}

/* The piece of an edge within one row, from column x0 to x1 (both within 0 … width), covering
 * `height` (signed) of the row. */
static void cover_row(float *row, float x0, float x1, float height)
{
    const float left = fminf(x0, x1), right = fmaxf(x0, x1);
    const int first = (int)left, last = (int)right;
    if (first == last) {
        const float mean = 0.5f * (left + right) - (float)first;
        row[first] += height * (1 - mean);
        row[first + 1] += height * mean;
        return;
    }
    /* height per column; the first and last columns are crossed in part */
    const float slope = height / (right - left);
    const float into_first = (float)(first + 1) - left;
    float area = 0.5f * slope * into_first * into_first;
    row[first] += area;
    float done = area, reached = slope * into_first;
    for (int x = first + 1; x < last; x++) {
        area = reached + 0.5f * slope;
        row[x] += area - done;
        done = area;
        reached += slope;
    }
    const float into_last = right - (float)last;
    area = reached * into_last + 0.5f * slope * into_last * into_last + height * (1 - into_last);
    row[last] += area - done;
    row[last + 1] += height - area;
}

static void cover_edge(struct vww_canvas *canvas, struct vww_point a, struct vww_point b)
{
    if (a.y == b.y)
        return;
    const float sign = a.y < b.y ? 1 : -1;
    if (sign < 0) {
        const struct vww_point swapped = a;
        a = b;
        b = swapped;
    }
    const float width = (float)canvas->width;
    const float top = fmaxf(a.y, 0), bottom = fminf(b.y, (float)canvas->height);
    if (top >= bottom)
        return;
    const float dx = (b.x - a.x) / (b.y - a.y);
    for (int y = (int)top; (float)y < bottom; y++) {
        const float y0 = fmaxf(top, (float)y), y1 = fminf(bottom, (float)(y + 1));
        if (y1 <= y0)
            continue;
        const float x0 = clampf(a.x + (y0 - a.y) * dx, 0, width);
        const float x1 = clampf(a.x + (y1 - a.y) * dx, 0, width);
        cover_row(canvas->cover + (size_t)y * ((size_t)canvas->width + 2), x0, x1,
                  sign * (y1 - y0));
    }
}

/* --- paint ------------------------------------------------------------------------------------ */

/* Where along the gradient a pixel lies: base + x * dx + y * dy, 0 … 1 within the outline. */
struct ramp {
    float base, dx, dy;
};

static struct ramp ramp_of(const struct vww_paint *paint, const struct vww_point *outline,
                           int count)
{
    const struct vww_point d = paint->direction;
    if (d.x == 0 && d.y == 0)
        return (struct ramp){0};
    float low = INFINITY, high = -INFINITY;
    for (int i = 0; i < count; i++) {
        const float along = outline[i].x * d.x + outline[i].y * d.y;
        low = fminf(low, along);
        high = fmaxf(high, along);
    }
    const float scale = 1 / fmaxf(high - low, 1e-3f);
    return (struct ramp){(0.5f * (d.x + d.y) - low) * scale, d.x * scale, d.y * scale};
}

/* Paint one row's covered pixels from column x0 up to x1, clearing the coverage. */
static void paint_row(struct vww_canvas *canvas, int y, int x0, int x1,
                      const struct vww_paint *paint, const struct ramp *ramp, int owner)
{
    float *const cover = canvas->cover + (size_t)y * ((size_t)canvas->width + 2);
    const size_t row = (size_t)y * (size_t)canvas->width;
    float sum = 0;
    for (int x = x0; x < x1; x++) {
        sum += cover[x];
        cover[x] = 0;
        const float alpha = paint->alpha * fminf(fabsf(sum), 1);
        if (alpha < 0.004f)
            continue;
        const float t = clampf(ramp->base + (float)x * ramp->dx + (float)y * ramp->dy, 0, 1);
        struct vww_colour colour = vww_colour_mix(paint->colour, paint->end, t);
        if (paint->texture.kind != VWW_TEXTURE_NONE)
            colour =
                vww_colour_scale(colour, 1 + vww_texture_at(&paint->texture, canvas->noise, x, y));
        float *const pixel = canvas->rgb + 3 * (row + (size_t)x);
        pixel[0] += alpha * (colour.r - pixel[0]);
        pixel[1] += alpha * (colour.g - pixel[1]);
        pixel[2] += alpha * (colour.b - pixel[2]);
        if (owner != VWW_OWNER_KEEP && alpha >= 0.5f)
            canvas->owner[row + (size_t)x] = (uint16_t)owner;
    }
    cover[x1] = cover[x1 + 1] = 0;
}

void vww_canvas_fill(struct vww_canvas *canvas, const struct vww_point *outline, int count,
                     const struct vww_paint *paint, int owner)
{
    float left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
    for (int i = 0; i < count; i++) {
        left = fminf(left, outline[i].x);
        right = fmaxf(right, outline[i].x);
        top = fminf(top, outline[i].y);
        bottom = fmaxf(bottom, outline[i].y);
    }
    const float width = (float)canvas->width, height = (float)canvas->height;
    if (!(right > 0 && left < width && bottom > 0 && top < height))
        return;
    for (int i = 0; i < count; i++)
        cover_edge(canvas, outline[i], outline[i + 1 < count ? i + 1 : 0]);
    const struct ramp ramp = ramp_of(paint, outline, count);
    const int x0 = (int)clampf(left, 0, width), x1 = (int)clampf(ceilf(right), 0, width);
    const int y0 = (int)clampf(top, 0, height), y1 = (int)clampf(ceilf(bottom), 0, height);
    for (int y = y0; y < y1; y++)
        paint_row(canvas, y, x0, x1, paint, &ramp, owner);
}
