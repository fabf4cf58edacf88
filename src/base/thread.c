#define _GNU_SOURCE /* sched_getaffinity */
#include "base/thread.h"
#include "base/ranks.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

static int chosen;

void vww_threads_use(int count)
{
    chosen = count > 0 ? count : 0;
}

/* Cores that this process may use. */
static int own_cores(void)
{
    cpu_set_t set;
    const int online = (int)sysconf(_SC_NPROCESSORS_ONLN);
    const int mine = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : online;
    return mine > 0 ? mine : 1;
}

/* All cores; or where a launcher put several ranks on this machine and did not give each its own
 * cores, an equal part of them. */
static int default_threads(void)
{
    const int mine = own_cores();
    const struct vww_launch launch = vww_launch_read();
    const bool is_bound = mine < sysconf(_SC_NPROCESSORS_ONLN);
    if (is_bound || launch.on_machine <= 1)
        return mine;
    return mine > launch.on_machine ? mine / launch.on_machine : 1;
}

int vww_threads(void)
{
    if (chosen == 0)
        chosen = default_threads();
    return chosen;
}

/* --- the workers ---------------------------------------------------------------------------------
 * Threads that sleep until there is work. The caller works too and takes iterations like they do,
 * so that it never waits for a worker that the system has not woken yet: only for iterations that
 * were begun. */

#define WORKERS_MAX 255
#define SPINS 1000 /* some tens of microseconds: less than going to sleep and being woken */

static struct {
    pthread_mutex_t claim; /* held by the one caller whose work this is */
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t begin, end;
    int started;
    _Atomic int wanted;  /* workers that may still join */
    _Atomic int working; /* workers that have joined and not left */
    int64_t count;
    _Atomic int64_t next;
    void (*body)(void *context, int64_t i);
    void *context;
} pool = {.claim = PTHREAD_MUTEX_INITIALIZER,
          .mutex = PTHREAD_MUTEX_INITIALIZER,
          .begin = PTHREAD_COND_INITIALIZER,
          .end = PTHREAD_COND_INITIALIZER};

static _Thread_local bool is_inside; /* an iteration: what it begins runs on its own thread */

static void work(void)
{
    is_inside = true;
    for (int64_t i; (i = atomic_fetch_add(&pool.next, 1)) < pool.count;)
        pool.body(pool.context, i);
    is_inside = false;
}

static void spin_while(bool (*waits)(void))
{
    for (int i = 0; i < SPINS && waits(); i++) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
}

static bool nobody_is_wanted(void)
{
    return atomic_load(&pool.wanted) <= 0;
}

static bool somebody_works(void)
{
    return atomic_load(&pool.working) > 0;
}

static void *worker_main(void *unused)
{
    (void)unused;
    for (;;) {
        spin_while(nobody_is_wanted);
        pthread_mutex_lock(&pool.mutex);
        while (nobody_is_wanted())
            pthread_cond_wait(&pool.begin, &pool.mutex);
        pool.wanted--;
        pool.working++;
        pthread_mutex_unlock(&pool.mutex);
        work();
        pthread_mutex_lock(&pool.mutex);
        if (--pool.working == 0)
            pthread_cond_signal(&pool.end);
        pthread_mutex_unlock(&pool.mutex);
    }
    return NULL;
}

/* As many as there can be. */
static void start_workers(int count)
{
    pthread_t thread;
    for (; pool.started < count && pool.started < WORKERS_MAX; pool.started++) {
        if (pthread_create(&thread, NULL, worker_main, NULL) != 0)
            return;
        pthread_detach(thread);
    }
}

static void share_work(int helpers)
{
    pthread_mutex_lock(&pool.mutex);
    start_workers(helpers);
    pool.wanted = helpers;
    if (helpers == 1)
        pthread_cond_signal(&pool.begin);
    else
        pthread_cond_broadcast(&pool.begin);
    pthread_mutex_unlock(&pool.mutex);
    work();
    pthread_mutex_lock(&pool.mutex);
    pool.wanted = 0; /* whoever comes now is too late */
    pthread_mutex_unlock(&pool.mutex);
    spin_while(somebody_works);
    pthread_mutex_lock(&pool.mutex);
    while (somebody_works())
        pthread_cond_wait(&pool.end, &pool.mutex);
    pthread_mutex_unlock(&pool.mutex);
}

void vww_parallel_for(int64_t count, void (*body)(void *context, int64_t i), void *context)
{
    const int threads = vww_threads();
    const int64_t most = threads < count ? threads : count;
    if (most <= 1 || is_inside || pthread_mutex_trylock(&pool.claim) != 0) {
        for (int64_t i = 0; i < count; i++)
            body(context, i);
        return;
    }
    pool.count = count;
    pool.body = body;
    pool.context = context;
    atomic_store(&pool.next, 0);
    share_work((int)most - 1);
    pthread_mutex_unlock(&pool.claim);
}
