#include "preprocess/camera.h"

struct rgb {
    int32_t red, green, blue;
};

static int32_t clamp(int32_t value)
{
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

/* BT.601: 1.402, 0.344136, 0.714136 and 1.772 in units of 2^-16. */
static struct rgb of_yuv(int32_t y, int32_t u, int32_t v)
{
    u -= 128;
    v -= 128;
    const int32_t scaled = y * 65536 + 32768;
    return (struct rgb){clamp((scaled + 91881 * v) >> 16),
                        clamp((scaled - 22553 * u - 46802 * v) >> 16),
                        clamp((scaled + 116130 * u) >> 16)};
}

/* Five and six bits to eight: the nearest of v * 255 / 31 and of v * 255 / 63. */
static struct rgb of_565(uint32_t low, uint32_t high)
{
    const int32_t word = (int32_t)(high << 8 | low);
    const int32_t red = word >> 11, green = word >> 5 & 63, blue = word & 31;
    return (struct rgb){(red * 527 + 23) >> 6, (green * 259 + 33) >> 6, (blue * 527 + 23) >> 6};
}

/* Pixel x of a row of the camera. */
static struct rgb colour(const uint8_t *row, int32_t x, int32_t pixels)
{
    const uint8_t *two = row + 2 * x, *three = row + 3 * x, *pair = row + x / 2 * 4;
    switch (pixels) {
    case VWWRT_PIXELS_RGB:
        return (struct rgb){three[0], three[1], three[2]};
    case VWWRT_PIXELS_BGR:
        return (struct rgb){three[2], three[1], three[0]};
    case VWWRT_PIXELS_RGB565:
        return of_565(two[0], two[1]);
    case VWWRT_PIXELS_RGB565_BE:
        return of_565(two[1], two[0]);
    case VWWRT_PIXELS_YUYV:
        return of_yuv(two[0], pair[1], pair[3]);
    case VWWRT_PIXELS_UYVY:
        return of_yuv(two[1], pair[0], pair[2]);
    default:
        return (struct rgb){row[x], row[x], row[x]};
    }
}

static uint8_t grey(const uint8_t *row, int32_t x, int32_t pixels)
{
    if (pixels == VWWRT_PIXELS_GREY)
        return row[x];
    if (pixels == VWWRT_PIXELS_YUYV || pixels == VWWRT_PIXELS_UYVY)
        return row[2 * x + (pixels == VWWRT_PIXELS_UYVY)];
    const struct rgb c = colour(row, x, pixels);
    return (uint8_t)((77 * c.red + 150 * c.green + 29 * c.blue + 128) >> 8);
}

static void convert(const struct vwwrt_camera_settings *settings, const uint8_t *row, uint8_t *out)
{
    const int32_t end = settings->left + settings->width;
    if (settings->channels == 1) {
        for (int32_t x = settings->left; x < end; x++)
            *out++ = grey(row, x, settings->pixels);
        return;
    }
    for (int32_t x = settings->left; x < end; x++) {
        const struct rgb c = colour(row, x, settings->pixels);
        *out++ = (uint8_t)c.red;
        *out++ = (uint8_t)c.green;
        *out++ = (uint8_t)c.blue;
    }
}

static int has_meaning(const struct vwwrt_camera_settings *s)
{
    const int is_paired = s->pixels == VWWRT_PIXELS_YUYV || s->pixels == VWWRT_PIXELS_UYVY;
    return s->pixels >= VWWRT_PIXELS_GREY && s->pixels <= VWWRT_PIXELS_UYVY &&
           (s->channels == 1 || s->channels == 3) && s->camera_width >= 1 &&
           s->camera_width <= VWWRT_RESIZE_SIDE_MAX && s->camera_height >= 1 &&
           s->camera_height <= VWWRT_RESIZE_SIDE_MAX && s->left >= 0 && s->top >= 0 &&
           s->width >= 1 && s->height >= 1 && s->left <= s->camera_width - s->width &&
           s->top <= s->camera_height - s->height && !(is_paired && s->camera_width % 2 != 0);
}

/* A part of width 0 is all. */
static struct vwwrt_camera_settings whole(const struct vwwrt_camera_settings *settings)
{
    struct vwwrt_camera_settings s = *settings;
    if (s.width == 0) {
        s.left = s.top = 0;
        s.width = s.camera_width;
        s.height = s.camera_height;
    }
    return s;
}

static size_t row_bytes(const struct vwwrt_camera_settings *settings)
{
    return ((size_t)settings->width * (size_t)settings->channels + 3) & ~(size_t)3;
}

size_t vwwrt_camera_scratch_bytes(const struct vwwrt_camera_settings *settings)
{
    const struct vwwrt_camera_settings s = whole(settings);
    if (!has_meaning(&s))
        return 0;
    const size_t bytes =
        vwwrt_resize_scratch_bytes(s.width, s.height, s.out_width, s.out_height, s.channels);
    return bytes == 0 ? 0 : bytes + row_bytes(&s);
}

int32_t vwwrt_camera_begin(struct vwwrt_camera *camera,
                           const struct vwwrt_camera_settings *settings, void *scratch)
{
    if (vwwrt_camera_scratch_bytes(settings) == 0)
        return -1;
    const struct vwwrt_camera_settings s = whole(settings);
    camera->settings = s;
    camera->row = scratch;
    camera->rows = 0;
    vwwrt_resize_begin(&camera->resize, s.width, s.height, s.out_width, s.out_height, s.channels,
                       (uint8_t *)scratch + row_bytes(&s));
    return 0;
}

void vwwrt_camera_restart(struct vwwrt_camera *camera)
{
    camera->rows = 0;
    vwwrt_resize_restart(&camera->resize);
}

void vwwrt_camera_push(struct vwwrt_camera *camera, const uint8_t *row)
{
    const struct vwwrt_camera_settings *s = &camera->settings;
    const int32_t y = camera->rows;
    if (y < s->camera_height)
        camera->rows++;
    if (y < s->top || y >= s->top + s->height)
        return;
    convert(s, row, camera->row);
    vwwrt_resize_push(&camera->resize, camera->row);
}

int32_t vwwrt_camera_pull(struct vwwrt_camera *camera, uint8_t *out)
{
    return vwwrt_resize_pull(&camera->resize, out);
}
