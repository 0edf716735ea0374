/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/limits.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/brief.h"
#include "base/opt.h"
#include "base/util.h"
#include "base/vec.h"
#include "check/match.h"

static const struct {
	const char *name;
	const char *title;
} words[LIMIT_WHATS] = {
	[LIMIT_DEFINITE] = { "definite", "definitely lost" },
	[LIMIT_INDIRECT] = { "indirect", "indirectly lost" },
	[LIMIT_POSSIBLE] = { "possible", "possibly lost" },
	[LIMIT_REACHABLE] = { "reachable", "reachable at the end" },
	[LIMIT_PEAK] = { "peak", "held at the peak" },
	[LIMIT_LIVE] = { "live", "live at the end" },
	[LIMIT_TOTAL] = { "total", "allocated in all" },
	[LIMIT_CALLS] = { "calls", "allocations" },
};

const char *limits_name(enum limit_what what)
{
	return words[what].name;
}

const char *limits_title(enum limit_what what)
{
	return words[what].title;
}

static int parse_number(enum limit_what what, const char *text, uint64_t *number)
{
	char *end;

	if (what != LIMIT_CALLS)
		return opt_size(text, number);
	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	*number = strtoull(text, &end, 10);
	return *end ? -EINVAL : errno ? -ERANGE : 0;
}

static int add(struct limits *l, const struct limit *limit, struct err *e)
{
	int err = VEC_ROOM(l->list, l->room, l->count + 1);

	if (err)
		return err_set(e, err, "not enough memory for the limits");
	l->list[l->count++] = *limit;
	return 0;
}

int limits_add(struct limits *l, enum limit_what what, const char *text, struct err *e)
{
	struct limit limit = { .what = what };

	if (!strcmp(text, "none"))
		return 0;
	if (parse_number(what, text, &limit.most))
		return err_set(e, -EINVAL, "--max-%s: '%s' is no %s; or say none", words[what].name,
			       text,
			       what == LIMIT_CALLS ? "number"
						   : "number of bytes (K, M, G and T may follow)");
	return add(l, &limit, e);
}

static int add_term(struct limits *l, const char *text, const char *glob, size_t glob_bytes,
		    const char *term, size_t bytes, struct err *e)
{
	char word[64], *sign;
	struct limit limit = { .what = LIMIT_DEFINITE };
	int err;

	if (bytes >= sizeof(word))
		return -EINVAL;
	memcpy(word, term, bytes);
	word[bytes] = '\0';
	sign = strchr(word, '=');
	if (!sign)
		return -EINVAL;
	*sign++ = '\0';
	while (limit.what < LIMIT_WHATS && strcmp(words[limit.what].name, word))
		limit.what++;
	if (limit.what == LIMIT_WHATS || parse_number(limit.what, sign, &limit.most))
		return -EINVAL;
	limit.function = strndup(glob, glob_bytes);
	if (!limit.function)
		return err_set(e, -ENOMEM, "not enough memory for the limits");
	err = add(l, &limit, e);
	if (err)
		free(limit.function);
	return err;
}

/* The last ':' parts glob and terms: C++ has others before it. */
int limits_add_function(struct limits *l, const char *text, struct err *e)
{
	const char *colon = strrchr(text, ':'), *term;
	size_t bytes;
	int err = colon && colon > text && colon[1] ? 0 : -EINVAL;

	for (term = err ? "" : colon + 1; *term && !err; term += bytes + (term[bytes] == ',')) {
		bytes = strcspn(term, ",");
		err = add_term(l, text, text, (size_t)(colon - text), term, bytes, e);
	}
	if (err == -EINVAL)
		err_set(e, err,
			"--limit: '%s' is no limit; it is 'GLOB:WHAT=MOST', where WHAT is "
			"definite, indirect, possible, reachable, peak, live, total or calls, "
			"as in 'parse_*:peak=64M,live=0'",
			text);
	return err;
}

int limits_set_growth(struct limits *l, const char *text, struct err *e)
{
	char *end;
	double percent = strtod(text, &end);

	if (end == text || (*end && strcmp(end, "%")) || !isfinite(percent) || percent < 0 ||
	    *text < '.' || *text > '9')
		return err_set(e, -EINVAL, "--max-growth: '%s' is no percentage, as 5%% is", text);
	l->growth = percent / 100;
	return 0;
}

bool limits_have(const struct limits *l, enum limit_what what)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->list[i].what == what)
			return true;
	return false;
}

bool limits_want_leaks(const struct limits *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->list[i].what < LIMIT_LEAKS)
			return true;
	return false;
}

bool limits_want_functions(const struct limits *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->list[i].function)
			return true;
	return false;
}

static bool fits_path(const char *glob, const char *path)
{
	return path && (match_glob(glob, path) || match_glob(glob, util_basename(path)));
}

bool limits_fit(const struct limit *limit, const struct view_frame *frame)
{
	const char *glob = limit->function;
	struct buf brief = { 0 };
	bool fits;

	if (!strncmp(glob, "file:", 5))
		return fits_path(glob + 5, frame->file);
	if (!strncmp(glob, "module:", 7))
		return fits_path(glob + 7, frame->module);
	if (!frame->function)
		return false;
	if (match_glob(glob, frame->function) ||
	    (frame->linkage && match_glob(glob, frame->linkage)))
		return true;
	fits = match_glob(glob, brief_name(frame->function, &brief));
	buf_free(&brief);
	return fits;
}

void limits_free(struct limits *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		free(l->list[i].function);
	free(l->list);
	*l = (struct limits){ 0 };
}
