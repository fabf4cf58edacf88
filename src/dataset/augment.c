#include "dataset/augment.h"

#include <math.h>
#include <stdint.h>

const struct vww_augmentation vww_augmentation_default = {
    .crop = true,
    .crop_area_least = 0.5,
    .crop_aspect_most = 4.0 / 3.0,
    .flip = true,
    .colour = true,
    .brightness = 32.0 / 255.0,
    .contrast = 0.25,
    .saturation = 0.5,
};

#define CROP_TRIES 10

static int32_t share_of(double share, int32_t length)
{
    const int32_t pixels = (int32_t)(share * length + 0.5);
    return pixels < 1 ? 1 : pixels > length ? length : pixels;
}

/* Area and aspect ratio are drawn until the rectangle fits (slim's rule), which a few tries do.
 * Both are relative to the image: a stretched square counts as having its photograph's own aspect.
 */
static bool draw_crop(const struct vww_augmentation *augmentation, struct vww_random *random,
                      int32_t width, int32_t height, struct vww_rectangle *crop)
{
    const double most = augmentation->crop_aspect_most;
    const double area = vww_random_between(random, augmentation->crop_area_least, 1);
    const double aspect = vww_random_between(random, 1 / most, most);
    const double across = sqrt(area * aspect), down = sqrt(area / aspect);
    if (across > 1 || down > 1)
        return false;
    crop->width = share_of(across, width);
    crop->height = share_of(down, height);
    crop->x = (int32_t)vww_random_below(random, (uint32_t)(width - crop->width + 1));
    crop->y = (int32_t)vww_random_below(random, (uint32_t)(height - crop->height + 1));
    return true;
}

static double overlap(double low, double high, double from, double to)
{
    const double length = fmin(high, to) - fmax(low, from);
    return length > 0 ? length : 0;
}

enum sight { NOTHING, REMNANTS, OBJECT };

/* What a crop shows of the objects. */
static enum sight look(const struct vww_objects *objects, struct vww_rectangle crop, int32_t width,
                       int32_t height)
{
    enum sight seen = NOTHING;
    const double area = (double)crop.width * crop.height;
    for (size_t i = 0; i < objects->count && seen != OBJECT; i++) {
        const struct vww_box *box = &objects->boxes[i];
        const double left = (double)box->xmin * width, right = (double)box->xmax * width;
        const double top = (double)box->ymin * height, bottom = (double)box->ymax * height;
        const double visible = overlap(left, right, crop.x, crop.x + crop.width) *
                               overlap(top, bottom, crop.y, crop.y + crop.height);
        if (visible >= VWW_RELABEL_VISIBLE * (right - left) * (bottom - top) &&
            visible > VWW_RELABEL_SHARE * area)
            seen = OBJECT;
        else if (visible > 0)
            seen = REMNANTS;
    }
    return seen;
}

struct vww_rectangle vww_augment_crop(const struct vww_augmentation *augmentation,
                                      struct vww_random *random, int32_t width, int32_t height,
                                      const struct vww_objects *objects, int32_t *label)
{
    const struct vww_rectangle whole = {0, 0, width, height};
    const bool relabel = augmentation->relabel && *label != 0 && objects->count > 0;
    for (int i = 0; i < CROP_TRIES && augmentation->crop; i++) {
        struct vww_rectangle crop;
        if (!draw_crop(augmentation, random, width, height, &crop))
            continue;
        const enum sight seen = relabel ? look(objects, crop, width, height) : OBJECT;
        if (seen == REMNANTS)
            continue;
        if (seen == NOTHING)
            *label = 0;
        return crop;
    }
    return whole;
}

/* --- turn, move, scale --------------------------------------------------------------------------
 */

bool vww_augment_warps(const struct vww_augmentation *augmentation)
{
    return augmentation->rotation > 0 || augmentation->shift > 0 || augmentation->zoom > 0;
}

#define WARP_BITS 16
#define WARP_ONE (1 << WARP_BITS)

static int64_t clip(int64_t value, int64_t most)
{
    return value < 0 ? 0 : value > most ? most : value;
}

/* x and y: of the centre of the pixel wanted, in pixel widths with WARP_BITS fractional bits. */
static void sample(const uint8_t *from, int32_t width, int32_t height, int64_t x, int64_t y,
                   uint8_t to[3])
{
    x = clip(x, (int64_t)(width - 1) << WARP_BITS);
    y = clip(y, (int64_t)(height - 1) << WARP_BITS);
    const int64_t left = x >> WARP_BITS, top = y >> WARP_BITS;
    const int64_t across = (x & (WARP_ONE - 1)) >> 8, down = (y & (WARP_ONE - 1)) >> 8;
    const uint8_t *a = from + (top * width + left) * 3;
    const uint8_t *b = a + (down > 0 ? (int64_t)width * 3 : 0);
    const int right = across > 0 ? 3 : 0;
    for (int c = 0; c < 3; c++) {
        const int64_t upper = a[c] * (256 - across) + a[c + right] * across;
        const int64_t lower = b[c] * (256 - across) + b[c + right] * across;
        to[c] = (uint8_t)((upper * (256 - down) + lower * down + (1 << 15)) >> 16);
    }
}

static int64_t warp_fixed(double value)
{
    return (int64_t)floor(value * WARP_ONE + 0.5);
}

void vww_augment_warp(const struct vww_augmentation *augmentation, struct vww_random *random,
                      int32_t width, int32_t height, const uint8_t *from, uint8_t *to)
{
    const double turn = vww_random_between(random, -augmentation->rotation, augmentation->rotation);
    const double angle = turn * 3.14159265358979323846 / 180;
    const double right = vww_random_between(random, -augmentation->shift, augmentation->shift);
    const double down = vww_random_between(random, -augmentation->shift, augmentation->shift);
    const double wide = vww_random_between(random, 1 - augmentation->zoom, 1 + augmentation->zoom);
    const double high = vww_random_between(random, 1 - augmentation->zoom, 1 + augmentation->zoom);
    /* From a pixel of the result, relative to the middle, to the one it shows. */
    const int64_t xx = warp_fixed(cos(angle) * wide), xy = warp_fixed(-sin(angle) * high);
    const int64_t yx = warp_fixed(sin(angle) * wide), yy = warp_fixed(cos(angle) * high);
    const double middle_x = 0.5 * (width - 1), middle_y = 0.5 * (height - 1);
    const int64_t from_x = warp_fixed(middle_x + right * width);
    const int64_t from_y = warp_fixed(middle_y + down * height);
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++, to += 3) {
            const int64_t across = 2 * (int64_t)x - (width - 1);
            const int64_t along = 2 * (int64_t)y - (height - 1);
            sample(from, width, height, from_x + (xx * across + xy * along) / 2,
                   from_y + (yx * across + yy * along) / 2, to);
        }
}

/* --- flip and colour ----------------------------------------------------------------------------
 */

static void flip_row(uint8_t *row, int32_t width)
{
    for (int32_t left = 0, right = width - 1; left < right; left++, right--)
        for (int c = 0; c < 3; c++) {
            const uint8_t swapped = row[3 * left + c];
            row[3 * left + c] = row[3 * right + c];
            row[3 * right + c] = swapped;
        }
}

/* Saturation mixes a pixel with its grey, contrast scales about mid-grey, brightness adds.
 * Together: value' = own * value + grey * brightness of the pixel + constant */
struct colour {
    int32_t own, grey, constant; /* 12 fractional bits */
};

#define COLOUR_BITS 12

static int32_t fixed(double value)
{
    return (int32_t)floor(value * (1 << COLOUR_BITS) + 0.5);
}

static struct colour draw_colour(const struct vww_augmentation *augmentation,
                                 struct vww_random *random)
{
    const double brightness =
        vww_random_between(random, -augmentation->brightness, augmentation->brightness);
    const double contrast =
        vww_random_between(random, 1 - augmentation->contrast, 1 + augmentation->contrast);
    const double saturation =
        vww_random_between(random, 1 - augmentation->saturation, 1 + augmentation->saturation);
    return (struct colour){
        .own = fixed(contrast * saturation),
        .grey = fixed(contrast * (1 - saturation)),
        .constant = fixed(127.5 * (1 - contrast) + 255 * brightness + 0.5),
    };
}

static uint8_t clamped(int32_t value)
{
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

#define COLOUR_BLOCK 64 /* pixels */

/* In two passes over a block: what a pixel's channels share, then channel by channel, which the
 * compiler turns into vectors. */
static void apply_colour(struct colour colour, int32_t count, uint8_t *pixels)
{
    int32_t shared[3 * COLOUR_BLOCK];
    const int16_t own = colour.own < INT16_MAX ? (int16_t)colour.own : INT16_MAX;
    for (int32_t first = 0, block; first < count; first += block, pixels += 3 * block) {
        block = count - first < COLOUR_BLOCK ? count - first : COLOUR_BLOCK;
        for (int32_t i = 0; i < block; i++) {
            const uint8_t *pixel = pixels + 3 * i;
            /* Rec. 601 luma, 8 fractional bits */
            const int32_t luma = (77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2]) >> 8;
            shared[3 * i] = shared[3 * i + 1] = shared[3 * i + 2] =
                colour.grey * luma + colour.constant;
        }
        for (int32_t k = 0; k < 3 * block; k++)
            pixels[k] = clamped(((int32_t)own * (int16_t)pixels[k] + shared[k]) >> COLOUR_BITS);
    }
}

void vww_augment_pixels(const struct vww_augmentation *augmentation, struct vww_random *random,
                        int32_t width, int32_t height, uint8_t *pixels)
{
    if (augmentation->flip && (vww_random_u64(random) >> 63) != 0)
        for (int32_t y = 0; y < height; y++)
            flip_row(pixels + (size_t)y * (size_t)width * 3, width);
    if (augmentation->colour)
        apply_colour(draw_colour(augmentation, random), width * height, pixels);
}
