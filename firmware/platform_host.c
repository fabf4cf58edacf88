/* A process on an ordinary computer: files by the C library, nothing measured. */
#include "platform.h"

#include <stdio.h>

static FILE *files[8];
static int32_t file_count;

static int32_t open_file(const char *name, const char *mode)
{
    if (file_count == 8 || (files[file_count] = fopen(name, mode)) == NULL)
        return -1;
    return file_count++;
}

int32_t platform_open_to_read(const char *name)
{
    return open_file(name, "rb");
}

int32_t platform_open_to_write(const char *name)
{
    return open_file(name, "wb");
}

int32_t platform_read(int32_t file, void *data, uint32_t bytes)
{
    const size_t got = fread(data, 1, bytes, files[file]);
    return ferror(files[file]) ? -1 : (int32_t)got;
}

int32_t platform_write(int32_t file, const void *data, uint32_t bytes)
{
    return fwrite(data, 1, bytes, files[file]) == bytes ? 0 : -1;
}

int32_t platform_close(int32_t file)
{
    return fclose(files[file]) == 0 ? 0 : -1;
}

uint32_t platform_ticks(void)
{
    return 0;
}

uint32_t platform_ticks_100hz(void)
{
    return 0;
}

uint32_t platform_measure(const int8_t *(*run)(void), const int8_t **result, uint32_t *ticks,
                          uint32_t *ticks_100hz)
{
    *result = run();
    *ticks = *ticks_100hz = 0;
    return 0;
}

struct platform_sizes platform_sizes(void)
{
    return (struct platform_sizes){0, 0, 0};
}

void platform_fill_guards(void)
{
}

int platform_guards_are_whole(void)
{
    return 1;
}
