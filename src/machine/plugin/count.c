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
 * COUNTS:
 *   begin INDEX INSTRUCTIONS CALLS
 *   layer INDEX INSTRUCTIONS CYCLES CLASS…    for each layer that was executed; -1: before the
 *                                             first; a number for each class
 * Numbers in COUNTS are decimal. */
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
    uint64_t begins[BEGINS_MOST], calls[BEGINS_MOST];
    struct sums layers[1 + LAYERS_MOST];
    char out[4096];
} counter;

/* --- execution ------------------------------------------------------------------------------- */

static bool was_taken(const struct place *before, const struct place *now)
{
    return before->thumb.is_branch && now != before + before->thumb.bytes / 2;
}

static void end_span(const struct place *now)
{
    if (counter.before != NULL && was_taken(counter.before, now))
        counter.layers[1 + counter.layer].cycles += VWW_THUMB_REFILL;
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
        counter.layers[1 + counter.layer].cycles += VWW_THUMB_REFILL;
    if (now->layer >= 0)
        counter.layer = now->layer;
    struct sums *sums = &counter.layers[1 + counter.layer];
    sums->instructions++;
    sums->cycles += (uint64_t)vww_thumb_cycles(
        counter.before != NULL ? &counter.before->thumb : NULL, &now->thumb);
    sums->classes[now->thumb.kind]++;
    counter.before = now;
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

static bool take_mark(const char *line)
{
    uint64_t first, second;
    char word[16];
    if (sscanf(line, "%15s %" SCNx64 " %" SCNx64, word, &first, &second) != 3)
        return false;
    if (strcmp(word, "code") == 0 && first < second && second - first < 1u << 28) {
        counter.code_first = first;
        counter.code_end = second;
        counter.places = calloc((second - first + 1) / 2, sizeof *counter.places);
        for (uint64_t i = 0; counter.places != NULL && i < (second - first + 1) / 2; i++)
            counter.places[i].layer = counter.places[i].begin = -1;
        return counter.places != NULL;
    }
    if (strcmp(word, "caller") == 0) {
        counter.caller_first = first;
        counter.caller_end = second;
        return true;
    }
    struct place *place = place_of(first);
    if (place == &counter.elsewhere)
        return false;
    if (strcmp(word, "begin") == 0 && second < BEGINS_MOST)
        place->begin = (int16_t)second;
    else if (strcmp(word, "layer") == 0 && second < LAYERS_MOST)
        place->layer = (int16_t)second;
    else
        return false;
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
