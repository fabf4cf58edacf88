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
struct vww_rectangle vww_augment_crop(const struct vww_augmentation *augmentation,
                                      struct vww_random *random, int32_t width, int32_t height)
{
    struct vww_rectangle crop = {0, 0, width, height};
    if (!augmentation->crop)
        return crop;
    const double most = augmentation->crop_aspect_most;
    for (int i = 0; i < CROP_TRIES; i++) {
        const double area = vww_random_between(random, augmentation->crop_area_least, 1);
        const double aspect = vww_random_between(random, 1 / most, most);
        const double across = sqrt(area * aspect), down = sqrt(area / aspect);
        if (across > 1 || down > 1)
            continue;
        crop.width = share_of(across, width);
        crop.height = share_of(down, height);
        crop.x = (int32_t)vww_random_below(random, (uint32_t)(width - crop.width + 1));
        crop.y = (int32_t)vww_random_below(random, (uint32_t)(height - crop.height + 1));
        break;
    }
    return crop;
}

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
