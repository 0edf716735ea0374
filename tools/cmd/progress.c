/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define PATIENCE_S 0.5

void progress_begin(struct progress *p)
{
	p->shown = false;
	clock_gettime(CLOCK_MONOTONIC, &p->start);
}

void progress_show(struct progress *p, const char *format, ...)
{
	struct timespec now;
	va_list args;
	double s;

	clock_gettime(CLOCK_MONOTONIC, &now);
	s = (double)(now.tv_sec - p->start.tv_sec) + (double)(now.tv_nsec - p->start.tv_nsec) / 1e9;
	if (s < PATIENCE_S || !isatty(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	p->shown = true;
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
