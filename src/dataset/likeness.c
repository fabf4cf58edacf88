#include "dataset/likeness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 32 /* the hash sees the image at 32 x 32 pixels */
#define LOW VWW_LIKENESS_SIDE

/* The lowest LOW x LOW coefficients of the orthonormal discrete cosine transform, type II, of
 * SIDE x SIDE values. */
static void transform(const float *values, float *coefficients)
{
    float cosines[LOW][SIDE], rows[LOW][SIDE];
    for (int k = 0; k < LOW; k++)
        for (int i = 0; i < SIDE; i++)
            cosines[k][i] = (float)(sqrt((k == 0 ? 1.0 : 2.0) / SIDE) *
                                    cos(M_PI * k * (2 * i + 1) / (2.0 * SIDE)));
    for (int k = 0; k < LOW; k++)
        for (int y = 0; y < SIDE; y++) {
            rows[k][y] = 0;
            for (int x = 0; x < SIDE; x++)
                rows[k][y] += cosines[k][x] * values[y * SIDE + x];
        }
    for (int ky = 0; ky < LOW; ky++)
        for (int kx = 0; kx < LOW; kx++) {
            float sum = 0;
            for (int y = 0; y < SIDE; y++)
                sum += cosines[ky][y] * rows[kx][y];
            coefficients[ky * LOW + kx] = sum;
        }
}

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return x < y ? -1 : x > y;
}

static uint64_t hash_of(const struct vww_image *small)
{
    float brightness[SIDE * SIDE], coefficients[LOW * LOW], sorted[LOW * LOW];
    for (int i = 0; i < SIDE * SIDE; i++) {
        const uint8_t *p = small->pixels + (ptrdiff_t)3 * i;
        brightness[i] = 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
    }
    transform(brightness, coefficients);
    coefficients[0] = 0; /* the mean brightness says nothing about what is seen */
    memcpy(sorted, coefficients, sizeof sorted);
    qsort(sorted, LOW * LOW, sizeof *sorted, compare_floats);
    const float median = (sorted[LOW * LOW / 2 - 1] + sorted[LOW * LOW / 2]) / 2;
    uint64_t hash = 0;
    for (int i = 0; i < LOW * LOW; i++)
        hash |= (uint64_t)(coefficients[i] > median) << i;
    return hash;
}

vww_status vww_likeness_of(const struct vww_image *image, struct vww_likeness *likeness,
                           struct vww_error *error)
{
    struct vww_image small = {0}, colours = {0};
    vww_status status = vww_image_init(&small, SIDE, SIDE, 3, error);
    if (status == VWW_OK)
        status = vww_image_init(&colours, VWW_LIKENESS_SIDE, VWW_LIKENESS_SIDE, 3, error);
    if (status == VWW_OK)
        status = vww_image_resize(image, 0, 0, image->width, image->height, &small, error);
    if (status == VWW_OK)
        status = vww_image_resize(&small, 0, 0, SIDE, SIDE, &colours, error);
    if (status == VWW_OK) {
        likeness->hash = hash_of(&small);
        memcpy(likeness->colours, colours.pixels, sizeof likeness->colours);
    }
    vww_image_fini(&small);
    vww_image_fini(&colours);
    return status;
}

int vww_likeness_distance(const struct vww_likeness *a, const struct vww_likeness *b)
{
    return __builtin_popcountll(a->hash ^ b->hash);
}

bool vww_likeness_same(const struct vww_likeness *a, const struct vww_likeness *b, int bits)
{
    if (vww_likeness_distance(a, b) > bits)
        return false;
    int difference = 0;
    for (size_t i = 0; i < sizeof a->colours; i++)
        difference += abs(a->colours[i] - b->colours[i]);
    return difference <= VWW_LIKENESS_COLOUR * (int)sizeof a->colours;
}
