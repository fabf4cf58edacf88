#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Does the path still name the open file? Its last owner may have removed it in between. */
static bool is_current(int descriptor, const char *path)
{
    struct stat held, there;
    return fstat(descriptor, &held) == 0 && stat(path, &there) == 0 &&
           held.st_ino == there.st_ino && held.st_dev == there.st_dev;
}

vww_status vww_lock_take(struct vww_lock *lock, const char *folder, const char *name,
                         struct vww_error *error)
{
    lock->descriptor = -1;
    const vww_status status = vww_path_join(lock->path, folder, name, error);
    if (status != VWW_OK)
        return status;
    for (;;) {
        lock->descriptor = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (lock->descriptor < 0)
            return vww_fail_io(error, "create", lock->path);
        if (flock(lock->descriptor, LOCK_EX | LOCK_NB) != 0) {
            const bool is_held = errno == EWOULDBLOCK;
            close(lock->descriptor);
            lock->descriptor = -1;
            if (!is_held)
                return vww_fail_io(error, "lock", lock->path);
            vww_fail(error, VWW_ERROR_IO, "another process is writing into this folder");
            vww_error_at(error, folder, -1);
            vww_error_remedy(error, "wait until it is done, or choose another folder");
            return VWW_ERROR_IO;
        }
        if (is_current(lock->descriptor, lock->path))
            return VWW_OK;
        close(lock->descriptor);
    }
}

void vww_lock_release(struct vww_lock *lock)
{
    if (lock->descriptor < 0)
        return;
    unlink(lock->path);
    close(lock->descriptor);
    lock->descriptor = -1;
}
