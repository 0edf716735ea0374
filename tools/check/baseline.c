/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/baseline.h"

#include <errno.h>
#include <string.h>

#include "base/vec.h"

static int by_key(const void *one, const void *two)
{
	const struct baseline_leak *a = one, *b = two;
	int order = strcmp(a->key, b->key);

	if (order)
		return order;
	return a->leak_class < b->leak_class ? -1 : a->leak_class > b->leak_class;
}

static int by_name(const void *one, const void *two)
{
	const struct baseline_program *a = one, *b = two;
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->command, b->command);
}

static int add_leak(struct baseline *b, const struct verdict_leak *leak, unsigned leak_class)
{
	const struct verdict_amount *amount = &leak->found[leak_class];
	int err;

	if (!amount->bytes && !amount->blocks)
		return 0;
	err = VEC_ROOM(b->leaks, b->leak_room, b->leak_count + 1);
	if (err)
		return err;
	b->leaks[b->leak_count++] = (struct baseline_leak){
		.key = arena_printf(&b->arena, "%s", leak->key),
		.leak_class = leak_class,
		.bytes = amount->bytes,
		.blocks = amount->blocks,
	};
	return b->arena.failed ? -ENOMEM : 0;
}

int baseline_add(struct baseline *b, const struct verdict_process *p, bool reachable)
{
	unsigned classes = reachable ? VERDICT_CLASSES : VERDICT_CLASSES - 1, leak_class;
	size_t i;
	int err;

	for (i = 0; i < p->leak_count; i++) {
		for (leak_class = 0; leak_class < classes; leak_class++) {
			err = add_leak(b, &p->leaks[i], leak_class);
			if (err)
				return err;
		}
	}
	err = VEC_ROOM(b->programs, b->program_room, b->program_count + 1);
	if (err)
		return err;
	b->programs[b->program_count++] = (struct baseline_program){
		.name = arena_printf(&b->arena, "%s", p->name),
		.command = arena_printf(&b->arena, "%s", p->command),
		.peak_bytes = p->peak_bytes,
		.live_bytes = p->live_bytes,
		.total_bytes = p->total_bytes,
		.calls = p->calls,
	};
	return b->arena.failed ? -ENOMEM : 0;
}

static void raise_to(uint64_t *to, uint64_t value)
{
	if (value > *to)
		*to = value;
}

static void merge_leaks(struct baseline *b)
{
	struct baseline_leak *to;
	size_t count = 0, i;

	for (i = 0; i < b->leak_count; i++) {
		to = count ? &b->leaks[count - 1] : NULL;
		if (!to || by_key(to, &b->leaks[i])) {
			b->leaks[count++] = b->leaks[i];
			continue;
		}
		to->bytes = b->leaks[i].bytes > to->bytes ? b->leaks[i].bytes : to->bytes;
		to->blocks = b->leaks[i].blocks > to->blocks ? b->leaks[i].blocks : to->blocks;
	}
	b->leak_count = count;
}

static void merge_programs(struct baseline *b)
{
	struct baseline_program *to, *from;
	size_t count = 0, i;

	for (i = 0; i < b->program_count; i++) {
		from = &b->programs[i];
		to = count ? &b->programs[count - 1] : NULL;
		if (!to || by_name(to, from)) {
			b->programs[count++] = *from;
			continue;
		}
		raise_to(&to->peak_bytes, from->peak_bytes);
		raise_to(&to->live_bytes, from->live_bytes);
		raise_to(&to->total_bytes, from->total_bytes);
		raise_to(&to->calls, from->calls);
	}
	b->program_count = count;
}

void baseline_settle(struct baseline *b)
{
	if (b->leak_count)
		qsort(b->leaks, b->leak_count, sizeof(*b->leaks), by_key);
	if (b->program_count)
		qsort(b->programs, b->program_count, sizeof(*b->programs), by_name);
	merge_leaks(b);
	merge_programs(b);
}

struct baseline_leak *baseline_find(const struct baseline *b, const char *key, unsigned leak_class)
{
	const struct baseline_leak want = { .key = key, .leak_class = leak_class };

	if (!b->leak_count)
		return NULL;
	return bsearch(&want, b->leaks, b->leak_count, sizeof(*b->leaks), by_key);
}

const struct baseline_program *baseline_program(const struct baseline *b, const char *name,
						const char *command)
{
	const struct baseline_program *found = NULL;
	size_t i;

	for (i = 0; i < b->program_count; i++) {
		if (strcmp(b->programs[i].name, name))
			continue;
		if (!strcmp(b->programs[i].command, command))
			return &b->programs[i];
		if (!found || b->programs[i].peak_bytes > found->peak_bytes)
			found = &b->programs[i];
	}
	return found;
}

size_t baseline_healed(const struct baseline *b)
{
	size_t healed = 0, i;

	for (i = 0; i < b->leak_count; i++)
		healed += !b->leaks[i].met;
	return healed;
}

void baseline_free(struct baseline *b)
{
	free(b->leaks);
	free(b->programs);
	arena_free(&b->arena);
	*b = (struct baseline){ 0 };
}
