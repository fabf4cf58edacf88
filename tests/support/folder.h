/* Temporary folders, and running programs in them. */
#ifndef VWW_TESTS_FOLDER_H
#define VWW_TESTS_FOLDER_H

#include "machine/machine.h"
#include "machine/process.h"
#include "support/check.h"

#include <unistd.h>

struct folder {
    char path[VWW_PATH_MAX];
};

static inline struct folder folder_make(void)
{
    struct folder folder;
    const char *parent = getenv("TMPDIR");
    snprintf(folder.path, sizeof folder.path, "%s/vww-test-XXXXXX",
             parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(folder.path));
    return folder;
}

static inline void folder_remove(const struct folder *folder)
{
    vww_machine_remove_folder(folder->path);
}

/* "folder/name", valid until the next call. */
static inline const char *folder_path(const struct folder *folder, const char *name)
{
    static char path[VWW_PATH_MAX];
    assert_int_equal(vww_path_join(path, folder->path, name, NULL), VWW_OK);
    return path;
}

static inline void folder_write(const struct folder *folder, const char *name, const char *text)
{
    struct vww_error error;
    assert_ok(vww_file_write(folder_path(folder, name), text, strlen(text), &error), &error);
}

/* Run a shell command line there; its status (VWW_OK: exit status 0). Output: released by the
 * caller, ends with a NUL; NULL: printed when the command fails. */
static inline vww_status folder_run(const struct folder *folder, const char *line,
                                    struct vww_buffer *output)
{
    const char *const arguments[] = {"sh", "-c", line, NULL};
    const struct vww_process process = {
        .arguments = arguments, .directory = folder->path, .seconds = 60, .package = "dash"};
    struct vww_buffer printed;
    struct vww_error error;
    const vww_status status = vww_process_run(&process, &printed, &error);
    vww_buffer_append(&printed, "", 1);
    if (output != NULL) {
        *output = printed;
    } else {
        if (status != VWW_OK)
            print_message("%s:\n%s\n", line, (const char *)printed.data);
        vww_buffer_fini(&printed);
    }
    return status;
}

static inline bool have_program(const char *name)
{
    char line[128];
    const struct folder here = {"."};
    snprintf(line, sizeof line, "command -v %s >/dev/null 2>&1", name);
    struct vww_buffer output;
    const vww_status status = folder_run(&here, line, &output);
    vww_buffer_fini(&output);
    return status == VWW_OK;
}

#endif
