#include "plan/subject.h"
#include "base/memory.h"

#include <string.h>

/* More paths than this gain little: the other planes are then what counts. */
#define PATHS_MOST 16

static vww_status measure_scratch(const struct vww_plan_options *options,
                                  struct vww_subject *subject, struct vww_error *error)
{
    const size_t count = (size_t)subject->graph->op_count;
    if (options->scratch == NULL)
        return VWW_OK;
    subject->scratch = vww_allocate(count, sizeof *subject->scratch);
    if (subject->scratch == NULL)
        return vww_fail_memory(error, count * sizeof *subject->scratch);
    return options->scratch(subject->graph, options->scratch_context, subject->scratch, error);
}

vww_status vww_subject_of(const struct vww_graph *graph, const struct vww_plan_options *options,
                          struct vww_subject *subject, struct vww_error *error)
{
    *subject = (struct vww_subject){.graph = graph};
    return measure_scratch(options, subject, error);
}

static vww_status subject_in_paths(const struct vww_graph *graph, const struct vww_paths *paths,
                                   const struct vww_plan_options *options,
                                   struct vww_subject *subject, struct vww_error *error)
{
    *subject = (struct vww_subject){0};
    const vww_status status =
        vww_paths_apply(graph, paths, &subject->split, &subject->origin, error);
    subject->graph = subject->split;
    return status == VWW_OK ? measure_scratch(options, subject, error) : status;
}

void vww_subject_fini(struct vww_subject *subject)
{
    vww_free(subject->scratch);
    vww_free(subject->origin);
    vww_graph_destroy(subject->split);
    *subject = (struct vww_subject){0};
}

/* --- searching -------------------------------------------------------------------------------- */

/* The paths as they are so far, and the subject that they make of the whole. While searching, the
 * graphs have no data, and a part of an operator is taken to work in as much memory as the
 * operator. */
struct search {
    const struct vww_graph *whole; /* without data */
    const int64_t *scratch;        /* of the whole */
    const struct vww_plan_options *options;
    struct vww_paths *paths;
    struct vww_subject now;
    struct vww_error *error;
    struct vww_graph *bare; /* what `whole` points to */
};

/* What becomes of it where one run goes in so many paths. */
struct trial {
    int32_t head, count;
    int64_t bytes;
};

static vww_status make_bare(const struct vww_graph *graph, struct search *search)
{
    search->whole = search->bare = vww_graph_copy(graph);
    if (search->bare == NULL)
        return vww_fail_memory(search->error, (size_t)graph->tensor_count * sizeof *graph->tensors);
    for (int32_t t = 0; t < search->bare->tensor_count; t++) {
        vww_free(search->bare->tensors[t].data);
        search->bare->tensors[t].data = NULL;
    }
    return VWW_OK;
}

static vww_status apply(const struct search *search, struct vww_subject *subject)
{
    *subject = (struct vww_subject){0};
    const vww_status status = vww_paths_apply(search->whole, search->paths, &subject->split,
                                              &subject->origin, search->error);
    subject->graph = subject->split;
    if (status != VWW_OK || search->scratch == NULL)
        return status;
    const size_t count = (size_t)subject->graph->op_count;
    subject->scratch = vww_allocate(count, sizeof *subject->scratch);
    if (subject->scratch == NULL)
        return vww_fail_memory(search->error, count * sizeof *subject->scratch);
    for (size_t i = 0; i < count; i++)
        subject->scratch[i] = search->scratch[subject->origin[i]];
    return VWW_OK;
}

static vww_status search_begin(const struct vww_subject *whole, struct search *search)
{
    const size_t count = (size_t)whole->graph->op_count;
    search->scratch = whole->scratch;
    search->paths = vww_allocate(count, sizeof *search->paths);
    if (search->paths == NULL)
        return vww_fail_memory(search->error, count * sizeof *search->paths);
    const vww_status status = make_bare(whole->graph, search);
    return status == VWW_OK ? apply(search, &search->now) : status;
}

/* What was found, with data and the working memory that it needs. */
static vww_status search_end(struct search *search, const struct vww_subject *whole,
                             vww_status status, struct vww_subject *parts)
{
    *parts = (struct vww_subject){0};
    if (status == VWW_OK)
        status =
            subject_in_paths(whole->graph, search->paths, search->options, parts, search->error);
    vww_subject_fini(&search->now);
    vww_graph_destroy(search->bare);
    vww_free(search->paths);
    return status;
}

static vww_status try_paths(struct search *search, int32_t head, int32_t count, bool abreast,
                            struct vww_subject *subject)
{
    const struct vww_paths before = search->paths[head];
    search->paths[head] = (struct vww_paths){.count = count, .abreast = abreast};
    const vww_status status = apply(search, subject);
    search->paths[head] = before;
    return status;
}

static vww_status take(struct search *search, const struct trial *trial, bool abreast)
{
    search->paths[trial->head] = (struct vww_paths){.count = trial->count, .abreast = abreast};
    vww_subject_fini(&search->now);
    return apply(search, &search->now);
}

/* The run that begins at `head`, unless it shares an operator with another one that is split. */
static bool run_is_free(const struct search *search, int32_t head, struct vww_paths_run *run)
{
    if (!vww_paths_run_at(search->whole, head, run))
        return false;
    for (int32_t other = 0; other < search->whole->op_count; other++) {
        struct vww_paths_run taken;
        if (other == head || search->paths[other].count < 2 ||
            !vww_paths_run_at(search->whole, other, &taken))
            continue;
        for (int32_t i = 0; i < taken.op_count; i++)
            for (int32_t k = 0; k < run->op_count; k++)
                if (taken.ops[i] == run->ops[k])
                    return false;
    }
    return true;
}

/* --- whole planes ----------------------------------------------------------------------------- */

/* For each operator of the whole, the most that is live while it or a part of it runs. */
static vww_status measure_planes(const struct search *search, const struct vww_subject *subject,
                                 int64_t *live)
{
    const struct vww_graph *graph = subject->graph;
    struct vww_segments segments = {.first = NULL};
    struct vww_schedule schedule = {0};
    segments.first = vww_allocate((size_t)graph->op_count, sizeof *segments.first);
    if (segments.first == NULL)
        return vww_fail_memory(search->error, (size_t)graph->op_count * sizeof *segments.first);
    for (int32_t i = 0; i < graph->op_count; i++)
        segments.first[i] = i;
    memset(live, 0, (size_t)search->whole->op_count * sizeof *live);
    const vww_status status =
        vww_schedule_make(graph, &segments, true, subject->scratch, &schedule, search->error);
    for (int32_t time = 0; time < schedule.count && status == VWW_OK; time++) {
        const int32_t op = schedule.moments[time].op;
        int64_t *most = &live[op < 0 ? 0 : subject->origin[op]];
        if (schedule.live[time] > *most)
            *most = schedule.live[time];
    }
    vww_schedule_fini(&schedule);
    vww_free(segments.first);
    return status;
}

static int32_t index_of_most(const int64_t *live, int32_t count)
{
    int32_t most = 0;
    for (int32_t i = 1; i < count; i++)
        if (live[i] > live[most])
            most = i;
    return most;
}

static bool run_has(const struct vww_paths_run *run, int32_t op)
{
    for (int32_t i = 0; i < run->op_count; i++)
        if (run->ops[i] == op)
            return true;
    return false;
}

/* The numbers of paths for one run, from the fewest on; ends where `most` is kept. */
static vww_status try_run_in_planes(struct search *search, int32_t head,
                                    const struct vww_paths_run *run, int64_t most, int64_t *live,
                                    struct trial *best)
{
    vww_status status = VWW_OK;
    const int32_t now = search->paths[head].count > 1 ? search->paths[head].count : 1;
    for (int32_t count = now + 1; count <= run->most && count <= PATHS_MOST; count++) {
        struct vww_subject subject;
        status = try_paths(search, head, count, false, &subject);
        if (status == VWW_OK)
            status = measure_planes(search, &subject, live);
        vww_subject_fini(&subject);
        if (status != VWW_OK)
            return status;
        int64_t bytes = 0;
        for (int32_t i = 0; i < run->op_count; i++)
            if (live[run->ops[i]] > bytes)
                bytes = live[run->ops[i]];
        if (bytes < best->bytes)
            *best = (struct trial){head, count, bytes};
        if (bytes <= most)
            break;
    }
    return status;
}

static vww_status step_in_planes(struct search *search, int64_t most, int64_t *live, bool *done)
{
    const struct vww_graph *whole = search->whole;
    vww_status status = measure_planes(search, &search->now, live);
    const int32_t worst = index_of_most(live, whole->op_count);
    struct trial best = {.head = -1, .bytes = live[worst]};
    *done = status != VWW_OK || best.bytes <= most;
    for (int32_t head = 0; head <= worst && !*done && status == VWW_OK; head++) {
        struct vww_paths_run run;
        if (run_is_free(search, head, &run) && run_has(&run, worst))
            status = try_run_in_planes(search, head, &run, most, live, &best);
    }
    if (status == VWW_OK && best.head >= 0)
        return take(search, &best, false);
    *done = true;
    return status;
}

vww_status vww_subject_split_planes(const struct vww_subject *whole,
                                    const struct vww_plan_options *options, int64_t most,
                                    struct vww_subject *parts, struct vww_error *error)
{
    struct search search = {.options = options, .error = error};
    const size_t count = (size_t)whole->graph->op_count;
    int64_t *live = vww_allocate(count, sizeof *live);
    vww_status status = search_begin(whole, &search);
    if (status == VWW_OK && live == NULL)
        status = vww_fail_memory(error, count * sizeof *live);
    for (bool done = false; !done && status == VWW_OK;)
        status = step_in_planes(&search, most, live, &done);
    vww_free(live);
    return search_end(&search, whole, status, parts);
}

/* --- row by row ------------------------------------------------------------------------------- */

/* A part of the bytes: paths that gain less are not worth their calls, nor the search. */
#define LEAST_GAIN 64

/* Operators first … last of a subject, and those of the whole that they come from. */
struct bottleneck {
    int32_t first, last, origin_first, origin_last;
    bool fed;
    int64_t bytes;
};

/* The segment that needs the most in the segmentation that needs the least. */
static vww_status find_bottleneck(const struct search *search, struct bottleneck *found)
{
    const struct vww_subject *subject = &search->now;
    const int32_t count = subject->graph->op_count;
    struct vww_segment_costs *costs = NULL;
    struct vww_segments segments = {.first = vww_allocate((size_t)count, sizeof(int32_t))};
    vww_status status =
        vww_segment_costs_create(subject->graph, subject->scratch, &costs, search->error);
    if (status == VWW_OK && segments.first == NULL)
        status = vww_fail_memory(search->error, (size_t)count * sizeof(int32_t));
    *found = (struct bottleneck){.bytes = -1};
    if (status == VWW_OK && vww_segment_within(costs, vww_segment_least(costs), &segments))
        for (int32_t first = 0, last; first < count; first = last + 1) {
            last = first;
            while (last + 1 < count && segments.first[last + 1] == first)
                last++;
            const bool fed = first == 0 && segments.feeds_rows;
            const int64_t bytes = vww_segment_bytes(costs, first, last, fed);
            if (bytes > found->bytes)
                *found = (struct bottleneck){
                    first, last, subject->origin[first], subject->origin[last], fed, bytes};
        }
    vww_segment_costs_destroy(costs);
    vww_free(segments.first);
    return status;
}

/* The same segment of another subject: what it needs. */
static vww_status play_bottleneck(const struct search *search, const struct vww_subject *subject,
                                  const struct bottleneck *where, int64_t *bytes)
{
    const int32_t count = subject->graph->op_count;
    struct vww_segments segments = {.first = vww_allocate((size_t)count, sizeof(int32_t)),
                                    .feeds_rows = where->fed};
    struct vww_schedule schedule = {0};
    int32_t *latest = NULL, first = count, last = -1;
    vww_status status = vww_schedule_latest(subject->graph, &latest, search->error);
    if (status == VWW_OK && segments.first == NULL)
        status = vww_fail_memory(search->error, (size_t)count * sizeof(int32_t));
    for (int32_t i = 0; i < count && status == VWW_OK; i++) {
        const bool inside =
            subject->origin[i] >= where->origin_first && subject->origin[i] <= where->origin_last;
        if (inside && first == count)
            first = i;
        last = inside ? i : last;
        segments.first[i] = inside ? first : i;
    }
    if (status == VWW_OK)
        status = vww_schedule_segment(subject->graph, &segments, first, last, latest,
                                      subject->scratch, &schedule, search->error);
    *bytes = 0;
    for (int32_t time = 0; time < schedule.count && status == VWW_OK; time++)
        if (schedule.live[time] > *bytes)
            *bytes = schedule.live[time];
    vww_schedule_fini(&schedule);
    vww_free(latest);
    vww_free(segments.first);
    return status;
}

static vww_status try_run_in_rows(struct search *search, int32_t head,
                                  const struct vww_paths_run *run, const struct bottleneck *where,
                                  struct trial *best)
{
    static const int32_t counts[] = {2, 3, 4, 6, 8, 12, 16};
    vww_status status = VWW_OK;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0] && status == VWW_OK; i++) {
        if (counts[i] <= search->paths[head].count || counts[i] > run->most)
            continue;
        struct vww_subject subject;
        struct trial trial = {.head = head, .count = counts[i]};
        status = try_paths(search, head, trial.count, true, &subject);
        if (status == VWW_OK)
            status = play_bottleneck(search, &subject, where, &trial.bytes);
        vww_subject_fini(&subject);
        if (status == VWW_OK && trial.bytes < best->bytes)
            *best = trial;
    }
    return status;
}

/* *gained: the bottleneck needs clearly less than before. */
static vww_status step_in_rows(struct search *search, const struct bottleneck *where, bool *gained)
{
    struct trial best = {.head = -1, .bytes = where->bytes - where->bytes / LEAST_GAIN};
    vww_status status = VWW_OK;
    for (int32_t head = where->origin_first; head <= where->origin_last && status == VWW_OK;
         head++) {
        struct vww_paths_run run;
        if (run_is_free(search, head, &run) && run.ops[run.op_count - 1] <= where->origin_last)
            status = try_run_in_rows(search, head, &run, where, &best);
    }
    *gained = status == VWW_OK && best.head >= 0;
    return *gained ? take(search, &best, true) : status;
}

vww_status vww_subject_split_rows(const struct vww_subject *whole,
                                  const struct vww_plan_options *options, struct vww_subject *parts,
                                  struct vww_error *error)
{
    struct search search = {.options = options, .error = error};
    const size_t count = (size_t)whole->graph->op_count;
    struct vww_paths *best = vww_allocate(count, sizeof *best); /* those with the least */
    int64_t least = INT64_MAX;
    vww_status status = search_begin(whole, &search);
    if (status == VWW_OK && best == NULL)
        status = vww_fail_memory(error, count * sizeof *best);
    for (bool gained = true; gained && status == VWW_OK;) {
        struct bottleneck bottleneck;
        status = find_bottleneck(&search, &bottleneck);
        if (status == VWW_OK && bottleneck.bytes < least) {
            least = bottleneck.bytes;
            memcpy(best, search.paths, count * sizeof *best);
        }
        if (status != VWW_OK || bottleneck.bytes < 0 ||
            (options->sram_bytes > 0 && least <= options->sram_bytes))
            break;
        status = step_in_rows(&search, &bottleneck, &gained);
    }
    if (status == VWW_OK)
        memcpy(search.paths, best, count * sizeof *best);
    vww_free(best);
    return search_end(&search, whole, status, parts);
}
