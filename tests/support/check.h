/* cmocka with the headers it wants before it, and what tests share. */
#ifndef VWW_TESTS_CHECK_H
#define VWW_TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vww/status.h"

/* The call succeeds; on failure its error is printed. */
#define assert_ok(call, error)                                                                     \
    do {                                                                                           \
        if ((call) != VWW_OK) {                                                                    \
            char message[2048];                                                                    \
            vww_error_format(error, message, sizeof message);                                      \
            fail_msg("%s", message);                                                               \
        }                                                                                          \
    } while (0)

#endif
