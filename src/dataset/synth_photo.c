#include "dataset/synth_photo.h"

#include <math.h>
#include <string.h>

struct vww_grade vww_grade_random(struct vww_random *random)
{
    struct vww_grade grade = {
        .tint = {1, 1, 1},
        .contrast = (float)vww_random_between(random, 0.8, 1.2),
        .saturation = (float)vww_random_between(random, 0.85, 1.15),
        .vignette = (float)vww_random_between(random, 0, 0.35),
        .noise = (float)vww_random_between(random, 0.003, 0.014),
    };
    if (vww_random_unit(random) < 0.25)
        grade.blur = (float)vww_random_between(random, 0.4, 1.1);
    if (vww_random_unit(random) < 0.015) /* black and white */
        grade.saturation = 0;
    return grade;
}

/* One pass of a binomial filter along a line of `count` pixels, `step` floats apart; centre is the
 * weight of the pixel itself. */
static void blur_line(float *pixel, int count, size_t step, float centre)
{
    const float side = 0.5f * (1 - centre);
    float before[3] = {pixel[0], pixel[1], pixel[2]};
    for (int i = 0; i < count; i++, pixel += step)
        for (int c = 0; c < 3; c++) {
            const float here = pixel[c], after = i + 1 < count ? pixel[step + (size_t)c] : here;
            pixel[c] = centre * here + side * (before[c] + after);
            before[c] = here;
        }
}

static void blur(struct vww_canvas *canvas, float deviation)
{
    /* Two passes of variance `1 - centre` each. */
    const float centre = 1 - fminf(0.5f * deviation * deviation, 0.66f);
    const size_t width = (size_t)canvas->width;
    for (int pass = 0; pass < 2; pass++) {
        for (int y = 0; y < canvas->height; y++)
            blur_line(canvas->rgb + 3 * width * (size_t)y, canvas->width, 3, centre);
        for (int x = 0; x < canvas->width; x++)
            blur_line(canvas->rgb + 3 * x, canvas->height, 3 * width, centre);
    }
}

/* Four values from one draw, each roughly normal with deviation 1 (sum of two uniform ones). */
static void four_noises(struct vww_random *random, float noise[4])
{
    const uint64_t bits = vww_random_u64(random);
    for (int i = 0; i < 4; i++) {
        const float a = (float)((bits >> (16 * i)) & 0xff),
                    b = (float)((bits >> (16 * i + 8)) & 0xff);
        noise[i] = (a + b - 255) * (1 / 104.0f);
    }
}

void vww_photo_develop(struct vww_canvas *canvas, const struct vww_grade *grade,
                       struct vww_random *random, struct vww_image *image)
{
    if (grade->blur >= 0.3f)
        blur(canvas, grade->blur);
    const float cx = 0.5f * (float)canvas->width, cy = 0.5f * (float)canvas->height;
    const float corner = 1 / (cx * cx + cy * cy);
    const float tint[3] = {grade->tint.r, grade->tint.g, grade->tint.b};
    const float *from = canvas->rgb;
    uint8_t *to = image->pixels;
    for (int y = 0; y < canvas->height; y++)
        for (int x = 0; x < canvas->width; x++, from += 3, to += 3) {
            const float dx = (float)x - cx, dy = (float)y - cy;
            const float shade = 1 - grade->vignette * (dx * dx + dy * dy) * corner;
            float noise[4];
            four_noises(random, noise);
            float rgb[3];
            for (int c = 0; c < 3; c++)
                rgb[c] = from[c] * tint[c] * shade;
            const float grey = 0.3f * rgb[0] + 0.59f * rgb[1] + 0.11f * rgb[2];
            const float cast = grade->saturation > 0 ? 0.5f : 0;
            for (int c = 0; c < 3; c++) {
                float v = grey + grade->saturation * (rgb[c] - grey);
                v = 0.45f + grade->contrast * (v - 0.45f);
                v += grade->noise * (noise[3] + cast * noise[c]);
                to[c] = (uint8_t)(255 * fmaxf(0, fminf(1, v)) + 0.5f);
            }
        }
}
