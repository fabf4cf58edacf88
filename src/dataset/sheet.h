/* Contact sheets: small pictures in a grid, each in a frame. */
#ifndef VWW_DATASET_SHEET_H
#define VWW_DATASET_SHEET_H

#include "base/memory.h"
#include "vww/image.h"

struct vww_sheet_colour {
    uint8_t red, green, blue;
};

/* Of frames, by label: background, the class of interest, further ones; and of boxes. */
struct vww_sheet_colour vww_sheet_class_colour(int64_t label);
extern const struct vww_sheet_colour vww_sheet_dropped_colour, vww_sheet_box_colour;

/* The whole image with its longer side `side` pixels long. */
vww_status vww_sheet_fit(const struct vww_image *from, int32_t side, struct vww_image *to,
                         struct vww_error *error);
/* The same for a tile of a sheet. */
vww_status vww_sheet_tile(const struct vww_image *from, struct vww_image *tile,
                          struct vww_error *error);

/* The outline of a box given in shares of the image. */
void vww_sheet_box(struct vww_image *image, double xmin, double ymin, double xmax, double ymax);

struct vww_sheet_tile {
    const struct vww_image *image;       /* of vww_sheet_tile */
    struct vww_sheet_colour left, right; /* halves of the frame */
};

/* Append the sheet as a PNG. count: at least 1. */
vww_status vww_sheet_draw(const struct vww_sheet_tile *tiles, int32_t count, struct vww_buffer *png,
                          struct vww_error *error);

#endif
