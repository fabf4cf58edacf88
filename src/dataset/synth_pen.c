#include "dataset/synth_pen.h"

#include <math.h>
#include <string.h>

#define TURN 6.2831853f
#define NEAREST 0.12f /* metres: what is nearer to the camera is drawn as if it were here */
#define OUTLINE_MOST 128

struct vww_pen vww_pen_at(const struct vww_pen *like, float x, float z, float turn)
{
    struct vww_pen pen = *like;
    pen.at = (struct vww_vector){x, 0, z};
    pen.cosine = cosf(turn);
    pen.sine = sinf(turn);
    return pen;
}

void vww_pen_own(struct vww_pen *pen, enum vww_category category)
{
    struct vww_owners *const owners = pen->owners;
    pen->owner = VWW_OWNER_NONE;
    if (category == VWW_CATEGORY_NONE || owners->count == VWW_OWNERS_MOST)
        return;
    owners->list[owners->count].category = category;
    owners->list[owners->count].crowd = 0;
    pen->owner = ++owners->count;
}

/* To metres right of, above the ground at, and away from the camera. */
static struct vww_vector to_world(const struct vww_pen *pen, struct vww_vector v)
{
    return (struct vww_vector){
        pen->at.x + pen->size * (v.x * pen->cosine - v.z * pen->sine),
        pen->at.y + pen->size * v.y,
        pen->at.z + pen->size * (v.x * pen->sine + v.z * pen->cosine),
    };
}

static struct vww_point world_to_picture(const struct vww_view *view, struct vww_vector w)
{
    const float scale = view->focal / fmaxf(w.z, NEAREST);
    return (struct vww_point){view->centre + scale * w.x,
                              view->horizon + scale * (view->eye - w.y)};
}

struct vww_point vww_pen_project(const struct vww_pen *pen, struct vww_vector v)
{
    return world_to_picture(pen->view, to_world(pen, v));
}

float vww_pen_pixels(const struct vww_pen *pen, struct vww_vector v)
{
    return pen->size * pen->view->focal / fmaxf(to_world(pen, v).z, NEAREST);
}

float vww_pen_detail(const struct vww_pen *pen)
{
    return pen->size * pen->view->focal / fmaxf(pen->at.z, NEAREST);
}

float vww_pen_between(struct vww_pen *pen, float low, float high)
{
    return (float)vww_random_between(pen->random, low, high);
}

bool vww_pen_chance(struct vww_pen *pen, float probability)
{
    return vww_random_unit(pen->random) < probability;
}

int vww_pen_choose(struct vww_pen *pen, int count)
{
    return (int)vww_random_below(pen->random, (uint32_t)count);
}

/* --- paint ------------------------------------------------------------------------------------ */

/* Fade into the haze with distance. */
static struct vww_colour hazy(const struct vww_pen *pen, struct vww_colour colour)
{
    const struct vww_light *const light = pen->light;
    if (light->haze_distance <= 0)
        return colour;
    const float share = 1 - expf(-fmaxf(pen->at.z, 0) / light->haze_distance);
    return vww_colour_mix(colour, light->haze, share);
}

struct vww_paint vww_pen_round(const struct vww_pen *pen, struct vww_colour colour)
{
    const struct vww_light *const light = pen->light;
    const float lit = 1 + 0.22f * light->contrast, dark = 1 - 0.5f * light->contrast;
    return (struct vww_paint){
        .colour = vww_colour_scale(colour, lit),
        .end = vww_colour_scale(colour, dark),
        .direction = {-light->towards.x, light->towards.y},
        .alpha = 1,
    };
}

struct vww_texture vww_pen_texture(struct vww_pen *pen, enum vww_texture_kind kind, float strength,
                                   float width, float height)
{
    const float pixels = vww_pen_detail(pen);
    return (struct vww_texture){
        .kind = kind,
        .strength = strength,
        .u = vww_pen_between(pen, 0, 16),
        .v = vww_pen_between(pen, 0, 16),
        .width = fmaxf(width * pixels, 0.01f),
        .height = fmaxf(height * pixels, 0.01f),
    };
}

static void fill(struct vww_pen *pen, struct vww_paint paint, const struct vww_point *outline,
                 int count)
{
    paint.colour = hazy(pen, paint.colour);
    paint.end = hazy(pen, paint.end);
    vww_canvas_fill(pen->canvas, outline, count, &paint, pen->owner);
}

/* --- flat shapes ------------------------------------------------------------------------------ */

void vww_pen_polygon(struct vww_pen *pen, struct vww_paint paint, float z,
                     const struct vww_point *points, int count)
{
    struct vww_point outline[OUTLINE_MOST];
    count = count < OUTLINE_MOST ? count : OUTLINE_MOST;
    for (int i = 0; i < count; i++)
        outline[i] = vww_pen_project(pen, (struct vww_vector){points[i].x, points[i].y, z});
    fill(pen, paint, outline, count);
}

/* Catmull and Rom's curve between b and c, at t of 0 … 1. */
static struct vww_point between_points(struct vww_point a, struct vww_point b, struct vww_point c,
                                       struct vww_point d, float t)
{
    const float t2 = t * t, t3 = t2 * t;
    const float wa = -0.5f * t3 + t2 - 0.5f * t, wb = 1.5f * t3 - 2.5f * t2 + 1;
    const float wc = -1.5f * t3 + 2 * t2 + 0.5f * t, wd = 0.5f * t3 - 0.5f * t2;
    return (struct vww_point){wa * a.x + wb * b.x + wc * c.x + wd * d.x,
                              wa * a.y + wb * b.y + wc * c.y + wd * d.y};
}

void vww_pen_curve(struct vww_pen *pen, struct vww_paint paint, float z,
                   const struct vww_point *points, int count)
{
    enum { STEPS = 5 };
    struct vww_point curve[OUTLINE_MOST];
    int filled = 0;
    for (int i = 0; i < count; i++)
        for (int step = 0; step < STEPS && filled < OUTLINE_MOST; step++)
            curve[filled++] =
                between_points(points[(i + count - 1) % count], points[i], points[(i + 1) % count],
                               points[(i + 2) % count], (float)step / (float)STEPS);
    vww_pen_polygon(pen, paint, z, curve, filled);
}

void vww_pen_box(struct vww_pen *pen, struct vww_paint paint, float z, float x0, float y0, float x1,
                 float y1)
{
    vww_pen_polygon(pen, paint, z, VWW_POINTS({x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}));
}

/* Corners enough for a circle of this many pixels. */
static int corners(float pixels)
{
    const int count = 6 + (int)(2.2f * sqrtf(fmaxf(pixels, 0)));
    return count < 32 ? count : 32;
}

void vww_pen_ellipse(struct vww_pen *pen, struct vww_paint paint, float z, float x, float y,
                     float radius_x, float radius_y)
{
    struct vww_point points[32];
    const int count = corners(vww_pen_detail(pen) * fmaxf(radius_x, radius_y));
    for (int i = 0; i < count; i++) {
        const float angle = TURN * (float)i / (float)count;
        points[i] = (struct vww_point){x + radius_x * cosf(angle), y + radius_y * sinf(angle)};
    }
    vww_pen_polygon(pen, paint, z, points, count);
}

void vww_pen_ring(struct vww_pen *pen, struct vww_paint paint, float z, float x, float y,
                  float radius, float width)
{
    /* Around on the outside and back on the inside, which takes the middle out. */
    struct vww_point points[2 * 33];
    const int count = corners(vww_pen_detail(pen) * radius);
    for (int i = 0; i <= count; i++) {
        const float angle = TURN * (float)i / (float)count, c = cosf(angle), s = sinf(angle);
        points[i] = (struct vww_point){x + radius * c, y + radius * s};
        points[2 * count + 1 - i] =
            (struct vww_point){x + (radius - width) * c, y + (radius - width) * s};
    }
    vww_pen_polygon(pen, paint, z, points, 2 * count + 2);
}

void vww_pen_line(struct vww_pen *pen, struct vww_paint paint, float z, float x0, float y0,
                  float x1, float y1, float width)
{
    const float dx = x1 - x0, dy = y1 - y0, length = sqrtf(dx * dx + dy * dy);
    if (length == 0)
        return;
    const float nx = -0.5f * width * dy / length, ny = 0.5f * width * dx / length;
    vww_pen_polygon(
        pen, paint, z,
        VWW_POINTS({x0 + nx, y0 + ny}, {x1 + nx, y1 + ny}, {x1 - nx, y1 - ny}, {x0 - nx, y0 - ny}));
}

void vww_pen_ragged(struct vww_pen *pen, struct vww_paint paint, float z, float x, float y,
                    float radius_x, float radius_y, float raggedness)
{
    struct vww_point points[64];
    const int count = 2 * corners(vww_pen_detail(pen) * fmaxf(radius_x, radius_y));
    for (int i = 0; i < count; i++) {
        const float angle = TURN * (float)i / (float)count;
        const float r = 1 + vww_pen_between(pen, -raggedness, raggedness);
        points[i] =
            (struct vww_point){x + r * radius_x * cosf(angle), y + r * radius_y * sinf(angle)};
    }
    vww_pen_polygon(pen, paint, z, points, count);
}

/* --- shapes in space -------------------------------------------------------------------------- */

void vww_pen_sheet(struct vww_pen *pen, struct vww_paint paint, const struct vww_vector *points,
                   int count)
{
    struct vww_point outline[OUTLINE_MOST];
    count = count < OUTLINE_MOST ? count : OUTLINE_MOST;
    for (int i = 0; i < count; i++)
        outline[i] = vww_pen_project(pen, points[i]);
    fill(pen, paint, outline, count);
}

static struct vww_vector minus(struct vww_vector a, struct vww_vector b)
{
    return (struct vww_vector){a.x - b.x, a.y - b.y, a.z - b.z};
}

static struct vww_vector cross(struct vww_vector a, struct vww_vector b)
{
    return (struct vww_vector){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

static float dot(struct vww_vector a, struct vww_vector b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

void vww_pen_face(struct vww_pen *pen, struct vww_paint paint, const struct vww_vector *points,
                  int count)
{
    const struct vww_vector a = to_world(pen, points[0]), b = to_world(pen, points[1]),
                            c = to_world(pen, points[2]);
    /* x right, y up, z away is a left-handed frame: clockwise corners give a normal outwards. */
    const struct vww_vector normal = cross(minus(b, a), minus(c, a));
    const struct vww_vector camera = {0, pen->view->eye, 0};
    if (dot(normal, minus(camera, a)) <= 0)
        return;
    const float length = sqrtf(dot(normal, normal));
    const float facing = length > 0 ? dot(normal, pen->light->towards) / length : 0;
    const float brightness =
        1 + pen->light->contrast * (facing > 0 ? 0.45f * facing - 0.2f : 0.2f * facing - 0.2f);
    paint.colour = vww_colour_scale(paint.colour, brightness);
    paint.end = vww_colour_scale(paint.end, brightness);
    vww_pen_sheet(pen, paint, points, count);
}

void vww_pen_block(struct vww_pen *pen, struct vww_paint paint, struct vww_vector low,
                   struct vww_vector high)
{
    const float x0 = low.x, y0 = low.y, z0 = low.z, x1 = high.x, y1 = high.y, z1 = high.z;
    vww_pen_face(pen, paint, VWW_VECTORS({x0, y1, z1}, {x1, y1, z1}, {x1, y1, z0}, {x0, y1, z0}));
    vww_pen_face(pen, paint, VWW_VECTORS({x0, y0, z0}, {x1, y0, z0}, {x1, y0, z1}, {x0, y0, z1}));
    vww_pen_face(pen, paint, VWW_VECTORS({x1, y1, z1}, {x0, y1, z1}, {x0, y0, z1}, {x1, y0, z1}));
    vww_pen_face(pen, paint, VWW_VECTORS({x0, y1, z1}, {x0, y1, z0}, {x0, y0, z0}, {x0, y0, z1}));
    vww_pen_face(pen, paint, VWW_VECTORS({x1, y1, z0}, {x1, y1, z1}, {x1, y0, z1}, {x1, y0, z0}));
    vww_pen_face(pen, paint, VWW_VECTORS({x0, y1, z0}, {x1, y1, z0}, {x1, y0, z0}, {x0, y0, z0}));
}

void vww_pen_extrude(struct vww_pen *pen, struct vww_paint cap, struct vww_paint sides,
                     const struct vww_point *points, int count, float z0, float z1)
{
    struct vww_vector end[OUTLINE_MOST] = {0};
    count = count < OUTLINE_MOST ? count : OUTLINE_MOST;
    for (int i = 0; i < count; i++)
        end[i] = (struct vww_vector){points[count - 1 - i].x, points[count - 1 - i].y, z1};
    vww_pen_face(pen, cap, end, count);
    for (int i = 0; i < count; i++) {
        const struct vww_point a = points[i], b = points[(i + 1) % count];
        vww_pen_face(pen, sides,
                     VWW_VECTORS({a.x, a.y, z0}, {a.x, a.y, z1}, {b.x, b.y, z1}, {b.x, b.y, z0}));
    }
    for (int i = 0; i < count; i++)
        end[i] = (struct vww_vector){points[i].x, points[i].y, z0};
    vww_pen_face(pen, cap, end, count);
}

void vww_pen_flanks(struct vww_pen *pen, struct vww_paint paint, float half,
                    const struct vww_point *points, int count)
{
    struct vww_vector side[OUTLINE_MOST] = {0};
    count = count < OUTLINE_MOST ? count : OUTLINE_MOST;
    for (int i = 0; i < count; i++)
        side[i] = (struct vww_vector){points[i].x, points[i].y, -half};
    vww_pen_face(pen, paint, side, count);
    for (int i = 0; i < count; i++)
        side[i] = (struct vww_vector){points[count - 1 - i].x, points[count - 1 - i].y, half};
    vww_pen_face(pen, paint, side, count);
}

void vww_pen_wheels(struct vww_pen *pen, struct vww_paint paint, float half, float x, float y,
                    float radius)
{
    struct vww_point points[32];
    const int count = corners(vww_pen_detail(pen) * radius);
    for (int i = 0; i < count; i++) {
        const float angle = -TURN * (float)i / (float)count;
        points[i] = (struct vww_point){x + radius * cosf(angle), y + radius * sinf(angle)};
    }
    vww_pen_flanks(pen, paint, half, points, count);
}

void vww_pen_end(struct vww_pen *pen, struct vww_paint paint, bool front, float x, float y0,
                 float y1, float z0, float z1)
{
    if (front)
        vww_pen_face(pen, paint, VWW_VECTORS({x, y1, z0}, {x, y1, z1}, {x, y0, z1}, {x, y0, z0}));
    else
        vww_pen_face(pen, paint, VWW_VECTORS({x, y1, z1}, {x, y1, z0}, {x, y0, z0}, {x, y0, z1}));
}

void vww_pen_patch(struct vww_pen *pen, struct vww_paint paint, float x, float z, float radius_x,
                   float radius_z)
{
    struct vww_vector points[24];
    for (int i = 0; i < 24; i++) {
        const float angle = TURN * (float)i / 24;
        points[i] = (struct vww_vector){x + radius_x * cosf(angle), 0, z + radius_z * sinf(angle)};
    }
    vww_pen_sheet(pen, paint, points, 24);
}

void vww_pen_shadow(struct vww_pen *pen, float width, float depth, float height)
{
    struct vww_pen ground = *pen;
    ground.owner = VWW_OWNER_KEEP;
    const struct vww_light *const light = pen->light;
    const struct vww_colour black = {0.02f, 0.02f, 0.05f};
    struct vww_paint paint = vww_paint_plain(black);
    /* Where it touches the ground: under any light. */
    for (int ring = 0; ring < 3; ring++) {
        const float grow = 1.25f - 0.25f * (float)ring;
        paint.alpha = 0.13f;
        vww_pen_patch(&ground, paint, 0, 0, 0.5f * width * grow, 0.5f * depth * grow);
    }
    if (light->shadow <= 0 || light->towards.y <= 0.05f)
        return;
    /* What the sun casts: the hull of the foot and the foot moved away from the sun. The ground
     * frame is not turned: the sun stands in the world. */
    ground.cosine = 1;
    ground.sine = 0;
    const float reach = height / light->towards.y;
    const struct vww_vector far = {-light->towards.x * reach, 0, -light->towards.z * reach};
    const float length = sqrtf(far.x * far.x + far.z * far.z);
    const float half = 0.42f * width;
    paint.alpha = light->shadow;
    if (length < 0.01f)
        return;
    const float nx = -far.z / length * half, nz = far.x / length * half;
    vww_pen_sheet(&ground, paint,
                  VWW_VECTORS({nx, 0, nz}, {far.x + nx, 0, far.z + nz},
                              {far.x * 1.06f, 0, far.z * 1.06f}, {far.x - nx, 0, far.z - nz},
                              {-nx, 0, -nz}));
}

/* --- solids ----------------------------------------------------------------------------------- */

struct vww_solid *vww_body_add(struct vww_body *body, struct vww_colour colour,
                               const struct vww_ball *balls, int count)
{
    if (body->count == VWW_BODY_SOLIDS || count > VWW_SOLID_BALLS)
        return NULL;
    struct vww_solid *const solid = &body->solids[body->count++];
    *solid = (struct vww_solid){.count = count, .colour = colour, .roundness = 1};
    memcpy(solid->balls, balls, (size_t)count * sizeof *balls);
    return solid;
}

/* > 0: o, a, b turn left. */
static float turn_of(struct vww_point o, struct vww_point a, struct vww_point b)
{
    return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

static void sort_points(struct vww_point *points, int count)
{
    for (int i = 1; i < count; i++) {
        const struct vww_point point = points[i];
        int j = i;
        for (; j > 0 && (points[j - 1].x > point.x ||
                         (points[j - 1].x == point.x && points[j - 1].y > point.y));
             j--)
            points[j] = points[j - 1];
        points[j] = point;
    }
}

/* The convex hull by Andrew's monotone chain; hull has room for count + 1 points. */
static int convex_hull(struct vww_point *points, int count, struct vww_point *hull)
{
    sort_points(points, count);
    int size = 0;
    for (int i = 0; i < count; i++) {
        while (size >= 2 && turn_of(hull[size - 2], hull[size - 1], points[i]) <= 0)
            size--;
        hull[size++] = points[i];
    }
    const int lower = size + 1;
    for (int i = count - 2; i >= 0; i--) {
        while (size >= lower && turn_of(hull[size - 2], hull[size - 1], points[i]) <= 0)
            size--;
        hull[size++] = points[i];
    }
    return size > 1 ? size - 1 : size;
}

#define BALL_CORNERS 16

static void draw_solid(struct vww_pen *pen, const struct vww_solid *solid)
{
    struct vww_point points[VWW_SOLID_BALLS * BALL_CORNERS];
    struct vww_point hull[VWW_SOLID_BALLS * BALL_CORNERS + 1];
    int count = 0;
    for (int i = 0; i < solid->count; i++) {
        const struct vww_ball *const ball = &solid->balls[i];
        const struct vww_point centre = vww_pen_project(pen, ball->at);
        const float radius = ball->radius * vww_pen_pixels(pen, ball->at);
        int sides = corners(radius) & ~1;
        sides = sides < BALL_CORNERS ? sides : BALL_CORNERS;
        for (int side = 0; side < sides; side++) {
            const float angle = TURN * ((float)side + 0.5f) / (float)sides;
            points[count++] = (struct vww_point){centre.x + radius * cosf(angle),
                                                 centre.y + radius * sinf(angle)};
        }
    }
    const int size = convex_hull(points, count, hull);
    struct vww_paint paint = vww_pen_round(pen, solid->colour);
    if (solid->roundness < 1) {
        paint.colour = vww_colour_mix(solid->colour, paint.colour, solid->roundness);
        paint.end = vww_colour_mix(solid->colour, paint.end, solid->roundness);
    }
    paint.texture = solid->texture;
    fill(pen, paint, hull, size);
}

void vww_pen_body(struct vww_pen *pen, const struct vww_body *body)
{
    float depth[VWW_BODY_SOLIDS];
    int order[VWW_BODY_SOLIDS];
    for (int i = 0; i < body->count; i++) {
        const struct vww_solid *const solid = &body->solids[i];
        float sum = 0;
        for (int k = 0; k < solid->count; k++)
            sum += to_world(pen, solid->balls[k].at).z;
        depth[i] = sum / (float)solid->count - pen->size * solid->bias;
        int j = i;
        for (; j > 0 && depth[order[j - 1]] < depth[i]; j--)
            order[j] = order[j - 1];
        order[j] = i;
    }
    const int owner = pen->owner;
    for (int i = 0; i < body->count; i++) {
        const struct vww_solid *const solid = &body->solids[order[i]];
        pen->owner = solid->owner != 0 ? solid->owner : owner;
        draw_solid(pen, solid);
    }
    pen->owner = owner;
}
