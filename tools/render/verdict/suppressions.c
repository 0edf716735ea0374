/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A verdict as suppression entries: one for each stack that fails, ready to be cut down by hand. */
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
		else
			put_template(out, list[i].leak);
	}
	free(list);
	buf_free(&words);
}
