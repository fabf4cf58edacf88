/* Runs a libFuzzer target without libFuzzer: over each file of a corpus folder, each truncation of
 * the small ones, and deterministic mutations, fewer of each file where there are many. Built with
 * sanitizers by `make asan`. */
#include "base/file.h"
#include "base/random.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUTATIONS 2000       /* of each file, at most */
#define MUTATIONS_ALL 100000 /* of all files, about */

static void run(const uint8_t *data, size_t size)
{
    /* A copy of exactly this size, so that the address sanitizer sees the first byte past the end.
     */
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void mutate(uint8_t *data, size_t *size, struct vww_random *random)
{
    static const uint8_t special[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '"', '{', '['};
    for (uint32_t edits = 1 + vww_random_below(random, 8); edits > 0 && *size > 0; edits--) {
        const size_t at = vww_random_below(random, (uint32_t)*size);
        switch (vww_random_below(random, 5)) {
        case 0:
            data[at] ^= (uint8_t)(1u << vww_random_below(random, 8));
            break;
        case 1:
            data[at] = (uint8_t)vww_random_below(random, 256);
            break;
        case 2:
            data[at] = special[vww_random_below(random, sizeof special)];
            break;
        case 3:
            *size = at;
            break;
        default: { /* move a run of bytes */
            const size_t from = vww_random_below(random, (uint32_t)*size);
            size_t length = 1 + vww_random_below(random, 16);
            if (length > *size - at)
                length = *size - at;
            if (length > *size - from)
                length = *size - from;
            memmove(data + at, data + from, length);
        }
        }
    }
}

static long count_files(const char *path)
{
    DIR *folder = opendir(path);
    long files = 0;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        files += entry->d_name[0] != '.';
    if (folder != NULL)
        closedir(folder);
    return files;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    DIR *folder = opendir(argv[1]);
    if (folder == NULL) {
        perror(argv[1]);
        return 1;
    }
    const long most = MUTATIONS_ALL / (count_files(argv[1]) + 1);
    const uint64_t mutations = most < MUTATIONS ? (uint64_t)most : MUTATIONS;
    long files = 0, runs = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char path[VWW_PATH_MAX];
        struct vww_buffer seed;
        if (entry->d_name[0] == '.' ||
            vww_path_join(path, argv[1], entry->d_name, NULL) != VWW_OK ||
            vww_file_read(path, (size_t)16 << 20, &seed, NULL) != VWW_OK)
            continue;
        files++;
        run(seed.data, seed.size);
        const size_t step = seed.size / 2000 + 1;
        for (size_t cut = 0; cut < seed.size; cut += step, runs++)
            run(seed.data, cut);
        uint8_t *mutant = malloc(seed.size + 1);
        if (mutant == NULL)
            abort();
        for (uint64_t i = 0; i < mutations; i++, runs++) {
            struct vww_random random = vww_random_init(1, VWW_RANDOM_TEST, seed.size, i);
            size_t size = seed.size;
            memcpy(mutant, seed.data, size);
            mutate(mutant, &size, &random);
            run(mutant, size);
        }
        free(mutant);
        vww_buffer_fini(&seed);
    }
    closedir(folder);
    printf("%ld files, %ld variants\n", files, runs);
    return files > 0 ? 0 : 1;
}
