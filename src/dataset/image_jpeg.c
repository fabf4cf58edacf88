/* JPEG by libjpeg-turbo. Its errors are turned into values by setjmp, and its warnings, which stand
 * for damaged data filled up with grey, into errors. */
#include "base/memory.h"
#include "vww/image.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

struct failure {
    struct jpeg_error_mgr manager; /* first: libjpeg knows only this part */
    jmp_buf out;
    char message[JMSG_LENGTH_MAX];
};

static void leave(j_common_ptr codec)
{
    struct failure *failure = (struct failure *)codec->err;
    failure->manager.format_message(codec, failure->message);
    longjmp(failure->out, 1);
}

/* Level -1 is a warning. Two of them leave the pixels as they should be: an unknown Adobe colour
 * code and an unknown JFIF version. */
static void on_message(j_common_ptr codec, int level)
{
    const int code = codec->err->msg_code;
    if (level < 0 && code != JWRN_ADOBE_XFORM && code != JWRN_JFIF_MAJOR)
        leave(codec);
}

static struct jpeg_error_mgr *failure_init(struct failure *failure)
{
    jpeg_std_error(&failure->manager);
    failure->manager.error_exit = leave;
    failure->manager.emit_message = on_message;
    failure->message[0] = '\0';
    return &failure->manager;
}

struct decoder {
    struct jpeg_decompress_struct codec;
    struct failure failure;
    const void *data;
    size_t bytes;
    struct vww_image *image;
    uint8_t *row; /* one row of CMYK, or NULL */
};

/* What a file is that is no JPEG. */
static const char *kind_of(const struct decoder *decoder)
{
    static const struct {
        const char *head, *name;
    } kinds[] = {
        {"\x89PNG", "a PNG"}, {"GIF8", "a GIF"}, {"RIFF", "a WebP or AVI"}, {"BM", "a BMP"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const size_t length = strlen(kinds[i].head);
        if (decoder->bytes >= length && memcmp(decoder->data, kinds[i].head, length) == 0)
            return kinds[i].name;
    }
    return "other bytes";
}

static vww_status decoder_fail(const struct decoder *decoder, const char *name,
                               struct vww_error *error)
{
    const struct jpeg_source_mgr *source = decoder->codec.src;
    int64_t at = -1;
    if (source != NULL && source->bytes_in_buffer <= decoder->bytes)
        at = (int64_t)(decoder->bytes - source->bytes_in_buffer);
    vww_status status = VWW_ERROR_FORMAT;
    switch (decoder->failure.manager.msg_code) {
    case JWRN_JPEG_EOF:
        vww_fail(error, VWW_ERROR_FORMAT, "the JPEG is cut short");
        vww_error_remedy(error, "fetch or export the image again");
        at = (int64_t)decoder->bytes;
        break;
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
        status = vww_fail(error, VWW_ERROR_UNSUPPORTED, "cannot decode this kind of JPEG: %s",
                          decoder->failure.message);
        vww_error_allowed(error, "8 bits a sample, baseline or progressive");
        vww_error_remedy(error, "export the image as such a JPEG");
        break;
    case JERR_NO_SOI:
        vww_fail(error, VWW_ERROR_FORMAT, "the file is no JPEG");
        vww_error_seen(error, "%s", kind_of(decoder));
        vww_error_allowed(error, "a JPEG, which starts with the bytes ff d8");
        vww_error_remedy(error, "fetch the image again, or convert it to JPEG");
        break;
    default:
        vww_fail(error, VWW_ERROR_FORMAT, "cannot decode the JPEG: %s", decoder->failure.message);
        vww_error_remedy(error, "fetch or export the image again");
    }
    vww_error_at(error, name, at);
    return status;
}

/* Huffman coding spends at least one bit on each 8 x 8 block of brightness: a header that promises
 * more pixels than the file can hold is refused before memory is asked for. */
static bool too_short(const struct decoder *decoder)
{
    const struct jpeg_decompress_struct *codec = &decoder->codec;
    const uint64_t pixels = (uint64_t)codec->image_width * codec->image_height;
    return !codec->arith_code && pixels / 512 > decoder->bytes;
}

static void choose_scale(struct jpeg_decompress_struct *codec, int32_t at_least)
{
    codec->scale_num = 8;
    codec->scale_denom = 8;
    if (at_least <= 0)
        return;
    const uint32_t wanted = (uint32_t)at_least;
    for (unsigned part = 8; part > 1; part /= 2)
        if (codec->image_width / part >= wanted && codec->image_height / part >= wanted) {
            codec->scale_num = 8 / part;
            return;
        }
}

/* Adobe writes CMYK inverted: 255 is no ink. */
static void rgb_from_cmyk(const uint8_t *cmyk, int32_t width, bool inverted, uint8_t *rgb)
{
    for (int32_t x = 0; x < width; x++, cmyk += 4, rgb += 3)
        for (int c = 0; c < 3; c++) {
            const uint32_t colour = inverted ? cmyk[c] : 255u - cmyk[c];
            const uint32_t black = inverted ? cmyk[3] : 255u - cmyk[3];
            rgb[c] = (uint8_t)((colour * black + 127) / 255);
        }
}

static vww_status decode_rows(struct decoder *decoder, struct vww_error *error)
{
    struct jpeg_decompress_struct *codec = &decoder->codec;
    const vww_status status = vww_image_init(decoder->image, (int32_t)codec->output_width,
                                             (int32_t)codec->output_height, 3, error);
    if (status != VWW_OK)
        return status;
    const size_t stride = (size_t)codec->output_width * 3;
    if (codec->out_color_space == JCS_CMYK) {
        decoder->row = vww_allocate(codec->output_width, 4);
        if (decoder->row == NULL)
            return vww_fail_memory(error, (size_t)codec->output_width * 4);
    }
    while (codec->output_scanline < codec->output_height) {
        uint8_t *rgb = decoder->image->pixels + codec->output_scanline * stride;
        JSAMPROW row = decoder->row != NULL ? decoder->row : rgb;
        jpeg_read_scanlines(codec, &row, 1);
        if (decoder->row != NULL)
            rgb_from_cmyk(decoder->row, (int32_t)codec->output_width, codec->saw_Adobe_marker != 0,
                          rgb);
    }
    return VWW_OK;
}

static vww_status read_header(struct decoder *decoder, const char *name, struct vww_error *error)
{
    struct jpeg_decompress_struct *codec = &decoder->codec;
    jpeg_create_decompress(codec);
    jpeg_mem_src(codec, decoder->data, (unsigned long)decoder->bytes);
    jpeg_read_header(codec, TRUE);
    if (!too_short(decoder))
        return VWW_OK;
    vww_fail(error, VWW_ERROR_FORMAT, "the JPEG is too short for the size in its header");
    vww_error_at(error, name, (int64_t)decoder->bytes);
    vww_error_seen(error, "%zu bytes for %u x %u pixels", decoder->bytes, codec->image_width,
                   codec->image_height);
    return VWW_ERROR_FORMAT;
}

vww_status vww_image_decode_jpeg(const void *data, size_t bytes, const char *name, int32_t at_least,
                                 struct vww_image *image, struct vww_error *error)
{
    *image = (struct vww_image){0};
    struct decoder decoder = {.data = data, .bytes = bytes, .image = image};
    struct jpeg_decompress_struct *codec = &decoder.codec;
    codec->err = failure_init(&decoder.failure);
    if (bytes == 0) {
        vww_fail(error, VWW_ERROR_FORMAT, "the JPEG is empty");
        vww_error_at(error, name, 0);
        vww_error_remedy(error, "fetch the image again");
        return VWW_ERROR_FORMAT;
    }
    volatile vww_status status;
    if (setjmp(decoder.failure.out) != 0) {
        status = decoder_fail(&decoder, name, error);
    } else if ((status = read_header(&decoder, name, error)) == VWW_OK) {
        const bool is_cmyk =
            codec->jpeg_color_space == JCS_CMYK || codec->jpeg_color_space == JCS_YCCK;
        codec->out_color_space = is_cmyk ? JCS_CMYK : JCS_RGB;
        choose_scale(codec, at_least);
        jpeg_start_decompress(codec);
        status = decode_rows(&decoder, error);
        if (status == VWW_OK)
            jpeg_finish_decompress(codec);
        else
            vww_error_at(error, name, -1);
    }
    jpeg_destroy_decompress(codec);
    vww_free(decoder.row);
    if (status != VWW_OK)
        vww_image_fini(image);
    return status;
}

vww_status vww_image_jpeg_size(const void *data, size_t bytes, const char *name, int32_t *width,
                               int32_t *height, struct vww_error *error)
{
    *width = *height = 0;
    struct decoder decoder = {.data = data, .bytes = bytes};
    decoder.codec.err = failure_init(&decoder.failure);
    if (bytes == 0) {
        vww_fail(error, VWW_ERROR_FORMAT, "the JPEG is empty");
        vww_error_at(error, name, 0);
        vww_error_remedy(error, "fetch the image again");
        return VWW_ERROR_FORMAT;
    }
    volatile vww_status status;
    if (setjmp(decoder.failure.out) != 0) {
        status = decoder_fail(&decoder, name, error);
    } else if ((status = read_header(&decoder, name, error)) == VWW_OK) {
        *width = (int32_t)decoder.codec.image_width;
        *height = (int32_t)decoder.codec.image_height;
    }
    jpeg_destroy_decompress(&decoder.codec);
    return status;
}

vww_status vww_image_glance_jpeg(const void *data, size_t bytes, const char *name, int32_t *width,
                                 int32_t *height, struct vww_error *error)
{
    const uint8_t *const content = data;
    if (bytes > 2 && content[bytes - 2] == 0xff && content[bytes - 1] == 0xd9)
        return vww_image_jpeg_size(data, bytes, name, width, height, error);
    struct vww_image image;
    const vww_status status = vww_image_decode_jpeg(data, bytes, name, 0, &image, error);
    *width = image.width;
    *height = image.height;
    vww_image_fini(&image);
    return status;
}

struct encoder {
    struct jpeg_compress_struct codec;
    struct failure failure;
    unsigned char *data;
    unsigned long bytes;
};

static void encode_rows(struct encoder *encoder, const struct vww_image *image, int quality)
{
    struct jpeg_compress_struct *codec = &encoder->codec;
    jpeg_create_compress(codec);
    jpeg_mem_dest(codec, &encoder->data, &encoder->bytes);
    codec->image_width = (JDIMENSION)image->width;
    codec->image_height = (JDIMENSION)image->height;
    codec->input_components = image->channels;
    codec->in_color_space = image->channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(codec);
    jpeg_set_quality(codec, quality, TRUE);
    if (image->channels == 3) {
        codec->comp_info[0].h_samp_factor = quality >= 90 ? 1 : 2;
        codec->comp_info[0].v_samp_factor = quality >= 90 ? 1 : 2;
    }
    jpeg_start_compress(codec, TRUE);
    const size_t stride = (size_t)image->width * (size_t)image->channels;
    while (codec->next_scanline < codec->image_height) {
        JSAMPROW row = image->pixels + codec->next_scanline * stride;
        jpeg_write_scanlines(codec, &row, 1);
    }
    jpeg_finish_compress(codec);
}

vww_status vww_image_encode_jpeg(const struct vww_image *image, int quality, struct vww_buffer *out,
                                 struct vww_error *error)
{
    struct encoder encoder = {.data = NULL};
    encoder.codec.err = failure_init(&encoder.failure);
    volatile vww_status status = VWW_OK;
    if (setjmp(encoder.failure.out) == 0) {
        encode_rows(&encoder, image, quality);
        vww_buffer_append(out, encoder.data, encoder.bytes);
        if (out->failed)
            status = vww_fail_memory(error, encoder.bytes);
    } else {
        status = vww_fail(error, VWW_ERROR_UNSUPPORTED, "cannot encode the JPEG: %s",
                          encoder.failure.message);
    }
    jpeg_destroy_compress(&encoder.codec);
    free(encoder.data); /* libjpeg's own allocation */
    return status;
}
