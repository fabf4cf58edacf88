#include "vww/report.h"
#include "base/file.h"
#include "report/document.h"
#include "report/page.h"
#include "report/run.h"

#include <stdio.h>
#include <string.h>

static vww_status read_runs(const struct vww_report_options *options,
                            const struct vww_progress *progress, struct vww_report_run *runs,
                            struct vww_pictures *pictures, struct vww_error *error)
{
    for (size_t i = 0; i < options->run_count; i++) {
        vww_progress_report(progress, "reading", (int64_t)i, (int64_t)options->run_count, "runs",
                            options->runs[i]);
        if (vww_progress_stop(progress))
            return vww_fail(error, VWW_ERROR_STOPPED, "stopped; nothing was written");
        vww_status status = vww_report_run_read(options->runs[i], &runs[i], error);
        const struct vww_evaluation *judged = vww_report_run_judged(&runs[i]);
        if (status == VWW_OK && judged != NULL && runs[i].has_model) {
            const struct vww_shape *input = &runs[i].graph->tensors[runs[i].graph->input].shape;
            status = vww_pictures_make(judged, input->dims[1], progress, &pictures[i], error);
        } else if (status == VWW_OK && judged != NULL) {
            vww_pictures_choose(judged, &pictures[i]);
        }
        if (status != VWW_OK)
            return status;
    }
    vww_progress_report(progress, "reading", (int64_t)options->run_count,
                        (int64_t)options->run_count, "runs", NULL);
    return VWW_OK;
}

/* Runs whose folders have the same name are told apart by their paths. */
static void name_apart(struct vww_report_run *runs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            if (i != j && strcmp(runs[i].name, runs[j].name) == 0) {
                snprintf(runs[i].name, sizeof runs[i].name, "%s", runs[i].path);
                break;
            }
}

static vww_status check_options(const struct vww_report_options *options, struct vww_error *error)
{
    if (options->run_count >= 1 && options->run_count <= VWW_REPORT_RUNS_MAX)
        return VWW_OK;
    vww_fail(error, VWW_ERROR_ARGUMENT, "cannot report on this many runs");
    vww_error_seen(error, "%zu", options->run_count);
    vww_error_allowed(error, "1 to %d", VWW_REPORT_RUNS_MAX);
    return VWW_ERROR_ARGUMENT;
}

static vww_status write_all(const struct vww_report_options *options,
                            const struct vww_report_run *runs, const struct vww_pictures *pictures,
                            struct vww_error *error)
{
    struct {
        const char *name;
        struct vww_buffer text;
    } files[3] = {{"report.json", {0}}, {"report.md", {0}}, {"report.html", {0}}};
    const size_t count = options->run_count;
    vww_document_json(&files[0].text, runs, pictures, count);
    vww_document_markdown(&files[1].text, runs, count);
    vww_page_write(&files[2].text, runs, pictures, count);
    vww_status status = VWW_OK;
    for (int i = 0; i < 3 && status == VWW_OK; i++)
        if (files[i].text.failed)
            status = vww_fail_memory(error, files[i].text.size);
    if (status == VWW_OK)
        status = vww_directory_make(options->directory, error);
    for (int i = 0; i < 3; i++) {
        char path[VWW_PATH_MAX];
        if (status == VWW_OK)
            status = vww_path_join(path, options->directory, files[i].name, error);
        if (status == VWW_OK)
            status = vww_file_write(path, files[i].text.data, files[i].text.size, error);
        vww_buffer_fini(&files[i].text);
    }
    return status;
}

vww_status vww_report_write(const struct vww_report_options *options,
                            const struct vww_progress *progress, struct vww_error *error)
{
    vww_status status = check_options(options, error);
    if (status != VWW_OK)
        return status;
    struct vww_report_run *runs = vww_allocate(options->run_count, sizeof *runs);
    struct vww_pictures *pictures = vww_allocate(options->run_count, sizeof *pictures);
    if (runs == NULL || pictures == NULL)
        status = vww_fail_memory(error, options->run_count * (sizeof *runs + sizeof *pictures));
    if (status == VWW_OK)
        status = read_runs(options, progress, runs, pictures, error);
    if (status == VWW_OK)
        name_apart(runs, options->run_count);
    if (status == VWW_OK)
        status = write_all(options, runs, pictures, error);
    for (size_t i = 0; i < options->run_count && runs != NULL && pictures != NULL; i++) {
        vww_pictures_fini(&pictures[i]);
        vww_report_run_fini(&runs[i]);
    }
    vww_free(runs);
    vww_free(pictures);
    return status;
}
