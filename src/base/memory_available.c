/* How much memory there is to take. */
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* The number at the beginning of the file, or after `key` in it; -1: none. */
static int64_t number_in(const char *path, const char *key)
{
    char line[160];
    long long value = -1;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, key, strlen(key)) == 0) {
            if (sscanf(line + strlen(key), "%lld", &value) != 1)
                value = -1;
            break;
        }
    fclose(file);
    return value;
}

int64_t vww_memory_available(void)
{
    const int64_t kibibytes = number_in("/proc/meminfo", "MemAvailable:");
    int64_t bytes = kibibytes > 0 ? kibibytes * 1024 : 0;
    /* The limit of a container (cgroup version 2; "max" where there is none). */
    const int64_t most = number_in("/sys/fs/cgroup/memory.max", "");
    const int64_t used = number_in("/sys/fs/cgroup/memory.current", "");
    if (most > 0 && used >= 0 && most - used < bytes)
        bytes = most > used ? most - used : 0;
    return bytes;
}
