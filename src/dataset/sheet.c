#include "dataset/sheet.h"

#include <string.h>

#define TILE 160 /* pixels */
#define FRAME 4
#define GAP 8
#define COLUMNS 8

static const struct vww_sheet_colour paper = {250, 250, 248};
const struct vww_sheet_colour vww_sheet_dropped_colour = {200, 60, 50},
                              vww_sheet_box_colour = {255, 140, 0};

struct vww_sheet_colour vww_sheet_class_colour(int64_t label)
{
    static const struct vww_sheet_colour colours[] = {
        {140, 146, 152}, {30, 130, 76}, {40, 103, 178}, {118, 87, 181}, {184, 56, 61}};
    return colours[(size_t)label % (sizeof colours / sizeof colours[0])];
}

static int32_t clamp(double value, int32_t most)
{
    return value < 0 ? 0 : value > most ? most : (int32_t)value;
}

/* Fill x0 … x1-1, y0 … y1-1, cut to the image. */
static void fill(struct vww_image *image, int32_t x0, int32_t y0, int32_t x1, int32_t y1,
                 struct vww_sheet_colour ink)
{
    for (int32_t y = y0 < 0 ? 0 : y0; y < y1 && y < image->height; y++)
        for (int32_t x = x0 < 0 ? 0 : x0; x < x1 && x < image->width; x++) {
            uint8_t *pixel = image->pixels + 3 * ((ptrdiff_t)y * image->width + x);
            pixel[0] = ink.red;
            pixel[1] = ink.green;
            pixel[2] = ink.blue;
        }
}

/* The outline of a rectangle, its lines `thick` pixels wide, inside of it. */
static void outline(struct vww_image *image, int32_t x0, int32_t y0, int32_t x1, int32_t y1,
                    int32_t thick, struct vww_sheet_colour ink)
{
    fill(image, x0, y0, x1, y0 + thick, ink);
    fill(image, x0, y1 - thick, x1, y1, ink);
    fill(image, x0, y0, x0 + thick, y1, ink);
    fill(image, x1 - thick, y0, x1, y1, ink);
}

void vww_sheet_box(struct vww_image *image, double xmin, double ymin, double xmax, double ymax)
{
    outline(image, clamp(xmin * image->width, image->width - 2),
            clamp(ymin * image->height, image->height - 2),
            clamp(xmax * image->width, image->width), clamp(ymax * image->height, image->height), 2,
            vww_sheet_box_colour);
}

vww_status vww_sheet_fit(const struct vww_image *from, int32_t side, struct vww_image *to,
                         struct vww_error *error)
{
    const int32_t longer = from->width > from->height ? from->width : from->height;
    const int32_t width = (int32_t)((int64_t)from->width * side / longer);
    const int32_t height = (int32_t)((int64_t)from->height * side / longer);
    const vww_status status =
        vww_image_init(to, width > 0 ? width : 1, height > 0 ? height : 1, 3, error);
    return status == VWW_OK ? vww_image_resize(from, 0, 0, from->width, from->height, to, error)
                            : status;
}

vww_status vww_sheet_tile(const struct vww_image *from, struct vww_image *tile,
                          struct vww_error *error)
{
    return vww_sheet_fit(from, TILE - 2 * FRAME, tile, error);
}

static void paste(struct vww_image *sheet, const struct vww_image *tile, int32_t left, int32_t top)
{
    for (int32_t y = 0; y < tile->height; y++)
        memcpy(sheet->pixels + 3 * ((ptrdiff_t)(top + y) * sheet->width + left),
               tile->pixels + 3 * (ptrdiff_t)y * tile->width, 3 * (size_t)tile->width);
}

vww_status vww_sheet_draw(const struct vww_sheet_tile *tiles, int32_t count, struct vww_buffer *png,
                          struct vww_error *error)
{
    const int32_t columns = count < COLUMNS ? count : COLUMNS;
    const int32_t rows = (count + columns - 1) / columns;
    struct vww_image sheet;
    vww_status status =
        vww_image_init(&sheet, GAP + columns * (TILE + GAP), GAP + rows * (TILE + GAP), 3, error);
    if (status != VWW_OK)
        return status;
    fill(&sheet, 0, 0, sheet.width, sheet.height, paper);
    for (int32_t i = 0; i < count; i++) {
        const int32_t width = tiles[i].image->width, height = tiles[i].image->height;
        const int32_t left = GAP + i % columns * (TILE + GAP) + (TILE - width) / 2;
        const int32_t top = GAP + i / columns * (TILE + GAP) + (TILE - height) / 2;
        const int32_t middle = left + width / 2;
        fill(&sheet, left - FRAME, top - FRAME, middle, top + height + FRAME, tiles[i].left);
        fill(&sheet, middle, top - FRAME, left + width + FRAME, top + height + FRAME,
             tiles[i].right);
        paste(&sheet, tiles[i].image, left, top);
    }
    status = vww_image_encode_png(&sheet, png, error);
    vww_image_fini(&sheet);
    return status;
}
