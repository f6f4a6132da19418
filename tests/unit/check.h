/* SPDX-License-Identifier: BSD-2-Clause */
/* What every unit test starts with. */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* cmocka's `fail` is a macro; ours is the function of lib/error.h. */
#undef fail
#undef fail_msg
#define fail_msg(...)                         \
	do {                                  \
		print_error(__VA_ARGS__);     \
		print_error("\n");            \
		_fail(__FILE__, __LINE__);    \
	} while (0)

#include "lib/error.h"

/* Outcomes, with the words of the error when it was another one. */
#define assert_outcome(got, wanted, e)                                                             \
	do {                                                                                       \
		int outcome_ = (got);                                                              \
		if (outcome_ != (wanted))                                                          \
			fail_msg("outcome %d, wanted %d: %s", outcome_, (int)(wanted), (e)->text); \
	} while (0)
#define assert_done(got, e) assert_outcome(got, DONE, e)

/* The text holds the words. */
#define assert_says(text, words)                                                      \
	do {                                                                          \
		if (strstr(text, words) == NULL)                                      \
			fail_msg("'%s' does not say '%s'", text, words);              \
	} while (0)

#define COUNT_OF(list) (sizeof(list) / sizeof(list)[0])

#endif
