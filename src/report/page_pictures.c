/* Pictures that the network got wrong, was unsure of, and got right. */
#include "report/format.h"
#include "report/page.h"
#include "report/svg.h"

#include <inttypes.h>

static const struct {
    const char *title, *text;
} groups[VWW_PICTURE_GROUPS] = {
    {"Most confident mistakes", "Wrong, and sure of it: the first place to look for wrong labels "
                                "and blind spots."},
    {"Least certain", "Where its two best answers are closest."},
    {"Some right ones", "Evenly spread over the data set."},
};

static void picture(struct vww_buffer *out, const struct vww_evaluation *evaluation,
                    const struct vww_picture *item)
{
    const int64_t i = item->index;
    const int32_t label = evaluation->labels[i], prediction = evaluation->predictions[i];
    const bool right = label == prediction;
    char text[VWW_FORMAT_MAX];
    vww_buffer_text(out, "<figure>");
    if (item->jpeg.size > 0) {
        vww_buffer_printf(out, "<img alt=\"image %" PRId64 "\" src=\"data:image/jpeg;base64,", i);
        vww_markup_base64(out, item->jpeg.data, item->jpeg.size);
        vww_buffer_text(out, "\"/>");
    } else {
        vww_buffer_printf(out, "<div class=\"none\">image %" PRId64 "</div>", i);
    }
    vww_buffer_printf(out, "<figcaption><span class=\"%s\">%s ", right ? "good" : "bad",
                      right ? "✓" : "✗");
    vww_markup_text(out, evaluation->class_names[prediction]);
    vww_buffer_printf(
        out, " %s</span>",
        vww_format_percent(
            text, (double)evaluation->probabilities[i * evaluation->classes + prediction], 1));
    if (!right) {
        vww_buffer_text(out, "<br/><span class=\"soft\">is ");
        vww_markup_text(out, evaluation->class_names[label]);
        vww_buffer_text(out, "</span>");
    }
    vww_buffer_text(out, "</figcaption></figure>\n");
}

void vww_page_pictures(struct vww_buffer *out, const struct vww_report_run *run,
                       const struct vww_pictures *pictures)
{
    const struct vww_evaluation *evaluation = vww_report_run_judged(run);
    if (evaluation == NULL) {
        vww_buffer_text(out, "<p class=\"soft\">Nothing has been scored yet.</p>\n");
        return;
    }
    vww_buffer_printf(out,
                      "<p>By the %s model, at the size it sees them. Below each: its answer "
                      "and its probability. ",
                      evaluation->kind);
    vww_buffer_text(out, "Data: <code>");
    vww_markup_text(out, evaluation->data);
    vww_buffer_text(out, "</code>.</p>\n");
    if (pictures->why_none[0] != '\0') {
        vww_buffer_text(out, "<div class=\"note\"><p>The pixels could not be fetched: ");
        vww_markup_text(out, pictures->why_none);
        vww_buffer_text(out, "</p></div>\n");
    }
    for (int g = 0; g < VWW_PICTURE_GROUPS; g++) {
        bool any = false;
        for (size_t i = 0; i < pictures->count; i++) {
            if (pictures->items[i].group != (enum vww_picture_group)g)
                continue;
            if (!any)
                vww_buffer_printf(out,
                                  "<h3>%s</h3>\n<p class=\"soft\">%s</p>\n<div "
                                  "class=\"pictures\">\n",
                                  groups[g].title, groups[g].text);
            any = true;
            picture(out, evaluation, &pictures->items[i]);
        }
        if (any)
            vww_buffer_text(out, "</div>\n");
    }
}
