#include "report/bench.h"
#include "base/file.h"
#include "base/json.h"
#include "report/lines.h"

#include <stdio.h>
#include <string.h>

#define BENCH_BYTES_MAX ((size_t)16 << 20)

struct reader {
    struct vww_bench *benches;
    size_t *count;
};

/* A count, or -1 for null; false for anything else. */
static bool get_figure(yajl_val object, const char *key, int64_t *value)
{
    const yajl_val member = vww_json_get(object, key);
    *value = -1;
    if (YAJL_IS_NULL(member))
        return true;
    return vww_json_get_integer(object, key, value) && *value >= 0;
}

static bool get_bench(yajl_val object, struct vww_bench *bench)
{
    const yajl_val sram = vww_json_get(object, "sram_bytes");
    const yajl_val flash = vww_json_get(object, "flash_bytes");
    const char *machine;
    *bench = (struct vww_bench){0};
    if (!vww_json_get_string(object, "machine", &machine) ||
        strlen(machine) >= sizeof bench->machine)
        return false;
    memcpy(bench->machine, machine, strlen(machine) + 1);
    return get_figure(object, "instructions", &bench->instructions) &&
           get_figure(object, "cycles_estimate", &bench->cycles_estimate) &&
           get_figure(sram, "arena", &bench->sram_bytes.arena) &&
           get_figure(sram, "scratch", &bench->sram_bytes.scratch) &&
           get_figure(sram, "state", &bench->sram_bytes.state) &&
           get_figure(sram, "stack", &bench->sram_bytes.stack) &&
           get_figure(sram, "total", &bench->sram_bytes.total) &&
           get_figure(flash, "code", &bench->flash_bytes.code) &&
           get_figure(flash, "weights", &bench->flash_bytes.weights) &&
           get_figure(flash, "total", &bench->flash_bytes.total);
}

static vww_status add_line(void *context, yajl_val object, struct vww_error *error)
{
    const struct reader *reader = context;
    struct vww_bench bench;
    if (!get_bench(object, &bench))
        return vww_fail(error, VWW_ERROR_FORMAT, "not a line of `vww bench --json`");
    size_t at = 0;
    while (at < *reader->count && strcmp(reader->benches[at].machine, bench.machine) != 0)
        at++;
    if (at == VWW_BENCHES_MAX)
        return vww_fail(error, VWW_ERROR_FORMAT, "more than %d machines", VWW_BENCHES_MAX);
    reader->benches[at] = bench;
    if (at == *reader->count)
        ++*reader->count;
    return VWW_OK;
}

vww_status vww_benches_parse(const void *text, size_t bytes, const char *name,
                             struct vww_bench *benches, size_t *count, struct vww_error *error)
{
    struct reader reader = {benches, count};
    *count = 0;
    return vww_json_lines(text, bytes, name, add_line, &reader, error);
}

vww_status vww_benches_read(const char *path, struct vww_bench *benches, size_t *count,
                            struct vww_error *error)
{
    struct vww_buffer content;
    *count = 0;
    vww_status status = vww_file_read(path, BENCH_BYTES_MAX, &content, error);
    if (status != VWW_OK)
        return status;
    status = vww_benches_parse(content.data, content.size, path, benches, count, error);
    vww_buffer_fini(&content);
    return status;
}
