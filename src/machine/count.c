/* The marks: which addresses belong to which layer.
 *
 * Line numbers (-g1, which changes no code) lead from each instruction of the generated model.c to
 * its line, and the name of the parameters on that line, as in `&op3_pw1`, tells the operator. What
 * a called kernel executes belongs to the layer of the call. Where the compiler merged the calls of
 * several layers, the constants that the kernel reads first tell which it is. */
#include "machine/count.h"
#include "codegen/embedded.h"
#include "machine/process.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PLUGIN "vww-count.so"
#define MARKS "marks.txt"
#define COUNTS "counts.txt"
#define TOOL_SECONDS 60
#define TOOL_OUTPUT_MOST ((size_t)16 << 20)
#define SOURCE_MOST ((size_t)256 << 20)
#define COUNTS_MOST ((size_t)4 << 20)

extern const struct vww_embedded_file vww_plugin_files[];
extern const size_t vww_plugin_count;

/* --- lines of the generated source -> operators ----------------------------------------------- */

/* For each line of model.c (the first is 1) the operator it names, or -1. */
struct lines {
    int32_t *ops;
    size_t count, capacity;
};

/* "op12_" at the beginning of a word: 12, and *name what follows the word's "_"; else -1. */
static int32_t op_at(const char *text, const char *start, const char **name)
{
    if (text[0] != 'o' || text[1] != 'p' || !isdigit((unsigned char)text[2]) ||
        (text > start && (isalnum((unsigned char)text[-1]) || text[-1] == '_')))
        return -1;
    char *end;
    const long index = strtol(text + 2, &end, 10);
    if (*end != '_' || index > INT16_MAX)
        return -1;
    *name = end + 1;
    return (int32_t)index;
}

/* A layer has the name of its parameters (after '&'), or of whatever of its is seen first. */
static vww_status name_layer(struct vww_machine_layers *layers, int32_t index, const char *name,
                             bool is_parameters, struct vww_error *error)
{
    if (index >= layers->count) {
        const size_t old = (size_t)layers->count * sizeof *layers->names;
        const size_t new = ((size_t)index + 1) * sizeof *layers->names;
        void *grown = vww_reallocate(layers->names, old, new);
        if (grown == NULL)
            return vww_fail_memory(error, new);
        layers->names = grown;
        memset((char *)grown + old, 0, new - old);
        layers->count = index + 1;
    }
    size_t length = 0;
    while (length < 63 && (isalnum((unsigned char)name[length]) || name[length] == '_'))
        length++;
    if (is_parameters || layers->names[index][0] == '\0') {
        memset(layers->names[index], 0, sizeof layers->names[index]);
        memcpy(layers->names[index], name, length);
    }
    return VWW_OK;
}

static vww_status find_line_op(const char *line, size_t length, struct vww_machine_layers *layers,
                               int32_t *op, struct vww_error *error)
{
    *op = -1;
    for (size_t i = 0; i + 3 < length && *op < 0; i++) {
        const char *name;
        *op = op_at(line + i, line, &name);
        if (*op >= 0)
            return name_layer(layers, *op, name, i > 0 && line[i - 1] == '&', error);
    }
    return VWW_OK;
}

static vww_status read_lines(const struct vww_machine_build *build, struct lines *lines,
                             struct vww_machine_layers *layers, struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    struct vww_buffer source;
    vww_status status = vww_path_join(path, build->directory, "model.c", error);
    if (status == VWW_OK)
        status = vww_file_read(path, SOURCE_MOST, &source, error);
    if (status != VWW_OK)
        return status;
    for (const char *line = (const char *)source.data; *line != '\0' && status == VWW_OK;) {
        const size_t length = strcspn(line, "\n");
        if (vww_array_reserve((void **)&lines->ops, &lines->capacity, lines->count + 1,
                              sizeof *lines->ops) != 0)
            status = vww_fail_memory(error, lines->count * sizeof *lines->ops);
        else
            status = find_line_op(line, length, layers, &lines->ops[lines->count++], error);
        line += length + (line[length] == '\n');
    }
    vww_buffer_fini(&source);
    return status;
}

/* --- the program's symbols -------------------------------------------------------------------- */

struct symbol {
    uint64_t address, size;
    char kind, name[128];
};

/* A line of `nm -S`; the size is missing where it is not known. */
static bool parse_symbol(const char *line, struct symbol *symbol)
{
    *symbol = (struct symbol){0};
    if (sscanf(line, "%" SCNx64 " %" SCNx64 " %c %127s", &symbol->address, &symbol->size,
               &symbol->kind, symbol->name) == 4)
        return true;
    symbol->size = 0;
    return sscanf(line, "%" SCNx64 " %c %127s", &symbol->address, &symbol->kind, symbol->name) == 3;
}

static bool is_code(const struct symbol *symbol)
{
    return (symbol->kind == 'T' || symbol->kind == 't') && symbol->size > 0;
}

/* Run a program of binutils in the build's folder; what it prints ends with a NUL. */
static vww_status run_tool(const struct vww_machine_build *build, const char *const *arguments,
                           struct vww_buffer *output, struct vww_error *error)
{
    const struct vww_process process = {
        .arguments = arguments,
        .directory = build->directory,
        .seconds = TOOL_SECONDS,
        .package = "binutils-arm-none-eabi",
        .output_most = TOOL_OUTPUT_MOST,
    };
    const vww_status status = vww_process_run(&process, output, error);
    vww_buffer_append(output, "", 1);
    if (status == VWW_OK && output->failed)
        return vww_fail_memory(error, output->size);
    return status;
}

#define EACH_LINE(line, text)                                                                      \
    for (const char *line = (text); *line != '\0';                                                 \
         line += strcspn(line, "\n"), line += *line == '\n')

static bool has_symbol(const char *listing, const char *name)
{
    EACH_LINE(line, listing)
    {
        struct symbol symbol;
        if (parse_symbol(line, &symbol) && strcmp(symbol.name, name) == 0)
            return true;
    }
    return false;
}

/* Marks of the functions that are known by name, and the addresses within model.c's functions, one
 * for each halfword. */
static void mark_functions(const char *program, const char *model, struct vww_buffer *marks,
                           struct vww_buffer *addresses)
{
    uint64_t first = UINT64_MAX, end = 0;
    EACH_LINE(line, program)
    {
        struct symbol s;
        if (!parse_symbol(line, &s) || !is_code(&s))
            continue;
        first = s.address < first ? s.address : first;
        end = s.address + s.size > end ? s.address + s.size : end;
    }
    vww_buffer_printf(marks, "code %" PRIx64 " %" PRIx64 "\n", first, end);
    EACH_LINE(line, program)
    {
        struct symbol s;
        if (!parse_symbol(line, &s) || !is_code(&s))
            continue;
        if (strcmp(s.name, "platform_measure") == 0)
            vww_buffer_printf(marks, "caller %" PRIx64 " %" PRIx64 "\n", s.address,
                              s.address + s.size);
        else if (strcmp(s.name, "model_run") == 0 || strcmp(s.name, "model_push_row") == 0)
            vww_buffer_printf(marks, "begin %" PRIx64 " 0\n", s.address);
        else if (strcmp(s.name, "do_nothing") == 0)
            vww_buffer_printf(marks, "begin %" PRIx64 " 1\n", s.address);
        const bool is_model = has_symbol(model, s.name);
        for (uint64_t at = s.address; is_model && at < s.address + s.size; at += 2)
            vww_buffer_printf(addresses, "0x%" PRIx64 "\n", at);
    }
}

/* "op3_pw1", "op3_pw1_weights": the constants of operator 3. */
static int32_t owner_of(const struct symbol *symbol)
{
    const char *name;
    const bool is_constant = symbol->kind == 'r' || symbol->kind == 'R';
    return is_constant && symbol->size > 0 ? op_at(symbol->name, symbol->name, &name) : -1;
}

static void mark_constants(const char *program, struct vww_buffer *marks)
{
    uint64_t first = UINT64_MAX, end = 0;
    struct symbol s;
    EACH_LINE(line, program)
    {
        if (!parse_symbol(line, &s) || owner_of(&s) < 0)
            continue;
        first = s.address < first ? s.address : first;
        end = s.address + s.size > end ? s.address + s.size : end;
    }
    if (first < end)
        vww_buffer_printf(marks, "constants %" PRIx64 " %" PRIx64 "\n", first, end);
    EACH_LINE(line, program)
    if (parse_symbol(line, &s) && owner_of(&s) >= 0)
        vww_buffer_printf(marks, "data %" PRIx64 " %" PRIx64 " %x\n", s.address, s.address + s.size,
                          (unsigned)owner_of(&s));
}

/* One line of `addr2line -s` for each address: "model.c:123", perhaps with more behind it. */
static void mark_layers(const char *addresses, const char *places, const struct lines *lines,
                        struct vww_buffer *marks)
{
    const char *place = places;
    EACH_LINE(address, addresses)
    {
        const bool is_model = strncmp(place, "model.c:", 8) == 0;
        const size_t number = is_model ? (size_t)strtoul(place + 8, NULL, 10) : 0;
        if (number >= 1 && number <= lines->count && lines->ops[number - 1] >= 0)
            vww_buffer_printf(marks, "layer %lx %x\n", strtoul(address, NULL, 16),
                              (unsigned)lines->ops[number - 1]);
        place += strcspn(place, "\n");
        place += *place == '\n';
    }
}

static vww_status put(const struct vww_machine_build *build, const char *name, const void *data,
                      size_t bytes, struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    const vww_status status = vww_path_join(path, build->directory, name, error);
    return status == VWW_OK ? vww_file_write(path, data, bytes, error) : status;
}

/* From the listings of symbols to the file of marks. */
static vww_status put_marks(const struct vww_machine_build *build, const struct lines *lines,
                            const char *program, const char *model, struct vww_error *error)
{
    static const char *const addr2line[] = {"arm-none-eabi-addr2line", "-s", "-e", "program",
                                            "@addresses.txt",          NULL};
    struct vww_buffer marks = {0}, addresses = {0}, places = {0};
    mark_functions(program, model, &marks, &addresses);
    mark_constants(program, &marks);
    vww_buffer_append(&addresses, "", 1);
    vww_status status =
        marks.failed || addresses.failed
            ? vww_fail_memory(error, marks.size + addresses.size)
            : put(build, "addresses.txt", addresses.data, addresses.size - 1, error);
    if (status == VWW_OK)
        status = run_tool(build, addr2line, &places, error);
    if (status == VWW_OK) {
        mark_layers((const char *)addresses.data, (const char *)places.data, lines, &marks);
        status = marks.failed ? vww_fail_memory(error, marks.size)
                              : put(build, MARKS, marks.data, marks.size, error);
    }
    vww_buffer_fini(&marks);
    vww_buffer_fini(&addresses);
    vww_buffer_fini(&places);
    return status;
}

vww_status vww_machine_watch(struct vww_machine_build *build, struct vww_machine_layers *layers,
                             struct vww_error *error)
{
    static const char *const nm_program[] = {"arm-none-eabi-nm", "-S", "program", NULL};
    static const char *const nm_model[] = {"arm-none-eabi-nm", "-S", "--defined-only", "model.o",
                                           NULL};
    struct lines lines = {0};
    struct vww_buffer program = {0}, model = {0};
    *layers = (struct vww_machine_layers){0};
    vww_status status = read_lines(build, &lines, layers, error);
    if (status == VWW_OK)
        status = run_tool(build, nm_program, &program, error);
    if (status == VWW_OK)
        status = run_tool(build, nm_model, &model, error);
    if (status == VWW_OK)
        status =
            put_marks(build, &lines, (const char *)program.data, (const char *)model.data, error);
    if (status == VWW_OK)
        status = put(build, PLUGIN, vww_plugin_files[0].text, vww_plugin_files[0].bytes, error);
    if (status == VWW_OK) /* as seen from a run's folder, which lies inside the build's */
        snprintf(build->plugin, sizeof build->plugin, "../%s,marks=../%s,out=../%s", PLUGIN, MARKS,
                 COUNTS);
    vww_buffer_fini(&program);
    vww_buffer_fini(&model);
    vww_free(lines.ops);
    return status;
}

void vww_machine_layers_fini(struct vww_machine_layers *layers)
{
    vww_free(layers->names);
    *layers = (struct vww_machine_layers){0};
}

/* --- what was counted ------------------------------------------------------------------------- */

/* "layer INDEX INSTRUCTIONS CYCLES CLASS…" */
static bool take_layer(const char *line, const struct vww_machine_layers *layers,
                       struct vww_bench_layer *layer)
{
    char *at;
    *layer = (struct vww_bench_layer){0};
    layer->index = (int32_t)strtol(line + 6, &at, 10);
    layer->instructions = strtoll(at, &at, 10);
    layer->cycles_estimate = strtoll(at, &at, 10);
    for (int32_t k = 0; k < VWW_CLASS_COUNT; k++)
        layer->classes[k] = strtoll(at, &at, 10);
    if (layer->index >= layers->count)
        return false;
    if (layer->index >= 0)
        snprintf(layer->name, sizeof layer->name, "%s", layers->names[layer->index]);
    else
        snprintf(layer->name, sizeof layer->name, "(run)");
    return true;
}

static vww_status take_counts(const char *text, const struct vww_machine_build *build,
                              const struct vww_machine_layers *layers, struct vww_bench *bench,
                              struct vww_error *error)
{
    int64_t begins[2] = {-1, -1}, calls[2] = {0, 0}; /* of the model, of the empty function */
    const bool has_cycles = strcmp(build->machine->cpu, "cortex-m4") == 0;
    bool good = true;
    bench->layers = vww_allocate((size_t)layers->count + 1, sizeof *bench->layers);
    if (bench->layers == NULL)
        return vww_fail_memory(error, ((size_t)layers->count + 1) * sizeof *bench->layers);
    bench->cycles_estimate = has_cycles ? 0 : -1;
    EACH_LINE(line, text)
    {
        int index;
        int64_t count, times;
        if (sscanf(line, "begin %d %" SCNd64 " %" SCNd64, &index, &count, &times) == 3 &&
            index >= 0 && index < 2) {
            begins[index] = count;
            calls[index] = times;
        }
        if (strncmp(line, "layer ", 6) != 0 || bench->layer_count > layers->count)
            continue;
        struct vww_bench_layer *layer = &bench->layers[bench->layer_count++];
        good = good && take_layer(line, layers, layer);
        for (int32_t k = 0; k < VWW_CLASS_COUNT; k++)
            bench->classes[k] += layer->classes[k];
        if (has_cycles)
            bench->cycles_estimate += layer->cycles_estimate;
        else
            layer->cycles_estimate = -1;
    }
    if (!good || calls[0] < 1 || calls[1] < 1)
        return vww_fail(error, VWW_ERROR_TOOL, "the counting plugin did not see the model run");
    bench->instructions = begins[0] - calls[0] * (begins[1] / calls[1]);
    return VWW_OK;
}

vww_status vww_machine_read_counts(const struct vww_machine_build *build,
                                   const struct vww_machine_layers *layers, struct vww_bench *bench,
                                   struct vww_error *error)
{
    char path[VWW_PATH_MAX];
    struct vww_buffer content;
    vww_status status = vww_path_join(path, build->directory, COUNTS, error);
    if (status == VWW_OK)
        status = vww_file_read(path, COUNTS_MOST, &content, error);
    if (status != VWW_OK)
        return status;
    status = take_counts((const char *)content.data, build, layers, bench, error);
    vww_buffer_fini(&content);
    return status;
}
