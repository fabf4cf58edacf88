/* One process at a time in a folder. */
#ifndef VWW_BASE_LOCK_H
#define VWW_BASE_LOCK_H

#include "base/file.h"

struct vww_lock {
    int descriptor; /* -1: not held */
    char path[VWW_PATH_MAX];
};

/* Take the lock of the folder, a file of this name in it. VWW_ERROR_IO where another process holds
 * it. The lock goes away with the process, however that ends. */
vww_status vww_lock_take(struct vww_lock *lock, const char *folder, const char *name,
                         struct vww_error *error);
/* Remove the file. Harmless where the lock is not held. */
void vww_lock_release(struct vww_lock *lock);

#endif
