#include "dataset/photograph.h"
#include "base/checksum.h"
#include "base/file.h"
#include "vww/dataset.h"
#include "vww/image.h"
#include "vww/tfrecord.h"

#include <inttypes.h>
#include <stdio.h>

#define FILE_BYTES_MAX ((size_t)256 << 20)

static vww_status check_size(const struct vww_labelled_image *listed, int32_t width, int32_t height,
                             const char *path, struct vww_error *error)
{
    if (width == listed->width && height == listed->height)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_MISMATCH, "the image has not the size that its annotation gives");
    vww_error_at(error, path, -1);
    vww_error_seen(error, "%d x %d pixels", width, height);
    vww_error_allowed(error, "%d x %d", listed->width, listed->height);
    vww_error_remedy(error, "its boxes would lie wrong: use the image that was annotated");
    return VWW_ERROR_MISMATCH;
}

const char *vww_resize_name(enum vww_dataset_resize resize)
{
    return resize == VWW_RESIZE_COVER ? VWW_RESIZE_COVER_NAME : VWW_RESIZE_NAME;
}

/* The part of a photograph that is stored, in its pixels. */
struct frame {
    int32_t x, y, width, height;
};

static struct frame frame_of(int32_t width, int32_t height,
                             const struct vww_dataset_options *options)
{
    const int32_t side = width < height ? width : height;
    if (options->size == 0 || options->resize == VWW_RESIZE_STRETCH)
        return (struct frame){0, 0, width, height};
    return (struct frame){(width - side) / 2, (height - side) / 2, side, side};
}

/* The bytes to store in place of `file`: the image, or its middle, stretched to size x size. */
static vww_status store_resized(const struct vww_image *image,
                                const struct vww_dataset_options *options, struct vww_buffer *file,
                                struct vww_error *error)
{
    const int32_t size = options->size;
    const bool raw_pixels = vww_output_of(options->output)->raw_pixels;
    const struct frame frame = frame_of(image->width, image->height, options);
    struct vww_image small;
    vww_status status = vww_image_init(&small, size, size, 3, error);
    if (status == VWW_OK)
        status =
            vww_image_resize(image, frame.x, frame.y, frame.width, frame.height, &small, error);
    file->size = 0;
    if (status == VWW_OK && raw_pixels) {
        vww_buffer_append(file, small.pixels, (size_t)size * (size_t)size * 3);
        status = file->failed ? vww_fail_memory(error, file->size) : VWW_OK;
    } else if (status == VWW_OK) {
        status = vww_image_encode_jpeg(&small, VWW_JPEG_QUALITY, file, error);
    }
    vww_image_fini(&small);
    return status;
}

/* A file that is stored as it is. */
static vww_status check_file(const struct vww_labelled_image *listed, const char *path, bool decode,
                             const struct vww_buffer *file, struct vww_error *error)
{
    int32_t width, height;
    struct vww_image image;
    vww_status status = VWW_OK;
    if (decode) {
        status = vww_image_decode_jpeg(file->data, file->size, path, 0, &image, error);
        vww_image_fini(&image);
    }
    if (status == VWW_OK)
        status = vww_image_glance_jpeg(file->data, file->size, path, &width, &height, error);
    const bool is_jpeg = file->size > 1 && file->data[0] == 0xff && file->data[1] == 0xd8;
    if (status != VWW_OK && !is_jpeg)
        vww_error_remedy(error,
                         "without --size files are stored as they are, which have to be JPEG; "
                         "--size N decodes PNG and PPM too");
    return status == VWW_OK ? check_size(listed, width, height, path, error) : status;
}

/* `file` becomes the bytes to store. */
static vww_status prepare(const struct vww_labelled_image *listed, const char *path,
                          const struct vww_dataset_options *options, struct vww_buffer *file,
                          struct vww_error *error)
{
    if (options->size == 0)
        return check_file(listed, path, options->decode, file, error);
    struct vww_image image;
    vww_status status = vww_image_decode(file->data, file->size, path, &image, error);
    if (status == VWW_OK)
        status = check_size(listed, image.width, image.height, path, error);
    if (status == VWW_OK)
        status = store_resized(&image, options, file, error);
    vww_image_fini(&image);
    return status;
}

/* The two states of TensorFlow's builder of April 2019 leave such boxes out of the record, though
 * not out of the label. */
static bool is_left_out(const struct vww_label_object *object,
                        const struct vww_labelled_image *image)
{
    return object->width <= 0 || object->height <= 0 || object->x + object->width > image->width ||
           object->y + object->height > image->height;
}

/* What of a box is in the frame; for a frame that is the whole image, the box as it is. In shares
 * of the frame. False: nothing. */
static bool box_in_frame(const struct vww_label_object *object, const struct frame *frame,
                         const struct vww_labelled_image *image, double box[4])
{
    box[0] = (object->x - frame->x) / frame->width;
    box[1] = (object->y - frame->y) / frame->height;
    box[2] = (object->x - frame->x + object->width) / frame->width;
    box[3] = (object->y - frame->y + object->height) / frame->height;
    if (frame->width == image->width && frame->height == image->height)
        return true;
    for (int i = 0; i < 4; i++)
        box[i] = box[i] < 0 ? 0 : box[i] > 1 ? 1 : box[i];
    return box[2] > box[0] && box[3] > box[1];
}

/* The boxes into example->boxes, which is to be released. */
static vww_status add_boxes(const struct vww_photograph *photograph, const struct frame *frame,
                            struct vww_example *example, struct vww_error *error)
{
    const struct vww_labelled_image *image = &photograph->set->images[photograph->image];
    struct vww_box *boxes = vww_allocate(image->object_count, sizeof *boxes);
    if (boxes == NULL)
        return vww_fail_memory(error, image->object_count * sizeof *boxes);
    const double area_scale = (double)example->width * (double)example->height /
                              ((double)frame->width * (double)frame->height);
    for (uint32_t i = 0; i < image->object_count; i++) {
        const struct vww_label_object *object = &photograph->set->objects[image->first_object + i];
        if (example->features != VWW_FEATURES_TF && is_left_out(object, image))
            continue;
        double box[4];
        if (!box_in_frame(object, frame, image, box))
            continue;
        boxes[example->box_count++] = (struct vww_box){
            .xmin = (float)box[0],
            .xmax = (float)box[2],
            .ymin = (float)box[1],
            .ymax = (float)box[3],
            .area = (float)(object->area * area_scale),
        };
    }
    example->boxes = boxes;
    return VWW_OK;
}

/* The cell of a row or column of n cells that a place (0 … 1) lies in. */
static int32_t cell_of(double place, int32_t n)
{
    const double cell = place * n;
    return cell < 0 ? 0 : cell >= n ? n - 1 : (int32_t)cell;
}

/* An n x n grid over what is stored: a cell is 1 where an object's box covers the cell's centre, or
 * where the box's own centre lies in the cell, so that every object has a cell. */
static vww_status add_grid(const struct vww_photograph *photograph, const struct frame *frame,
                           int32_t n, struct vww_example *example, struct vww_error *error)
{
    const struct vww_labelled_image *image = &photograph->set->images[photograph->image];
    const size_t cells = (size_t)n * (size_t)n;
    int64_t *grid = vww_allocate(cells, sizeof *grid);
    if (grid == NULL)
        return vww_fail_memory(error, cells * sizeof *grid);
    for (uint32_t i = 0; i < image->object_count; i++) {
        const struct vww_label_object *object = &photograph->set->objects[image->first_object + i];
        double box[4];
        if (!box_in_frame(object, frame, image, box))
            continue;
        const double x0 = box[0], y0 = box[1], x1 = box[2], y1 = box[3];
        for (size_t cell = 0; cell < cells; cell++) {
            const double x = ((double)(cell % (size_t)n) + 0.5) / n;
            const double y = ((double)(cell / (size_t)n) + 0.5) / n;
            if (x >= x0 && x < x1 && y >= y0 && y < y1)
                grid[cell] = 1;
        }
        grid[cell_of((y0 + y1) / 2, n) * n + cell_of((x0 + x1) / 2, n)] = 1;
    }
    example->grid = grid;
    example->grid_cells = cells;
    return VWW_OK;
}

static vww_status append_image(const struct vww_photograph *photograph,
                               const struct vww_dataset_options *options,
                               const struct vww_buffer *file, struct vww_buffer *out,
                               char file_name[VWW_OUTPUT_NAME_MAX], struct vww_error *error)
{
    const struct vww_output *output = vww_output_of(options->output);
    const struct vww_labelled_image *image = &photograph->set->images[photograph->image];
    char source_id[24], sha256[65];
    snprintf(source_id, sizeof source_id, "%" PRId64, image->id);
    const struct frame frame = frame_of(image->width, image->height, options);
    vww_sha256_of(file->data, file->size, sha256);
    struct vww_example example = {
        .height = options->size > 0 ? options->size : image->height,
        .width = options->size > 0 ? options->size : image->width,
        .label = image->label,
        .file_name = photograph->set->names + image->file_name,
        .source_id = source_id,
        .sha256 = sha256,
        .format = "jpeg",
        .encoded = file->data,
        .encoded_bytes = file->size,
        .features = options->features,
        .class_text = photograph->classes->names[image->label],
        .with_object_count = options->count_objects,
        .object_count = image->object_count,
    };
    vww_status status = add_boxes(photograph, &frame, &example, error);
    if (status == VWW_OK && options->grid > 0)
        status = add_grid(photograph, &frame, options->grid, &example, error);
    if (status == VWW_OK && output->file_name != NULL) {
        char folder[VWW_OUTPUT_FOLDER_MAX];
        vww_output_folder(folder, photograph->classes->names, photograph->classes->count,
                          image->label);
        output->file_name(file_name, &example, folder);
    }
    if (status == VWW_OK)
        status = output->append(&example, out, error);
    vww_free((void *)(uintptr_t)example.boxes);
    vww_free((void *)(uintptr_t)example.grid);
    return status;
}

vww_status vww_photograph_store(const struct vww_photograph *photograph,
                                const struct vww_dataset_options *options, struct vww_buffer *out,
                                char file_name[VWW_OUTPUT_NAME_MAX], struct vww_error *error)
{
    const struct vww_labelled_image *image = &photograph->set->images[photograph->image];
    char path[VWW_PATH_MAX];
    struct vww_buffer file = {0};
    vww_status status = vww_path_join(path, photograph->directory,
                                      photograph->set->names + image->file_name, error);
    if (status == VWW_OK) {
        status = vww_file_read(path, FILE_BYTES_MAX, &file, error);
        if (status == VWW_ERROR_NOT_FOUND)
            vww_error_remedy(error,
                             "check the image folder; --on-error skip leaves such images out");
    }
    if (status == VWW_OK)
        status = prepare(image, path, options, &file, error);
    if (status == VWW_OK)
        status = append_image(photograph, options, &file, out, file_name, error);
    if (status != VWW_OK)
        vww_error_place(error, "image %" PRId64 " of %.80s", image->id, photograph->annotation);
    vww_buffer_fini(&file);
    return status;
}
