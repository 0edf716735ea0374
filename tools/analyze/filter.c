/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/filter.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "analyze/sums.h"
#include "base/brief.h"
#include "base/opt.h"
#include "base/util.h"

static const struct {
	const char *name;
	enum filter_what what;
	bool is_glob;
} words[] = {
	{ "func", FILTER_FUNCTION, true },
	{ "function", FILTER_FUNCTION, true },
	{ "file", FILTER_FILE, true },
	{ "module", FILTER_MODULE, true },
	{ "size", FILTER_SIZE, false },
	{ "peak", FILTER_SIZE, false },
	{ "live", FILTER_LIVE, false },
	{ "total", FILTER_TOTAL, false },
	{ "own-peak", FILTER_OWN_PEAK, false },
	{ "calls", FILTER_CALLS, false },
	{ "temporary", FILTER_TEMPORARY, false },
	{ "leaked", FILTER_LEAKED, false },
	{ "definite", FILTER_DEFINITE, false },
};

static int parse_value(struct filter_term *term, bool is_glob, const char *value, size_t bytes)
{
	memcpy(term->glob, value, bytes);
	term->glob[bytes] = '\0';
	if (is_glob)
		return bytes ? 0 : -EINVAL;
	return opt_size(term->glob, &term->limit);
}

static int parse_term(struct filter_term *term, const char *text, size_t bytes)
{
	size_t name_bytes = strcspn(text, ":<>"), i;
	char sign = text[name_bytes];

	if (name_bytes + 1 >= bytes || bytes - name_bytes > sizeof(term->glob))
		return -EINVAL;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].name) != name_bytes ||
		    strncmp(words[i].name, text, name_bytes) || words[i].is_glob != (sign == ':'))
			continue;
		term->what = words[i].what;
		term->below = sign == '<';
		return parse_value(term, words[i].is_glob, text + name_bytes + 1,
				   bytes - name_bytes - 1);
	}
	return -EINVAL;
}

int filter_parse(struct filter *f, const char *text, struct err *e)
{
	size_t bytes;
	int err;

	f->count = 0;
	for (text += strspn(text, " \t"); *text; text += bytes + strspn(text + bytes, " \t")) {
		bytes = strcspn(text, " \t");
		if (f->count == FILTER_TERMS)
			return err_set(e, -EINVAL, "--filter: more than %d terms", FILTER_TERMS);
		err = parse_term(&f->terms[f->count++], text, bytes);
		if (err)
			return err_set(
				e, err,
				"--filter: '%.*s' is no term; terms are func:GLOB, "
				"file:GLOB, module:GLOB, and size, live, total, own-peak, "
				"calls, temporary, leaked or definite with > or < and a number",
				(int)bytes, text);
	}
	return 0;
}

static bool fits_path(const char *glob, const char *path)
{
	return path && (!fnmatch(glob, path, 0) || !fnmatch(glob, util_basename(path), 0));
}

static bool fits_function(const char *glob, const char *function)
{
	struct buf brief = { 0 };
	bool fits;

	if (!function)
		return false;
	fits = !fnmatch(glob, function, 0) || !fnmatch(glob, brief_name(function, &brief), 0);
	buf_free(&brief);
	return fits;
}

uint16_t filter_frame(const struct filter *f, const struct view_frame *frame)
{
	const struct filter_term *term;
	uint16_t bits = 0;
	bool fits;
	size_t i;

	for (i = 0; i < f->count; i++) {
		term = &f->terms[i];
		if (term->what == FILTER_FUNCTION)
			fits = fits_function(term->glob, frame->function);
		else if (term->what == FILTER_FILE)
			fits = fits_path(term->glob, frame->file);
		else if (term->what == FILTER_MODULE)
			fits = fits_path(term->glob, frame->module);
		else
			continue;
		if (fits)
			bits |= (uint16_t)(1u << i);
	}
	return bits;
}

static int64_t number_of(enum filter_what what, const struct view_sums *s)
{
	switch (what) {
	case FILTER_LIVE:
		return s->live_bytes;
	case FILTER_TOTAL:
		return (int64_t)s->total_bytes;
	case FILTER_OWN_PEAK:
		return s->own_peak_bytes;
	case FILTER_CALLS:
		return (int64_t)s->calls;
	case FILTER_TEMPORARY:
		return (int64_t)s->temporaries;
	case FILTER_LEAKED:
		return sums_key(s, VIEW_LEAKED);
	case FILTER_DEFINITE:
		return sums_key(s, VIEW_DEFINITE);
	default:
		return s->at_peak_bytes;
	}
}

bool filter_site(const struct filter *f, const struct view_sums *sums, uint16_t stack_bits)
{
	const struct filter_term *term;
	int64_t number;
	size_t i;

	for (i = 0; i < f->count; i++) {
		term = &f->terms[i];
		if (term->what <= FILTER_MODULE) {
			if (!(stack_bits & 1u << i))
				return false;
			continue;
		}
		number = number_of(term->what, sums);
		if (term->below ? number >= (int64_t)term->limit : number <= (int64_t)term->limit)
			return false;
	}
	return true;
}
