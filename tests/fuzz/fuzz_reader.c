/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Throws damaged recordings at everything that reads them: reader, model, analysis, renderers.
 * With -fsanitize=fuzzer, LLVMFuzzerTestOneInput() is all that is used.  As a program of its own
 * (FUZZ_MAIN) it damages recordings made here, the same way each time:
 *	fuzz_reader [ROUNDS [FIRST]]     then says what it saw; round FIRST repeats a failure
 *	fuzz_reader FILE                 one input
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/analyze.h"
#include "lib/mkprofile.h"
#include "reader/model.h"
#include "reader/names.h"
#include "reader/reader.h"
#include "render/render.h"

#define ROUNDS_DEFAULT 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void render(const struct view *v, const struct render_ops *ops)
{
	struct render_context context = { .version = "0" };
	char *text = NULL;
	size_t text_bytes;

	context.out = open_memstream(&text, &text_bytes);
	if (!context.out)
		abort();
	ops->begin(&context);
	ops->view(&context, v);
	ops->end(&context);
	fclose(context.out);
	free(text);
}

/* The page's data, without the page around it, which is the same each time. */
static void render_data(const struct view *v)
{
	struct render_context context = { .version = "0", .done = 1 };
	char *text = NULL;
	size_t text_bytes;

	context.out = open_memstream(&text, &text_bytes);
	if (!context.out)
		abort();
	render_html.view(&context, v);
	fclose(context.out);
	free(text);
}

static void tell(const struct model *m, const struct names *names, enum view_by by,
		 enum view_shape shape)
{
	const struct analyze_options options = {
		.path = "fuzz",
		.version = "0",
		.limit = 5,
		.site_limit = 5,
		.depth = 8,
		.depth_after = 4,
		.by = by,
		.shape = shape,
		.show_reachable = true,
		.advice_limit = 5,
	};
	struct analysis analysis;

	if (analyze(&analysis, m, names, &options))
		return;
	render(&analysis.view, &render_text);
	render(&analysis.view, &render_json);
	render_data(&analysis.view);
	analyze_free(&analysis);
}

static void digest(const struct reader *r)
{
	struct model m;
	struct names names;

	if (model_fold(&m, r))
		return;
	if (!names_init(&names, m.frame_count) && !names_python(&names, &m) &&
	    !names_finish(&names)) {
		tell(&m, &names, VIEW_SITE, VIEW_TABLES);
		tell(&m, &names, VIEW_THREAD, VIEW_TABLES);
		tell(&m, &names, VIEW_MODULE, VIEW_TOP_DOWN);
	}
	names_free(&names);
	model_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct reader r;
	struct err e = { .text = "" };

	if (!reader_open_memory(&r, data, bytes, &e)) {
		digest(&r);
		reader_close(&r);
	} else if (!e.text[0]) {
		/* Whatever is wrong, the user is told what. */
		abort();
	}
	return 0;
}

#ifdef FUZZ_MAIN

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Somewhere that matters: mostly the header, the chunk table or the start of a chunk. */
static size_t place(uint64_t *state, size_t bytes)
{
	uint64_t random = next_random(state);

	switch (random % 4) {
	case 0:
		return (random >> 8) % sizeof(struct tide_header);
	case 1:
		return TIDE_CHUNK_BYTES + (random >> 8) % 64;
	case 2:
		return ((random >> 8) % (bytes / TIDE_CHUNK_BYTES)) * TIDE_CHUNK_BYTES +
		       (random >> 32) % 512;
	default:
		return (random >> 8) % bytes;
	}
}

static void damage(uint8_t *data, size_t *bytes, uint64_t *state)
{
	static const uint64_t values[] = { 0,
					   1,
					   2,
					   0x7f,
					   0xff,
					   0xffff,
					   0x7fffffff,
					   0xffffffff,
					   0x100000000,
					   0x7fffffffffffffff,
					   0xffffffffffffffff };
	uint64_t changes = next_random(state) % 4 + 1, value;
	size_t at, width;

	while (changes--) {
		at = place(state, *bytes);
		width = 1u << next_random(state) % 4;
		if (at + width > *bytes)
			continue;
		value = next_random(state) % 3 ? values[next_random(state) % 11]
					       : next_random(state);
		memcpy(data + at, &value, width);
	}
	if (next_random(state) % 16 == 0)
		*bytes = next_random(state) % *bytes;
}

static int run_rounds(unsigned long first, unsigned long rounds)
{
	struct mkprofile mk;
	uint64_t state;
	uint8_t *whole, *copy;
	size_t whole_bytes, bytes;
	unsigned long i;

	mk_sample_leaks(&mk);
	whole = mk_finish(&mk, &whole_bytes);
	copy = malloc(whole_bytes);
	if (!copy)
		abort();
	for (i = first; i < first + rounds; i++) {
		state = (i + 1) * 0x9e3779b97f4a7c15u;
		bytes = whole_bytes;
		memcpy(copy, whole, whole_bytes);
		damage(copy, &bytes, &state);
		LLVMFuzzerTestOneInput(copy, bytes);
	}
	free(copy);
	free(whole);
	mk_free(&mk);
	printf("1..1\nok 1 - %lu damaged recordings did no harm\n", rounds);
	return 0;
}

static int run_file(const char *path)
{
	static uint8_t data[64u << 20];
	FILE *in = fopen(path, "r");
	size_t bytes;

	if (!in) {
		perror(path);
		return 1;
	}
	bytes = fread(data, 1, sizeof(data), in);
	fclose(in);
	return LLVMFuzzerTestOneInput(data, bytes);
}

int main(int argc, char **argv)
{
	unsigned long rounds = ROUNDS_DEFAULT, first = 0;
	char *end;

	if (argc > 1) {
		rounds = strtoul(argv[1], &end, 10);
		if (*end)
			return run_file(argv[1]);
	}
	if (argc > 2)
		first = strtoul(argv[2], NULL, 10);
	return run_rounds(first, rounds);
}

#endif
