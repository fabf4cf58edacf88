/* The runtime's sources for one package: only those in use, under names of the package's own. Two
 * packages then link into one firmware whatever their versions, and each folder is complete. */
#include "codegen/embedded.h"
#include "codegen/emit.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define RUNTIME "runtime/"
#define REFERENCE "runtime/kernels/reference/"
#define CORTEX_M_DSP "runtime/kernels/cortex_m_dsp/"
#define MAC32 "runtime/kernels/mac32/"
#define CORTEX_M_MVE "runtime/kernels/cortex_m_mve/"

const char *vww_kernel_suffix(enum vww_kernel kernel)
{
    switch (kernel) {
    case VWW_KERNEL_COPY:
        return NULL;
    case VWW_KERNEL_CONV_2D:
        return "conv_2d";
    case VWW_KERNEL_DEPTHWISE_CONV_2D:
        return "depthwise_conv_2d";
    case VWW_KERNEL_FULLY_CONNECTED:
        return "fully_connected";
    case VWW_KERNEL_AVERAGE_POOL_2D:
        return "average_pool_2d";
    case VWW_KERNEL_SOFTMAX:
        return "softmax";
    case VWW_KERNEL_CLAMP:
        return "clamp";
    case VWW_KERNEL_DSP_CONV_2D:
        return "dsp_conv_2d";
    case VWW_KERNEL_DSP_DEPTHWISE_3X3:
        return "dsp_depthwise_3x3";
    case VWW_KERNEL_DSP_DEPTHWISE_5X5:
        return "dsp_depthwise_5x5";
    case VWW_KERNEL_MAC_CONV_2D:
        return "mac_conv_2d";
    case VWW_KERNEL_MAC_DEPTHWISE_3X3:
        return "mac_depthwise_3x3";
    case VWW_KERNEL_MAC_DEPTHWISE_5X5:
        return "mac_depthwise_5x5";
    case VWW_KERNEL_MAC_ADD:
        return "mac_add";
    case VWW_KERNEL_MVE_CONV_2D:
        return "mve_conv_2d";
    case VWW_KERNEL_MVE_DEPTHWISE_CONV_2D:
        return "mve_depthwise_conv_2d";
    case VWW_KERNEL_MVE_DEPTHWISE_3X3:
        return "mve_depthwise_3x3";
    case VWW_KERNEL_MVE_FULLY_CONNECTED:
        return "mve_fully_connected";
    case VWW_KERNEL_MVE_AVERAGE_POOL_2D:
        return "mve_average_pool_2d";
    case VWW_KERNEL_MVE_MEAN:
        return "mve_mean";
    case VWW_KERNEL_MVE_ADD:
        return "mve_add";
    case VWW_KERNEL_MAX_POOL_2D:
        return "max_pool_2d";
    case VWW_KERNEL_MEAN:
        return "mean";
    case VWW_KERNEL_ADD:
        return "add";
    case VWW_KERNEL_MOVE:
        return "move";
    case VWW_KERNEL_ADD_BROADCAST:
        return "add_broadcast";
    case VWW_KERNEL_MUL:
        return "mul";
    case VWW_KERNEL_LOOKUP:
        return "lookup";
    case VWW_KERNEL_RESIZE_NEAREST:
        return "resize_nearest";
    case VWW_KERNEL_PARTIAL_CONV_2D:
        return "partial_conv_2d";
    case VWW_KERNEL_DSP_PARTIAL_CONV_2D:
        return "dsp_partial_conv_2d";
    }
    return NULL;
}

static const char *kernel_folder(enum vww_kernel kernel)
{
    switch (kernel) {
    case VWW_KERNEL_DSP_CONV_2D:
    case VWW_KERNEL_DSP_DEPTHWISE_3X3:
    case VWW_KERNEL_DSP_DEPTHWISE_5X5:
    case VWW_KERNEL_DSP_PARTIAL_CONV_2D:
        return CORTEX_M_DSP;
    case VWW_KERNEL_MAC_CONV_2D:
    case VWW_KERNEL_MAC_DEPTHWISE_3X3:
    case VWW_KERNEL_MAC_DEPTHWISE_5X5:
    case VWW_KERNEL_MAC_ADD:
        return MAC32;
    case VWW_KERNEL_MVE_CONV_2D:
    case VWW_KERNEL_MVE_DEPTHWISE_CONV_2D:
    case VWW_KERNEL_MVE_DEPTHWISE_3X3:
    case VWW_KERNEL_MVE_FULLY_CONNECTED:
    case VWW_KERNEL_MVE_AVERAGE_POOL_2D:
    case VWW_KERNEL_MVE_MEAN:
    case VWW_KERNEL_MVE_ADD:
        return CORTEX_M_MVE;
    default:
        return REFERENCE;
    }
}

/* "runtime/kernels/requantize.h" becomes "person_rt_requantize.h", "runtime/vwwrt.h"
 * "person_rt.h". */
static void package_name(const struct vww_emission *emission, const char *path,
                         char name[VWW_PACKAGE_NAME_MOST])
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    const bool main_header = strcmp(base, "vwwrt.h") == 0;
    snprintf(name, VWW_PACKAGE_NAME_MOST, "%.40s_rt%s%.50s", emission->prefix,
             main_header ? "" : "_", main_header ? ".h" : base);
}

/* The target of `#include "…"` on this line, as a path of an embedded file. */
static bool included_path(const char *line, size_t length, char *path, size_t size)
{
    const char *quote = memchr(line, '"', length);
    if (quote == NULL || strncmp(line, "#include \"", 10) != 0)
        return false;
    const char *end = memchr(quote + 1, '"', length - (size_t)(quote + 1 - line));
    if (end == NULL)
        return false;
    snprintf(path, size, RUNTIME "%.*s", (int)(end - quote - 1), quote + 1);
    return true;
}

/* A line with vwwrt_x as PREFIX_rt_x and VWWRT_X as PREFIX_RT_X, wherever a word begins so. */
static void append_renamed(const struct vww_emission *emission, const char *line, size_t length,
                           struct vww_buffer *out)
{
    for (size_t i = 0; i < length; i++) {
        const bool starts = i == 0 || (!isalnum((unsigned char)line[i - 1]) && line[i - 1] != '_');
        if (starts && length - i >= 6 && memcmp(line + i, "vwwrt_", 6) == 0) {
            vww_buffer_printf(out, "%s_rt_", emission->prefix);
            i += 5;
        } else if (starts && length - i >= 6 && memcmp(line + i, "VWWRT_", 6) == 0) {
            vww_buffer_printf(out, "%s_RT_", emission->upper);
            i += 5;
        } else {
            vww_buffer_append(out, line + i, 1);
        }
    }
}

/* Add one file and, depth first, what it includes. */
static vww_status add_file(const struct vww_emission *emission, const char *path,
                           struct vww_package *package, struct vww_error *error)
{
    char name[VWW_PACKAGE_NAME_MOST];
    package_name(emission, path, name);
    if (vww_package_has(package, name))
        return VWW_OK;
    const struct vww_embedded_file *file = vww_embedded_find(path);
    struct vww_buffer *out = file != NULL ? vww_package_add(package, name) : NULL;
    if (out == NULL) {
        vww_fail(error, VWW_ERROR_UNSUPPORTED, "the runtime has no such source file");
        vww_error_seen(error, "%s", path);
        return VWW_ERROR_UNSUPPORTED;
    }
    vww_emit_mark(emission, "/* ", " */\n", out);
    vww_status status = VWW_OK;
    for (const char *line = file->text; *line != '\0' && status == VWW_OK;) {
        const char *newline = strchr(line, '\n');
        const size_t length = newline != NULL ? (size_t)(newline + 1 - line) : strlen(line);
        char included[VWW_PACKAGE_NAME_MOST];
        if (included_path(line, length, included, sizeof included)) {
            char included_name[VWW_PACKAGE_NAME_MOST];
            package_name(emission, included, included_name);
            vww_buffer_printf(out, "#include \"%s\"\n", included_name);
            status = add_file(emission, included, package, error);
        } else {
            append_renamed(emission, line, length, out);
        }
        line += length;
    }
    return status;
}

vww_status vww_emit_runtime(const struct vww_emission *emission, struct vww_package *package,
                            struct vww_error *error)
{
    vww_status status = add_file(emission, RUNTIME "vwwrt.h", package, error);
    for (int32_t i = 0; i < emission->graph->op_count && status == VWW_OK; i++) {
        const char *suffix = vww_kernel_suffix(emission->ops[i].kernel);
        char path[VWW_PACKAGE_NAME_MOST];
        if (suffix == NULL)
            continue;
        snprintf(path, sizeof path, "%s%s.c", kernel_folder(emission->ops[i].kernel), suffix);
        status = add_file(emission, path, package, error);
    }
    return status;
}

bool vww_emission_takes_pictures(const struct vww_emission *emission)
{
    const struct vww_shape *input = &emission->graph->tensors[emission->graph->input].shape;
    return input->rank == 4 && (input->dims[3] == 1 || input->dims[3] == 3);
}

vww_status vww_emit_camera(const struct vww_emission *emission, struct vww_package *package,
                           struct vww_error *error)
{
    if (!vww_emission_takes_pictures(emission))
        return VWW_OK;
    const vww_status status = add_file(emission, RUNTIME "preprocess/resize.c", package, error);
    return status == VWW_OK ? add_file(emission, RUNTIME "preprocess/camera.c", package, error)
                            : status;
}
