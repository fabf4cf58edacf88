#include "simplify_option.h"
#include "model_option.h"
#include "vww/tflite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

vww_status simplify_read(const char *path, struct simplify_choice *choice, const char *target,
                         struct vww_graph **graph, struct vww_error *error)
{
    struct vww_graph *read;
    *graph = NULL;
    vww_status status = vww_tflite_read(path, &read, error);
    if (status != VWW_OK)
        return status;
    if (strcmp(choice->simplify, "off") == 0) {
        *graph = read;
        return VWW_OK;
    }
    status = vww_simplify(read, target, graph, &choice->report, error);
    vww_graph_destroy(read);
    return status;
}

void simplify_choice_fini(struct simplify_choice *choice)
{
    vww_simplify_report_fini(&choice->report);
}

static void print_layers(const struct vww_simplify_report *report)
{
    bool any = false;
    for (int32_t i = 0; i < report->op_count; i++) {
        const struct vww_simplified_op *op = &report->ops[i];
        if (op->channels_after == op->channels_before && op->weights_after == op->weights_before)
            continue;
        if (!any)
            printf(
                "\nsimplified: channels and multiply-adds\n  %-24s %8s %6s %9s %7s %7s %12s %12s\n",
                "layer", "before", "after", "constant", "unused", "filler", "before", "after");
        any = true;
        printf("  %-24.24s %8d %6d %9d %7d %7d %12" PRId64 " %12" PRId64 "\n", op->name,
               (int)op->channels_before, (int)op->channels_after, (int)op->constant,
               (int)op->unused, (int)op->filler, op->macs_before, op->macs_after);
    }
}

void simplify_print_text(const struct simplify_choice *choice, bool layers)
{
    const struct vww_simplify_report *report = &choice->report;
    const struct vww_simplified_op *total = &report->total;
    if (report->ops == NULL)
        return;
    if (layers)
        print_layers(report);
    printf("simplified: %d of %d channels removed, multiply-adds %" PRId64 " to %" PRId64
           ", weights %" PRId64 " to %" PRId64 ", %d activations that never clamp\n",
           (int)(total->channels_before - total->channels_after), (int)total->channels_before,
           total->macs_before, total->macs_after, total->weights_before, total->weights_after,
           (int)report->clamps_lost);
}

static void print_members(const struct vww_simplified_op *op)
{
    printf("\"channels_before\":%d,\"channels_after\":%d,\"constant\":%d,\"unused\":%d,"
           "\"filler\":%d,\"macs_before\":%" PRId64 ",\"macs_after\":%" PRId64
           ",\"weights_before\":%" PRId64 ",\"weights_after\":%" PRId64,
           (int)op->channels_before, (int)op->channels_after, (int)op->constant, (int)op->unused,
           (int)op->filler, op->macs_before, op->macs_after, op->weights_before, op->weights_after);
}

void simplify_print_json(const struct simplify_choice *choice)
{
    const struct vww_simplify_report *report = &choice->report;
    if (report->ops == NULL) {
        printf("\"simplify\":null");
        return;
    }
    printf("\"simplify\":{");
    print_members(&report->total);
    printf(",\"clamps_lost\":%d,\"layers\":[", (int)report->clamps_lost);
    for (int32_t i = 0; i < report->op_count; i++) {
        printf("%s{\"name\":", i > 0 ? "," : "");
        print_json_string(report->ops[i].name);
        printf(",");
        print_members(&report->ops[i]);
        printf(",\"lost_clamp\":%s}", report->ops[i].lost_clamp ? "true" : "false");
    }
    printf("]}");
}
