#include "base/thread.h"
#include "support/check.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { COUNT = 61, ROUNDS = 300 };

static _Atomic int done[COUNT];

static void once(void *context, int64_t i)
{
    (void)context;
    done[i]++;
}

static void assert_each_done(int times)
{
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(done[i], times);
        done[i] = 0;
    }
}

/* Every iteration once, with fewer threads than iterations and with more, again and again. */
static void each_iteration_is_done_once(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 5; threads++) {
        vww_threads_use(threads);
        for (int round = 0; round < ROUNDS; round++) {
            const int64_t count = round % 2 == 0 ? COUNT : round % 7;
            vww_parallel_for(count, once, NULL);
            for (int64_t i = 0; i < COUNT; i++) {
                assert_int_equal(done[i], i < count);
                done[i] = 0;
            }
        }
    }
    vww_threads_use(0);
}

static void wait_for_all(void *context, int64_t i)
{
    _Atomic int *arrived = context;
    (void)i;
    (*arrived)++;
    while (*arrived < 3)
        sched_yield();
}

/* Iterations that wait for one another end only where each has a thread of its own. */
static void iterations_run_beside_one_another(void **state)
{
    (void)state;
    _Atomic int arrived = 0;
    vww_threads_use(3);
    vww_parallel_for(3, wait_for_all, &arrived);
    vww_threads_use(0);
    assert_int_equal(arrived, 3);
}

static void again(void *context, int64_t i)
{
    (void)i;
    vww_parallel_for(COUNT, once, context);
}

static void an_iteration_may_begin_others(void **state)
{
    (void)state;
    vww_threads_use(3);
    vww_parallel_for(7, again, NULL);
    vww_threads_use(0);
    assert_each_done(7);
}

static void *call_often(void *context)
{
    for (int round = 0; round < ROUNDS; round++)
        vww_parallel_for(COUNT, once, context);
    return NULL;
}

static void threads_may_call_at_once(void **state)
{
    (void)state;
    pthread_t callers[3];
    vww_threads_use(3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&callers[i], NULL, call_often, NULL), 0);
    for (int i = 0; i < 3; i++)
        pthread_join(callers[i], NULL);
    vww_threads_use(0);
    assert_each_done(3 * ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_iteration_is_done_once),
        cmocka_unit_test(iterations_run_beside_one_another),
        cmocka_unit_test(an_iteration_may_begin_others),
        cmocka_unit_test(threads_may_call_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
