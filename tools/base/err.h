/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A message that travels beside an error number, from the layer that knows what went wrong to the
 * command that prints it.
 *
 * Every layer that can fail for a reason worth a sentence takes a struct err and returns what
 * err_set() gives.  Only cmd/ and main.c print.  A message is one sentence without a full stop and
 * without a newline; it names the file and says what to do about it.
 */
#ifndef TIDE_BASE_ERR_H
#define TIDE_BASE_ERR_H

#define ERR_TEXT_BYTES 1024

struct err {
	char text[ERR_TEXT_BYTES];
};

/* Fills @e, which may be NULL, and returns @code (a negative errno) for "return err_set(…)". */
int err_set(struct err *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with ": " and the text of @code's errno behind it. */
int err_errno(struct err *e, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
