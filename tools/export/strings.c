/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/strings.h"

#include <stdlib.h>

#include "base/vec.h"

static int append(struct strings *s, uint32_t number)
{
	size_t had = s->index_room;
	int err = VEC_ROOM(s->list, s->room, s->count + 1);

	if (!err)
		err = VEC_ROOM(s->index, s->index_room, (size_t)number + 1);
	if (err)
		return err;
	memset(s->index + had, 0, (s->index_room - had) * sizeof(*s->index));
	s->index[number] = (uint32_t)s->count;
	s->list[s->count++] = number;
	return 0;
}

int strings_add(struct strings *s, const char *text, uint32_t *index)
{
	size_t before = s->pool.strings;
	uint32_t number;
	int err = s->count ? 0 : append(s, 0);

	if (!err)
		err = pool_add(&s->pool, text, &number);
	if (!err && s->pool.strings != before)
		err = append(s, number);
	if (!err)
		*index = s->index[number];
	return err;
}

const char *strings_text(const struct strings *s, uint32_t index)
{
	return pool_text(&s->pool, s->list[index]);
}

void strings_free(struct strings *s)
{
	pool_free(&s->pool);
	free(s->index);
	free(s->list);
	*s = (struct strings){ .count = 0 };
}
