/* Checkpoints: the file as it is, and again with every checksum put right, so that damage reaches
 * what reads the sections. */
#include "base/checksum.h"
#include "base/memory.h"
#include "train/run.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_HEADER 20
#define SECTION_HEADER 16

static void put_right(uint8_t *data, size_t size)
{
    if (size < FILE_HEADER)
        return;
    uint32_t crc = vww_crc32c(0, data, 16);
    memcpy(data + 16, &crc, sizeof crc);
    for (size_t at = FILE_HEADER; size - at >= SECTION_HEADER;) {
        uint64_t bytes;
        memcpy(&bytes, data + at + 4, sizeof bytes);
        if (bytes > size - at - SECTION_HEADER)
            return;
        crc = vww_crc32c(0, data + at, 12);
        crc = vww_crc32c(crc, data + at + SECTION_HEADER, (size_t)bytes);
        memcpy(data + at + 12, &crc, sizeof crc);
        at += SECTION_HEADER + (size_t)bytes;
    }
}

static void read_all(const uint8_t *data, size_t size)
{
    struct vww_checkpoint checkpoint = {0};
    struct vww_training training;
    struct vww_run_record record;
    struct vww_graph *graph;
    if (vww_checkpoint_parse(data, size, "fuzz", &checkpoint, NULL) != VWW_OK)
        return;
    if (vww_checkpoint_read_graph(&checkpoint, &graph, NULL) == VWW_OK)
        vww_graph_destroy(graph);
    if (vww_training_parse(&checkpoint, &training, NULL) != VWW_OK)
        return;
    if (vww_run_record_parse(training.config.data, training.config.size - 1, "fuzz", &record,
                             NULL) == VWW_OK) {
        const struct vww_share alone = {.chunks = VWW_CHUNKS};
        struct vww_trainer *trainer;
        /* A hostile recipe may ask for any amount of memory; a small batch is enough here. */
        record.recipe.batch = 2;
        if (vww_trainer_restore(&training, "fuzz", &record.recipe, &alone, &trainer, NULL) ==
            VWW_OK)
            vww_trainer_destroy(trainer);
        vww_run_record_fini(&record);
    }
    vww_training_fini(&training);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_all(data, size);
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL)
        return 0;
    memcpy(copy, data, size);
    put_right(copy, size);
    read_all(copy, size);
    free(copy);
    return 0;
}
