/* As much of cmocka as a test needs that is built for another machine, where the library is not. */
#ifndef VWW_TESTS_PLAIN_CMOCKA_H
#define VWW_TESTS_PLAIN_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};

#define fail_msg(...)                                                                              \
    do {                                                                                           \
        fprintf(stderr, __VA_ARGS__);                                                              \
        fprintf(stderr, " (%s:%d)\n", __FILE__, __LINE__);                                         \
        exit(1);                                                                                   \
    } while (0)
#define assert_true(condition)                                                                     \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_msg("%s", #condition);                                                            \
    } while (0)
#define assert_non_null(pointer) assert_true((pointer) != NULL)
#define assert_null(pointer) assert_true((pointer) == NULL)
#define assert_ptr_equal(a, b) assert_true((a) == (b))
#define assert_int_equal(a, b) assert_true((a) == (b))
#define skip() exit(77)

/* clang-format off */
#define cmocka_unit_test(test) {.name = #test, .run = test}
/* clang-format on */
#define cmocka_run_group_tests(tests, setup, teardown)                                             \
    run_plainly(tests, sizeof tests / sizeof tests[0])

static inline int run_plainly(const struct CMUnitTest *tests, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        void *state = NULL;
        tests[i].run(&state);
        printf("%s: passed\n", tests[i].name);
    }
    return 0;
}

#endif
