/* Colours of the world, drawn at random. People's clothes and the coats on the rack take theirs
 * from the same function, so that colour alone tells nothing. */
#ifndef VWW_DATASET_SYNTH_PALETTE_H
#define VWW_DATASET_SYNTH_PALETTE_H

#include "base/random.h"
#include "dataset/synth_canvas.h"

struct vww_colour vww_palette_skin(struct vww_random *random);
struct vww_colour vww_palette_hair(struct vww_random *random);
struct vww_colour vww_palette_cloth(struct vww_random *random);
struct vww_colour vww_palette_trousers(struct vww_random *random);
struct vww_colour vww_palette_wall(struct vww_random *random);   /* indoors */
struct vww_colour vww_palette_facade(struct vww_random *random); /* outdoors */
struct vww_colour vww_palette_wood(struct vww_random *random);
struct vww_colour vww_palette_lacquer(struct vww_random *random); /* cars */
struct vww_colour vww_palette_leaf(struct vww_random *random);
struct vww_colour vww_palette_fur(struct vww_random *random);
struct vww_colour vww_palette_vivid(struct vww_random *random); /* toys, flowers, umbrellas */
struct vww_colour vww_palette_grey(struct vww_random *random, float low, float high);

/* A patterned or plain cloth texture's kind, as often as in a street. */
enum vww_texture_kind vww_palette_pattern(struct vww_random *random);

#endif
