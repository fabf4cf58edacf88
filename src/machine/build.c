/* From a graph to a program: generate, add the firmware, compile, link. */
#include "codegen/embedded.h"
#include "machine/machine.h"
#include "machine/process.h"
#include "vww/codegen.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPILE_SECONDS 120
#define ARGUMENTS_MOST 64
#define NAMES_BYTES 4096
#define FOLDERS_MOST 4 /* in one another */

static void remove_folder(const char *path, int depth)
{
    DIR *stream = opendir(path);
    if (stream == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        char inner[VWW_PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            vww_path_join(inner, path, entry->d_name, NULL) != VWW_OK)
            continue;
        struct stat info;
        if (depth > 0 && lstat(inner, &info) == 0 && S_ISDIR(info.st_mode))
            remove_folder(inner, depth - 1);
        else
            unlink(inner);
    }
    closedir(stream);
    rmdir(path);
}

void vww_machine_remove_folder(const char *path)
{
    remove_folder(path, FOLDERS_MOST);
}

static vww_status make_folder(char path[VWW_PATH_MAX], struct vww_error *error)
{
    const char *parent = getenv("TMPDIR");
    vww_status status = vww_path_join(path, parent != NULL && parent[0] != '\0' ? parent : "/tmp",
                                      "vww-XXXXXX", error);
    if (status == VWW_OK && mkdtemp(path) == NULL)
        status = vww_fail_io(error, "make a temporary folder", path);
    if (status != VWW_OK)
        path[0] = '\0';
    return status;
}

vww_status vww_machine_put_firmware(const struct vww_machine_build *build, const char *name,
                                    struct vww_error *error)
{
    char source[64], path[VWW_PATH_MAX];
    snprintf(source, sizeof source, "firmware/%s", name);
    const struct vww_embedded_file *file = vww_embedded_find(source);
    if (file == NULL)
        return vww_fail(error, VWW_ERROR_NOT_FOUND, "this build of vww does not carry %s", source);
    const vww_status status = vww_path_join(path, build->directory, name, error);
    return status != VWW_OK ? status : vww_file_write(path, file->text, file->bytes, error);
}

static vww_status put_memory_map(const struct vww_machine_build *build, struct vww_error *error)
{
    const struct vww_machine *machine = build->machine;
    char path[VWW_PATH_MAX], text[256];
    const int length =
        snprintf(text, sizeof text,
                 "MEMORY\n{\n    FLASH (rx) : ORIGIN = 0x%08lx, LENGTH = %lu\n"
                 "    RAM (rwx) : ORIGIN = 0x%08lx, LENGTH = %lu\n}\n"
                 "INCLUDE sections.ld\n",
                 (unsigned long)machine->flash_origin, (unsigned long)machine->flash_bytes,
                 (unsigned long)machine->ram_origin, (unsigned long)machine->ram_bytes);
    const vww_status status = vww_path_join(path, build->directory, "machine.ld", error);
    return status != VWW_OK ? status : vww_file_write(path, text, (size_t)length, error);
}

static vww_status put_sources(const struct vww_graph *graph, const struct vww_machine_options *how,
                              const struct vww_machine_build *build,
                              struct vww_codegen_summary *summary, struct vww_error *error)
{
    struct vww_codegen_options options = {
        .directory = build->directory, .prefix = "model", .target = build->machine->target};
    if (how != NULL)
        options.plan = how->plan;
    if (options.plan.strategy == NULL)
        options.plan.strategy = "auto";
    vww_status status = vww_codegen_write(graph, &options, summary, error);
    if (status == VWW_OK)
        status = vww_machine_put_firmware(build, "main.c", error);
    if (status == VWW_OK)
        status = vww_machine_put_firmware(build, "platform.h", error);
    if (status == VWW_OK)
        status = vww_machine_put_firmware(
            build, build->machine->is_emulated ? "platform_cortex_m.c" : "platform_host.c", error);
    if (status == VWW_OK && build->machine->is_emulated)
        status = vww_machine_put_firmware(build, "sections.ld", error);
    if (status == VWW_OK && build->machine->is_emulated)
        status = put_memory_map(build, error);
    return status;
}

/* A command line under construction; `text` holds the words made here. */
struct command {
    const char *arguments[ARGUMENTS_MOST + 1];
    int32_t count;
    char text[NAMES_BYTES];
    size_t used;
};

static void put(struct command *command, const char *word)
{
    if (command->count < ARGUMENTS_MOST)
        command->arguments[command->count++] = word;
}

static void put_text(struct command *command, const char *first, const char *second)
{
    const size_t bytes = strlen(first) + strlen(second) + 1;
    if (command->used + bytes > sizeof command->text)
        return;
    char *word = command->text + command->used;
    snprintf(word, bytes, "%s%s", first, second);
    command->used += bytes;
    put(command, word);
}

static void begin_compiler(const struct vww_machine *machine, struct command *command)
{
    *command = (struct command){0};
    put(command, machine->is_emulated ? "arm-none-eabi-gcc" : "cc");
    if (!machine->is_emulated)
        return;
    put_text(command, "-mcpu=", machine->cpu);
    put_text(command, "-mfloat-abi=", machine->float_abi);
    put(command, "-mthumb");
    put(command, "-ffreestanding");
}

/* Words for every file of the build's folder that ends with `ending`, the self-test excepted. */
static vww_status put_files(const struct vww_machine_build *build, struct command *command,
                            const char *ending, struct vww_error *error)
{
    DIR *stream = opendir(build->directory);
    if (stream == NULL)
        return vww_fail_io(error, "open the folder", build->directory);
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        const size_t length = strlen(entry->d_name);
        if (length > 2 && strcmp(entry->d_name + length - 2, ending) == 0 &&
            strcmp(entry->d_name, "model_selftest.c") != 0)
            put_text(command, entry->d_name, "");
    }
    closedir(stream);
    return VWW_OK;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* By how much the linker says that a memory is too small; 0: it does not. */
static long overflow_of(const char *output, const char *region)
{
    char words[48];
    snprintf(words, sizeof words, "region `%s' overflowed by ", region);
    const char *at = strstr(output, words);
    return at != NULL ? strtol(at + strlen(words), NULL, 10) : 0;
}

/* The linker's own words for a full memory are its internals; say it ours. */
static bool say_overflow(const struct vww_machine *machine, const char *output,
                         struct vww_error *error)
{
    const long flash = overflow_of(output, "FLASH"), ram = overflow_of(output, "RAM");
    const bool no_stack = strstr(output, "no room for the stack") != NULL;
    if (flash == 0 && ram == 0 && !no_stack)
        return false;
    char flash_words[64] = "", ram_words[64] = "";
    if (flash > 0)
        snprintf(flash_words, sizeof flash_words, "%ld bytes of FLASH too many", flash);
    if (ram > 0)
        snprintf(ram_words, sizeof ram_words, "%ld bytes of RAM too many", ram);
    else if (no_stack)
        snprintf(ram_words, sizeof ram_words, "less than 4096 bytes of RAM left for the stack");
    vww_fail(error, VWW_ERROR_UNSUPPORTED, "the model does not fit the memory of %s",
             machine->name);
    vww_error_seen(error, "%s%s%s", flash_words,
                   flash_words[0] != '\0' && ram_words[0] != '\0' ? ", " : "", ram_words);
    vww_error_allowed(error, "%lu bytes of FLASH, %lu bytes of RAM",
                      (unsigned long)machine->flash_bytes, (unsigned long)machine->ram_bytes);
    return true;
}

static vww_status run_compiler(const struct vww_machine_build *build, struct command *command,
                               struct vww_error *error)
{
    struct vww_buffer output;
    const struct vww_process process = {
        .arguments = command->arguments,
        .directory = build->directory,
        .seconds = COMPILE_SECONDS,
        .package = build->machine->is_emulated ? "gcc-arm-none-eabi" : "gcc",
    };
    const vww_status status = vww_process_run(&process, &output, error);
    vww_buffer_append(&output, "", 1);
    const bool overflowed = status != VWW_OK && output.data != NULL && !output.failed &&
                            say_overflow(build->machine, (const char *)output.data, error);
    vww_buffer_fini(&output);
    return overflowed ? VWW_ERROR_UNSUPPORTED : status;
}

static vww_status compile_sources(const struct vww_machine_build *build, struct vww_error *error)
{
    struct command command;
    char counter[48], counter_hz[32], uart[40];
    begin_compiler(build->machine, &command);
    put(&command, "-c");
    put(&command, "-std=c11");
    put(&command, "-O2");
    put(&command, "-g1"); /* line numbers, for the counts by layer; changes no code */
    put(&command, "-ffunction-sections");
    put(&command, "-fdata-sections");
    if (build->machine->is_emulated) {
        snprintf(counter, sizeof counter, "-DCOUNTER_ADDRESS=0x%08lxu",
                 (unsigned long)build->machine->counter_address);
        snprintf(counter_hz, sizeof counter_hz, "-DCOUNTER_HZ=%luu",
                 (unsigned long)build->machine->counter_hz);
        snprintf(uart, sizeof uart, "-DUART_ADDRESS=0x%08lxu",
                 (unsigned long)build->machine->uart_address);
        put(&command, counter);
        put(&command, counter_hz);
        put(&command, uart);
    }
    const int32_t options = command.count;
    const vww_status status = put_files(build, &command, ".c", error);
    if (status != VWW_OK)
        return status;
    qsort(command.arguments + options, (size_t)(command.count - options), sizeof *command.arguments,
          compare_words);
    return run_compiler(build, &command, error);
}

static vww_status link_program(const struct vww_machine_build *build, struct vww_error *error)
{
    struct command command;
    begin_compiler(build->machine, &command);
    put(&command, "-o");
    put(&command, "program");
    put(&command, "-Wl,--gc-sections");
    if (build->machine->is_emulated) {
        put(&command, "-nostdlib");
        put(&command, "-Tmachine.ld");
        put(&command, "-Wl,--no-warn-rwx-segments");
    }
    const int32_t options = command.count;
    const vww_status status = put_files(build, &command, ".o", error);
    if (status != VWW_OK)
        return status;
    qsort(command.arguments + options, (size_t)(command.count - options), sizeof *command.arguments,
          compare_words);
    if (build->machine->is_emulated)
        put(&command, "-lgcc");
    return run_compiler(build, &command, error);
}

vww_status vww_machine_generate(const struct vww_graph *graph, const struct vww_machine *machine,
                                const struct vww_machine_options *options,
                                struct vww_machine_build *build, struct vww_error *error)
{
    *build = (struct vww_machine_build){.machine = machine};
    struct vww_codegen_summary summary;
    vww_status status = make_folder(build->directory, error);
    if (status == VWW_OK)
        status = put_sources(graph, options, build, &summary, error);
    if (status != VWW_OK)
        return status;
    build->arena_bytes = summary.arena_bytes;
    build->scratch_bytes = summary.scratch_bytes;
    build->input_bytes = vww_shape_elements(&graph->tensors[graph->input].shape);
    build->output_bytes = vww_shape_elements(&graph->tensors[graph->output].shape);
    for (int32_t i = 0; i < graph->op_count; i++)
        build->macs += vww_op_macs(graph, &graph->ops[i]);
    return VWW_OK;
}

vww_status vww_machine_compile(const struct vww_machine_build *build, struct vww_error *error)
{
    const vww_status status = compile_sources(build, error);
    return status == VWW_OK ? link_program(build, error) : status;
}

vww_status vww_machine_build(const struct vww_graph *graph, const struct vww_machine *machine,
                             const struct vww_machine_options *options,
                             struct vww_machine_build *build, struct vww_error *error)
{
    const vww_status status = vww_machine_generate(graph, machine, options, build, error);
    return status == VWW_OK ? vww_machine_compile(build, error) : status;
}

void vww_machine_build_fini(struct vww_machine_build *build)
{
    if (build->directory[0] != '\0')
        vww_machine_remove_folder(build->directory);
    build->directory[0] = '\0';
}
