#include "dataset/synth_figure.h"
#include "dataset/synth_palette.h"

#include <math.h>

/* --- poses ------------------------------------------------------------------------------------
 * Angles in degrees, each between two limits. A thigh or an upper arm hangs straight down at 0 and
 * swings forward with positive angles; `spread` lifts it sideways. A knee bends the shin back, an
 * elbow the forearm forward; `inward` turns the forearm towards the body's middle. Arms are
 * measured from the leaning torso. */

struct range {
    float low, high;
};

struct leg_pose {
    struct range swing, spread, knee;
};

struct arm_pose {
    struct range swing, spread, elbow, inward;
};

struct pose {
    const char *name;
    struct range lean, sway, nod, look; /* torso forward and sideways; head down and around */
    struct leg_pose legs[2];
    struct arm_pose arms[2];
};

#define HANGING                                                                                    \
    {                                                                                              \
        {-12, 12}, {4, 14}, {0, 30},                                                               \
        {                                                                                          \
            -4, 8                                                                                  \
        }                                                                                          \
    }
#define STRAIGHT                                                                                   \
    {                                                                                              \
        {-4, 5}, {1, 7},                                                                           \
        {                                                                                          \
            0, 8                                                                                   \
        }                                                                                          \
    }

static const struct pose poses[VWW_POSE_COUNT] = {
    [VWW_POSE_STANDING] = {"standing",
                           {-3, 4},
                           {-3, 3},
                           {-8, 15},
                           {-40, 40},
                           {STRAIGHT, STRAIGHT},
                           {HANGING, HANGING}},
    [VWW_POSE_RELAXED] = {"relaxed",
                          {-4, 4},
                          {-6, 6},
                          {-8, 15},
                          {-45, 45},
                          {STRAIGHT, {{5, 20}, {6, 14}, {10, 30}}},
                          {{{-15, 0}, {42, 55}, {15, 30}, {95, 110}}, HANGING}},
    [VWW_POSE_WALKING] = {"walking",
                          {0, 8},
                          {-2, 2},
                          {-5, 15},
                          {-20, 20},
                          {{{18, 32}, {0, 3}, {0, 12}}, {{-28, -12}, {0, 3}, {8, 35}}},
                          {{{-32, -12}, {5, 12}, {5, 30}, {0, 8}},
                           {{10, 32}, {5, 12}, {10, 40}, {0, 10}}}},
    [VWW_POSE_RUNNING] = {"running",
                          {8, 20},
                          {-4, 4},
                          {-12, 5},
                          {-15, 15},
                          {{{40, 70}, {0, 5}, {40, 85}}, {{-35, -10}, {0, 5}, {25, 90}}},
                          {{{-60, -25}, {8, 20}, {70, 105}, {0, 20}},
                           {{15, 50}, {8, 20}, {70, 110}, {10, 30}}}},
    [VWW_POSE_ARMS_RAISED] = {"arms raised",
                              {-8, 4},
                              {-5, 5},
                              {-25, 5},
                              {-25, 25},
                              {{{-6, 8}, {3, 14}, {0, 15}}, {{-6, 8}, {3, 14}, {0, 15}}},
                              {{{-10, 20}, {125, 170}, {0, 30}, {-20, 25}},
                               {{-10, 20}, {125, 170}, {0, 30}, {-20, 25}}}},
    [VWW_POSE_WAVING] = {"waving",
                         {-4, 4},
                         {-6, 6},
                         {-10, 8},
                         {-30, 30},
                         {STRAIGHT, STRAIGHT},
                         {{{0, 30}, {60, 110}, {0, 20}, {-80, -45}}, HANGING}},
    [VWW_POSE_POINTING] = {"pointing",
                           {-3, 6},
                           {-4, 4},
                           {-8, 10},
                           {-40, 40},
                           {STRAIGHT, {{-12, 12}, {3, 12}, {0, 12}}},
                           {{{20, 90}, {35, 85}, {0, 15}, {-5, 10}}, HANGING}},
    [VWW_POSE_PHONING] = {"phoning",
                          {-2, 6},
                          {-4, 4},
                          {5, 20},
                          {-30, 30},
                          {STRAIGHT, {{-15, 15}, {2, 10}, {0, 20}}},
                          {{{30, 50}, {15, 32}, {120, 138}, {18, 34}}, HANGING}},
    [VWW_POSE_ARMS_CROSSED] = {"arms crossed",
                               {-5, 3},
                               {-4, 4},
                               {-5, 15},
                               {-30, 30},
                               {STRAIGHT, {{0, 12}, {2, 10}, {0, 15}}},
                               {{{12, 24}, {8, 16}, {70, 88}, {62, 78}},
                                {{16, 28}, {8, 16}, {70, 88}, {62, 78}}}},
    [VWW_POSE_HOLDING] = {"holding",
                          {0, 10},
                          {-3, 3},
                          {15, 35},
                          {-12, 12},
                          {STRAIGHT, STRAIGHT},
                          {{{12, 35}, {6, 14}, {60, 100}, {22, 38}},
                           {{12, 35}, {6, 14}, {60, 100}, {22, 38}}}},
    [VWW_POSE_BENDING] = {"bending",
                          {45, 85},
                          {-8, 8},
                          {0, 30},
                          {-25, 25},
                          {{{5, 30}, {2, 10}, {10, 45}}, {{-5, 20}, {2, 10}, {5, 40}}},
                          {{{45, 95}, {0, 15}, {0, 35}, {-5, 15}},
                           {{45, 95}, {0, 15}, {0, 35}, {-5, 15}}}},
    [VWW_POSE_CROUCHING] = {"crouching",
                            {15, 40},
                            {-6, 6},
                            {-10, 25},
                            {-30, 30},
                            {{{90, 120}, {8, 22}, {110, 140}}, {{70, 115}, {8, 22}, {110, 140}}},
                            {{{30, 75}, {5, 15}, {10, 60}, {0, 30}},
                             {{20, 75}, {5, 15}, {10, 60}, {0, 30}}}},
    [VWW_POSE_SITTING] = {"sitting",
                          {-8, 6},
                          {-4, 4},
                          {-5, 20},
                          {-40, 40},
                          {{{80, 94}, {3, 14}, {70, 100}}, {{80, 94}, {3, 14}, {70, 100}}},
                          {{{10, 35}, {5, 14}, {40, 80}, {10, 35}},
                           {{10, 35}, {5, 14}, {40, 80}, {10, 35}}}},
    [VWW_POSE_SITTING_LEANING] = {"leaning",
                                  {15, 38},
                                  {-5, 5},
                                  {-15, 20},
                                  {-30, 30},
                                  {{{80, 92}, {6, 20}, {75, 105}}, {{80, 92}, {6, 20}, {75, 105}}},
                                  {{{25, 60}, {5, 14}, {20, 70}, {5, 35}},
                                   {{25, 60}, {5, 14}, {20, 70}, {5, 35}}}},
    [VWW_POSE_RIDING] = {"riding",
                         {32, 46},
                         {-2, 2},
                         {-30, -10},
                         {-10, 10},
                         {{{70, 80}, {1, 4}, {70, 80}}, {{28, 38}, {1, 4}, {42, 52}}},
                         {{{72, 88}, {4, 10}, {5, 25}, {0, 8}},
                          {{72, 88}, {4, 10}, {5, 25}, {0, 8}}}},
    [VWW_POSE_LYING] = {"lying",
                        {-4, 12},
                        {-4, 4},
                        {-10, 15},
                        {-50, 50},
                        {{{0, 60}, {2, 12}, {0, 70}}, {{-5, 30}, {2, 10}, {0, 50}}},
                        {{{-10, 60}, {8, 40}, {0, 90}, {0, 30}}, HANGING}},
};

const char *vww_pose_name(enum vww_pose pose)
{
    return poses[pose].name;
}

/* --- the skeleton ------------------------------------------------------------------------------
 * In units of the figure's height; forward is -z. Proportions of an adult (head 0.13): sole to
 * ankle 0.04, shin 0.235, thigh 0.245, hips to shoulders 0.30, upper arm 0.165, forearm 0.15. */

struct axes {
    struct vww_vector right, up, back;
};

struct skeleton {
    struct vww_vector hips, chest, head; /* head: its middle */
    struct vww_vector hip[2], knee[2], ankle[2], toe[2], shoulder[2], elbow[2], wrist[2], hand[2];
    struct axes torso, face;
    float head_size;
};

static struct vww_vector add(struct vww_vector a, struct vww_vector b, float times)
{
    return (struct vww_vector){a.x + times * b.x, a.y + times * b.y, a.z + times * b.z};
}

static struct vww_vector middle(struct vww_vector a, struct vww_vector b, float share)
{
    return (struct vww_vector){a.x + share * (b.x - a.x), a.y + share * (b.y - a.y),
                               a.z + share * (b.z - a.z)};
}

static struct vww_vector in_axes(const struct axes *axes, struct vww_vector origin, float x,
                                 float y, float z)
{
    return add(add(add(origin, axes->right, x), axes->up, y), axes->back, z);
}

static float draw_angle(struct vww_pen *pen, struct range range)
{
    return vww_pen_between(pen, range.low, range.high) * 0.0174532925f;
}

/* Upright axes leaning forward, then sideways, then turned to the side. */
static struct axes axes_of(float lean, float sway, float turn)
{
    const float cl = cosf(lean), sl = sinf(lean), cs = cosf(sway), ss = sinf(sway);
    const float ct = cosf(turn), st = sinf(turn);
    struct axes axes = {{cs, -ss * cl, ss * sl}, {ss, cs * cl, -cs * sl}, {0, sl, cl}};
    struct vww_vector *const vectors[3] = {&axes.right, &axes.up, &axes.back};
    for (int i = 0; i < 3; i++) {
        const struct vww_vector v = *vectors[i];
        vectors[i]->x = v.x * ct - v.z * st;
        vectors[i]->z = v.x * st + v.z * ct;
    }
    return axes;
}

/* A bone's direction from its angles; side +1 is the picture's right when facing the camera. */
static struct vww_vector direction(float side, float swing, float spread)
{
    return (struct vww_vector){side * sinf(spread), -cosf(spread) * cosf(swing),
                               -cosf(spread) * sinf(swing)};
}

static struct vww_vector along(const struct axes *axes, struct vww_vector from,
                               struct vww_vector direction, float length)
{
    return in_axes(axes, from, length * direction.x, length * direction.y, length * direction.z);
}

static struct skeleton skeleton_of(struct vww_pen *pen, const struct vww_figure *figure,
                                   const struct pose *pose)
{
    static const struct axes upright = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    /* A larger head leaves less for the legs. */
    const float legs = 1 - 2.2f * (figure->head - 0.13f);
    const float shoulders = 0.098f * figure->build, hips = 0.052f * figure->build * figure->hips;
    struct skeleton s = {.head_size = figure->head};
    const float lean = draw_angle(pen, pose->lean), sway = draw_angle(pen, pose->sway);
    s.torso = axes_of(lean, sway, 0);
    s.face = axes_of(0.4f * lean + draw_angle(pen, pose->nod), 0.5f * sway,
                     -draw_angle(pen, pose->look));
    s.chest = in_axes(&s.torso, s.hips, 0, 0.29f, 0);
    const struct vww_vector neck = in_axes(&s.torso, s.chest, 0, 0.055f, -0.012f);
    s.head = in_axes(&s.face, neck, 0, 0.5f * figure->head, -0.1f * figure->head);
    const int mirrored = vww_pen_choose(pen, 2);
    for (int i = 0; i < 2; i++) {
        const float side = i == 0 ? -1 : 1;
        const struct leg_pose *const leg = &pose->legs[i ^ mirrored];
        const struct arm_pose *const arm = &pose->arms[i ^ mirrored];
        float swing = draw_angle(pen, leg->swing), spread = draw_angle(pen, leg->spread);
        s.hip[i] = in_axes(&s.torso, s.hips, side * hips, 0, 0);
        s.knee[i] = along(&upright, s.hip[i], direction(side, swing, spread), 0.245f * legs);
        swing -= draw_angle(pen, leg->knee);
        const struct vww_vector shin = direction(side, swing, 0.4f * spread);
        s.ankle[i] = along(&upright, s.knee[i], shin, 0.235f * legs);
        /* The foot at a right angle to the shin, the toes a little outwards. */
        const float down = 0.75f * sinf(swing);
        const struct vww_vector foot = {side * 0.25f, down - 0.12f, -cosf(swing)};
        s.toe[i] = along(&upright, s.ankle[i], foot, 0.085f);

        swing = draw_angle(pen, arm->swing);
        spread = draw_angle(pen, arm->spread);
        s.shoulder[i] = in_axes(&s.torso, s.chest, side * shoulders, -0.018f, 0);
        s.elbow[i] = along(&s.torso, s.shoulder[i], direction(side, swing, spread), 0.165f);
        swing += draw_angle(pen, arm->elbow);
        spread -= draw_angle(pen, arm->inward);
        const struct vww_vector forearm = direction(side, swing, spread);
        s.wrist[i] = along(&s.torso, s.elbow[i], forearm, 0.145f);
        s.hand[i] = along(&s.torso, s.wrist[i], forearm, 0.045f);
    }
    return s;
}

/* --- looks -------------------------------------------------------------------------------------
 */

enum hair_style { HAIR_SHORT, HAIR_LONG, HAIR_BUN, HAIR_CURLY, HAIR_BALD, HAIR_STYLES };
enum top_style { TOP_TSHIRT, TOP_LONG, TOP_SLEEVELESS, TOP_COAT, TOP_SUIT, TOP_STYLES };
enum bottom_style { BOTTOM_TROUSERS, BOTTOM_SHORTS, BOTTOM_SKIRT, BOTTOM_DRESS, BOTTOM_STYLES };
enum hat_style { HAT_NONE, HAT_CAP, HAT_BRIM, HAT_BEANIE, HAT_STYLES };

struct look {
    struct vww_colour skin, hair, top, bottom, shoes, hat, second, lens; /* second: shirt, trim */
    enum hair_style hair_style;
    enum top_style top_style;
    enum bottom_style bottom_style;
    enum hat_style hat_style;
    struct vww_texture top_texture, bottom_texture;
    bool beard, glasses, barefoot;
};

/* One of the styles, by weights that add up to anything. */
static int weighted(struct vww_pen *pen, const float *weights, int count)
{
    float total = 0;
    for (int i = 0; i < count; i++)
        total += weights[i];
    float at = vww_pen_between(pen, 0, total);
    for (int i = 0; i < count - 1; i++) {
        at -= weights[i];
        if (at < 0)
            return i;
    }
    return count - 1;
}

static struct look look_of(struct vww_pen *pen)
{
    static const float hair[HAIR_STYLES] = {5, 3, 1, 1, 0.7f};
    static const float top[TOP_STYLES] = {5, 2.5f, 2, 1.2f, 0.8f};
    static const float bottom[BOTTOM_STYLES] = {4.5f, 2.5f, 1, 1.5f};
    static const float hat[HAT_STYLES] = {7, 1, 0.7f, 0.7f};
    struct look look = {
        .skin = vww_palette_skin(pen->random),
        .hair = vww_palette_hair(pen->random),
        .top = vww_palette_cloth(pen->random),
        .bottom = vww_palette_trousers(pen->random),
        .shoes = vww_palette_grey(pen->random, 0.05f, 0.8f),
        .hat = vww_palette_cloth(pen->random),
        .second = vww_palette_grey(pen->random, 0.6f, 0.95f),
        .lens = vww_palette_grey(pen->random, 0.05f, 0.4f),
        .hair_style = (enum hair_style)weighted(pen, hair, HAIR_STYLES),
        .top_style = (enum top_style)weighted(pen, top, TOP_STYLES),
        .bottom_style = (enum bottom_style)weighted(pen, bottom, BOTTOM_STYLES),
        .hat_style = (enum hat_style)weighted(pen, hat, HAT_STYLES),
        .beard = vww_pen_chance(pen, 0.15f),
        .glasses = vww_pen_chance(pen, 0.2f),
        .barefoot = vww_pen_chance(pen, 0.05f),
    };
    if (vww_pen_chance(pen, 0.3f)) /* shoes in the colour of the day */
        look.shoes = vww_palette_cloth(pen->random);
    const enum vww_texture_kind pattern = vww_palette_pattern(pen->random);
    const float unit = pattern == VWW_TEXTURE_NOISE ? 0.35f : vww_pen_between(pen, 0.02f, 0.07f);
    look.top_texture =
        vww_pen_texture(pen, pattern, pattern == VWW_TEXTURE_NOISE ? 0.18f : 0.3f, unit, unit);
    if (pattern == VWW_TEXTURE_STRIPES && vww_pen_chance(pen, 0.6f)) /* across rather than along */
        look.top_texture.slant = unit * 40, look.top_texture.width *= 40;
    look.bottom_texture = vww_pen_texture(pen, VWW_TEXTURE_NOISE, 0.16f, 0.3f, 0.5f);
    return look;
}

/* --- dressing ----------------------------------------------------------------------------------
 */

struct sculptor {
    struct vww_body body;
    const struct skeleton *bones;
    const struct look *look;
    const struct vww_figure *figure;
    float pixels; /* height of the figure, pixels */
};

static struct vww_solid *put(struct sculptor *s, struct vww_colour colour, float bias,
                             const struct vww_ball *balls, int count)
{
    struct vww_solid *const solid = vww_body_add(&s->body, colour, balls, count);
    if (solid != NULL)
        solid->bias = bias;
    return solid;
}

static struct vww_solid *put_limb(struct sculptor *s, struct vww_colour colour, float bias,
                                  struct vww_vector a, float ra, struct vww_vector b, float rb)
{
    return put(s, colour, bias, VWW_BALLS({a, ra}, {b, rb}));
}

static void put_legs(struct sculptor *s)
{
    const struct skeleton *const b = s->bones;
    const struct look *const look = s->look;
    const float w = s->figure->build;
    const bool trousers = look->bottom_style == BOTTOM_TROUSERS;
    for (int i = 0; i < 2; i++) {
        const struct vww_colour shin = trousers ? look->bottom : look->skin;
        const struct vww_colour thigh =
            look->bottom_style == BOTTOM_SHORTS || trousers ? look->bottom : look->skin;
        struct vww_solid *part;
        part = put_limb(s, shin, 0, b->knee[i], 0.036f * w, b->ankle[i], trousers ? 0.028f : 0.02f);
        if (part != NULL && trousers)
            part->texture = look->bottom_texture;
        part = put_limb(s, thigh, 0.002f, b->hip[i], 0.056f * w, b->knee[i], 0.038f * w);
        if (part != NULL && look->bottom_style != BOTTOM_DRESS)
            part->texture = look->bottom_texture;
        const struct vww_colour shoe = look->barefoot ? look->skin : look->shoes;
        struct vww_vector heel = b->ankle[i], toe = b->toe[i];
        heel.y -= 0.014f;
        toe.y -= 0.012f;
        put_limb(s, shoe, 0.004f, heel, 0.026f, toe, 0.02f);
    }
}

static void put_skirt(struct sculptor *s, float length, float flare, struct vww_colour colour,
                      const struct vww_texture *texture)
{
    const struct skeleton *const b = s->bones;
    const float w = 0.05f * s->figure->build;
    const struct vww_vector left = middle(b->hip[0], b->knee[0], length),
                            right = middle(b->hip[1], b->knee[1], length);
    const struct vww_vector waist = in_axes(&b->torso, b->hips, 0, 0.07f, 0);
    struct vww_solid *const solid =
        put(s, colour, 0.1f,
            VWW_BALLS({in_axes(&b->torso, waist, -w, 0, 0), 0.045f},
                      {in_axes(&b->torso, waist, w, 0, 0), 0.045f}, {b->hip[0], 0.055f},
                      {b->hip[1], 0.055f}, {add(left, b->torso.right, -flare), 0.045f},
                      {add(right, b->torso.right, flare), 0.045f}));
    if (solid != NULL)
        solid->texture = *texture;
}

/* The trunk is two solids: little shading, so that no seam shows at the waist. */
#define TRUNK_ROUNDNESS 0.55f

static void put_torso(struct sculptor *s)
{
    const struct skeleton *const b = s->bones;
    const struct look *const look = s->look;
    const float w = s->figure->build, waist = 0.05f * w;
    const struct vww_vector middle_of = in_axes(&b->torso, b->hips, 0, 0.11f, 0);
    const struct vww_vector left = in_axes(&b->torso, middle_of, -waist, 0, 0),
                            right = in_axes(&b->torso, middle_of, waist, 0, 0);
    const struct vww_vector breast = in_axes(&b->torso, b->chest, 0, -0.075f, -0.02f);
    const bool shirt_out = look->top_style != TOP_SUIT;
    struct vww_solid *part =
        put(s, shirt_out ? vww_colour_scale(look->top, 0.94f) : look->bottom, 0.09f,
            VWW_BALLS({left, 0.052f * w}, {right, 0.052f * w}, {b->hip[0], 0.056f * w},
                      {b->hip[1], 0.056f * w}));
    if (part != NULL) {
        part->texture = shirt_out ? look->top_texture : look->bottom_texture;
        part->roundness = TRUNK_ROUNDNESS;
    }
    part = put(s, look->top, 0.093f,
               VWW_BALLS({in_axes(&b->torso, b->shoulder[0], 0.008f, -0.006f, 0), 0.036f},
                         {in_axes(&b->torso, b->shoulder[1], -0.008f, -0.006f, 0), 0.036f},
                         {in_axes(&b->torso, b->chest, 0, 0.018f, 0), 0.034f}, {breast, 0.07f * w},
                         {left, 0.054f * w}, {right, 0.054f * w}));
    if (part != NULL) {
        part->texture = look->top_texture;
        part->roundness = TRUNK_ROUNDNESS;
    }
    if (look->top_style == TOP_COAT)
        put_skirt(s, 0.62f, 0.012f, look->top, &look->top_texture);
    if (look->bottom_style == BOTTOM_SKIRT)
        put_skirt(s, 0.75f, 0.02f, look->bottom, &look->bottom_texture);
    if (look->bottom_style == BOTTOM_DRESS)
        put_skirt(s, 0.95f, 0.03f, look->top, &look->top_texture);
    if (s->pixels < 40)
        return;
    if (look->top_style == TOP_SUIT || look->top_style == TOP_COAT) {
        /* The opening: a strip of shirt, or of the other side of the zip. */
        const struct vww_vector collar = in_axes(&b->torso, b->chest, 0, -0.005f, -0.06f);
        put(s, look->top_style == TOP_SUIT ? look->second : vww_colour_scale(look->top, 0.7f),
            0.115f,
            VWW_BALLS({in_axes(&b->torso, collar, -0.022f, 0, 0), 0.008f},
                      {in_axes(&b->torso, collar, 0.022f, 0, 0), 0.008f},
                      {in_axes(&b->torso, middle_of, 0, 0.01f, -0.058f), 0.005f}));
        if (look->top_style == TOP_SUIT)
            put_limb(s, look->hat, 0.12f, add(collar, b->torso.up, -0.005f), 0.008f,
                     in_axes(&b->torso, middle_of, 0, 0.03f, -0.062f), 0.012f);
    }
}

static void put_arms(struct sculptor *s)
{
    const struct skeleton *const b = s->bones;
    const struct look *const look = s->look;
    const float w = 0.5f + 0.5f * s->figure->build, bias = 0.105f;
    const bool covered =
        look->top_style == TOP_LONG || look->top_style == TOP_COAT || look->top_style == TOP_SUIT;
    for (int i = 0; i < 2; i++) {
        struct vww_solid *part;
        const struct vww_colour lower = covered ? look->top : look->skin;
        const struct vww_colour upper = look->top_style == TOP_SLEEVELESS ? look->skin : lower;
        part = put_limb(s, upper, bias, b->shoulder[i], 0.034f * w, b->elbow[i], 0.027f * w);
        if (part != NULL && covered)
            part->texture = look->top_texture;
        part = put_limb(s, lower, bias + 0.006f, b->elbow[i], 0.027f * w, b->wrist[i],
                        covered ? 0.023f : 0.017f);
        if (part != NULL && covered)
            part->texture = look->top_texture;
        if (look->top_style == TOP_TSHIRT) {
            part = put_limb(s, look->top, bias + 0.004f, b->shoulder[i], 0.038f * w,
                            middle(b->shoulder[i], b->elbow[i], 0.6f), 0.036f * w);
            if (part != NULL)
                part->texture = look->top_texture;
        }
        put_limb(s, look->skin, bias + 0.008f, middle(b->wrist[i], b->hand[i], 0.2f), 0.017f,
                 b->hand[i], 0.019f);
        if (s->pixels > 110) {
            /* Thumb and fingers. */
            const struct vww_vector palm = middle(b->wrist[i], b->hand[i], 0.5f);
            const float side = i == 0 ? 1 : -1;
            put_limb(s, look->skin, bias + 0.009f, palm, 0.009f,
                     add(add(b->hand[i], b->torso.right, side * 0.02f), b->torso.back, -0.012f),
                     0.006f);
            const struct vww_vector tip = add(b->hand[i], add(b->hand[i], b->wrist[i], -1), 0.5f);
            for (int finger = -1; finger <= 1; finger++)
                put_limb(s, vww_colour_scale(look->skin, 0.97f), bias + 0.01f, b->hand[i], 0.01f,
                         add(tip, b->torso.right, 0.011f * (float)finger), 0.006f);
        }
    }
}

/* A ball in the head's own frame, in head heights from its middle. */
static struct vww_ball on_head(const struct sculptor *s, float x, float y, float z, float radius)
{
    const float h = s->bones->head_size;
    return (struct vww_ball){in_axes(&s->bones->face, s->bones->head, x * h, y * h, z * h),
                             radius * h};
}

static void put_hair(struct sculptor *s)
{
    const struct look *const look = s->look;
    const float h = s->bones->head_size;
    if (look->hair_style == HAIR_BALD)
        return;
    const struct vww_colour hair = look->hair;
    if (look->hair_style == HAIR_CURLY) {
        put(s, hair, 0.04f * h, VWW_BALLS(on_head(s, 0, 0.2f, 0.2f, 0.55f)));
        put(s, hair, 0.3f * h,
            VWW_BALLS(on_head(s, -0.25f, 0.38f, -0.1f, 0.2f), on_head(s, 0.25f, 0.38f, -0.1f, 0.2f),
                      on_head(s, 0, 0.5f, 0, 0.24f), on_head(s, -0.25f, 0.36f, 0.2f, 0.26f),
                      on_head(s, 0.25f, 0.36f, 0.2f, 0.26f)));
        return;
    }
    put(s, hair, 0.06f * h,
        VWW_BALLS(on_head(s, 0, 0.06f, 0.2f, 0.38f), on_head(s, 0, -0.18f, 0.2f, 0.27f)));
    put(s, hair, 0.3f * h,
        VWW_BALLS(on_head(s, -0.2f, 0.36f, -0.16f, 0.16f), on_head(s, 0.2f, 0.36f, -0.16f, 0.16f),
                  on_head(s, 0, 0.4f, 0.04f, 0.2f), on_head(s, -0.2f, 0.26f, 0.18f, 0.22f),
                  on_head(s, 0.2f, 0.26f, 0.18f, 0.22f)));
    if (look->hair_style == HAIR_LONG)
        put(s, hair, 0.02f * h,
            VWW_BALLS(on_head(s, -0.24f, 0.1f, 0.16f, 0.2f), on_head(s, 0.24f, 0.1f, 0.16f, 0.2f),
                      on_head(s, -0.26f, -0.75f, 0.2f, 0.13f),
                      on_head(s, 0.26f, -0.75f, 0.2f, 0.13f)));
    if (look->hair_style == HAIR_BUN)
        put(s, hair, 0.1f * h, VWW_BALLS(on_head(s, 0, 0.42f, 0.42f, 0.18f)));
}

static void put_hat(struct sculptor *s)
{
    const struct look *const look = s->look;
    const float h = s->bones->head_size, bias = 0.42f * h;
    const struct vww_colour colour = look->hat;
    if (look->hat_style == HAT_NONE)
        return;
    put(s, colour, bias,
        VWW_BALLS(on_head(s, -0.21f, 0.36f, -0.14f, 0.2f), on_head(s, 0.21f, 0.36f, -0.14f, 0.2f),
                  on_head(s, 0, 0.44f, 0.04f, 0.24f), on_head(s, -0.2f, 0.32f, 0.18f, 0.24f),
                  on_head(s, 0.2f, 0.32f, 0.18f, 0.24f)));
    if (look->hat_style == HAT_CAP)
        put(s, vww_colour_scale(colour, 0.85f), bias + 0.02f * h,
            VWW_BALLS(
                on_head(s, -0.2f, 0.22f, -0.36f, 0.03f), on_head(s, 0.2f, 0.22f, -0.36f, 0.03f),
                on_head(s, -0.14f, 0.2f, -0.62f, 0.03f), on_head(s, 0.14f, 0.2f, -0.62f, 0.03f)));
    if (look->hat_style == HAT_BRIM)
        put(s, vww_colour_scale(colour, 0.9f), bias + 0.02f * h,
            VWW_BALLS(
                on_head(s, -0.68f, 0.22f, 0, 0.035f), on_head(s, 0.68f, 0.22f, 0, 0.035f),
                on_head(s, -0.4f, 0.22f, -0.55f, 0.035f), on_head(s, 0.4f, 0.22f, -0.55f, 0.035f),
                on_head(s, -0.4f, 0.22f, 0.55f, 0.035f), on_head(s, 0.4f, 0.22f, 0.55f, 0.035f)));
}

static void put_face(struct sculptor *s)
{
    const struct look *const look = s->look;
    const float h = s->bones->head_size, pixels = s->pixels * h;
    const struct vww_colour white = {0.93f, 0.92f, 0.9f}, dark = {0.1f, 0.07f, 0.06f};
    const struct vww_colour lips =
        vww_colour_mix(look->skin, (struct vww_colour){0.6f, 0.2f, 0.2f}, 0.45f);
    const struct vww_colour brow = vww_colour_mix(look->hair, look->skin, 0.2f);
    if (pixels < 5)
        return;
    for (int side = -1; side <= 1; side += 2) {
        const float x = (float)side;
        put(s, vww_colour_scale(look->skin, 0.94f), 0,
            VWW_BALLS(on_head(s, x * 0.39f, -0.04f, 0.04f, 0.07f)));
        if (pixels > 14)
            put(s, white, 0,
                VWW_BALLS(on_head(s, x * 0.1f, 0.03f, -0.375f, 0.035f),
                          on_head(s, x * 0.2f, 0.03f, -0.345f, 0.033f)));
        put(s, dark, 0.01f * h,
            VWW_BALLS(on_head(s, x * 0.15f, 0.03f, -0.375f, pixels > 14 ? 0.036f : 0.05f)));
        if (pixels > 9)
            put(s, brow, 0.01f * h,
                VWW_BALLS(on_head(s, x * 0.08f, 0.13f, -0.37f, 0.02f),
                          on_head(s, x * 0.23f, 0.13f, -0.33f, 0.016f)));
        if (look->glasses)
            put(s, look->lens, 0.06f * h,
                VWW_BALLS(on_head(s, x * 0.11f, 0.03f, -0.42f, 0.07f),
                          on_head(s, x * 0.2f, 0.01f, -0.38f, 0.075f)));
    }
    put(s, lips, 0,
        VWW_BALLS(on_head(s, -0.09f, -0.29f, -0.315f, 0.025f),
                  on_head(s, 0.09f, -0.29f, -0.315f, 0.025f)));
    put(s, vww_colour_scale(look->skin, 0.95f), 0.02f * h,
        VWW_BALLS(on_head(s, 0, 0, -0.4f, 0.025f), on_head(s, 0, -0.13f, -0.44f, 0.05f)));
    if (look->beard)
        put(s, look->hair, 0.1f * h,
            VWW_BALLS(
                on_head(s, -0.24f, -0.22f, -0.12f, 0.07f), on_head(s, 0.24f, -0.22f, -0.12f, 0.07f),
                on_head(s, -0.08f, -0.4f, -0.2f, 0.1f), on_head(s, 0.08f, -0.4f, -0.2f, 0.1f)));
}

#define HEAD_BIAS 0.1f

static void put_head(struct sculptor *s)
{
    const struct skeleton *const b = s->bones;
    const struct look *const look = s->look;
    const bool high_collar = look->top_style == TOP_COAT;
    put_limb(s, vww_colour_scale(look->skin, 0.9f), high_collar ? 0.08f : 0.096f,
             in_axes(&b->torso, b->chest, 0, 0.02f, -0.005f), 0.03f,
             on_head(s, 0, -0.25f, 0.06f, 0).at, 0.027f);
    put(s, look->skin, HEAD_BIAS,
        VWW_BALLS(on_head(s, 0, 0.12f, 0.06f, 0.385f), on_head(s, 0, -0.05f, -0.08f, 0.325f),
                  on_head(s, 0, -0.3f, -0.15f, 0.18f)));
    /* What sits on the head is nearer than the head by as much as the head's own bias. */
    const int first = s->body.count;
    put_hair(s);
    put_face(s);
    put_hat(s);
    for (int i = first; i < s->body.count; i++)
        s->body.solids[i].bias += HEAD_BIAS;
}

/* --- bags --------------------------------------------------------------------------------------
 */

static void put_luggage(struct vww_pen *pen, struct sculptor *s)
{
    const struct skeleton *const b = s->bones;
    const int person = pen->owner;
    const double kind = vww_random_unit(pen->random);
    const struct vww_colour colour = vww_palette_cloth(pen->random);
    const int first = s->body.count;
    if (kind < 0.12) {
        vww_pen_own(pen, VWW_CATEGORY_BACKPACK);
        put(s, colour, 0.06f,
            VWW_BALLS({in_axes(&b->torso, b->chest, -0.06f, -0.04f, 0.1f), 0.04f},
                      {in_axes(&b->torso, b->chest, 0.06f, -0.04f, 0.1f), 0.04f},
                      {in_axes(&b->torso, b->chest, -0.06f, -0.2f, 0.11f), 0.05f},
                      {in_axes(&b->torso, b->chest, 0.06f, -0.2f, 0.11f), 0.05f}));
    } else if (kind < 0.24) {
        vww_pen_own(pen, VWW_CATEGORY_HANDBAG);
        const struct vww_vector hand = b->hand[0];
        put_limb(s, vww_colour_scale(colour, 0.7f), 0.09f, hand, 0.006f,
                 (struct vww_vector){hand.x, hand.y - 0.08f, hand.z}, 0.006f);
        put(s, colour, 0.09f,
            VWW_BALLS({{hand.x, hand.y - 0.09f, hand.z - 0.05f}, 0.015f},
                      {{hand.x, hand.y - 0.09f, hand.z + 0.05f}, 0.015f},
                      {{hand.x + 0.02f, hand.y - 0.17f, hand.z - 0.06f}, 0.02f},
                      {{hand.x - 0.02f, hand.y - 0.17f, hand.z + 0.06f}, 0.02f}));
    }
    for (int i = first; i < s->body.count; i++)
        s->body.solids[i].owner = pen->owner;
    pen->owner = person;
}

/* --- the figure --------------------------------------------------------------------------------
 */

struct vww_figure vww_figure_adult(struct vww_random *random)
{
    return (struct vww_figure){
        .height = (float)vww_random_between(random, 1.52, 1.92),
        .head = (float)vww_random_between(random, 0.125, 0.142),
        .build = (float)vww_random_between(random, 0.88, 1.28),
        .hips = (float)vww_random_between(random, 0.9, 1.25),
        .carries = true,
    };
}

struct vww_figure vww_figure_child(struct vww_random *random)
{
    const float age = (float)vww_random_unit(random); /* 0: three years … 1: twelve */
    return (struct vww_figure){
        .height = 0.95f + 0.5f * age,
        .head = 0.195f - 0.04f * age,
        .build = (float)vww_random_between(random, 0.95, 1.2),
        .hips = 1,
    };
}

/* Lay the body on its side along x, feet to the left, or leave it upright; then set it on the
 * ground: the lowest ball touches it. */
static void settle(struct vww_body *body, bool lying, float raised)
{
    float lowest = INFINITY;
    for (int i = 0; i < body->count; i++)
        for (int k = 0; k < body->solids[i].count; k++) {
            struct vww_ball *const ball = &body->solids[i].balls[k];
            if (lying) {
                const float x = ball->at.x;
                ball->at.x = ball->at.y;
                ball->at.y = x;
            }
            lowest = fminf(lowest, ball->at.y - ball->radius);
        }
    for (int i = 0; i < body->count; i++)
        for (int k = 0; k < body->solids[i].count; k++)
            body->solids[i].balls[k].at.y += raised - lowest;
}

void vww_figure_draw(struct vww_pen *pen, const struct vww_figure *figure, enum vww_pose pose,
                     bool own)
{
    struct vww_pen figure_pen = *pen;
    figure_pen.size = figure->height;
    if (own)
        vww_pen_own(&figure_pen, VWW_CATEGORY_PERSON);
    const struct look look = look_of(&figure_pen);
    const struct skeleton bones = skeleton_of(&figure_pen, figure, &poses[pose]);
    struct sculptor sculptor = {
        .bones = &bones, .look = &look, .figure = figure, .pixels = vww_pen_detail(&figure_pen)};
    put_legs(&sculptor);
    put_torso(&sculptor);
    put_arms(&sculptor);
    put_head(&sculptor);
    if (own && figure->carries && pose < VWW_POSE_BENDING)
        put_luggage(&figure_pen, &sculptor);
    settle(&sculptor.body, pose == VWW_POSE_LYING, figure->raised / figure->height);
    vww_pen_body(&figure_pen, &sculptor.body);
}
