#include "vww/image.h"
#include "base/file.h"
#include "base/memory.h"
#include "dataset/image_stretch.h"

#include <string.h>

#define SIDE_MAX 65535
#define PIXELS_MAX ((int64_t)1 << 28)

vww_status vww_image_init(struct vww_image *image, int32_t width, int32_t height, int32_t channels,
                          struct vww_error *error)
{
    *image = (struct vww_image){0};
    if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX ||
        (int64_t)width * height > PIXELS_MAX || (channels != 1 && channels != 3)) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "the image has a size that is not supported");
        vww_error_seen(error, "%d x %d pixels, %d channels", width, height, channels);
        vww_error_allowed(error, "sides 1 to %d, at most %lld pixels, 1 or 3 channels", SIDE_MAX,
                          (long long)PIXELS_MAX);
        return VWW_ERROR_UNSUPPORTED;
    }
    const size_t bytes = (size_t)width * (size_t)height * (size_t)channels;
    image->pixels = vww_allocate(bytes, 1);
    if (image->pixels == NULL)
        return vww_fail_memory(error, bytes);
    image->width = width;
    image->height = height;
    image->channels = channels;
    return VWW_OK;
}

void vww_image_fini(struct vww_image *image)
{
    vww_free(image->pixels);
    *image = (struct vww_image){0};
}

vww_status vww_image_resize(const struct vww_image *from, int32_t x, int32_t y, int32_t w,
                            int32_t h, struct vww_image *to, struct vww_error *error)
{
    if (from->channels != to->channels || x < 0 || y < 0 || w < 1 || h < 1 || x > from->width - w ||
        y > from->height - h) {
        vww_fail(error, VWW_ERROR_ARGUMENT, "the rectangle to resize is not inside the image");
        vww_error_seen(error, "%d x %d at (%d, %d), %d channels", w, h, x, y, to->channels);
        vww_error_allowed(error, "within %d x %d, %d channels", from->width, from->height,
                          from->channels);
        return VWW_ERROR_ARGUMENT;
    }
    const size_t stride = (size_t)from->width * (size_t)from->channels;
    const size_t line = (size_t)to->width * (size_t)to->channels;
    const uint8_t *row = from->pixels + (size_t)y * stride + (size_t)x * (size_t)from->channels;
    if (w == to->width && h == to->height) { /* each weight is 0 or 1 */
        for (int32_t i = 0; i < h; i++, row += stride)
            memcpy(to->pixels + (size_t)i * line, row, line);
        return VWW_OK;
    }
    const size_t bytes = vwwrt_resize_scratch_bytes(w, h, to->width, to->height, to->channels);
    void *scratch = vww_allocate(bytes, 1);
    if (scratch == NULL)
        return vww_fail_memory(error, bytes);
    struct vwwrt_resize resize;
    vwwrt_resize_begin(&resize, w, h, to->width, to->height, to->channels, scratch);
    for (int32_t i = 0; i < h; i++, row += stride)
        vww_stretch_row(&resize, row, to->pixels, line);
    vww_free(scratch);
    return VWW_OK;
}

/* --- binary PPM (P6) and PGM (P5) ---------------------------------------------------------------
 */

static vww_status pnm_fail(const char *name, size_t at, const char *what, struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_FORMAT, "cannot read the PPM: %s", what);
    vww_error_at(error, name, (int64_t)at);
    return VWW_ERROR_FORMAT;
}

/* A decimal number of the header after white space and comments; -1 where there is none. */
static int32_t pnm_number(const uint8_t *data, size_t bytes, size_t *at)
{
    for (; *at < bytes; ++*at) {
        const uint8_t c = data[*at];
        if (c == '#')
            while (*at < bytes && data[*at] != '\n')
                ++*at;
        else if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            break;
    }
    int32_t value = -1;
    for (; *at < bytes && data[*at] >= '0' && data[*at] <= '9' && value < 100000; ++*at)
        value = (value < 0 ? 0 : value) * 10 + (data[*at] - '0');
    return value;
}

struct pnm {
    int32_t width, height, most;
    size_t at; /* of the first pixel */
};

static vww_status pnm_header(const uint8_t *data, size_t bytes, const char *name, struct pnm *pnm,
                             struct vww_error *error)
{
    size_t at = 2;
    pnm->width = pnm_number(data, bytes, &at);
    pnm->height = pnm_number(data, bytes, &at);
    pnm->most = pnm_number(data, bytes, &at);
    if (pnm->width < 1 || pnm->height < 1 || pnm->most < 1 || pnm->most > 255 || at >= bytes)
        return pnm_fail(name, at, "its header wants a width, a height and a maximum up to 255",
                        error);
    pnm->at = at + 1; /* after the one white-space character that ends the header */
    return VWW_OK;
}

static vww_status decode_pnm(const uint8_t *data, size_t bytes, const char *name,
                             struct vww_image *image, struct vww_error *error)
{
    const int channels = data[1] == '6' ? 3 : 1;
    struct pnm pnm;
    vww_status status = pnm_header(data, bytes, name, &pnm, error);
    if (status != VWW_OK)
        return status;
    const int32_t most = pnm.most;
    const size_t at = pnm.at;
    const uint64_t pixels = (uint64_t)pnm.width * (uint64_t)pnm.height;
    if (bytes - at < pixels * (uint64_t)channels)
        return pnm_fail(name, bytes, "the file ends before the last pixel", error);
    status = vww_image_init(image, pnm.width, pnm.height, 3, error);
    if (status != VWW_OK) {
        vww_error_at(error, name, 0);
        return status;
    }
    for (uint64_t i = 0; i < pixels * 3; i++) {
        const uint32_t value = data[at + (channels == 3 ? i : i / 3)];
        image->pixels[i] = (uint8_t)(value >= (uint32_t)most
                                         ? 255
                                         : (value * 255 + (uint32_t)most / 2) / (uint32_t)most);
    }
    return VWW_OK;
}

/* --- any of the formats -------------------------------------------------------------------------
 */

enum kind { KIND_UNKNOWN, KIND_JPEG, KIND_PNG, KIND_PNM };
static const uint8_t png_head[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

static enum kind kind_of(const uint8_t *head, size_t bytes)
{
    if (bytes >= 2 && head[0] == 0xff && head[1] == 0xd8)
        return KIND_JPEG;
    if (bytes >= 8 && memcmp(head, png_head, 8) == 0)
        return KIND_PNG;
    if (bytes >= 3 && head[0] == 'P' && (head[1] == '5' || head[1] == '6'))
        return KIND_PNM;
    return KIND_UNKNOWN;
}

static vww_status unknown_kind(const uint8_t *head, size_t bytes, const char *name,
                               struct vww_error *error)
{
    vww_fail(error, VWW_ERROR_FORMAT, "not an image of a known format");
    vww_error_at(error, name, 0);
    if (bytes == 0)
        vww_error_seen(error, "an empty file");
    else
        vww_error_seen(error, "first bytes %02x %02x", head[0], bytes > 1 ? head[1] : 0);
    vww_error_allowed(error, "JPEG (ff d8), PNG (89 50), binary PPM (P6) or PGM (P5)");
    vww_error_remedy(error, "fetch the image again, or convert it to one of these");
    return VWW_ERROR_FORMAT;
}

vww_status vww_image_decode(const void *data, size_t bytes, const char *name,
                            struct vww_image *image, struct vww_error *error)
{
    *image = (struct vww_image){0};
    switch (kind_of(data, bytes)) {
    case KIND_JPEG:
        return vww_image_decode_jpeg(data, bytes, name, 0, image, error);
    case KIND_PNG:
        return vww_image_decode_png(data, bytes, name, image, error);
    case KIND_PNM:
        return decode_pnm(data, bytes, name, image, error);
    default:
        return unknown_kind(data, bytes, name, error);
    }
}

/* The first chunk holds them: length, "IHDR", width, height. */
static vww_status png_size(const uint8_t *data, size_t bytes, const char *name, int32_t *width,
                           int32_t *height, struct vww_error *error)
{
    uint32_t side[2] = {0};
    if (bytes >= 24 && memcmp(data + 12, "IHDR", 4) == 0)
        for (size_t i = 0; i < 8; i++)
            side[i / 4] = side[i / 4] << 8 | data[16 + i];
    if (side[0] < 1 || side[1] < 1 || side[0] > SIDE_MAX || side[1] > SIDE_MAX) {
        vww_fail(error, VWW_ERROR_FORMAT, "the PNG has no usable header");
        vww_error_at(error, name, 12);
        return VWW_ERROR_FORMAT;
    }
    *width = (int32_t)side[0];
    *height = (int32_t)side[1];
    return VWW_OK;
}

vww_status vww_image_size(const void *data, size_t bytes, const char *name, int32_t *width,
                          int32_t *height, struct vww_error *error)
{
    struct pnm pnm = {0};
    vww_status status;
    *width = *height = 0;
    switch (kind_of(data, bytes)) {
    case KIND_JPEG:
        return vww_image_jpeg_size(data, bytes, name, width, height, error);
    case KIND_PNG:
        return png_size(data, bytes, name, width, height, error);
    case KIND_PNM:
        status = pnm_header(data, bytes, name, &pnm, error);
        *width = pnm.width;
        *height = pnm.height;
        return status;
    default:
        return unknown_kind(data, bytes, name, error);
    }
}

vww_status vww_image_read(const char *path, struct vww_image *image, struct vww_error *error)
{
    struct vww_buffer content;
    *image = (struct vww_image){0};
    vww_status status = vww_file_read(path, (size_t)1 << 30, &content, error);
    if (status != VWW_OK)
        return status;
    status = vww_image_decode(content.data, content.size, path, image, error);
    vww_buffer_fini(&content);
    return status;
}
