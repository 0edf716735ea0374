/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plot/axes.h"

#include <math.h>
#include <stdio.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

double axes_step_bytes(double end, unsigned most)
{
	static const double steps[] = { 1, 2, 5, 10, 20, 50, 100, 200, 500 };
	double unit = 1;

	for (; unit < 1e18; unit *= 1024) {
		for (size_t i = 0; i < COUNT_OF(steps); i++) {
			if (end / (steps[i] * unit) <= most)
				return steps[i] * unit;
		}
	}
	return end / most;
}

double axes_step_s(double end, unsigned most)
{
	static const double decades[] = { 1, 2, 5 };
	static const double longer[] = { 60,   120,   300,   600,   1200,  1800,   3600,
					 7200, 10800, 21600, 43200, 86400, 172800, 604800 };
	double unit = 1e-6;

	for (; unit < 100; unit *= 10) {
		for (size_t i = 0; i < COUNT_OF(decades); i++) {
			if (decades[i] * unit < 45 && end / (decades[i] * unit) <= most)
				return decades[i] * unit;
		}
	}
	for (size_t i = 0; i < COUNT_OF(longer); i++) {
		if (end / longer[i] <= most)
			return longer[i];
	}
	return end / most;
}

struct util_text axes_bytes(double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	struct util_text t;
	size_t unit = 0;

	while (bytes >= 1024 && unit + 1 < COUNT_OF(units)) {
		bytes /= 1024;
		unit++;
	}
	snprintf(t.text, sizeof(t.text), "%.*f %s", fabs(bytes - round(bytes)) > 0.05, bytes,
		 units[unit]);
	return t;
}

static int digits(double step)
{
	int n = 0;

	for (; n < 6 && fabs(step - round(step)) > 1e-9; n++)
		step *= 10;
	return n;
}

struct util_text axes_s(double s, double step)
{
	struct util_text t;

	if (s == 0)
		snprintf(t.text, sizeof(t.text), "0");
	else if (step < 1e-3)
		snprintf(t.text, sizeof(t.text), "%.*f ms", digits(step * 1e3), s * 1e3);
	else if (step < 0.1)
		snprintf(t.text, sizeof(t.text), "%.0f ms", s * 1e3);
	else if (step < 60)
		snprintf(t.text, sizeof(t.text), "%.*f s", digits(step), s);
	else if (step < 3600)
		snprintf(t.text, sizeof(t.text), "%.0f min", s / 60);
	else if (step < 86400)
		snprintf(t.text, sizeof(t.text), "%.0f h", s / 3600);
	else
		snprintf(t.text, sizeof(t.text), "%.0f d", s / 86400);
	return t;
}
