#include "vww/picture.h"
#include "base/file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define INK "#1d2a35"
#define FAINT "#6b7884"
#define RULE "#d7dde2"
#define BAND "#f4f6f8"
#define MEMORY "#9cc4dd"
#define MEMORY_SPLIT "#2a6f97"
#define MACS "#d9833b"
#define WEIGHTS "#5a9a6e"
#define PEAK "#b3261e"

static void open_svg(struct vww_buffer *out, int width, int height)
{
    vww_buffer_printf(out,
                      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                      "viewBox=\"0 0 %d %d\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\" "
                      "font-size=\"12\" fill=\"" INK "\">\n"
                      "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
                      width, height, width, height, width, height);
}

/* Text content with what XML wants escaped. */
static void put_escaped(struct vww_buffer *out, const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '<')
            vww_buffer_text(out, "&lt;");
        else if (*text == '&')
            vww_buffer_text(out, "&amp;");
        else if ((unsigned char)*text >= 0x20)
            vww_buffer_append(out, text, 1);
}

/* style: further attributes. */
static void put_text(struct vww_buffer *out, double x, double y, const char *style,
                     const char *text)
{
    vww_buffer_printf(out, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, style);
    put_escaped(out, text);
    vww_buffer_text(out, "</text>\n");
}

static void put_rect(struct vww_buffer *out, double x, double y, double width, double height,
                     const char *fill)
{
    vww_buffer_printf(out,
                      "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" fill=\"%s\"/>\n",
                      x, y, width, height, fill);
}

static void put_line(struct vww_buffer *out, double x1, double y1, double x2, double y2,
                     const char *style)
{
    vww_buffer_printf(out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" %s/>\n", x1, y1,
                      x2, y2, style);
}

/* 55296 as "55.3 k"; three digits. */
static void short_number(double value, char *text, size_t size)
{
    static const char *const units[] = {"", " k", " M", " G", " T", " P"};
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < sizeof units / sizeof units[0]) {
        value /= 1000;
        unit++;
    }
    const int digits = unit == 0 || value >= 99.95 ? 0 : (value >= 9.995 ? 1 : 2);
    snprintf(text, size, "%.*f%s", digits, value, units[unit]);
}

/* --- a network -------------------------------------------------------------------------------- */

#define ROW 19
#define TOP 112
#define NAME_X 16
#define KIND_X 132
#define WINDOW_X 226
#define SHAPE_X 272
#define MEMORY_X 388
#define MEMORY_WIDTH 300
#define MACS_X 758
#define BAR_WIDTH 150
#define WEIGHTS_X 966
#define PICTURE_WIDTH 1180

struct scale {
    int64_t memory, macs, weights; /* the largest */
};

static struct scale find_scale(const struct vww_cost *cost)
{
    struct scale scale = {1, 1, 1};
    for (int32_t i = 0; i < cost->layer_count; i++) {
        const struct vww_cost_layer *layer = &cost->layers[i];
        scale.memory = layer->peak_bytes > scale.memory ? layer->peak_bytes : scale.memory;
        scale.macs = layer->macs > scale.macs ? layer->macs : scale.macs;
        scale.weights = layer->weights > scale.weights ? layer->weights : scale.weights;
    }
    return scale;
}

static const char *kind_word(const struct vww_cost_layer *layer)
{
    switch (layer->kind) {
    case VWW_OP_CONV_2D:
        return layer->kernel_h == 1 && layer->kernel_w == 1 ? "pointwise" : "convolution";
    case VWW_OP_DEPTHWISE_CONV_2D:
        return "depthwise";
    case VWW_OP_FULLY_CONNECTED:
        return "dense";
    case VWW_OP_AVERAGE_POOL_2D:
        return "average pool";
    case VWW_OP_MAX_POOL_2D:
        return "max pool";
    case VWW_OP_CHANNEL_SHUFFLE:
        return "shuffle";
    default:
        return vww_op_name(layer->kind);
    }
}

/* A bar with its number behind it; nothing for 0. */
static void put_bar(struct vww_buffer *out, double x, double y, double width, int64_t value,
                    int64_t most, const char *fill)
{
    char number[32];
    if (value <= 0)
        return;
    double length = width * (double)value / (double)most;
    if (length < 1)
        length = 1;
    put_rect(out, x, y - 10, length, 12, fill);
    short_number((double)value, number, sizeof number);
    put_text(out, x + length + 4, y,
             "font-size=\"10\" fill=\"" FAINT "\" stroke=\"#ffffff\" stroke-width=\"3\" "
             "paint-order=\"stroke\"",
             number);
}

static void put_layer(struct vww_buffer *out, const struct vww_cost_layer *layer, double y,
                      const struct scale *scale, bool peak)
{
    char window[32] = "", shape[64];
    if (layer->kernel_h > 0 && layer->stride_h > 1)
        snprintf(window, sizeof window, "%dx%d /%d", (int)layer->kernel_h, (int)layer->kernel_w,
                 (int)layer->stride_h);
    else if (layer->kernel_h > 0)
        snprintf(window, sizeof window, "%dx%d", (int)layer->kernel_h, (int)layer->kernel_w);
    vww_shape_text(&layer->output, shape, sizeof shape);
    const char *batch = strchr(shape, 'x'); /* the batch of one says nothing */
    const char *name_style = peak ? "font-weight=\"bold\" fill=\"" PEAK "\"" : "";
    put_text(out, NAME_X, y, name_style, layer->name);
    put_text(out, KIND_X, y, "fill=\"" FAINT "\"", kind_word(layer));
    put_text(out, WINDOW_X, y, "fill=\"" FAINT "\"", window);
    put_text(out, SHAPE_X, y, "", batch != NULL ? batch + 1 : shape);
    put_bar(out, MEMORY_X, y, MEMORY_WIDTH, layer->peak_bytes, scale->memory, peak ? PEAK : MEMORY);
    if (layer->split_bytes < layer->peak_bytes)
        put_rect(out, MEMORY_X, y - 7,
                 MEMORY_WIDTH * (double)layer->split_bytes / (double)scale->memory, 6,
                 MEMORY_SPLIT);
    put_bar(out, MACS_X, y, BAR_WIDTH, layer->macs, scale->macs, MACS);
    put_bar(out, WEIGHTS_X, y, BAR_WIDTH, layer->weights, scale->weights, WEIGHTS);
}

/* "b2_dw" and "b2_project" are of one block; a name without '_' is its own. */
static size_t block_length(const char *name)
{
    const char *underscore = strchr(name, '_');
    return underscore != NULL ? (size_t)(underscore - name) : strlen(name);
}

static bool same_block(const char *a, const char *b)
{
    return block_length(a) == block_length(b) && strncmp(a, b, block_length(a)) == 0;
}

static void put_bands(struct vww_buffer *out, const struct vww_cost *cost)
{
    bool shaded = false;
    for (int32_t i = 0; i < cost->layer_count; i++) {
        if (i > 0 && !same_block(cost->layers[i - 1].name, cost->layers[i].name))
            shaded = !shaded;
        if (shaded)
            put_rect(out, 8, TOP + ROW * i - 14, PICTURE_WIDTH - 16, ROW, BAND);
    }
}

static void put_budget(struct vww_buffer *out, const struct scale *scale, int32_t layers)
{
    const double x = MEMORY_X + MEMORY_WIDTH * 1000.0 * VWW_BUDGET_KB / (double)scale->memory;
    if (x > MEMORY_X + MEMORY_WIDTH)
        return;
    put_line(out, x, TOP - 20, x, TOP + ROW * layers - 10,
             "stroke=\"" PEAK "\" stroke-dasharray=\"3 3\"");
    put_text(out, x + 3, TOP - 12, "font-size=\"10\" fill=\"" PEAK "\"", "250 KB");
}

static void put_head(struct vww_buffer *out, const struct vww_graph *graph,
                     const struct vww_cost *cost, const struct scale *scale)
{
    char line[384], input[64], parameters[32], macs[32], peak[32], split[48] = "";
    vww_shape_text(&graph->tensors[graph->input].shape, input, sizeof input);
    short_number((double)cost->params_deploy, parameters, sizeof parameters);
    short_number((double)cost->macs, macs, sizeof macs);
    put_text(out, NAME_X, 32, "font-size=\"20\" font-weight=\"bold\"", graph->name);
    snprintf(peak, sizeof peak, "%" PRId64, cost->peak_bytes_chain_or_branch);
    if (cost->peak_bytes_split6 > 0)
        snprintf(split, sizeof split, " (%" PRId64 " on split paths)", cost->peak_bytes_split6);
    snprintf(line, sizeof line,
             "input %s · %s parameters · %s multiply-adds · peak %s bytes%s at %.48s", input,
             parameters, macs, peak, split, cost->peak_at);
    put_text(out, NAME_X, 54, "fill=\"" FAINT "\"", line);
    static const char *const style = "font-weight=\"bold\"";
    put_text(out, NAME_X, 82, style, "layer");
    put_text(out, KIND_X, 82, style, "operator");
    put_text(out, SHAPE_X, 82, style, "output");
    put_text(out, MEMORY_X, 82, style, "memory while it runs, bytes");
    put_text(out, MACS_X, 82, style, "multiply-adds");
    put_text(out, WEIGHTS_X, 82, style, "weights");
    put_line(out, 8, 90, PICTURE_WIDTH - 8, 90, "stroke=\"" RULE "\"");
    if (cost->peak_bytes_split6 > 0) {
        put_rect(out, MEMORY_X + 206, 75, 14, 6, MEMORY_SPLIT);
        put_text(out, MEMORY_X + 224, 82, "font-size=\"10\" fill=\"" FAINT "\"", "on split paths");
    }
    put_budget(out, scale, cost->layer_count);
}

static vww_status finish(struct vww_buffer *out, const char *path, struct vww_error *error)
{
    vww_buffer_text(out, "</svg>\n");
    const vww_status status = out->failed ? vww_fail_memory(error, out->size)
                                          : vww_file_write(path, out->data, out->size, error);
    vww_buffer_fini(out);
    return status;
}

vww_status vww_picture_network(const struct vww_graph *graph, const struct vww_cost *cost,
                               const char *path, struct vww_error *error)
{
    struct vww_buffer out = {0};
    const struct scale scale = find_scale(cost);
    open_svg(&out, PICTURE_WIDTH, TOP + ROW * cost->layer_count + 8);
    put_bands(&out, cost);
    put_head(&out, graph, cost, &scale);
    for (int32_t i = 0; i < cost->layer_count; i++)
        put_layer(&out, &cost->layers[i], TOP + ROW * i, &scale,
                  cost->layers[i].peak_bytes == cost->peak_bytes_chain_or_branch);
    return finish(&out, path, error);
}

/* --- costs over multiply-adds ----------------------------------------------------------------- */

#define PLOT_WIDTH 520
#define PLOT_HEIGHT 420
#define PLOT_TOP 64
#define PLOT_LEFT 70
#define PLOT_GAP 110
#define LEGEND_HEIGHT 96

/* Told apart also by those who see few colours: dark and light alternate. */
static const char *const colours[VWW_PICTURE_FAMILIES] = {
    "#1b1b1b", "#e69f00", "#0072b2", "#56b4e9", "#009e73", "#7bd3b4",
    "#b3261e", "#cc79a7", "#5d3a9b", "#a98bd6", "#8c6d1f", "#c9b458"};

/* 300000 as "300 k". */
static void axis_number(double value, char *text, size_t size)
{
    static const char *const units[] = {"", " k", " M", " G", " T"};
    size_t unit = 0;
    for (; value >= 999.5 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        value /= 1000;
    snprintf(text, size, "%g%s", value, units[unit]);
}

struct axis {
    double low, high; /* powers of ten */
    double start, length;
};

static double place(const struct axis *axis, double value)
{
    return axis->start + axis->length * (log10(value) - axis->low) / (axis->high - axis->low);
}

struct plot {
    struct vww_buffer *out;
    struct axis x, y; /* y's length is negative: up */
    const char *families[VWW_PICTURE_FAMILIES];
    int family_count;
};

static int family_index(struct plot *plot, const char *family)
{
    for (int i = 0; i < plot->family_count; i++)
        if (strcmp(plot->families[i], family) == 0)
            return i;
    if (plot->family_count == VWW_PICTURE_FAMILIES)
        return -1;
    plot->families[plot->family_count] = family;
    return plot->family_count++;
}

static void put_axes(struct plot *plot, const char *title, const char *y_label)
{
    struct vww_buffer *out = plot->out;
    const double left = plot->x.start, right = left + plot->x.length;
    const double bottom = plot->y.start, top = bottom + plot->y.length;
    char label[32];
    put_text(out, left, top - 14, "font-size=\"14\" font-weight=\"bold\"", title);
    for (int vertical = 0; vertical < 2; vertical++) {
        const struct axis *axis = vertical ? &plot->y : &plot->x;
        for (int decade = (int)floor(axis->low); decade <= (int)axis->high; decade++)
            for (int digit = 1; digit < 10; digit++) {
                const double value = digit * pow(10, decade);
                if (log10(value) < axis->low - 1e-9 || log10(value) > axis->high + 1e-9)
                    continue;
                const double at = place(axis, value);
                const char *stroke = digit == 1 ? "stroke=\"" RULE "\""
                                                : "stroke=\"" RULE "\" stroke-opacity=\"0.4\"";
                if (vertical)
                    put_line(out, left, at, right, at, stroke);
                else
                    put_line(out, at, bottom, at, top, stroke);
                if (digit != 1 && digit != 3)
                    continue;
                axis_number(value, label, sizeof label);
                if (vertical)
                    put_text(out, left - 6, at + 4, "text-anchor=\"end\" fill=\"" FAINT "\"",
                             label);
                else
                    put_text(out, at, bottom + 16, "text-anchor=\"middle\" fill=\"" FAINT "\"",
                             label);
            }
    }
    put_text(out, (left + right) / 2, bottom + 36, "text-anchor=\"middle\"", "multiply-adds");
    vww_buffer_printf(out,
                      "<text transform=\"translate(%.1f %.1f) rotate(-90)\" "
                      "text-anchor=\"middle\">%s</text>\n",
                      left - 52, (top + bottom) / 2, y_label);
}

static void put_budgets(struct plot *plot, const char *label)
{
    static const char *const dashes = "stroke=\"" PEAK "\" stroke-dasharray=\"5 4\"";
    static const char *const words = "font-size=\"10\" fill=\"" PEAK "\"";
    const double right = plot->x.start + plot->x.length, top = plot->y.start + plot->y.length;
    const double x = place(&plot->x, VWW_BUDGET_MACS);
    const double y = place(&plot->y, 1000.0 * VWW_BUDGET_KB);
    put_line(plot->out, plot->x.start, y, right, y, dashes);
    put_line(plot->out, x, plot->y.start, x, top, dashes);
    put_text(plot->out, plot->x.start + 4, y - 4, words, label);
    put_text(plot->out, x + 4, top + 12, words, "60 M");
}

static double y_value(const struct vww_picture_point *point, bool memory)
{
    return (double)(memory ? point->memory_bytes : point->model_bytes);
}

/* One network at several resolutions: joined, each to the next that follows in the list. */
static void put_joins(struct plot *plot, const struct vww_picture_point *points, size_t count,
                      bool memory)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++) {
            if (strcmp(points[i].family, points[k].family) != 0 ||
                points[i].depth_multiplier != points[k].depth_multiplier)
                continue;
            const int family = family_index(plot, points[i].family);
            char style[64];
            snprintf(style, sizeof style, "stroke=\"%s\" stroke-opacity=\"0.45\"",
                     family >= 0 ? colours[family] : RULE);
            put_line(plot->out, place(&plot->x, (double)points[i].macs),
                     place(&plot->y, y_value(&points[i], memory)),
                     place(&plot->x, (double)points[k].macs),
                     place(&plot->y, y_value(&points[k], memory)), style);
            break;
        }
}

static void put_points(struct plot *plot, const struct vww_picture_point *points, size_t count,
                       bool memory)
{
    for (size_t i = 0; i < count; i++) {
        const int family = family_index(plot, points[i].family);
        const double y = y_value(&points[i], memory);
        if (family < 0)
            continue;
        vww_buffer_printf(plot->out,
                          "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\" "
                          "fill-opacity=\"0.75\" stroke=\"#ffffff\" stroke-width=\"0.6\">"
                          "<title>%s %g at %d</title></circle>\n", /* a name of the zoo */
                          place(&plot->x, (double)points[i].macs), place(&plot->y, y),
                          2 + (double)points[i].resolution / 60, colours[family], points[i].family,
                          points[i].depth_multiplier, (int)points[i].resolution);
    }
}

static void put_legend(const struct plot *plot, double y)
{
    for (int i = 0; i < plot->family_count; i++) {
        const double x = PLOT_LEFT + (i % 5) * 220, row = y + (double)(i / 5) * 20;
        vww_buffer_printf(plot->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/>\n", x,
                          row - 4, colours[i]);
        put_text(plot->out, x + 10, row, "", plot->families[i]);
    }
}

/* The decades, or halves of them, that hold all values and the budget. */
static void fit_axis(struct axis *axis, double low, double high)
{
    axis->low = floor(log10(low) * 2) / 2;
    axis->high = ceil(log10(high) * 2) / 2;
}

static void fit_axes(struct plot *plot, const struct vww_picture_point *points, size_t count,
                     bool memory)
{
    double x_low = VWW_BUDGET_MACS, x_high = x_low, y_low = 1000.0 * VWW_BUDGET_KB, y_high = y_low;
    for (size_t i = 0; i < count; i++) {
        const double x = (double)points[i].macs;
        const double y = y_value(&points[i], memory);
        x_low = x < x_low ? x : x_low;
        x_high = x > x_high ? x : x_high;
        y_low = y < y_low ? y : y_low;
        y_high = y > y_high ? y : y_high;
    }
    fit_axis(&plot->x, x_low, x_high);
    fit_axis(&plot->y, y_low, y_high);
}

vww_status vww_picture_costs(const struct vww_picture_point *points, size_t count, const char *path,
                             struct vww_error *error)
{
    struct vww_buffer out = {0};
    const int width = 2 * PLOT_WIDTH + PLOT_LEFT + PLOT_GAP + 30;
    for (size_t i = 0; i < count; i++)
        if (points[i].macs < 1 || points[i].model_bytes < 1 || points[i].memory_bytes < 1)
            return vww_fail(error, VWW_ERROR_ARGUMENT,
                            "%s costs nothing: it has no place in a plot", points[i].family);
    open_svg(&out, width, PLOT_TOP + PLOT_HEIGHT + LEGEND_HEIGHT);
    struct plot plot = {.out = &out};
    for (int memory = 0; memory < 2; memory++) {
        plot.x.start = PLOT_LEFT + memory * (PLOT_WIDTH + PLOT_GAP);
        plot.x.length = PLOT_WIDTH;
        plot.y.start = PLOT_TOP + PLOT_HEIGHT - 40;
        plot.y.length = -(PLOT_HEIGHT - 40);
        fit_axes(&plot, points, count, memory);
        put_axes(&plot, memory ? "Peak memory of the activations" : "Model size",
                 memory ? "bytes of SRAM" : "bytes of flash");
        put_budgets(&plot, "250 KB");
        put_joins(&plot, points, count, memory);
        put_points(&plot, points, count, memory);
    }
    put_legend(&plot, PLOT_TOP + PLOT_HEIGHT + 30);
    return finish(&out, path, error);
}
