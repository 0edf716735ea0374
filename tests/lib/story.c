/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/story.h"

#include <check.h>
#include <stdlib.h>

#include "reader/reader.h"

void story_load(struct story *s, struct mkprofile *mk)
{
	struct reader r;
	struct err e;
	size_t bytes;
	void *data = mk_finish(mk, &bytes);

	ck_assert_int_eq(reader_open_memory(&r, data, bytes, &e), 0);
	ck_assert_int_eq(model_fold(&s->model, &r), 0);
	ck_assert_int_eq(names_init(&s->names, s->model.frame_count), 0);
	reader_close(&r);
	free(data);
	mk_free(mk);
	s->options = (struct analyze_options){
		.path = "x.tide",
		.version = "1",
		.limit = 10,
		.site_limit = SIZE_MAX,
		.depth = 8,
		.depth_after = 4,
	};
}

void story_name(struct story *s, uint32_t frame, const char *function, const char *file,
		uint32_t line, bool inlined)
{
	struct name name = { .frame = frame, .line = line, .inlined = inlined };

	ck_assert_int_eq(pool_add(&s->names.pool, function, &name.function), 0);
	ck_assert_int_eq(pool_add(&s->names.pool, file, &name.file), 0);
	ck_assert_int_eq(names_add(&s->names, name), 0);
}

void story_analyze(struct story *s)
{
	ck_assert_int_eq(names_finish(&s->names), 0);
	ck_assert_int_eq(analyze(&s->analysis, &s->model, &s->names, &s->options), 0);
}

char *story_render(struct story *s, const struct render_ops *ops)
{
	struct render_context context = { .version = "1" };
	char *data = NULL;
	size_t bytes;

	context.out = open_memstream(&data, &bytes);
	ck_assert_int_eq(ops->begin(&context), 0);
	ck_assert_int_eq(ops->view(&context, &s->analysis.view), 0);
	ck_assert_int_eq(ops->end(&context), 0);
	fclose(context.out);
	return data;
}

void story_free(struct story *s)
{
	analyze_free(&s->analysis);
	names_free(&s->names);
	model_free(&s->model);
}
