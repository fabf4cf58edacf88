/* The host's tuned kernels against the runtime's reference, bit for bit, for each instruction set
 * that this processor has. */
#include "support/fast_cases.h"

static void equal_to_reference(void **state)
{
    (void)state;
    size_t count;
    const struct vww_fast_kernels *const *tables = vww_fast_available(&count);
    if (count == 0)
        skip(); /* no tuned kernels for this processor */
    for (size_t t = 0; t < count; t++)
        fast_cases(tables[t]);
}

/* VWW_ISA chooses, and never more than the processor has. */
static void choice(void **state)
{
    (void)state;
    struct vww_error error;
    const struct vww_fast_kernels *kernels;
    size_t count;
    const struct vww_fast_kernels *const *tables = vww_fast_available(&count);
    setenv("VWW_ISA", "portable", 1);
    assert_ok(vww_fast_choose(&kernels, &error), &error);
    assert_null(kernels);
    for (size_t i = 0; i < count; i++) {
        setenv("VWW_ISA", tables[i]->name, 1);
        assert_ok(vww_fast_choose(&kernels, &error), &error);
        assert_ptr_equal(kernels, tables[i]);
    }
#if defined(__x86_64__)
    setenv("VWW_ISA", "avx512", 1);
    assert_ok(vww_fast_choose(&kernels, &error), &error);
    assert_ptr_equal(kernels, count > 0 ? tables[count - 1] : NULL);
#endif
    setenv("VWW_ISA", "avx513", 1);
    assert_int_equal(vww_fast_choose(&kernels, &error), VWW_ERROR_ARGUMENT);
    assert_non_null(strstr(error.allowed, "portable"));
    unsetenv("VWW_ISA");
    assert_ok(vww_fast_choose(&kernels, &error), &error);
    assert_ptr_equal(kernels, count > 0 ? tables[count - 1] : NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_to_reference),
        cmocka_unit_test(choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
