/* Layouts: what makes the same C sources a library of this or that ecosystem. Every file's first
 * line carries the package's mark, in whatever way its format allows. */
#include "codegen/emit.h"
#include "vww/version.h"

#include <stdio.h>
#include <string.h>

struct layout {
    const char *name;
    const char *folder; /* that the C sources move into, or "" */
    void (*emit)(const struct vww_emission *emission, struct vww_package *package);
    const char *usage; /* for the README; each % stands for the prefix */
};

static bool is_c(const char *name, bool with_selftest)
{
    const size_t length = strlen(name);
    return length > 2 && strcmp(name + length - 2, ".c") == 0 &&
           (with_selftest || strstr(name, "_selftest.c") == NULL);
}

/* The package's C files, the self-test excepted, each between two texts. */
static void emit_sources(const struct vww_package *package, const char *before, const char *after,
                         struct vww_buffer *out)
{
    for (int32_t i = 0; i < package->count; i++)
        if (is_c(package->files[i].name, false))
            vww_buffer_printf(out, "%s%s%s", before, package->files[i].name, after);
}

static struct vww_buffer *begin(const struct vww_emission *emission, struct vww_package *package,
                                const char *name, const char *open, const char *close)
{
    struct vww_buffer *out = vww_package_add(package, name);
    vww_emit_mark(emission, open, close, out);
    return out;
}

/* --- the layouts ------------------------------------------------------------------------------ */

static void emit_plain(const struct vww_emission *emission, struct vww_package *package)
{
    vww_emit_makefile(emission, package, vww_package_add(package, "Makefile"));
}

static void emit_cmake(const struct vww_emission *emission, struct vww_package *package)
{
    const char *p = emission->prefix;
    struct vww_buffer *out = begin(emission, package, "CMakeLists.txt", "# ", "\n");
    vww_buffer_printf(out,
                      "cmake_minimum_required(VERSION 3.13)\nproject(%s LANGUAGES C)\n\n"
                      "add_library(%s STATIC\n",
                      p, p);
    emit_sources(package, "    ", "\n", out);
    vww_buffer_printf(
        out,
        ")\ntarget_include_directories(%s PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})\n"
        "set_target_properties(%s PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS "
        "OFF)\ntarget_compile_options(%s PRIVATE -O2 -ffunction-sections -fdata-sections)\n\n"
        "if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR AND NOT CMAKE_CROSSCOMPILING)\n"
        "  enable_testing()\n"
        "  add_executable(%s_selftest %s_selftest.c)\n"
        "  target_compile_definitions(%s_selftest PRIVATE %s_SELFTEST_MAIN)\n"
        "  target_link_libraries(%s_selftest PRIVATE %s)\n"
        "  add_test(NAME %s_selftest COMMAND %s_selftest)\n"
        "endif()\n",
        p, p, p, p, p, p, emission->upper, p, p, p, p);
}

static void emit_arduino(const struct vww_emission *emission, struct vww_package *package)
{
    const char *p = emission->prefix;
    char name[VWW_PACKAGE_NAME_MOST];
    struct vww_buffer *out = begin(emission, package, "library.properties", "# ", "\n");
    vww_buffer_printf(out,
                      "name=%s\nversion=%s\nauthor=vww\nmaintainer=vww\n"
                      "sentence=A vision network as C.\n"
                      "paragraph=No heap, no floating point; integers only.\n"
                      "category=Data Processing\nurl=\narchitectures=*\nincludes=%s.h\n",
                      p, VWW_VERSION, p);
    snprintf(name, sizeof name, "examples/%.32s_selftest/%.32s_selftest.ino", p, p);
    out = begin(emission, package, name, "// ", "\n");
    vww_buffer_printf(out,
                      "#include <%s.h>\n\n"
                      "void setup() {\n  Serial.begin(115200);\n  while (!Serial) {}\n"
                      "  Serial.println(%s_selftest() == 0 ? \"passed\" : \"failed\");\n}\n\n"
                      "void loop() {}\n",
                      p, p);
}

static void emit_platformio(const struct vww_emission *emission, struct vww_package *package)
{
    const char *p = emission->prefix;
    struct vww_buffer *out =
        begin(emission, package, "library.json", "{\"description\": \"", "\",\n");
    vww_buffer_printf(out,
                      " \"name\": \"%s\",\n \"version\": \"%s\",\n \"headers\": \"%s.h\",\n"
                      " \"frameworks\": \"*\",\n \"platforms\": \"*\",\n"
                      " \"build\": {\"srcDir\": \"src\", \"includeDir\": \"src\", "
                      "\"flags\": \"-O2\"}}\n",
                      p, VWW_VERSION, p);
}

static void emit_zephyr(const struct vww_emission *emission, struct vww_package *package)
{
    const char *p = emission->prefix, *u = emission->upper;
    struct vww_buffer *out = begin(emission, package, "zephyr/module.yml", "# ", "\n");
    vww_buffer_printf(out, "name: %s\nbuild:\n  cmake: zephyr\n  kconfig: zephyr/Kconfig\n", p);
    out = begin(emission, package, "zephyr/Kconfig", "# ", "\n");
    vww_buffer_printf(out,
                      "config VWW_%s\n\tbool \"%s: a vision network as C\"\n\thelp\n"
                      "\t  %lld bytes of RAM, %lld bytes of constants.\n",
                      u, p,
                      (long long)(emission->plan->arena_bytes + emission->plan->scratch_bytes),
                      (long long)emission->constant_bytes);
    out = begin(emission, package, "zephyr/CMakeLists.txt", "# ", "\n");
    vww_buffer_printf(out,
                      "if(CONFIG_VWW_%s)\n  zephyr_include_directories(../src)\n"
                      "  zephyr_library_named(%s)\n  zephyr_library_sources(\n",
                      u, p);
    emit_sources(package, "    ../", "\n", out);
    vww_buffer_printf(out, "    ../src/%s_selftest.c\n  )\nendif()\n", p);
}

static void emit_esp_idf(const struct vww_emission *emission, struct vww_package *package)
{
    struct vww_buffer *out = begin(emission, package, "CMakeLists.txt", "# ", "\n");
    vww_buffer_text(out, "idf_component_register(SRCS\n");
    emit_sources(package, "    \"", "\"\n", out);
    vww_buffer_printf(out,
                      "    \"src/%s_selftest.c\"\n    INCLUDE_DIRS \"src\")\n"
                      "target_compile_options(${COMPONENT_LIB} PRIVATE -O2)\n",
                      emission->prefix);
    out = begin(emission, package, "idf_component.yml", "# ", "\n");
    vww_buffer_printf(out, "version: \"%s\"\ndescription: \"%s: a vision network as C\"\n",
                      VWW_VERSION, emission->prefix);
}

static void emit_cmsis_pack(const struct vww_emission *emission, struct vww_package *package)
{
    const char *p = emission->prefix;
    char name[VWW_PACKAGE_NAME_MOST];
    snprintf(name, sizeof name, "vww.%.40s.pdsc", p);
    struct vww_buffer *out =
        begin(emission, package, name, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- ", " -->\n");
    vww_buffer_printf(
        out,
        "<package schemaVersion=\"1.7.7\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema-instance\" "
        "xs:noNamespaceSchemaLocation=\"PACK.xsd\">\n"
        "  <vendor>vww</vendor>\n  <name>%s</name>\n"
        "  <description>A vision network as C</description>\n  <url></url>\n"
        "  <releases>\n    <release version=\"%s\">Generated.</release>\n  </releases>\n"
        "  <components>\n"
        "    <component Cclass=\"Machine Learning\" Cgroup=\"Model\" Csub=\"%s\" "
        "Cversion=\"%s\">\n"
        "      <description>The network, its kernels and its self-test</description>\n"
        "      <files>\n        <file category=\"include\" name=\"src/\"/>\n"
        "        <file category=\"header\" name=\"src/%s.h\"/>\n",
        p, VWW_VERSION, p, VWW_VERSION, p);
    emit_sources(package, "        <file category=\"source\" name=\"", "\"/>\n", out);
    vww_buffer_printf(out,
                      "        <file category=\"source\" name=\"src/%s_selftest.c\"/>\n"
                      "        <file category=\"doc\" name=\"README.md\"/>\n"
                      "      </files>\n    </component>\n  </components>\n</package>\n",
                      p);
}

static const struct layout layouts[] = {
    {"plain", "", emit_plain,
     "`make` builds `lib%.a`; `make selftest` runs the model on this computer against an embedded\n"
     "result. To build it elsewhere, compile the files below.\n"},
    {"cmake", "", emit_cmake,
     "    add_subdirectory(%)\n    target_link_libraries(your_program PRIVATE %)\n\n"
     "On its own, `cmake -B build && cmake --build build && ctest --test-dir build` runs the\n"
     "self-test on this computer.\n"},
    {"arduino", "src", emit_arduino,
     "Put the folder into the sketchbook's `libraries`, or zip it and choose Sketch, Include\n"
     "Library, Add .ZIP Library. The example `%_selftest` runs the self-test on the board.\n"},
    {"platformio", "src", emit_platformio,
     "Put the folder into the project's `lib`, and `#include <%.h>`.\n"},
    {"zephyr", "src", emit_zephyr,
     "Add the folder to `ZEPHYR_EXTRA_MODULES` (or to the west manifest) and set\n"
     "`CONFIG_VWW_@=y`.\n"},
    {"esp-idf", "src", emit_esp_idf,
     "Put the folder into the project's `components` as `%`, and name it in `REQUIRES`.\n"},
    {"cmsis-pack", "src", emit_cmsis_pack,
     "`packchk vww.%.pdsc` checks the pack; zip the folder as `vww.%." VWW_VERSION
     ".pack`, or add it\n"
     "with `cpackget add vww.%.pdsc`. The component is Machine Learning, Model, %.\n"},
};

/* --- the README ------------------------------------------------------------------------------- */

static void emit_usage(const struct vww_emission *emission, const char *text,
                       struct vww_buffer *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '%')
            vww_buffer_text(out, emission->prefix);
        else if (*text == '@')
            vww_buffer_text(out, emission->upper);
        else
            vww_buffer_append(out, text, 1);
    }
}

static void emit_camera_usage(const struct vww_emission *emission, struct vww_buffer *out)
{
    const struct vww_shape *input = &emission->graph->tensors[emission->graph->input].shape;
    const char *p = emission->prefix, *u = emission->upper;
    const int height = (int)input->dims[1], width = (int)input->dims[2],
              channels = (int)input->dims[3];
    vww_buffer_printf(
        out,
        "\n## From a camera\n\n`%s_rt_camera.h` turns a camera's rows (grey, RGB, BGR, RGB565, "
        "YUV 4:2:2) into the model's: it crops,\nconverts, and resizes with the very code that "
        "made the training images, one row at a time, so that\nthe camera's picture is never "
        "stored.\n\n"
        "    #include \"%s_rt_camera.h\"\n\n"
        "    static uint32_t memory[%s_RT_CAMERA_SCRATCH_BYTES(320, 240, %d, %d, %d) / 4];\n"
        "    static struct %s_rt_camera camera;\n"
        "    const struct %s_rt_camera_settings settings = {\n"
        "        .pixels = %s_RT_PIXELS_RGB565_BE, .camera_width = 320, .camera_height = 240,\n"
        "        .left = 40, .top = 0, .width = 240, .height = 240, /* the middle */\n"
        "        .out_width = %d, .out_height = %d, .channels = %d};\n"
        "    %s_rt_camera_begin(&camera, &settings, memory);\n"
        "    for (int y = 0; y < 240; y++) {\n"
        "        %s_rt_camera_push(&camera, camera_row(y));\n"
        "        while (%s_rt_camera_pull(&camera, pixels)) /* %d bytes: the next row of the input "
        "*/\n            pixels += %d;\n"
        "    }\n",
        p, p, u, width, height, channels, p, p, u, width, height, channels, p, p, p,
        width * channels, width * channels);
}

static void emit_memory(const struct vww_emission *emission, struct vww_buffer *out)
{
    char stack[32];
    if (emission->stack_bytes > 0)
        vww_buffer_printf(out,
                          "\n## Stack\n\nA run takes %s bytes of stack, measured on an emulated "
                          "core of this target with -O2.\n",
                          vww_emit_count(emission->stack_bytes, stack));
    else
        vww_buffer_text(out, "\n## Stack\n\nNot measured; `vww bench` tells what a run takes.\n");
    if (emission->board != NULL)
        vww_buffer_printf(out, "\n## Board\n\n%s: %lld bytes of SRAM, %lld of flash.%s\n",
                          emission->board->product, (long long)emission->board->sram_bytes,
                          (long long)emission->board->flash_bytes,
                          emission->board->sram_origin != 0
                              ? " The `.ld` file has its memories, to be\nincluded by a linker "
                                "script."
                              : "");
}

static void emit_board(const struct vww_emission *emission, struct vww_package *package)
{
    const struct vww_board *board = emission->board;
    char name[VWW_PACKAGE_NAME_MOST];
    if (board == NULL || board->sram_origin == 0)
        return;
    snprintf(name, sizeof name, "%.60s.ld", board->name);
    struct vww_buffer *out = begin(emission, package, name, "/* ", " */\n");
    vww_buffer_printf(out,
                      "MEMORY\n{\n    FLASH (rx) : ORIGIN = 0x%08lx, LENGTH = %lld\n"
                      "    RAM (rwx) : ORIGIN = 0x%08lx, LENGTH = %lld\n}\n",
                      (unsigned long)board->flash_origin, (long long)board->flash_bytes,
                      (unsigned long)board->sram_origin, (long long)board->sram_bytes);
}

/* All files so far are C. */
static void move_sources(struct vww_package *package, const char *folder)
{
    for (int32_t i = 0; i < package->count && folder[0] != '\0'; i++) {
        char name[VWW_PACKAGE_NAME_MOST];
        snprintf(name, sizeof name, "%s/%.90s", folder, package->files[i].name);
        snprintf(package->files[i].name, sizeof package->files[i].name, "%s", name);
    }
}

void vww_emit_layout(const struct vww_emission *emission, const char *name,
                     struct vww_package *package)
{
    const struct layout *layout = &layouts[0];
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
        if (name != NULL && strcmp(layouts[i].name, name) == 0)
            layout = &layouts[i];
    move_sources(package, layout->folder);
    layout->emit(emission, package);
    emit_board(emission, package);
    struct vww_buffer *readme = vww_package_add(package, "README.md");
    vww_emit_readme(emission, package, readme);
    vww_buffer_text(readme, "\n## How to use it\n\n");
    emit_usage(emission, layout->usage, readme);
    if (vww_emission_takes_pictures(emission))
        emit_camera_usage(emission, readme);
    emit_memory(emission, readme);
}
