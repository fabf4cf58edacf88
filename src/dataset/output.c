#include "dataset/output.h"
#include "base/json.h"
#include "dataset/tar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- TFRecord -----------------------------------------------------------------------------------
 */

static void name_tfrecord(char name[VWW_OUTPUT_NAME_MAX], const char *part, size_t number,
                          int32_t count)
{
    snprintf(name, VWW_OUTPUT_NAME_MAX, "%s.record-%05zu-of-%05d", part, number, count);
}

static vww_status append_tfrecord(const struct vww_example *example, struct vww_buffer *out,
                                  struct vww_error *error)
{
    struct vww_buffer message = {0};
    vww_status status = vww_example_pack(example, &message, error);
    if (status == VWW_OK)
        vww_tfrecord_append(out, message.data, message.size);
    if (status == VWW_OK && out->failed)
        status = vww_fail_memory(error, message.size);
    vww_buffer_fini(&message);
    return status;
}

/* --- WebDataset: tar archives in which the files of an image have one stem ----------------------
 */

static void name_tar(char name[VWW_OUTPUT_NAME_MAX], const char *part, size_t number, int32_t count)
{
    (void)count;
    snprintf(name, VWW_OUTPUT_NAME_MAX, "%s-%06zu.tar", part, number);
}

static void describe(const struct vww_example *example, struct vww_buffer *text)
{
    struct vww_json json;
    vww_json_begin(&json, text, false);
    vww_json_object(&json);
    vww_json_put_integer(&json, "id", strtoll(example->source_id, NULL, 10));
    vww_json_put_string(&json, "file_name", example->file_name);
    vww_json_put_integer(&json, "width", example->width);
    vww_json_put_integer(&json, "height", example->height);
    vww_json_put_integer(&json, "label", example->label);
    if (example->with_object_count)
        vww_json_put_integer(&json, "count", example->object_count);
    if (example->grid != NULL) {
        vww_json_key(&json, "grid");
        vww_json_array(&json);
        for (size_t i = 0; i < example->grid_cells; i++)
            vww_json_integer(&json, example->grid[i]);
        vww_json_end(&json);
    }
    vww_json_key(&json, "boxes");
    vww_json_array(&json);
    for (size_t i = 0; i < example->box_count; i++) {
        const struct vww_box *box = &example->boxes[i];
        vww_json_array(&json);
        vww_json_number(&json, (double)box->xmin);
        vww_json_number(&json, (double)box->ymin);
        vww_json_number(&json, (double)box->xmax);
        vww_json_number(&json, (double)box->ymax);
        vww_json_end(&json);
    }
    vww_json_end(&json);
    vww_json_end(&json);
}

static vww_status append_tar(const struct vww_example *example, struct vww_buffer *out,
                             struct vww_error *error)
{
    struct vww_buffer text = {0};
    describe(example, &text);
    char class[24];
    const int digits = snprintf(class, sizeof class, "%" PRId64, example->label);
    vww_tar_append(out, example->source_id, "cls", class, (size_t)digits);
    vww_tar_append(out, example->source_id, "jpg", example->encoded, example->encoded_bytes);
    vww_tar_append(out, example->source_id, "json", text.data, text.size);
    const bool failed = text.failed || out->failed;
    vww_buffer_fini(&text);
    return failed ? vww_fail_memory(error, example->encoded_bytes) : VWW_OK;
}

/* --- a file for each image ----------------------------------------------------------------------
 */

static vww_status append_plain(const struct vww_example *example, struct vww_buffer *out,
                               struct vww_error *error)
{
    vww_buffer_append(out, example->encoded, example->encoded_bytes);
    return out->failed ? vww_fail_memory(error, example->encoded_bytes) : VWW_OK;
}

/* Neither slashes nor what a list of files would have to escape. */
static void make_plain(char *text)
{
    for (char *c = text; (c = strpbrk(c, "/\\\n\r")) != NULL;)
        *c = '-';
}

/* MLPerf Tiny has person/ and non_person/. */
void vww_output_folder(char folder[VWW_OUTPUT_FOLDER_MAX], char *const *classes, size_t count,
                       int64_t label)
{
    const bool is_other = count == 2 && label == 0 && strcmp(classes[0], VWW_BACKGROUND) == 0;
    snprintf(folder, VWW_OUTPUT_FOLDER_MAX, "%s%s", is_other ? "non_" : "",
             classes[is_other ? 1 : label]);
    make_plain(folder);
}

/* With the photograph's own name. */
static void name_in_class(char name[VWW_OUTPUT_NAME_MAX], const struct vww_example *example,
                          const char *folder)
{
    char file[VWW_OUTPUT_NAME_MAX - VWW_OUTPUT_FOLDER_MAX - 16];
    snprintf(file, sizeof file, "%s", example->file_name);
    make_plain(file);
    char *dot = strrchr(file, '.');
    if (dot != NULL && dot != file)
        *dot = '\0';
    snprintf(name, VWW_OUTPUT_NAME_MAX, "%s/%s.jpg", folder, file);
}

static void name_pixels(char name[VWW_OUTPUT_NAME_MAX], const struct vww_example *example,
                        const char *folder)
{
    (void)folder;
    snprintf(name, VWW_OUTPUT_NAME_MAX, "%012lld.bin", strtoll(example->source_id, NULL, 10));
}

/* MLPerf Tiny: file, number of classes, label. */
static void append_label_row(struct vww_buffer *index, const char *file_name, int64_t label)
{
    vww_buffer_printf(index, "%s,2,%" PRId64 "\n", file_name, label);
}

static const struct vww_output outputs[] = {
    [VWW_FORMAT_TFRECORD] = {.name = "tfrecord",
                             .boxes = true,
                             .records = &vww_records_tfrecord,
                             .shard_name = name_tfrecord,
                             .append = append_tfrecord},
    [VWW_FORMAT_FOLDERS] = {.name = "folders",
                            .records = &vww_records_files,
                            .file_name = name_in_class,
                            .append = append_plain},
    [VWW_FORMAT_WEBDATASET] = {.name = "webdataset",
                               .boxes = true,
                               .records = &vww_records_webdataset,
                               .shard_name = name_tar,
                               .append = append_tar,
                               .trailer = VWW_TAR_END},
    [VWW_FORMAT_MLPERF] = {.name = "mlperf",
                           .raw_pixels = true,
                           .records = &vww_records_files,
                           .file_name = name_pixels,
                           .append = append_plain,
                           .index_name = "y_labels.csv",
                           .append_index = append_label_row},
};

const struct vww_output *vww_output_of(enum vww_dataset_format format)
{
    return (size_t)format < sizeof outputs / sizeof outputs[0] ? &outputs[format] : NULL;
}

const char *vww_dataset_format_name(enum vww_dataset_format format)
{
    return outputs[format].name;
}

bool vww_dataset_format_has_boxes(enum vww_dataset_format format)
{
    return outputs[format].boxes;
}

bool vww_dataset_format_of(const char *name, enum vww_dataset_format *format)
{
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        *format = (enum vww_dataset_format)i;
        if (strcmp(outputs[i].name, name) == 0)
            return true;
    }
    return false;
}
