/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/answers.h"

#include "base/vec.h"

int answers_add(struct answers *a, uint64_t address)
{
	int err = VEC_ROOM(a->list, a->room, a->count + 1);

	if (err)
		return err;
	a->list[a->count++] = (struct answer){ address, (uint32_t)a->line_count, 0 };
	return 0;
}

int answers_line(struct answers *a, const struct answer_line *line, const char *file)
{
	struct answer_line *to;
	int err = VEC_ROOM(a->lines, a->line_room, a->line_count + 1);

	if (err)
		return err;
	to = &a->lines[a->line_count];
	*to = *line;
	err = pool_add(&a->pool, file, &to->file);
	if (err)
		return err;
	a->line_count++;
	a->list[a->count - 1].count++;
	return 0;
}

static int by_address(const void *one, const void *two)
{
	const struct answer *a = one, *b = two;

	return a->address < b->address ? -1 : a->address > b->address;
}

void answers_sort(struct answers *a)
{
	if (a->count)
		qsort(a->list, a->count, sizeof(*a->list), by_address);
}

const struct answer *answers_find(const struct answers *a, uint64_t address)
{
	const struct answer key = { .address = address };

	if (!a->count)
		return NULL;
	return bsearch(&key, a->list, a->count, sizeof(*a->list), by_address);
}

void answers_free(struct answers *a)
{
	pool_free(&a->pool);
	free(a->list);
	free(a->lines);
	*a = (struct answers){ 0 };
}
