/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The main() of a Check program.  Include <check.h> before.
 *
 *	UNIT_MAIN("json", first_test, second_test)
 */
#ifndef TIDEMARK_TESTS_UNIT_H
#define TIDEMARK_TESTS_UNIT_H

#include <check.h>
#include <stddef.h>

/* Far more than any takes: it is there for what hangs. */
#define UNIT_TIMEOUT_S 300

static inline int unit_run(const char *name, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(name);
	SRunner *runner = srunner_create(suite);
	size_t i;
	int failed;

	/* A case each: the log names them one by one. */
	for (i = 0; i < count; i++) {
		TCase *test_case = tcase_create(tests[i]->name);

		tcase_set_timeout(test_case, UNIT_TIMEOUT_S);
		tcase_add_test(test_case, tests[i]);
		suite_add_tcase(suite, test_case);
	}
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

#define UNIT_MAIN(name, ...)                                                    \
	int main(void)                                                          \
	{                                                                       \
		const TTest *const tests[] = { __VA_ARGS__ };                   \
                                                                                \
		return unit_run(name, tests, sizeof(tests) / sizeof(tests[0])); \
	}

/* The same for a suite with fixtures and loops of its own. */
#define UNIT_MAIN_SUITE(make_suite)                             \
	int main(void)                                          \
	{                                                       \
		SRunner *runner = srunner_create(make_suite()); \
		int failed;                                     \
                                                                \
		srunner_run_all(runner, CK_ENV);                \
		failed = srunner_ntests_failed(runner);         \
		srunner_free(runner);                           \
		return failed != 0;                             \
	}

#endif
