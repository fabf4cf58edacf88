/* The AVX-512 kernels on any processor: their source, with the instructions in plain C, against the
 * runtime's reference. (Where the processor has them, test_fast runs the instructions themselves.)
 */
#include "support/fast_cases.h"

#if defined(__x86_64__)
#include "support/plain/avx512.h"

#include "interpret/fast_avx512.c" /* its table takes the library's place */

/* Depthwise convolutions are AVX2's. */
static void equal_to_reference(void **state)
{
    (void)state;
    if (!__builtin_cpu_supports("avx2"))
        skip();
    fast_cases(&vww_fast_avx512);
}
#else
static void equal_to_reference(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_to_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
