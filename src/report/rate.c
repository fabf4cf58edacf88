/* The curve of a learning rate range test, as an SVG file that stands alone. */
#include "base/file.h"
#include "base/memory.h"
#include "vww/report.h"

#include <math.h>

#define WIDTH 720.0
#define HEIGHT 420.0
#define LEFT 70.0
#define RIGHT 690.0
#define TOP 50.0
#define BOTTOM 360.0
#define TICKS 5

struct frame {
    double low, high;           /* of the loss */
    double rate_low, rate_high; /* logarithms */
};

static double x_of(const struct frame *frame, double rate)
{
    return LEFT +
           (RIGHT - LEFT) * (log10(rate) - frame->rate_low) / (frame->rate_high - frame->rate_low);
}

static double y_of(const struct frame *frame, double loss)
{
    const double share = (loss - frame->low) / (frame->high - frame->low);
    return BOTTOM - (BOTTOM - TOP) * fmin(fmax(share, 0), 1);
}

static struct frame frame_of(const struct vww_rate_search *search)
{
    const double first = search->points[0].learning_rate;
    const double last = search->points[search->count - 1].learning_rate;
    struct frame frame = {.low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < search->count; i++) {
        frame.low = fmin(frame.low, search->points[i].smoothed);
        frame.high = fmax(frame.high, search->points[i].smoothed);
    }
    const double margin = frame.high > frame.low ? 0.15 * (frame.high - frame.low) : 0.5;
    frame.low -= margin;
    frame.high += margin;
    frame.rate_low = log10(first);
    frame.rate_high = last > first ? log10(last) : frame.rate_low + 1;
    return frame;
}

static void draw_axes(struct vww_buffer *out, const struct frame *frame)
{
    for (int i = 0; i <= TICKS; i++) {
        const double loss = frame->low + (frame->high - frame->low) * i / TICKS;
        const double y = y_of(frame, loss);
        vww_buffer_printf(out,
                          "<path d=\"M%.1f %.1fH%.1f\" stroke=\"#ddd\"/>"
                          "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>\n",
                          LEFT, y, RIGHT, LEFT - 8, y + 4, loss);
    }
    for (double power = ceil(frame->rate_low - 1e-9); power <= frame->rate_high + 1e-9; power++) {
        const double x = x_of(frame, pow(10, power));
        vww_buffer_printf(out,
                          "<path d=\"M%.1f %.1fV%.1f\" stroke=\"#ddd\"/>"
                          "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%g</text>\n",
                          x, TOP, BOTTOM, x, BOTTOM + 20, pow(10, power));
    }
    vww_buffer_printf(out,
                      "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">learning rate</text>\n",
                      0.5 * (LEFT + RIGHT), HEIGHT - 14);
}

static void draw_curve(struct vww_buffer *out, const struct frame *frame,
                       const struct vww_rate_search *search, bool smoothed)
{
    vww_buffer_printf(out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%s\" points=\"",
                      smoothed ? "#2867b2" : "#b9cde6", smoothed ? "2.5" : "1");
    for (size_t i = 0; i < search->count; i++)
        vww_buffer_printf(
            out, "%.1f,%.1f ", x_of(frame, search->points[i].learning_rate),
            y_of(frame, smoothed ? search->points[i].smoothed : search->points[i].loss));
    vww_buffer_text(out, "\"/>\n");
}

vww_status vww_report_rates(const struct vww_rate_search *search, const char *path,
                            struct vww_error *error)
{
    struct vww_buffer out = {0};
    const struct frame frame = frame_of(search);
    vww_buffer_printf(&out,
                      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
                      "font-family=\"sans-serif\" font-size=\"13\">\n"
                      "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
                      "<text x=\"%.1f\" y=\"28\" font-size=\"16\">Loss by learning rate</text>\n",
                      WIDTH, HEIGHT, LEFT);
    draw_axes(&out, &frame);
    draw_curve(&out, &frame, search, false);
    draw_curve(&out, &frame, search, true);
    if (!isnan(search->suggestion)) {
        const double x = x_of(&frame, search->suggestion);
        vww_buffer_printf(
            &out,
            "<path d=\"M%.1f %.1fV%.1f\" stroke=\"#d1690e\" stroke-dasharray=\"5 4\"/>"
            "<text x=\"%.1f\" y=\"%.1f\" fill=\"#d1690e\">%.3g</text>\n",
            x, TOP, BOTTOM, x + 6, TOP + 12, search->suggestion);
    }
    vww_buffer_text(&out, "</svg>\n");
    const vww_status status = out.failed ? vww_fail_memory(error, out.size)
                                         : vww_file_write(path, out.data, out.size, error);
    vww_buffer_fini(&out);
    return status;
}
