/* PNG by libpng's simplified interface, which returns its errors. */
#include "base/memory.h"
#include "vww/image.h"

#include <png.h>

vww_status vww_image_decode_png(const void *data, size_t bytes, const char *name,
                                struct vww_image *image, struct vww_error *error)
{
    *image = (struct vww_image){0};
    png_image png = {.version = PNG_IMAGE_VERSION};
    vww_status status = VWW_OK;
    if (png_image_begin_read_from_memory(&png, data, bytes) != 0) {
        png.format = PNG_FORMAT_RGB;
        status = vww_image_init(image, (int32_t)png.width, (int32_t)png.height, 3, error);
        if (status != VWW_OK) {
            vww_error_at(error, name, 0);
            png_image_free(&png);
            return status;
        }
        const png_color white = {255, 255, 255}; /* shows through transparent pixels */
        if (png_image_finish_read(&png, &white, image->pixels, 0, NULL) != 0)
            return VWW_OK;
    }
    vww_fail(error, VWW_ERROR_FORMAT, "cannot decode the PNG: %s", png.message);
    vww_error_at(error, name, -1);
    png_image_free(&png);
    vww_image_fini(image);
    return VWW_ERROR_FORMAT;
}

vww_status vww_image_encode_png(const struct vww_image *image, struct vww_buffer *out,
                                struct vww_error *error)
{
    png_image png = {.version = PNG_IMAGE_VERSION,
                     .width = (png_uint_32)image->width,
                     .height = (png_uint_32)image->height,
                     .format = image->channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY};
    png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(png);
    void *data = vww_allocate(bytes, 1);
    if (data == NULL)
        return vww_fail_memory(error, bytes);
    vww_status status = VWW_OK;
    if (png_image_write_to_memory(&png, data, &bytes, 0, image->pixels, 0, NULL) == 0)
        status = vww_fail(error, VWW_ERROR_UNSUPPORTED, "cannot encode the PNG: %s", png.message);
    else
        vww_buffer_append(out, data, bytes);
    if (status == VWW_OK && out->failed)
        status = vww_fail_memory(error, bytes);
    png_image_free(&png);
    vww_free(data);
    return status;
}
