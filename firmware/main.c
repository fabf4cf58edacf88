/* Runs the model on each image of a file and writes what it gives: input.bin holds images of
 * MODEL_INPUT_BYTES integers, output.bin gets MODEL_OUTPUT_BYTES for each, report.txt what was
 * measured, one "name value" a line. The exit status is 0, or says which step failed. */
#include "model.h"
#include "platform.h"

enum { OPENED = 1, READ, CUT, WROTE, GUARD, REPORTED };

/* ticks: of the last image; calls: of the model for each image. */
struct measured {
    uint32_t images, stack, ticks, ticks_100hz, empty_ticks, calls;
};

static const int8_t *do_nothing(void)
{
    return 0;
}

static int32_t report_line(int32_t file, const char *name, uint32_t value)
{
    char line[64];
    uint32_t at = 0;
    while (*name != '\0' && at < 48)
        line[at++] = *name++;
    line[at++] = ' ';
    char digits[10];
    uint32_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (count > 0)
        line[at++] = digits[--count];
    line[at++] = '\n';
    return platform_write(file, line, at);
}

static int32_t report(const struct measured *measured)
{
    const struct platform_sizes sizes = platform_sizes();
    const int32_t file = platform_open_to_write("report.txt");
    if (file < 0 || report_line(file, "images", measured->images) != 0 ||
        report_line(file, "stack", measured->stack) != 0 ||
        report_line(file, "ticks", measured->ticks) != 0 ||
        report_line(file, "ticks_100hz", measured->ticks_100hz) != 0 ||
        report_line(file, "empty_ticks", measured->empty_ticks) != 0 ||
        report_line(file, "calls", measured->calls) != 0 ||
        report_line(file, "code", sizes.code) != 0 ||
        report_line(file, "constants", sizes.constants) != 0 ||
        report_line(file, "variables", sizes.variables) != 0)
        return REPORTED;
    return platform_close(file) == 0 ? 0 : REPORTED;
}

static const int8_t *measure(const int8_t *(*run)(void), struct measured *measured)
{
    const int8_t *result;
    uint32_t ticks, ticks_100hz;
    const uint32_t stack = platform_measure(run, &result, &ticks, &ticks_100hz);
    if (stack > measured->stack)
        measured->stack = stack;
    measured->ticks += ticks;
    measured->ticks_100hz += ticks_100hz;
    measured->calls++;
    return result;
}

/* Read one image into the model and run it; *result is 0 at the end of the file. */
#if MODEL_TAKES_ROWS
static int run_image(int32_t input, struct measured *measured, const int8_t **result)
{
    *result = 0;
    for (int32_t row = 0; row < MODEL_INPUT_ROWS; row++) {
        const int32_t got = platform_read(input, model_row(), MODEL_INPUT_ROW_BYTES);
        if (got <= 0 && (got < 0 || row == 0))
            return got == 0 ? 0 : READ;
        if (got < MODEL_INPUT_ROW_BYTES)
            return CUT;
        *result = measure(model_push_row, measured);
    }
    return 0;
}
#else
static int run_image(int32_t input, struct measured *measured, const int8_t **result)
{
    *result = 0;
    const int32_t got = platform_read(input, model_input(), MODEL_INPUT_BYTES);
    if (got <= 0)
        return got == 0 ? 0 : READ;
    if (got < MODEL_INPUT_BYTES)
        return CUT;
    *result = measure(model_run, measured);
    return 0;
}
#endif

/* All images; the largest stack and the last image's time. */
static int run_images(int32_t input, int32_t output, struct measured *measured)
{
    for (;;) {
        const int8_t *result;
        struct measured image = {.stack = measured->stack};
        const int status = run_image(input, &image, &result);
        if (status != 0 || result == 0)
            return status;
        if (platform_write(output, result, MODEL_OUTPUT_BYTES) != 0)
            return WROTE;
        image.images = measured->images + 1;
        image.empty_ticks = measured->empty_ticks;
        *measured = image;
    }
}

int main(void)
{
    struct measured measured = {0};
    const int8_t *nothing;
    uint32_t unused;
    const int32_t input = platform_open_to_read("input.bin");
    const int32_t output = platform_open_to_write("output.bin");
    if (input < 0 || output < 0)
        return OPENED;
    platform_measure(do_nothing, &nothing, &measured.empty_ticks, &unused);
    platform_fill_guards();
    const int status = run_images(input, output, &measured);
    if (status != 0)
        return status;
    if (!platform_guards_are_whole())
        return GUARD;
    if (platform_close(output) != 0)
        return WROTE;
    return (int)report(&measured);
}
