/* The memory map over time: operators to the right, addresses upward, one rectangle for each
 * tensor. */
#include "base/file.h"
#include "report/format.h"
#include "report/page.h"
#include "report/svg.h"
#include "vww/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LEFT 62.0
#define TOP 12.0
#define PLOT_HEIGHT 330.0
#define NAMES_HEIGHT 92.0

struct map {
    const struct vww_graph *graph;
    const struct vww_plan *plan;
    double width; /* of one operator */
    double right;
    struct vww_axis address;
};

static double operator_x(const struct map *map, int32_t op)
{
    return LEFT + (op + 1) * map->width;
}

static void draw_frame(struct vww_buffer *out, const struct map *map)
{
    char text[VWW_FORMAT_MAX];
    const double bottom = TOP + PLOT_HEIGHT;
    for (int i = 0; i < vww_axis_ticks(&map->address); i++) {
        const double value = vww_axis_tick(&map->address, i);
        const double y = vww_axis_place(&map->address, value);
        vww_svg_line(out, LEFT, y, map->right, y, "grid");
        vww_svg_text(out, LEFT - 6, y + 3.5, VWW_SVG_END, false, "tick",
                     vww_format_integer(text, (int64_t)value));
    }
    vww_svg_line(out, LEFT, bottom, map->right, bottom, "axis");
    vww_svg_text(out, 12, TOP + PLOT_HEIGHT / 2, VWW_SVG_MIDDLE, true, "label", "address, bytes");
    for (int32_t op = -1; op <= map->graph->op_count; op++) {
        const char *name = op < 0                       ? "input"
                           : op == map->graph->op_count ? "output"
                                                        : map->graph->ops[op].name;
        snprintf(text, sizeof text, "%.16s", name);
        vww_svg_text(out, operator_x(map, op) + map->width / 2 + 3.5, bottom + 8, VWW_SVG_END, true,
                     "tick", text);
    }
}

static void draw_tensor(struct vww_buffer *out, int32_t t, const struct map *map)
{
    const struct vww_placement *place = &map->plan->placements[t];
    char title[256], shape[48], bytes[VWW_FORMAT_MAX], offset[VWW_FORMAT_MAX], class[32];
    const double x = operator_x(map, place->first), width = operator_x(map, place->last + 1) - x;
    const double y = vww_axis_place(&map->address, (double)(place->offset + place->bytes));
    const double height = vww_axis_place(&map->address, (double)place->offset) - y;
    const char *name = map->graph->tensors[t].name;
    vww_shape_text(&map->graph->tensors[t].shape, shape, sizeof shape);
    snprintf(title, sizeof title, "%s, %s: %s bytes from address %s", name, shape,
             vww_format_integer(bytes, place->bytes), vww_format_integer(offset, place->offset));
    snprintf(class, sizeof class, "block c%d",
             t == map->graph->input  ? 2
             : place->first % 2 == 0 ? 1
                                     : 6);
    vww_svg_rect(out, x, y, width, height < 0.6 ? 0.6 : height, class, title);
    const double letters = 5.6 * (double)strlen(name);
    if (letters + 6 < width && height > 12)
        vww_svg_text(out, x + width / 2, y + height / 2 + 4, VWW_SVG_MIDDLE, false, "on small",
                     name);
    else if (letters + 6 < height && width > 11)
        vww_svg_text(out, x + width / 2 + 3.5, y + height / 2, VWW_SVG_MIDDLE, true, "on small",
                     name);
}

/* style: a sheet of its own for a drawing that stands alone, or NULL. */
static void draw_map(struct vww_buffer *out, const struct vww_graph *graph,
                     const struct vww_plan *plan, const char *style)
{
    char arena[VWW_FORMAT_MAX], text[128];
    const int32_t columns = graph->op_count + 2;
    const double wanted = (1060 - LEFT) / columns;
    struct map map = {.graph = graph,
                      .plan = plan,
                      .width = wanted < 20   ? 20
                               : wanted > 60 ? 60
                                             : wanted};
    map.right = LEFT + columns * map.width;
    map.address =
        vww_axis_make(0, (double)plan->arena_bytes * 1.04, 6, false, TOP + PLOT_HEIGHT, TOP);
    vww_svg_begin(out, map.right + 14, TOP + PLOT_HEIGHT + NAMES_HEIGHT, "plot",
                  "Memory map over time");
    if (style != NULL)
        vww_buffer_printf(out, "<style>%s</style>\n", style);
    draw_frame(out, &map);
    for (int32_t t = 0; t < plan->tensor_count; t++)
        if (plan->placements[t].offset >= 0 && plan->placements[t].alias_of < 0 &&
            graph->tensors[t].role == VWW_ROLE_ACTIVATION)
            draw_tensor(out, t, &map);
    const double top = vww_axis_place(&map.address, (double)plan->arena_bytes);
    vww_svg_line(out, LEFT, top, map.right, top, "peakline");
    snprintf(text, sizeof text, "arena: %s bytes", vww_format_integer(arena, plan->arena_bytes));
    vww_svg_text(out, map.right, top - 4, VWW_SVG_END, false, "name", text);
    vww_svg_end(out);
}

void vww_page_memory_map(struct vww_buffer *out, const struct vww_report_run *run)
{
    if (!run->has_model) {
        vww_buffer_text(out, "<p class=\"soft\">There is no model yet.</p>\n");
        return;
    }
    const struct vww_plan *plan = &run->plan;
    char arena[VWW_FORMAT_MAX], least[VWW_FORMAT_MAX];
    vww_buffer_printf(out,
                      "<p>Each block is a tensor: where it lies in the arena, and from the "
                      "operator that writes it to the last one that reads it. The arena is "
                      "<b>%s bytes</b>; ",
                      vww_format_integer(arena, plan->arena_bytes));
    if (plan->arena_bytes == plan->least_bytes)
        vww_buffer_text(out, "as much is alive at once, so no arrangement needs less.");
    else
        vww_buffer_printf(out, "at most %s bytes are alive at once.",
                          vww_format_integer(least, plan->least_bytes));
    if (plan->scratch_bytes > 0)
        vww_buffer_printf(out, " The kernels use %s bytes beside it.",
                          vww_format_integer(least, plan->scratch_bytes));
    vww_buffer_text(out, "</p>\n<div class=\"scroll\"><figure class=\"map\">\n");
    draw_map(out, vww_plan_graph(plan, run->graph), plan, NULL);
    vww_buffer_text(out, "</figure></div>\n");
}

/* Plain colours: not every program that shows SVG knows a page's variables. */
static const char alone_style[] =
    "svg{background:#fff;font:11px sans-serif}text{fill:#1c1e21}.tick,.label{fill:#5f656d}"
    ".grid{stroke:#dfdfd9}.axis{stroke:#1c1e21}.block{stroke:#fff;stroke-width:.6}"
    ".c1{fill:#2867b2}.c2{fill:#d1690e}.c6{fill:#17818a}.on{fill:#fff}.small{font-size:10px}"
    ".peakline{stroke:#b8383d;stroke-dasharray:4 3}.name{font-weight:600}";

vww_status vww_report_memory_map(const struct vww_graph *graph, const struct vww_plan *plan,
                                 const char *path, struct vww_error *error)
{
    struct vww_buffer out = {0};
    draw_map(&out, vww_plan_graph(plan, graph), plan, alone_style);
    const vww_status status = out.failed ? vww_fail_memory(error, out.size)
                                         : vww_file_write(path, out.data, out.size, error);
    vww_buffer_fini(&out);
    return status;
}
