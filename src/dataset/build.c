/* Building a data set: everything is written into a folder of its own inside the output folder
 * (dataset/stage.h), and moved to its place at the end, the manifest last. */
#include "dataset/build_parts.h"
#include "dataset/interest.h"

/* With ranks whole shards stay whatever happened: what is whole is whole, whoever was lost. */
static void decide_to_keep(struct vww_build *build, vww_status status)
{
    build->keep_stage = status != VWW_OK && vww_build_in_shards(build) &&
                        (status == VWW_ERROR_STOPPED || build->options->ranks != NULL);
}

static vww_status write_parts(struct vww_build *build)
{
    if (vww_build_in_shards(build))
        return vww_build_shards(build);
    vww_status status = vww_build_files(build, &build->parts[0]);
    return status == VWW_OK ? vww_build_files(build, &build->parts[1]) : status;
}

static vww_status run(struct vww_build *build)
{
    struct vww_ranks *ranks = build->options->ranks;
    vww_status status = vww_build_check_options(build->options, build->error);
    if (status == VWW_OK)
        status = vww_build_assign(build);
    if (status == VWW_OK)
        status = vww_build_prepare(build);
    status = vww_ranks_agree(ranks, status, build->error);
    if (status == VWW_OK)
        status = vww_build_enter(build);
    if (status == VWW_OK)
        status = write_parts(build);
    if (status == VWW_OK && vww_ranks_rank(ranks) == 0)
        status = vww_build_publish(build);
    status = vww_ranks_agree(ranks, status, build->error);
    decide_to_keep(build, status);
    return status;
}

static void release(struct vww_build *build)
{
    for (int s = 0; s < 2; s++) {
        struct vww_build_part *part = &build->parts[s];
        for (int32_t i = 0; part->shards != NULL && i < part->shard_count; i++)
            vww_free(part->shards[i].file);
        for (size_t i = 0; i < part->skipped_count; i++)
            vww_free(part->skipped[i]);
        vww_free(part->shards);
        vww_free(part->skipped);
        vww_free(part->photographs);
        vww_free(part->annotation_sha256);
        vww_label_set_fini(&build->sets[s]);
    }
    vww_listing_fini(&build->classes);
    vww_id_list_fini(&build->minival);
    vww_free(build->in_val[0]);
    vww_free(build->in_val[1]);
    vww_license_table_fini(&build->licenses);
    vww_build_prepare_fini(build);
}

/* All that folders of classes hold. */
static const struct vww_label_policy every_folder = {.name = "every-class",
                                                     .area = VWW_AREA_BOX,
                                                     .comparison = VWW_COMPARISON_GE,
                                                     .foreground_class = VWW_INTEREST_ALL};

vww_status vww_dataset_build(const struct vww_dataset_options *options,
                             const struct vww_progress *progress, struct vww_dataset_result *result,
                             struct vww_error *error)
{
    struct vww_error ignored = {.status = VWW_OK};
    *result = (struct vww_dataset_result){0};
    struct vww_build *build = vww_allocate(1, sizeof *build);
    if (build == NULL)
        return vww_fail_memory(error, sizeof *build);
    build->own = *options;
    if (options->every_class)
        build->own.policy = every_folder;
    build->options = &build->own;
    /* Rank 0 alone tells where the work is. */
    const struct vww_progress silent = {.stop = progress != NULL ? progress->stop : NULL,
                                        .context = progress != NULL ? progress->context : NULL};
    build->progress = vww_ranks_rank(options->ranks) == 0 ? progress : &silent;
    vww_ranks_watch(options->ranks, progress);
    build->lock.descriptor = -1;
    build->result = result;
    build->error = error != NULL ? error : &ignored;
    build->parts[0] = (struct vww_build_part){.name = "train",
                                              .counts = &result->train,
                                              .shard_count = options->train_shards,
                                              .source = &options->train};
    build->parts[1] = (struct vww_build_part){.name = "val",
                                              .counts = &result->val,
                                              .shard_count = options->val_shards,
                                              .first_shard = options->train_shards,
                                              .source = &options->val};
    const vww_status status = run(build);
    vww_build_leave(build);
    release(build);
    vww_free(build);
    return status;
}
