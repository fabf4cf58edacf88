/* Commands and settings. */
#include "report/page.h"
#include "report/recipe.h"
#include "report/svg.h"

#include <inttypes.h>
#include <string.h>

static void command(void *context, const char *text)
{
    struct vww_buffer *out = context;
    vww_markup_text(out, text);
    vww_buffer_text(out, "\n");
}

static void setting(void *context, const char *key, const char *value)
{
    struct vww_buffer *out = context;
    if (strcmp(key, "command") == 0) /* shown above */
        return;
    vww_buffer_text(out, "<dt>");
    vww_markup_text(out, key);
    vww_buffer_text(out, "</dt><dd>");
    vww_markup_text(out, value);
    vww_buffer_text(out, "</dd>\n");
}

void vww_page_recipe(struct vww_buffer *out, const struct vww_report_run *run)
{
    struct vww_buffer commands = {0};
    vww_report_commands(run, command, &commands);
    if (commands.size > 0) {
        vww_buffer_text(out, "<p>These commands make it again:</p>\n<pre><code>");
        vww_buffer_append(out, commands.data, commands.size);
        vww_buffer_text(out, "</code></pre>\n");
    }
    out->failed |= commands.failed;
    vww_buffer_fini(&commands);
    for (size_t i = 0; i < run->phase_count; i++) {
        struct vww_buffer settings = {0};
        vww_report_settings(run->phases[i].config, setting, &settings);
        if (settings.size > 0) {
            vww_buffer_text(out, "<h3>Settings of <code>");
            vww_markup_text(out, run->phases[i].path);
            vww_buffer_text(out, "</code></h3>\n<dl>\n");
            vww_buffer_append(out, settings.data, settings.size);
            vww_buffer_text(out, "</dl>\n");
        }
        out->failed |= settings.failed;
        vww_buffer_fini(&settings);
    }
    if (run->file_bytes > 0)
        vww_buffer_printf(out, "<p class=\"soft\">The .tflite file has %" PRId64 " bytes.</p>\n",
                          run->file_bytes);
}
