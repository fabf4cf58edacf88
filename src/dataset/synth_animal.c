/* Animals, from balls like people. They head for -z of their own frame. */
#include "dataset/synth_palette.h"
#include "dataset/synth_thing.h"

#include <math.h>

/* Proportions in metres. */
struct species {
    enum vww_category category;
    float leg, body, chest, rump; /* leg length, body length, radii of its two ends */
    float neck, neck_rise;        /* length, and how steep: 0 level … 1 upright */
    float skull, muzzle, nose;    /* skull radius, muzzle length, nose radius */
    float ear, tail, limb;        /* ear length, tail length, thickness of the legs */
    bool grazes, sits;            /* poses it may take */
};

static const struct species dog = {
    VWW_CATEGORY_DOG, 0.32f, 0.46f, 0.13f, 0.11f, 0.16f, 0.65f, 0.085f, 0.12f, 0.04f, 0.11f, 0.28f,
    0.035f,           false, true};
static const struct species cat = {
    VWW_CATEGORY_CAT, 0.16f, 0.28f, 0.075f, 0.075f, 0.07f, 0.6f, 0.062f, 0.04f,
    0.025f,           0.06f, 0.28f, 0.022f, false,  true};
static const struct species horse = {VWW_CATEGORY_HORSE,
                                     0.85f,
                                     1.15f,
                                     0.32f,
                                     0.33f,
                                     0.75f,
                                     0.75f,
                                     0.15f,
                                     0.42f,
                                     0.09f,
                                     0.14f,
                                     0.8f,
                                     0.075f,
                                     true,
                                     false};
static const struct species cow = {VWW_CATEGORY_COW,
                                   0.65f,
                                   1.25f,
                                   0.38f,
                                   0.38f,
                                   0.4f,
                                   0.35f,
                                   0.17f,
                                   0.3f,
                                   0.12f,
                                   0.17f,
                                   0.8f,
                                   0.08f,
                                   true,
                                   false};
static const struct species sheep = {VWW_CATEGORY_SHEEP,
                                     0.36f,
                                     0.6f,
                                     0.28f,
                                     0.28f,
                                     0.2f,
                                     0.5f,
                                     0.11f,
                                     0.15f,
                                     0.06f,
                                     0.12f,
                                     0.12f,
                                     0.04f,
                                     true,
                                     false};
static const struct species giraffe = {VWW_CATEGORY_GIRAFFE,
                                       1.7f,
                                       1.3f,
                                       0.42f,
                                       0.36f,
                                       2.0f,
                                       0.9f,
                                       0.17f,
                                       0.36f,
                                       0.1f,
                                       0.16f,
                                       0.9f,
                                       0.09f,
                                       false,
                                       false};

struct coat {
    struct vww_colour body, legs, head, second;
    struct vww_texture texture;
};

static struct vww_vector vector(float x, float y, float z)
{
    return (struct vww_vector){x, y, z};
}

static struct coat coat_of(struct vww_pen *pen, const struct species *kind)
{
    struct coat coat;
    coat.body = vww_palette_fur(pen->random);
    coat.texture = vww_pen_texture(pen, VWW_TEXTURE_LEAVES, 0.14f, 1.2f, 1.2f);
    coat.second = vww_palette_fur(pen->random);
    coat.legs = coat.head = coat.body;
    if (kind->category == VWW_CATEGORY_SHEEP) {
        coat.body = vww_palette_grey(pen->random, 0.75f, 0.95f);
        coat.texture.strength = 0.25f;
        if (vww_pen_chance(pen, 0.5f))
            coat.legs = coat.head = (struct vww_colour){0.13f, 0.12f, 0.12f};
    } else if (kind->category == VWW_CATEGORY_GIRAFFE) {
        coat.body = coat.head = (struct vww_colour){0.78f, 0.58f, 0.32f};
        coat.legs = (struct vww_colour){0.86f, 0.74f, 0.52f};
        coat.texture = vww_pen_texture(pen, VWW_TEXTURE_TILES, 0.7f, 0.28f, 0.3f);
    } else if (kind->category == VWW_CATEGORY_COW && vww_pen_chance(pen, 0.6f)) {
        coat.body = coat.legs = (struct vww_colour){0.88f, 0.86f, 0.83f};
        coat.texture = vww_pen_texture(pen, VWW_TEXTURE_LEAVES, 0.8f, 6, 6);
        coat.head = (struct vww_colour){0.2f, 0.17f, 0.16f};
    } else if (vww_pen_chance(pen, 0.35f)) {
        coat.legs = vww_colour_mix(coat.body, coat.second, 0.7f);
    }
    return coat;
}

static void add(struct vww_body *body, struct vww_colour colour, const struct vww_texture *texture,
                float bias, const struct vww_ball *balls, int count)
{
    struct vww_solid *const solid = vww_body_add(body, colour, balls, count);
    if (solid == NULL)
        return;
    solid->bias = bias;
    if (texture != NULL)
        solid->texture = *texture;
}

static void add_leg(struct vww_body *body, const struct species *kind, struct vww_colour colour,
                    struct vww_vector hip, float swing, float thigh_radius)
{
    const float upper = 0.5f * (hip.y), t = swing, r = kind->limb;
    const struct vww_vector knee =
        vector(hip.x * 0.95f, hip.y - upper * cosf(t), hip.z - upper * sinf(t));
    const float under = fmaxf(knee.y - 0.6f * r, 0);
    const struct vww_vector foot = vector(knee.x, 0.6f * r, knee.z + 0.3f * under * sinf(t));
    add(body, colour, NULL, 0, VWW_BALLS({hip, thigh_radius}, {knee, r}));
    add(body, colour, NULL, 0, VWW_BALLS({knee, r}, {foot, 0.75f * r}));
    add(body, vww_colour_scale(colour, 0.7f), NULL, 0.01f,
        VWW_BALLS({foot, 0.8f * r}, {vector(foot.x, 0.5f * r, foot.z - 0.8f * r), 0.6f * r}));
}

static void add_head(struct vww_body *body, const struct species *kind, const struct coat *coat,
                     struct vww_vector at, float down)
{
    const float s = kind->skull, m = kind->muzzle;
    const float c = cosf(down), d = sinf(down);
    const struct vww_vector nose = vector(at.x, at.y - m * d - 0.25f * s, at.z - m * c - 0.4f * s);
    add(body, coat->head, NULL, 0.02f,
        VWW_BALLS({at, s}, {vector(at.x, at.y - 0.2f * s, at.z - 0.5f * s), 0.75f * s},
                  {nose, kind->nose}));
    const struct vww_colour black = {0.06f, 0.05f, 0.05f};
    add(body, black, NULL, 0.05f + m * 0.5f,
        VWW_BALLS({vector(nose.x, nose.y + 0.3f * kind->nose, nose.z - 0.8f * kind->nose),
                   0.45f * kind->nose}));
    for (int side = -1; side <= 1; side += 2) {
        const float x = (float)side;
        const struct vww_vector root =
            vector(at.x + x * 0.6f * s, at.y + 0.65f * s, at.z + 0.1f * s);
        const bool hangs =
            kind->category == VWW_CATEGORY_COW || kind->category == VWW_CATEGORY_SHEEP;
        const struct vww_vector tip =
            hangs ? vector(root.x + x * kind->ear, root.y - 0.3f * kind->ear, root.z)
                  : vector(root.x + x * 0.3f * kind->ear, root.y + kind->ear, root.z);
        add(body, vww_colour_scale(coat->head, 0.85f), NULL, 0.03f,
            VWW_BALLS({root, 0.32f * s}, {tip, 0.08f * s}));
        add(body, black, NULL, 0.03f,
            VWW_BALLS(
                {vector(at.x + x * 0.55f * s, at.y + 0.15f * s, at.z - 0.8f * s), 0.14f * s}));
    }
}

static void add_tail(struct vww_body *body, const struct species *kind, const struct coat *coat,
                     struct vww_vector root, float rise)
{
    const float t = kind->tail;
    const struct vww_vector bend = vector(root.x, root.y + 0.4f * t * rise, root.z + 0.35f * t);
    const struct vww_vector tip = vector(root.x, bend.y + 0.6f * t * rise, bend.z + 0.15f * t);
    add(body, coat->body, NULL, 0, VWW_BALLS({root, kind->limb * 0.7f}, {bend, kind->limb * 0.6f}));
    add(body, coat->body, NULL, 0, VWW_BALLS({bend, kind->limb * 0.6f}, {tip, kind->limb * 0.5f}));
}

static void draw_standing(struct vww_pen *pen, const struct species *kind, const struct coat *coat)
{
    struct vww_body body = {0};
    const float half = 0.5f * kind->body, y = kind->leg + 0.6f * kind->chest;
    const struct vww_vector chest = vector(0, y, -half), rump = vector(0, y, half);
    const float stride = vww_pen_between(pen, 0, 0.45f);
    for (int side = -1; side <= 1; side += 2) {
        const float x = (float)side;
        add_leg(
            &body, kind, coat->legs,
            vector(x * 0.5f * kind->chest, y - 0.2f * kind->chest, chest.z + 0.1f * kind->chest),
            x * stride, 0.4f * kind->chest);
        add_leg(&body, kind, coat->legs,
                vector(x * 0.5f * kind->rump, y - 0.1f * kind->rump, rump.z - 0.1f * kind->rump),
                -x * stride, 0.5f * kind->rump);
    }
    add(&body, coat->body, &coat->texture, 0.02f,
        VWW_BALLS({chest, kind->chest}, {vector(0, y - 0.1f * kind->chest, 0), 0.95f * kind->chest},
                  {rump, kind->rump}));
    const bool grazing = kind->grazes && vww_pen_chance(pen, 0.4f);
    const float rise = grazing ? -0.75f : kind->neck_rise + vww_pen_between(pen, -0.1f, 0.1f);
    const float level = sqrtf(fmaxf(1 - rise * rise, 0.05f));
    const struct vww_vector collar =
        vector(0, y + 0.35f * kind->chest, chest.z - 0.3f * kind->chest);
    const struct vww_vector head = vector(
        0, fmaxf(collar.y + rise * kind->neck, 1.2f * kind->skull), collar.z - level * kind->neck);
    add(&body, coat->body, &coat->texture, 0.015f,
        VWW_BALLS({collar, 0.65f * kind->chest}, {head, 0.8f * kind->skull}));
    if (kind->category == VWW_CATEGORY_HORSE)
        add(&body, coat->second, NULL, 0.03f,
            VWW_BALLS({vector(0, collar.y + 0.25f, collar.z + 0.12f), 0.06f},
                      {vector(0, head.y + 0.14f, head.z + 0.08f), 0.05f}));
    add_head(&body, kind, coat, head, grazing ? 1.1f : 0.45f);
    add_tail(&body, kind, coat, vector(0, y + 0.5f * kind->rump, half + 0.8f * kind->rump),
             kind->sits ? vww_pen_between(pen, -0.3f, 1) : -0.9f);
    vww_pen_body(pen, &body);
}

static void draw_sitting(struct vww_pen *pen, const struct species *kind, const struct coat *coat)
{
    struct vww_body body = {0};
    const float r = kind->rump, height = kind->leg + 0.9f * kind->chest;
    const struct vww_vector chest = vector(0, height, -0.18f * kind->body),
                            rump = vector(0, 1.05f * r, 0.22f * kind->body);
    for (int side = -1; side <= 1; side += 2) {
        const float x = (float)side;
        add(&body, coat->legs, NULL, 0.02f,
            VWW_BALLS({vector(x * 0.8f * r, 0.8f * r, rump.z - 0.2f * r), 0.65f * r},
                      {vector(x * r, kind->limb, rump.z - 1.6f * r), kind->limb}));
        add(&body, coat->legs, NULL, 0.03f,
            VWW_BALLS(
                {vector(x * 0.45f * r, height - 0.5f * r, chest.z - 0.3f * r), 1.3f * kind->limb},
                {vector(x * 0.5f * r, kind->limb, chest.z - 0.7f * r), kind->limb}));
    }
    add(&body, coat->body, &coat->texture, 0,
        VWW_BALLS({chest, 0.9f * kind->chest}, {rump, 1.1f * r}));
    const struct vww_vector head =
        vector(0, height + kind->neck + 0.3f * kind->chest, chest.z - 0.5f * kind->skull);
    add(&body, coat->body, NULL, 0.01f,
        VWW_BALLS({chest, 0.7f * kind->chest}, {head, 0.75f * kind->skull}));
    add_head(&body, kind, coat, head, 0.3f);
    add_tail(&body, kind, coat, vector(0, 0.4f * r, rump.z + r), -0.1f);
    vww_pen_body(pen, &body);
}

static void draw_animal(struct vww_pen *pen, const struct species *kind)
{
    vww_pen_own(pen, kind->category);
    pen->size = vww_pen_between(pen, 0.8f, 1.15f);
    const struct coat coat = coat_of(pen, kind);
    vww_pen_shadow(pen, 2.2f * kind->chest, kind->body, kind->leg + kind->chest);
    if (kind->sits && vww_pen_chance(pen, 0.45f))
        draw_sitting(pen, kind, &coat);
    else
        draw_standing(pen, kind, &coat);
}

void vww_draw_dog(struct vww_pen *pen)
{
    draw_animal(pen, &dog);
}

void vww_draw_cat(struct vww_pen *pen)
{
    draw_animal(pen, &cat);
}

void vww_draw_horse(struct vww_pen *pen)
{
    draw_animal(pen, &horse);
}

void vww_draw_cow(struct vww_pen *pen)
{
    draw_animal(pen, &cow);
}

void vww_draw_sheep(struct vww_pen *pen)
{
    draw_animal(pen, &sheep);
}

void vww_draw_giraffe(struct vww_pen *pen)
{
    draw_animal(pen, &giraffe);
}

void vww_draw_bird(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_BIRD);
    pen->size = vww_pen_between(pen, 0.7f, 1.6f);
    struct vww_body body = {0};
    const struct vww_colour colour = vww_palette_fur(pen->random), beak = {0.85f, 0.55f, 0.15f};
    add(&body, beak, NULL, 0, VWW_BALLS({{0.03f, 0.1f, 0}, 0.008f}, {{0.03f, 0.01f, 0}, 0.008f}));
    add(&body, beak, NULL, 0, VWW_BALLS({{-0.03f, 0.1f, 0}, 0.008f}, {{-0.03f, 0.01f, 0}, 0.008f}));
    add(&body, colour, NULL, 0,
        VWW_BALLS({{0, 0.17f, -0.05f}, 0.08f}, {{0, 0.14f, 0.07f}, 0.05f},
                  {{0, 0.12f, 0.2f}, 0.015f}));
    add(&body, vww_colour_scale(colour, 0.75f), NULL, 0.03f,
        VWW_BALLS({{0.07f, 0.18f, -0.03f}, 0.03f}, {{0.06f, 0.14f, 0.14f}, 0.012f}));
    add(&body, colour, NULL, 0.02f, VWW_BALLS({{0, 0.29f, -0.12f}, 0.05f}));
    add(&body, beak, NULL, 0.02f,
        VWW_BALLS({{0, 0.285f, -0.16f}, 0.018f}, {{0, 0.275f, -0.21f}, 0.005f}));
    vww_pen_shadow(pen, 0.16f, 0.2f, 0.2f);
    vww_pen_body(pen, &body);
}

/* A sitting bear: head, limbs and trunk like a small person's. */
void vww_draw_teddy_bear(struct vww_pen *pen)
{
    vww_pen_own(pen, VWW_CATEGORY_TEDDY_BEAR);
    pen->size = vww_pen_between(pen, 0.7f, 1.8f);
    struct vww_body body = {0};
    const struct vww_colour fur = vww_palette_fur(pen->random),
                            light =
                                vww_colour_mix(fur, (struct vww_colour){0.95f, 0.88f, 0.75f}, 0.5f),
                            black = {0.05f, 0.04f, 0.04f};
    const struct vww_texture fluff = vww_pen_texture(pen, VWW_TEXTURE_LEAVES, 0.12f, 0.6f, 0.6f);
    add(&body, fur, &fluff, 0, VWW_BALLS({{0, 0.11f, 0}, 0.11f}, {{0, 0.22f, 0}, 0.08f}));
    add(&body, light, NULL, 0.05f, VWW_BALLS({{0, 0.14f, -0.07f}, 0.06f}));
    add(&body, fur, &fluff, 0.02f, VWW_BALLS({{0, 0.37f, 0}, 0.1f}));
    add(&body, light, NULL, 0.05f, VWW_BALLS({{0, 0.345f, -0.08f}, 0.045f}));
    add(&body, black, NULL, 0.06f, VWW_BALLS({{0, 0.36f, -0.12f}, 0.016f}));
    for (int side = -1; side <= 1; side += 2) {
        const float x = (float)side;
        add(&body, fur, NULL, 0, VWW_BALLS({{x * 0.085f, 0.45f, 0.01f}, 0.042f}));
        add(&body, black, NULL, 0.06f, VWW_BALLS({{x * 0.035f, 0.395f, -0.085f}, 0.012f}));
        add(&body, fur, &fluff, 0.02f,
            VWW_BALLS({{x * 0.1f, 0.25f, -0.01f}, 0.035f}, {{x * 0.18f, 0.13f, -0.06f}, 0.042f}));
        add(&body, fur, &fluff, 0.04f,
            VWW_BALLS({{x * 0.08f, 0.06f, -0.05f}, 0.05f}, {{x * 0.13f, 0.06f, -0.2f}, 0.05f}));
        add(&body, light, NULL, 0.06f, VWW_BALLS({{x * 0.132f, 0.062f, -0.235f}, 0.035f}));
    }
    vww_pen_shadow(pen, 0.36f, 0.3f, 0.4f);
    vww_pen_body(pen, &body);
}
