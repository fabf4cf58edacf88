/* Counts the instructions that an emulated Cortex-M executes between two marks, for each layer and
 * each class, and estimates its cycles. Loaded by QEMU:
 *
 *   -plugin FILE,marks=MARKS,out=COUNTS
 *
 * MARKS, one mark a line, numbers hexadecimal:
 *   code FIRST END        where the program's code lies
 *   caller FIRST END      the function that calls what is measured: counting ends when it goes on
 *   begin ADDRESS INDEX   a function that it calls: counting begins; that of index 0 also by layer
 *   layer ADDRESS INDEX   from this instruction on, what is executed belongs to layer INDEX
 *   constants FIRST END   where constants of layers lie
 *   data FIRST END INDEX  those of layer INDEX
 * COUNTS:
 *   begin INDEX INSTRUCTIONS CALLS
 *   layer INDEX INSTRUCTIONS CYCLES CLASS…    for each layer that was executed; -1: before the
 *                                             first; a number for each class
 * Numbers in COUNTS are decimal.
 *
 * Compilers merge the equal ends of calls: one `b kernel` may serve several layers, and bears the
 * line of one of them. What is executed after a change of layers is therefore not booked before the
 * next change; a read of a layer's constants, with which each kernel begins, puts it right. */
#include "machine/plugin/qemu_plugin.h"
#include "machine/thumb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAYERS_MOST 4096
#define BEGINS_MOST 8

QEMU_PLUGIN_EXPORTED extern int qemu_plugin_version;
int qemu_plugin_version = QEMU_PLUGIN_VERSION_USED;
QEMU_PLUGIN_EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info,
                                             int count, char **arguments);

/* What is known of the instruction at an address. */
struct place {
    struct vww_thumb thumb;
    int16_t layer, begin; /* -1: none */
    bool is_caller;
};

struct sums {
    uint64_t instructions, cycles, classes[VWW_CLASS_COUNT];
};

static struct {
    uint64_t code_first, code_end, caller_first, caller_end;
    struct place *places;       /* one for each halfword of the code */
    struct place elsewhere;     /* all other code */
    const struct place *before; /* the instruction executed last while counting */
    int32_t begin, layer;       /* -1: not counting; no layer */
    bool is_sure;               /* constants of the layer were read since it began */
    struct sums open;           /* executed since the layer began */
    uint64_t data_first, data_end;
    int16_t *data; /* for each word from data_first on the layer that owns it, or -1 */
    uint64_t begins[BEGINS_MOST], calls[BEGINS_MOST];
    struct sums layers[1 + LAYERS_MOST];
    char out[4096];
} counter;

/* --- execution ------------------------------------------------------------------------------- */

static bool was_taken(const struct place *before, const struct place *now)
{
    return before->thumb.is_branch && now != before + before->thumb.bytes / 2;
}

/* What was executed since the last change is the layer's. */
static void book(void)
{
    struct sums *sums = &counter.layers[1 + counter.layer];
    sums->instructions += counter.open.instructions;
    sums->cycles += counter.open.cycles;
    for (int k = 0; k < VWW_CLASS_COUNT; k++)
        sums->classes[k] += counter.open.classes[k];
    memset(&counter.open, 0, sizeof counter.open);
}

static void end_span(const struct place *now)
{
    if (counter.before != NULL && was_taken(counter.before, now))
        counter.open.cycles += VWW_THUMB_REFILL;
    book();
    counter.begin = -1;
    counter.before = NULL;
}

static void execute(unsigned int cpu, void *data)
{
    const struct place *now = data;
    (void)cpu;
    if (counter.begin < 0) {
        if (now->begin < 0)
            return;
        counter.begin = now->begin;
        counter.layer = -1;
        counter.is_sure = false;
        counter.calls[counter.begin]++;
    }
    if (now->is_caller) {
        end_span(now);
        return;
    }
    counter.begins[counter.begin]++;
    if (counter.begin != 0)
        return;
    if (counter.before != NULL && was_taken(counter.before, now))
        counter.open.cycles += VWW_THUMB_REFILL;
    if (now->layer >= 0 && (now->layer != counter.layer || counter.is_sure)) {
        book();
        counter.layer = now->layer;
        counter.is_sure = false;
    }
    counter.open.instructions++;
    counter.open.cycles += (uint64_t)vww_thumb_cycles(
        counter.before != NULL ? &counter.before->thumb : NULL, &now->thumb);
    counter.open.classes[now->thumb.kind]++;
    counter.before = now;
}

/* After an access to memory; constants are only read. */
static void look_at_read(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
    (void)cpu, (void)info, (void)data;
    if (counter.begin != 0 || counter.is_sure || address < counter.data_first ||
        address >= counter.data_end)
        return;
    const int16_t layer = counter.data[(address - counter.data_first) / 4];
    if (layer < 0)
        return;
    counter.layer = layer;
    counter.is_sure = true;
}

static struct place *place_of(uint64_t address)
{
    if (address < counter.code_first || address >= counter.code_end)
        return &counter.elsewhere;
    return &counter.places[(address - counter.code_first) / 2];
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        const uint64_t address = qemu_plugin_insn_vaddr(insn);
        struct place *place = place_of(address);
        uint8_t code[4] = {0};
        const size_t size = qemu_plugin_insn_size(insn);
        memcpy(code, qemu_plugin_insn_data(insn), size < sizeof code ? size : sizeof code);
        place->thumb = vww_thumb_decode((uint16_t)(code[0] | code[1] << 8),
                                        (uint16_t)(code[2] | code[3] << 8));
        place->is_caller = address >= counter.caller_first && address < counter.caller_end;
        qemu_plugin_register_vcpu_insn_exec_cb(insn, execute, QEMU_PLUGIN_CB_NO_REGS, place);
        if (counter.data != NULL && place->thumb.kind != VWW_CLASS_STORE)
            qemu_plugin_register_vcpu_mem_cb(insn, look_at_read, QEMU_PLUGIN_CB_NO_REGS,
                                             QEMU_PLUGIN_MEM_READ_WRITE, NULL);
    }
}

/* --- files ----------------------------------------------------------------------------------- */

static void write_counts(qemu_plugin_id_t id, void *data)
{
    (void)id, (void)data;
    FILE *out = fopen(counter.out, "w");
    if (out == NULL)
        return;
    for (int32_t i = 0; i < BEGINS_MOST; i++)
        if (counter.begins[i] > 0)
            fprintf(out, "begin %d %" PRIu64 " %" PRIu64 "\n", (int)i, counter.begins[i],
                    counter.calls[i]);
    for (int32_t i = 0; i <= LAYERS_MOST; i++) {
        const struct sums *sums = &counter.layers[i];
        if (sums->instructions == 0)
            continue;
        fprintf(out, "layer %d %" PRIu64 " %" PRIu64, (int)i - 1, sums->instructions, sums->cycles);
        for (int32_t k = 0; k < VWW_CLASS_COUNT; k++)
            fprintf(out, " %" PRIu64, sums->classes[k]);
        fprintf(out, "\n");
    }
    fclose(out);
}

static bool take_code(uint64_t first, uint64_t end)
{
    if (first >= end || end - first >= 1u << 28)
        return false;
    const uint64_t count = (end - first + 1) / 2;
    counter.code_first = first;
    counter.code_end = end;
    counter.places = calloc(count, sizeof *counter.places);
    for (uint64_t i = 0; counter.places != NULL && i < count; i++)
        counter.places[i].layer = counter.places[i].begin = -1;
    return counter.places != NULL;
}

/* All constants, of no layer yet. */
static bool take_constants(uint64_t first, uint64_t end)
{
    if (first >= end || end - first >= 1u << 28)
        return false;
    counter.data_first = first & ~UINT64_C(3);
    counter.data_end = (end + 3) & ~UINT64_C(3);
    const uint64_t count = (counter.data_end - counter.data_first) / 4;
    counter.data = malloc(count * sizeof *counter.data);
    for (uint64_t i = 0; counter.data != NULL && i < count; i++)
        counter.data[i] = -1;
    return counter.data != NULL;
}

/* Words that two owners share stay nobody's. */
static bool take_data(uint64_t first, uint64_t end, uint64_t layer)
{
    if (counter.data == NULL || first < counter.data_first || end > counter.data_end ||
        layer >= LAYERS_MOST)
        return false;
    for (uint64_t at = (first + 3) & ~UINT64_C(3); at + 4 <= end; at += 4)
        counter.data[(at - counter.data_first) / 4] = (int16_t)layer;
    return true;
}

static bool take_place(const char *word, uint64_t address, uint64_t index)
{
    struct place *place = place_of(address);
    if (place == &counter.elsewhere)
        return false;
    if (strcmp(word, "begin") == 0 && index < BEGINS_MOST)
        place->begin = (int16_t)index;
    else if (strcmp(word, "layer") == 0 && index < LAYERS_MOST)
        place->layer = (int16_t)index;
    else
        return false;
    return true;
}

static bool take_mark(const char *line)
{
    uint64_t first, second, third;
    char word[16];
    const int count =
        sscanf(line, "%15s %" SCNx64 " %" SCNx64 " %" SCNx64, word, &first, &second, &third);
    if (count == 4)
        return strcmp(word, "data") == 0 && take_data(first, second, third);
    if (count != 3)
        return false;
    if (strcmp(word, "code") == 0)
        return take_code(first, second);
    if (strcmp(word, "constants") == 0)
        return take_constants(first, second);
    if (strcmp(word, "caller") != 0)
        return take_place(word, first, second);
    counter.caller_first = first;
    counter.caller_end = second;
    return true;
}

static bool read_marks(const char *path)
{
    FILE *in = fopen(path, "r");
    char line[128];
    bool good = in != NULL;
    while (good && fgets(line, sizeof line, in) != NULL)
        good = take_mark(line);
    if (in != NULL)
        fclose(in);
    return good && counter.places != NULL;
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int count,
                        char **arguments)
{
    const char *marks = NULL;
    (void)info;
    counter.begin = counter.layer = -1;
    counter.elsewhere.layer = counter.elsewhere.begin = -1;
    for (int i = 0; i < count; i++) {
        if (strncmp(arguments[i], "marks=", 6) == 0)
            marks = arguments[i] + 6;
        else if (strncmp(arguments[i], "out=", 4) == 0)
            snprintf(counter.out, sizeof counter.out, "%s", arguments[i] + 4);
    }
    if (marks == NULL || counter.out[0] == '\0' || !read_marks(marks)) {
        fprintf(stderr, "the counting plugin was given no usable marks\n");
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    qemu_plugin_register_atexit_cb(id, write_counts, NULL);
    return 0;
}
