/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reader/names.h"

#include "base/vec.h"
#include "reader/model.h"

int names_init(struct names *n, size_t frame_count)
{
	*n = (struct names){ .frame_count = frame_count };
	n->spans = calloc(frame_count + 1, sizeof(*n->spans));
	return n->spans ? 0 : -ENOMEM;
}

int names_add(struct names *n, struct name name)
{
	struct names_span *span = &n->spans[name.frame];
	int err = VEC_ROOM(n->list, n->room, n->count + 1);

	if (err)
		return err;
	if (!span->count)
		span->first = (uint32_t)n->count;
	span->count++;
	n->list[n->count++] = name;
	return 0;
}

int names_python(struct names *n, const struct model *m)
{
	const struct model_code *code;
	struct name name;
	uint32_t i;
	int err = 0;

	for (i = 1; i < n->frame_count && !err; i++) {
		if (!m->frames[i].code)
			continue;
		code = &m->codes[m->frames[i].code];
		name = (struct name){ .frame = i, .line = m->frames[i].line, .python = true };
		if (code->function)
			err = pool_add(&n->pool, code->function, &name.function);
		if (!err && code->file)
			err = pool_add(&n->pool, code->file, &name.file);
		if (!err)
			err = names_add(n, name);
	}
	return err;
}

int names_finish(struct names *n)
{
	uint32_t i;
	int err;

	for (i = 0; i < n->frame_count; i++) {
		if (n->spans[i].count)
			continue;
		err = names_add(n, (struct name){ .frame = i });
		if (err)
			return err;
	}
	return 0;
}

void names_free(struct names *n)
{
	pool_free(&n->pool);
	free(n->list);
	free(n->spans);
	free(n->data);
	*n = (struct names){ 0 };
}
