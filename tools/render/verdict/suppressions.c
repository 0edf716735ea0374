/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A verdict as suppression entries: one for each stack that fails, ready to be cut down by hand.
 * Where the one frame of LeakSanitizer's syntax would fit others too, the stack in Valgrind's.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "render/verdict/render.h"
#include "render/verdict/words.h"

/* As many frames as Valgrind reads of an entry, but for the "..." in front. */
#define FRAMES_MOST 23

static const struct verdict_frame *first_shown(const struct verdict_leak *leak)
{
	size_t i;

	for (i = 0; i < leak->frame_count; i++)
		if (leak->frames[i].shown)
			return &leak->frames[i];
	return leak->frame_count ? &leak->frames[0] : NULL;
}

/* One frame is all that an entry has: the user's innermost function. */
static void put_template(FILE *out, const struct verdict_leak *leak)
{
	const struct verdict_frame *f = first_shown(leak);

	if (!f)
		return;
	if (f->function)
		fprintf(out, "leak:^%s$\n", f->function);
	else
		fprintf(out, "leak:%s\n",
			f->module ? util_basename(f->module) : "<unknown module>");
}

static void put_entry(FILE *out, const struct verdict_leak *leak)
{
	const struct verdict_frame *f;
	size_t shown = 0, i;

	fprintf(out, "{\n   <insert a name>\n   Memcheck:Leak\n   match-leak-kinds: %s\n   ...\n",
		words_classes[leak->worst]);
	for (i = 0; i < leak->frame_count && shown < FRAMES_MOST; i++) {
		f = &leak->frames[i];
		/* Valgrind sees inlined functions only when told to. */
		if (f->inlined || (!f->shown && !shown))
			continue;
		shown++;
		if (f->function)
			fprintf(out, "   fun:%s\n", f->linkage ? f->linkage : f->function);
		else
			fprintf(out, "   obj:%s\n", f->module ? f->module : "*");
	}
	fputs("}\n", out);
}

struct found {
	const struct verdict_leak *leak;
	const struct verdict_process *process;
};

/* What a template of this frame is tried on. */
static const char *tried(const struct verdict_frame *f)
{
	return f->function ? f->function : f->module ? f->module : "";
}

/* Whether the leak came about below the frame, and not in it. */
static bool is_below(const struct verdict_leak *leak, const struct verdict_frame *f)
{
	const struct verdict_frame *own = first_shown(leak);
	size_t i;

	if (!own || !f->function != !own->function || !strcmp(tried(own), tried(f)))
		return false;
	for (i = 0; i < leak->frame_count; i++)
		if (!leak->frames[i].function == !f->function &&
		    !strcmp(tried(&leak->frames[i]), tried(f)))
			return true;
	return false;
}

/* Whether all that a program does is below the frame. */
static bool is_outermost(const struct verdict_frame *f, const struct verdict_process *p)
{
	if (!f->function)
		return f->module && !strcmp(f->module, p->program);
	return !strcmp(f->function, "main") || !strcmp(f->function, "<module>");
}

/* Whether a template of the one frame would let pass what is lost elsewhere, too. */
static bool is_too_wide(const struct verdict *v, const struct found *found)
{
	const struct verdict_frame *f = first_shown(found->leak);
	size_t i, k;

	if (!f)
		return false;
	if (is_outermost(f, found->process))
		return true;
	for (i = 0; i < v->process_count; i++)
		for (k = 0; k < v->processes[i].leak_count; k++)
			if (is_below(&v->processes[i].leaks[k], f))
				return true;
	return false;
}

static void put_kinds(FILE *out, const struct verdict_leak *leak)
{
	unsigned k;

	fprintf(out, "   match-leak-kinds: %s", words_classes[leak->worst]);
	for (k = 0; k < VERDICT_CLASSES - 1; k++)
		if (k != leak->worst && leak->found[k].blocks)
			fprintf(out, ",%s", words_classes[k]);
	fputc('\n', out);
}

/* The stack from the allocator on; a function that calls itself does so as often as it likes. */
static void put_stack(FILE *out, const struct verdict_leak *leak)
{
	const struct verdict_frame *f = first_shown(leak), *last = NULL;
	size_t put = 0, i;
	bool again = false;

	fprintf(out, "# a template would let pass what is lost elsewhere below it, too\n");
	fprintf(out, "{\n   lost in %s\n   Memcheck:Leak\n", util_basename(tried(f)));
	put_kinds(out, leak);
	fputs("   fun:malloc\n", out);
	for (i = 0; i < leak->frame_count && put < FRAMES_MOST - 1; last = &leak->frames[i++]) {
		f = &leak->frames[i];
		if (last && f->function && last->function && !strcmp(f->function, last->function)) {
			if (!again)
				fputs("   ...\n", out);
			again = true;
			continue;
		}
		again = false;
		put++;
		if (f->function)
			fprintf(out, "   fun:%s\n", f->linkage ? f->linkage : f->function);
		else
			fprintf(out, "   obj:%s\n", f->module ? f->module : "*");
	}
	fputs(again ? "}\n" : "   ...\n}\n", out);
}

static int by_stack(const void *one, const void *two)
{
	const struct found *a = one, *b = two;

	return strcmp(a->leak->key, b->leak->key);
}

void verdict_suppressions(FILE *out, const struct verdict *v, bool valgrind)
{
	struct buf words = { 0 };
	struct found *list;
	size_t most = 0, count = 0, i, k;

	for (i = 0; i < v->process_count; i++)
		most += v->processes[i].leak_count;
	list = calloc(most + 1, sizeof(*list));
	for (i = 0; list && i < v->process_count; i++)
		for (k = 0; k < v->processes[i].leak_count; k++)
			if (v->processes[i].leaks[k].fails)
				list[count++] = (struct found){ &v->processes[i].leaks[k],
								&v->processes[i] };
	if (count)
		qsort(list, count, sizeof(*list), by_stack);
	for (i = 0; i < count; i++) {
		if (i && !by_stack(&list[i - 1], &list[i]))
			continue;
		buf_reset(&words);
		words_leak(list[i].leak, &words);
		fprintf(out, "# %s, in %s\n", buf_text(&words), list[i].process->name);
		if (valgrind)
			put_entry(out, list[i].leak);
		else if (is_too_wide(v, &list[i]))
			put_stack(out, list[i].leak);
		else
			put_template(out, list[i].leak);
	}
	free(list);
	buf_free(&words);
}
