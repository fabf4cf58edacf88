/* Who and what is in a scene, and where. The main subject is chosen first, and the camera is
 * pointed at it; then come its company, other things, and what stands in front of it. Places,
 * light, number of things, and things that resemble people are drawn from the same distributions
 * whether there are people or not; people are taken from nearer than things. */
#include "dataset/synth_scene.h"
#include "dataset/synth_figure.h"
#include "dataset/synth_palette.h"
#include "dataset/synth_thing.h"

#include <math.h>

#define RIGHT_ANGLE 1.5707963f

enum item_kind {
    ITEM_THING,
    ITEM_PERSON,
    ITEM_SEATED, /* a thing and a person on it */
    ITEM_RIDER,  /* a bicycle and a person on it */
    ITEM_LYING,  /* a person lying, on a thing or on the ground */
    ITEM_GROUP,  /* many small persons as one */
};

struct item {
    enum item_kind kind;
    const struct vww_thing *thing; /* NULL: none */
    struct vww_figure figure;
    enum vww_pose pose;
    float x, z, turn; /* metres, radians */
    float lift;       /* metres: stands on a table top */
    int people;       /* of a group */
};

#define ITEMS_MOST 48
struct cast {
    struct item items[ITEMS_MOST];
    int count;
};

static float between(struct vww_scene *scene, float low, float high)
{
    return (float)vww_random_between(scene->random, low, high);
}

/* Uniform on a logarithmic scale, as sizes in photographs are. */
static float log_between(struct vww_scene *scene, float low, float high)
{
    return expf(between(scene, logf(low), logf(high)));
}

static bool chance(struct vww_scene *scene, double probability)
{
    return vww_random_unit(scene->random) < probability;
}

static int below(struct vww_scene *scene, int count)
{
    return (int)vww_random_below(scene->random, (uint32_t)count);
}

/* --- choosing --------------------------------------------------------------------------------- */

static unsigned places_of(enum vww_scene_kind kind)
{
    static const unsigned places[VWW_SCENE_KINDS] = {
        [VWW_SCENE_ROOM] = VWW_PLACE_ROOM,
        [VWW_SCENE_TABLE] = VWW_PLACE_ROOM,
        [VWW_SCENE_STREET] = VWW_PLACE_ROAD | VWW_PLACE_PAVEMENT,
        [VWW_SCENE_AVENUE] = VWW_PLACE_ROAD | VWW_PLACE_PAVEMENT,
        [VWW_SCENE_PARK] = VWW_PLACE_GRASS,
        [VWW_SCENE_BEACH] = VWW_PLACE_BEACH,
    };
    return places[kind];
}

/* A thing that is found at one of the places, by weight; NULL if there is none. person_like: only
 * things that might be taken for a person. */
static const struct vww_thing *choose_thing(struct vww_scene *scene, unsigned places,
                                            bool person_like)
{
    int count;
    const struct vww_thing *const things = vww_things(&count);
    const struct vww_thing *chosen = NULL;
    float total = 0;
    for (int i = 0; i < count; i++) {
        const struct vww_thing *const thing = &things[i];
        if ((thing->places & places) == 0 || (person_like && !thing->person_like) ||
            (scene->plan == VWW_PLAN_NOTHING && thing->annotated))
            continue;
        total += thing->weight;
        if (between(scene, 0, total) < thing->weight)
            chosen = thing;
    }
    return chosen;
}

/* Vehicles keep to the direction of the road; other things face anywhere. */
static float turn_of(struct vww_scene *scene, const struct vww_thing *thing)
{
    if (!thing->turns)
        return 0;
    if ((thing->places & VWW_PLACE_ROAD) == 0 || scene->kind == VWW_SCENE_PARK)
        return between(scene, -3.14f, 3.14f);
    const float along = chance(scene, 0.5) ? 0 : 2 * RIGHT_ANGLE;
    const float turn = scene->kind == VWW_SCENE_AVENUE ? along + RIGHT_ANGLE : along;
    return turn + between(scene, -0.25f, 0.25f);
}

static struct item thing_item(struct vww_scene *scene, const struct vww_thing *thing)
{
    return (struct item){.kind = ITEM_THING, .thing = thing, .turn = turn_of(scene, thing)};
}

/* People look at the camera more often than away from it. */
static float person_turn(struct vww_scene *scene)
{
    if (chance(scene, 0.65))
        return between(scene, -0.9f, 0.9f);
    return between(scene, -3.14f, 3.14f);
}

static const struct vww_thing *seat(struct vww_scene *scene)
{
    switch (scene->kind) {
    case VWW_SCENE_ROOM:
        return vww_thing_find(chance(scene, 0.55) ? "chair" : "couch");
    case VWW_SCENE_TABLE:
        return vww_thing_find("chair");
    case VWW_SCENE_STREET:
    case VWW_SCENE_AVENUE:
    case VWW_SCENE_PARK:
        return vww_thing_find("bench");
    case VWW_SCENE_BEACH:
    case VWW_SCENE_KINDS:
        break;
    }
    return NULL;
}

/* Where people lie down. */
static bool on_soft_ground(const struct vww_scene *scene)
{
    return scene->kind == VWW_SCENE_BEACH || scene->kind == VWW_SCENE_PARK;
}

static struct item person_item(struct vww_scene *scene)
{
    const bool inside = scene->kind == VWW_SCENE_ROOM || scene->kind == VWW_SCENE_TABLE;
    struct item item = {.kind = ITEM_PERSON, .turn = person_turn(scene)};
    const bool child = chance(scene, 0.2);
    item.figure = child ? vww_figure_child(scene->random) : vww_figure_adult(scene->random);
    item.pose = (enum vww_pose)below(scene, VWW_POSE_UPRIGHT_COUNT);
    const double kind = vww_random_unit(scene->random);
    if (kind < (inside ? 0.3 : 0.1)) {
        item.thing = seat(scene);
        if (item.thing == NULL)
            return item;
        item.kind = ITEM_SEATED;
        item.pose = chance(scene, 0.6) ? VWW_POSE_SITTING : VWW_POSE_SITTING_LEANING;
        item.turn = item.thing->turns ? person_turn(scene) : between(scene, -0.5f, 0.5f);
        item.figure.raised = child ? 0.12f : 0;
    } else if (kind < 0.33 && kind > 0.3 && (inside || on_soft_ground(scene))) {
        item.kind = ITEM_LYING;
        item.pose = VWW_POSE_LYING;
        item.turn = between(scene, -0.4f, 0.4f);
        if (inside) {
            item.thing = vww_thing_find(chance(scene, 0.5) ? "bed" : "couch");
            item.figure.raised = 0.5f;
        }
    } else if (!inside && !child && kind > 0.9 && scene->kind != VWW_SCENE_BEACH) {
        item.kind = ITEM_RIDER;
        item.thing = vww_thing_find("bicycle");
        item.pose = VWW_POSE_RIDING;
        item.turn = turn_of(scene, item.thing);
        item.figure.raised = 0.17f;
        item.figure.height = 1.7f;
    }
    return item;
}

/* Metres from the ground to the top. */
static float height_of(const struct item *item)
{
    if (item->kind == ITEM_THING)
        return item->thing->height;
    if (item->kind == ITEM_SEATED)
        return 0.75f * item->figure.height;
    if (item->kind == ITEM_LYING)
        return 0.35f + item->figure.raised;
    if (item->kind == ITEM_RIDER)
        return item->figure.height;
    return item->pose == VWW_POSE_CROUCHING ? 0.62f * item->figure.height : item->figure.height;
}

static float width_of(const struct item *item)
{
    if (item->kind == ITEM_LYING)
        return item->figure.height;
    return item->thing != NULL ? item->thing->width : 0.6f;
}

/* --- placing ---------------------------------------------------------------------------------- */

static float picture_height(const struct vww_scene *scene)
{
    return (float)scene->canvas->height;
}

/* Metres to the right for a column of the picture at distance z. */
static float x_at(const struct vww_scene *scene, float column, float z)
{
    return (column - scene->view.centre) * z / scene->view.focal;
}

static float clampf(float x, float low, float high)
{
    return x < low ? low : (x > high ? high : x);
}

static bool indoors(const struct vww_scene *scene)
{
    return scene->kind == VWW_SCENE_ROOM || scene->kind == VWW_SCENE_TABLE;
}

/* Keep it between the walls and in the range of distances. */
static void keep_inside(const struct vww_scene *scene, struct item *item)
{
    item->z = clampf(item->z, scene->near, scene->far);
    if (indoors(scene)) {
        const float half = 0.4f * width_of(item);
        item->x =
            clampf(item->x, scene->left + half, fmaxf(scene->right - half, scene->left + half));
    }
}

/* Whether it would stand in or right before another item. */
static bool collides(const struct cast *cast, const struct item *item)
{
    for (int i = 0; i < cast->count; i++) {
        const struct item *const other = &cast->items[i];
        if (fabsf(other->z - item->z) < 0.6f &&
            fabsf(other->x - item->x) < 0.45f * (width_of(other) + width_of(item)))
            return true;
    }
    return false;
}

static void join(struct cast *cast, const struct item *item)
{
    if (cast->count < ITEMS_MOST)
        cast->items[cast->count++] = *item;
}

/* Put it anywhere from distance `low` to `high`, if there is room. */
static void join_anywhere(struct vww_scene *scene, struct cast *cast, struct item item, float low,
                          float high)
{
    const float width = (float)scene->canvas->width;
    for (int attempt = 0; attempt < 6; attempt++) {
        item.z = low < high ? log_between(scene, low, high) : low;
        item.x = x_at(scene, between(scene, -0.05f, 1.05f) * width, item.z);
        keep_inside(scene, &item);
        if (item.kind == ITEM_THING &&
            (item.thing->places & vww_backdrop_place(scene, item.x, item.z)) == 0)
            continue;
        if (!collides(cast, &item)) {
            join(cast, &item);
            return;
        }
    }
}

/* --- the cast --------------------------------------------------------------------------------- */

static bool has_people(const struct vww_scene *scene)
{
    return scene->plan == VWW_PLAN_PEOPLE;
}

/* The pixels' height of a person whose box is `share` of half a percent of the picture. */
static float tiny_pixels(struct vww_scene *scene, float share)
{
    const float pixels = (float)scene->canvas->width * (float)scene->canvas->height;
    return sqrtf(share * 0.005f * pixels / 0.42f);
}

static struct item choose_main(struct vww_scene *scene)
{
    if (has_people(scene))
        return person_item(scene);
    const unsigned places = places_of(scene->kind);
    const struct vww_thing *thing = choose_thing(scene, places, chance(scene, 0.2));
    if (thing == NULL)
        thing = choose_thing(scene, places, false);
    return thing_item(scene, thing);
}

/* Height of the main subject as a share of the picture's. Who takes a picture of a person goes
 * nearer than for a thing; some go near and some stay far in either case. */
static float main_size(struct vww_scene *scene, bool is_thing)
{
    const double kind = vww_random_unit(scene->random);
    if (is_thing)
        return kind < 0.88 ? log_between(scene, 0.25f, 0.85f) : log_between(scene, 0.85f, 1.5f);
    if (kind < 0.7)
        return log_between(scene, 1, 2);
    return kind < 0.92 ? log_between(scene, 0.6f, 1) : log_between(scene, 0.25f, 0.6f);
}

/* Point the camera: how large the main subject is, where its top is, and so how far it stands. */
static void aim(struct vww_scene *scene, struct item *main_item)
{
    const float high = picture_height(scene), wide = (float)scene->canvas->width;
    const float height = height_of(main_item);
    float share = main_size(scene, main_item->kind == ITEM_THING);
    /* A wide thing should not be cut to a detail; the bench under a person may be. */
    const bool may_be_cut = main_item->kind == ITEM_PERSON || main_item->kind == ITEM_SEATED;
    const float width = may_be_cut ? 0.6f : width_of(main_item);
    share = fminf(share, 1.05f * wide / high * height / width);
    if (main_item->kind == ITEM_THING && !main_item->thing->person_like)
        share = fminf(share, 0.9f);
    scene->view.focal = fmaxf(high, wide) * log_between(scene, 0.75f, 1.5f);
    scene->view.centre = 0.5f * wide;
    float z = scene->view.focal * height / (share * high);
    if (indoors(scene))
        z = clampf(z, 1, 8);
    else
        z = clampf(z, 1, 40);
    share = scene->view.focal * height / (z * high);
    const float top =
        (share > 0.75f ? between(scene, 0.02f, 0.22f) : between(scene, 0.1f, 0.8f - 0.7f * share)) *
        high;
    /* Eye height and tilt such that the top comes there: the eye first, the rest by tilting. */
    scene->view.eye = clampf(height * between(scene, 0.6f, 1.2f), 0.35f, 2.2f);
    if (height > 1.3f || main_item->kind == ITEM_LYING)
        scene->view.eye = clampf(scene->view.eye, 1, 1.9f);
    scene->view.horizon = top - scene->view.focal * (scene->view.eye - height) / z;
    const float horizon = clampf(scene->view.horizon, 0.12f * high, 0.8f * high);
    scene->view.eye += (scene->view.horizon - horizon) * z / scene->view.focal;
    scene->view.eye = clampf(scene->view.eye, 0.3f, 4);
    scene->view.horizon = horizon;
    main_item->z = z;
    main_item->x = x_at(scene, between(scene, 0.18f, 0.82f) * wide, z);
    scene->main_x = main_item->x;
    scene->main_distance = z;
    scene->main_on_road =
        main_item->kind == ITEM_RIDER ||
        (main_item->kind == ITEM_THING && main_item->thing->places == VWW_PLACE_ROAD);
}

/* Friends beside the main subject, or as many things beside a thing. */
static void add_company(struct vww_scene *scene, struct cast *cast, const struct item *main_item)
{
    static const int counts[] = {0, 0, 0, 1, 1, 2, 3};
    const int company = counts[below(scene, 7)];
    for (int i = 0; i < company; i++) {
        struct item item;
        if (has_people(scene) && chance(scene, 0.8)) {
            item = person_item(scene);
        } else {
            const struct vww_thing *const thing =
                choose_thing(scene, places_of(scene->kind), chance(scene, 0.2));
            if (thing == NULL)
                continue;
            item = thing_item(scene, thing);
        }
        const float apart =
            0.4f * (width_of(main_item) + width_of(&item)) * between(scene, 0.9f, 2);
        item.z = main_item->z * between(scene, 0.85f, 1.35f);
        item.x = main_item->x + (chance(scene, 0.5) ? apart : -apart);
        keep_inside(scene, &item);
        if (!collides(cast, &item))
            join(cast, &item);
    }
}

static void add_things(struct vww_scene *scene, struct cast *cast)
{
    const int count = 2 + below(scene, 5);
    const float low = fminf(fmaxf(scene->main_distance * 0.9f, 1.6f), scene->far);
    for (int i = 0; i < count; i++) {
        const struct vww_thing *const thing = choose_thing(scene, places_of(scene->kind), false);
        if (thing != NULL)
            join_anywhere(scene, cast, thing_item(scene, thing), low, scene->far);
    }
    if (scene->kind == VWW_SCENE_BEACH && scene->plan != VWW_PLAN_NOTHING)
        for (int i = below(scene, 3); i > 0; i--) {
            struct item boat = thing_item(scene, vww_thing_find("boat"));
            boat.z = log_between(scene, scene->shore + 10, 150);
            boat.x = x_at(scene, between(scene, 0, 1) * (float)scene->canvas->width, boat.z);
            join(cast, &boat);
        }
}

/* Something between the camera and the main subject, to one side of it. */
static void add_obstacle(struct vww_scene *scene, struct cast *cast, const struct item *main_item)
{
    if (!chance(scene, 0.25))
        return;
    const struct vww_thing *const thing = choose_thing(scene, places_of(scene->kind), false);
    if (thing == NULL)
        return;
    struct item item = thing_item(scene, thing);
    item.z = main_item->z * between(scene, 0.6f, 0.88f);
    if (item.z < 1.1f || thing->height > 2.5f)
        return;
    const float side = chance(scene, 0.5) ? 1 : -1;
    item.x = main_item->x * item.z / main_item->z +
             side * (0.5f * width_of(&item) + between(scene, -0.25f, 0.15f) * width_of(main_item));
    keep_inside(scene, &item);
    join(cast, &item);
}

static void add_distant_people(struct vww_scene *scene, struct cast *cast)
{
    if (indoors(scene) || scene->kind == VWW_SCENE_STREET)
        return;
    const bool tiny =
        scene->plan == VWW_PLAN_TINY || (scene->plan == VWW_PLAN_PEOPLE && chance(scene, 0.2));
    if (tiny)
        for (int i = 1 + below(scene, 3); i > 0; i--) {
            struct item item = person_item(scene);
            item.kind = ITEM_PERSON;
            item.figure.raised = 0;
            item.pose = (enum vww_pose)below(scene, VWW_POSE_UPRIGHT_COUNT);
            item.thing = NULL;
            item.figure.carries = false;
            const float z = scene->view.focal * item.figure.height /
                            tiny_pixels(scene, between(scene, 0.35f, 0.9f));
            scene->far = fmaxf(scene->far, z);
            join_anywhere(scene, cast, item, z, z);
        }
    const bool crowd =
        scene->plan == VWW_PLAN_CROWD || (scene->plan == VWW_PLAN_PEOPLE && chance(scene, 0.08));
    if (crowd) {
        struct item item = {.kind = ITEM_GROUP, .people = 8 + below(scene, 14)};
        item.z = scene->view.focal * 1.7f / tiny_pixels(scene, between(scene, 0.25f, 0.9f));
        item.x = x_at(scene, between(scene, 0.2f, 0.8f) * (float)scene->canvas->width, item.z);
        join(cast, &item);
    }
}

/* A table across the lower part of the picture, and what is on it. */
static void add_table(struct vww_scene *scene, struct cast *cast)
{
    const int count = 2 + below(scene, 4);
    for (int i = 0; i < count; i++) {
        const struct vww_thing *const thing = choose_thing(scene, VWW_PLACE_TABLE, false);
        struct item item = thing_item(scene, thing);
        item.turn = thing->turns ? between(scene, -1, 1) : 0;
        item.lift = 0.75f;
        item.z = between(scene, 0.65f, 1.05f);
        item.x = x_at(scene, between(scene, 0.1f, 0.9f) * (float)scene->canvas->width, item.z);
        if (!collides(cast, &item) || chance(scene, 0.3))
            join(cast, &item);
    }
}

/* --- drawing ---------------------------------------------------------------------------------- */

static void draw_group(struct vww_pen *world, const struct item *item)
{
    struct vww_pen pen = *world;
    vww_pen_own(&pen, VWW_CATEGORY_PERSON);
    if (pen.owner != VWW_OWNER_NONE)
        pen.owners->list[pen.owner - 1].crowd = 1;
    const float spread = 0.3f * (float)item->people;
    for (int i = 0; i < item->people; i++) {
        /* from far to near */
        const float z = item->z + 0.25f * (float)(item->people - i);
        struct vww_pen at = vww_pen_at(&pen, item->x + vww_pen_between(&pen, -spread, spread), z,
                                       vww_pen_between(&pen, -3, 3));
        const struct vww_figure figure = vww_figure_adult(pen.random);
        vww_figure_draw(&at, &figure, (enum vww_pose)vww_pen_choose(&pen, VWW_POSE_PHONING), false);
    }
}

static void draw_person(struct vww_pen *world, const struct item *item, float x, float z,
                        float turn)
{
    struct vww_pen pen = vww_pen_at(world, x, z, turn);
    if (item->kind == ITEM_PERSON)
        vww_pen_shadow(&pen, 0.5f, 0.35f, item->figure.height);
    else if (item->kind == ITEM_LYING && item->thing == NULL)
        vww_pen_shadow(&pen, 1.6f, 0.4f, 0.2f);
    vww_figure_draw(&pen, &item->figure, item->pose, true);
}

static void draw_item(struct vww_pen *world, const struct item *item)
{
    if (item->kind == ITEM_GROUP) {
        draw_group(world, item);
        return;
    }
    const float c = cosf(item->turn), s = sinf(item->turn);
    struct vww_pen pen = vww_pen_at(world, item->x, item->z, item->turn);
    pen.at.y = item->lift;
    switch (item->kind) {
    case ITEM_THING:
        item->thing->draw(&pen);
        break;
    case ITEM_PERSON:
    case ITEM_GROUP:
        draw_person(world, item, item->x, item->z, item->turn);
        break;
    case ITEM_SEATED:
        /* The back of the seat hides who looks away. */
        if (c >= 0)
            item->thing->draw(&pen);
        draw_person(world, item, item->x, item->z - (c >= 0 ? 0.03f : 0), item->turn);
        if (c < 0)
            item->thing->draw(&pen);
        break;
    case ITEM_RIDER:
        item->thing->draw(&pen);
        draw_person(world, item, item->x - 0.24f * c, item->z - 0.24f * s,
                    item->turn + RIGHT_ANGLE);
        break;
    case ITEM_LYING:
        if (item->thing != NULL)
            item->thing->draw(&pen);
        draw_person(world, item, item->x - 0.5f * item->figure.height * c,
                    item->z - 0.5f * item->figure.height * s, item->turn);
        break;
    }
}

static void draw_table_top(struct vww_scene *scene, struct vww_pen *world)
{
    struct vww_pen pen =
        vww_pen_at(world, x_at(scene, 0.5f * (float)scene->canvas->width, 0.8f), 0, 0);
    vww_pen_own(&pen, VWW_CATEGORY_DINING_TABLE);
    struct vww_paint paint = vww_paint_plain(chance(scene, 0.6) ? vww_palette_wood(scene->random)
                                                                : vww_palette_wall(scene->random));
    paint.texture = (struct vww_texture){.kind = VWW_TEXTURE_NOISE,
                                         .strength = 0.14f,
                                         .u = between(scene, 0, 16),
                                         .width = (float)scene->canvas->width * 1.2f,
                                         .height = 12};
    const float half = between(scene, 0.6f, 1.6f), far = between(scene, 1.15f, 1.4f);
    vww_pen_block(&pen, paint, (struct vww_vector){-half, 0.68f, 0.35f},
                  (struct vww_vector){half, 0.75f, far});
}

static void sort_far_to_near(struct cast *cast)
{
    for (int i = 1; i < cast->count; i++) {
        const struct item item = cast->items[i];
        int j = i;
        for (; j > 0 && cast->items[j - 1].z < item.z; j--)
            cast->items[j] = cast->items[j - 1];
        cast->items[j] = item;
    }
}

static void choose_kind(struct vww_scene *scene)
{
    static const enum vww_scene_kind kinds[] = {
        VWW_SCENE_ROOM,   VWW_SCENE_ROOM,   VWW_SCENE_ROOM,   VWW_SCENE_TABLE,
        VWW_SCENE_STREET, VWW_SCENE_STREET, VWW_SCENE_AVENUE, VWW_SCENE_AVENUE,
        VWW_SCENE_PARK,   VWW_SCENE_PARK,   VWW_SCENE_PARK,   VWW_SCENE_BEACH};
    scene->kind = kinds[below(scene, 12)];
}

static void choose_plan(struct vww_scene *scene)
{
    const double plan = vww_random_unit(scene->random);
    if (plan < 0.5)
        scene->plan = VWW_PLAN_PEOPLE;
    else if (plan < 0.53)
        scene->plan = VWW_PLAN_TINY;
    else if (plan < 0.545)
        scene->plan = VWW_PLAN_CROWD;
    else if (plan < 0.96)
        scene->plan = VWW_PLAN_NOBODY;
    else
        scene->plan = VWW_PLAN_NOTHING;
    /* Far people need an open place; and a table is something. */
    if (scene->plan == VWW_PLAN_TINY || scene->plan == VWW_PLAN_CROWD) {
        static const enum vww_scene_kind open[] = {VWW_SCENE_AVENUE, VWW_SCENE_PARK,
                                                   VWW_SCENE_BEACH};
        scene->kind = open[below(scene, 3)];
    }
    if (scene->plan == VWW_PLAN_NOTHING && scene->kind == VWW_SCENE_TABLE)
        scene->kind = VWW_SCENE_ROOM;
}

void vww_scene_draw(struct vww_canvas *canvas, struct vww_random *random, struct vww_owners *owners,
                    struct vww_grade *grade)
{
    struct vww_scene scene = {.canvas = canvas, .random = random, .owners = owners};
    struct cast cast = {0};
    owners->count = 0;
    choose_kind(&scene);
    choose_plan(&scene);
    scene.grade = vww_grade_random(random);
    vww_backdrop_light(&scene);
    struct item main_item = choose_main(&scene);
    aim(&scene, &main_item);

    struct vww_pen world = {.canvas = canvas,
                            .view = &scene.view,
                            .light = &scene.light,
                            .random = random,
                            .owners = owners,
                            .cosine = 1,
                            .size = 1};
    vww_backdrop_draw(&scene, &world);
    if (scene.kind == VWW_SCENE_TABLE) {
        main_item.z = clampf(main_item.z, 1.55f, scene.far);
        main_item.x = clampf(main_item.x, -0.4f * main_item.z, 0.4f * main_item.z);
    }
    keep_inside(&scene, &main_item);
    join(&cast, &main_item);
    add_company(&scene, &cast, &main_item);
    add_things(&scene, &cast);
    add_obstacle(&scene, &cast, &main_item);
    add_distant_people(&scene, &cast);
    if (scene.kind == VWW_SCENE_TABLE)
        add_table(&scene, &cast);
    sort_far_to_near(&cast);
    bool table_drawn = scene.kind != VWW_SCENE_TABLE;
    for (int i = 0; i < cast.count; i++) {
        if (!table_drawn && cast.items[i].z < 1.4f) {
            draw_table_top(&scene, &world);
            table_drawn = true;
        }
        draw_item(&world, &cast.items[i]);
    }
    *grade = scene.grade;
}
