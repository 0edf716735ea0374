/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/util.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct util_text util_bytes(int64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double value = bytes < 0 ? -(double)bytes : (double)bytes;
	struct util_text t;
	unsigned unit = 0;

	/* 1023.95 would be printed as 1024.0 of the smaller unit. */
	while (value >= (unit ? 1023.95 : 1024.0) && unit < 6) {
		value /= 1024;
		unit++;
	}
	snprintf(t.text, sizeof(t.text), "%s%.*f %s", bytes < 0 ? "-" : "", unit ? 1 : 0, value,
		 units[unit]);
	return t;
}

struct util_text util_count(int64_t count)
{
	struct util_text t;
	char digits[24];
	size_t length, i, at = 0;

	snprintf(digits, sizeof(digits), "%" PRIu64,
		 count < 0 ? 0 - (uint64_t)count : (uint64_t)count);
	length = strlen(digits);
	if (count < 0)
		t.text[at++] = '-';
	for (i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			t.text[at++] = ',';
		t.text[at++] = digits[i];
	}
	t.text[at] = '\0';
	return t;
}

struct util_text util_counted(int64_t count, const char *thing)
{
	struct util_text number = util_count(count), t;

	snprintf(t.text, sizeof(t.text), "%.27s %.18s%s", number.text, thing,
		 count == 1 ? "" : "s");
	return t;
}

struct util_text util_duration(uint64_t us)
{
	uint64_t s = us / 1000000;
	struct util_text t;
	size_t room = sizeof(t.text);

	if (us < 1000)
		snprintf(t.text, room, "%" PRIu64 " us", us);
	else if (us < 1000000)
		snprintf(t.text, room, us < 10000 ? "%.1f ms" : "%.0f ms", (double)us / 1e3);
	else if (s < 60)
		snprintf(t.text, room, "%.2f s", (double)us / 1e6);
	else if (s < 3600)
		snprintf(t.text, room, "%" PRIu64 " min %02" PRIu64 " s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(t.text, room, "%" PRIu64 " h %02" PRIu64 " min", s / 3600, s / 60 % 60);
	else
		snprintf(t.text, room, "%" PRIu64 " d %02" PRIu64 " h", s / 86400, s / 3600 % 24);
	return t;
}

struct util_text util_percent(double part, double whole)
{
	struct util_text t;

	if (whole <= 0)
		snprintf(t.text, sizeof(t.text), "-");
	else
		snprintf(t.text, sizeof(t.text), "%.1f %%", 100 * part / whole);
	return t;
}

int64_t util_minus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

unsigned util_columns(int fd)
{
	struct winsize size;

	if (!isatty(fd))
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &size) || size.ws_col < 20)
		return 80;
	return size.ws_col;
}

const char *util_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int util_parse_duration(const char *text, uint64_t *us)
{
	static const struct {
		const char *name;
		double us;
	} units[] = { { "", 1e6 }, { "s", 1e6 },    { "ms", 1e3 },
		      { "us", 1 }, { "min", 60e6 }, { "h", 3600e6 } };
	char *unit;
	double value;

	if (!isdigit((unsigned char)*text) && *text != '.')
		return -EINVAL;
	value = strtod(text, &unit);
	unit += strspn(unit, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].name) != 0 || !(value >= 0 && value < 1e12))
			continue;
		*us = (uint64_t)(value * units[i].us + 0.5);
		return 0;
	}
	return -EINVAL;
}
