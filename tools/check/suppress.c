/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/suppress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/brief.h"
#include "base/util.h"
#include "base/vec.h"
#include "check/match.h"

/* More would not be a file that somebody wrote. */
#define FILE_MOST_BYTES (64u << 20)

/* A stack as one attempt sees it. */
struct stack {
	const struct view_frame *frames;
	const uint32_t *numbers;
	size_t count;
	bool no_inlined; /* functions that were inlined do not count */
};

static int read_all(FILE *file, struct buf *text)
{
	char piece[8192];
	size_t got;

	while ((got = fread(piece, 1, sizeof(piece), file)) > 0) {
		buf_add(text, piece, got);
		if (text->bytes > FILE_MOST_BYTES)
			return -EFBIG;
	}
	buf_puts(text, "");
	return ferror(file) ? -EIO : text->failed ? -ENOMEM : 0;
}

int suppress_read(struct suppressions *s, const char *path, struct err *e)
{
	struct buf text = { 0 };
	FILE *file = fopen(path, "re");
	int err;

	if (!file)
		return err_errno(e, -errno, "--suppressions %s", path);
	err = read_all(file, &text);
	fclose(file);
	if (err)
		err_errno(e, err, "--suppressions %s", path);
	else if (strlen(buf_text(&text)) < text.bytes)
		err = err_set(e, -EINVAL, "--suppressions %s: no text file", path);
	else
		err = suppress_parse(s, path, buf_text(&text), e);
	buf_free(&text);
	return err;
}

static const char *known(const char *text)
{
	return text ? text : "???";
}

static bool fits_function(const char *pattern, const struct view_frame *f)
{
	struct buf brief = { 0 };
	bool fits;

	if (!f->function || match_glob(pattern, f->function))
		return match_glob(pattern, known(f->function));
	if (f->linkage && match_glob(pattern, f->linkage))
		return true;
	fits = match_glob(pattern, brief_name(f->function, &brief));
	buf_free(&brief);
	return fits;
}

static bool fits_path(const char *pattern, const char *path)
{
	return match_glob(pattern, known(path)) ||
	       (path && match_glob(pattern, util_basename(path)));
}

static bool fits_frame(const struct suppress_frame *want, const struct view_frame *f)
{
	switch (want->kind) {
	case SUPPRESS_FUNCTION:
		return fits_function(want->pattern, f);
	case SUPPRESS_MODULE:
		return fits_path(want->pattern, f->module);
	default:
		return fits_path(want->pattern, f->file) && (!want->line || want->line == f->line);
	}
}

/* From the frame `at` outwards; as with match_glob(), the last "..." decides where to go on. */
static bool fits_frames(const struct suppress_frame *want, size_t wanted, const struct stack *s)
{
	size_t at = 0, i = 0, star = SIZE_MAX, resume = 0;
	const struct view_frame *f;

	while (i < wanted) {
		if (want[i].kind == SUPPRESS_ANY) {
			star = i++;
			resume = at;
			continue;
		}
		while (at < s->count && s->no_inlined && s->frames[s->numbers[at]].inlined)
			at++;
		if (at == s->count)
			return false;
		f = &s->frames[s->numbers[at]];
		if (fits_frame(&want[i], f)) {
			i++;
			at++;
		} else if (star != SIZE_MAX) {
			i = star + 1;
			at = ++resume;
		} else {
			return false;
		}
	}
	return true;
}

/* Valgrind's stacks begin in the allocator, ours in its caller. */
static bool is_allocator(const struct suppress_frame *want)
{
	static const char *const names[] = { "malloc",
					     "calloc",
					     "realloc",
					     "reallocarray",
					     "memalign",
					     "posix_memalign",
					     "aligned_alloc",
					     "valloc",
					     "operator new(unsigned long)",
					     "operator new[](unsigned long)",
					     "_Znwm",
					     "_Znam",
					     "_ZnwmRKSt9nothrow_t",
					     "_ZnamRKSt9nothrow_t",
					     "_ZnwmSt11align_val_t",
					     "_ZnamSt11align_val_t",
					     NULL };
	size_t i;

	if (want->kind == SUPPRESS_MODULE)
		return match_glob(want->pattern, "vgpreload_memcheck-amd64-linux.so") ||
		       match_glob(want->pattern, "/vgpreload_memcheck-amd64-linux.so");
	for (i = 0; want->kind == SUPPRESS_FUNCTION && names[i]; i++)
		if (match_glob(want->pattern, names[i]))
			return true;
	return false;
}

static bool fits_stack(const struct suppression *s, const struct stack *stack)
{
	if (fits_frames(s->frames, s->frame_count, stack))
		return true;
	return s->frame_count && is_allocator(&s->frames[0]) &&
	       fits_frames(s->frames + 1, s->frame_count - 1, stack);
}

static bool fits_template(const char *template, const struct view_frame *f)
{
	return match_template(template, f->module ? f->module : "<unknown module>") ||
	       (f->function && match_template(template, f->function)) ||
	       (f->linkage && match_template(template, f->linkage)) ||
	       (f->file && match_template(template, f->file));
}

static bool fits(const struct suppression *s, struct stack *stack)
{
	size_t i;

	if (s->template) {
		for (i = 0; i < stack->count; i++)
			if (fits_template(s->template, &stack->frames[stack->numbers[i]]))
				return true;
		return false;
	}
	/* Many an entry was written down where the inlined functions could not be seen. */
	stack->no_inlined = false;
	if (fits_stack(s, stack))
		return true;
	stack->no_inlined = true;
	return fits_stack(s, stack);
}

struct suppression *suppress_find(struct suppressions *s, const struct view_frame *frames,
				  const uint32_t *stack, size_t count, unsigned leak_class)
{
	struct stack all = { frames, stack, count, false };
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->list[i].classes & 1u << leak_class && fits(&s->list[i], &all))
			return &s->list[i];
	return NULL;
}

void suppress_free(struct suppressions *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		free(s->list[i].frames);
	for (i = 0; i < s->text_count; i++)
		free(s->texts[i]);
	free(s->list);
	free(s->texts);
	*s = (struct suppressions){ 0 };
}
