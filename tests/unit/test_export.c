/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/output.h"
#include "export/export.h"
#include "export/name.h"
#include "export/stacks.h"
#include "export/strings.h"
#include "lib/story.h"
#include "lib/unit.h"
#include "tools/export/pprof.pb-c.h"

static struct mkprofile mk;
static struct story s;

static const struct export_format *format(const char *name)
{
	const struct export_format *f;

	for (f = export_formats; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	ck_abort_msg("no format %s", name);
}

/* To be freed. */
static char *write_view(const struct export_format *f, size_t *bytes)
{
	struct export_context c = { .version = "1", .metric = f->metric };
	char *data = NULL;

	c.out = open_memstream(&data, bytes);
	ck_assert_int_eq(f->write(&c, &s.analysis.view), 0);
	fclose(c.out);
	return data;
}

static uint32_t site_at(uint32_t parent, uint64_t pc, int64_t live_bytes)
{
	uint32_t site = mk_site(&mk, mk_node(&mk, parent, mk_frame(&mk, pc, 0)));
	struct tide_record *r = mk_record(&mk, site, 0);

	r->live_bytes = live_bytes;
	r->live_blocks = 1;
	r->high_bytes = live_bytes + 5;
	r->total_bytes = 1000;
	r->calls = 10;
	return site;
}

/* main <- one and main <- another place of the same function; one without a stack; one inlined. */
static void make_view(const char *function, const char *file)
{
	uint32_t root, i;

	mk_init(&mk);
	root = mk_node(&mk, 0, mk_frame(&mk, 0x100, 0));
	site_at(root, 0x200, 100);
	site_at(root, 0x300, 20);
	mk_record(&mk, 0, 0)->calls = 1;
	((struct tide_record *)mk_item(&mk, TIDE_SECTION_RECORDS, 2))->total_bytes = 7;
	story_load(&s, &mk);
	story_name(&s, 1, "main", "main.c", 1, false);
	for (i = 2; i <= 3; i++) {
		story_name(&s, i, function, file, 3, true);
		story_name(&s, i, "outer", file, 4, false);
	}
	s.options.all_frames = true;
	story_analyze(&s);
}

START_TEST(names_stay_in_one_line)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
		{ "plain(int) const", "plain(int) const" },
		{ "a\nb\tc\033\177", "a\\nb\\tc\\x1b\\x7f" },
		{ "a;b#c", "a:b@c" },
		{ "n\303\266n", "n\303\266n" },
		{ "\377x\303", "\357\277\275x\357\277\275" },
		{ "", "" },
	};
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&b);
		name_add(&b, cases[i].text, ";#", ":@");
		ck_assert_str_eq(buf_text(&b), cases[i].want);
	}
	buf_free(&b);
}
END_TEST

START_TEST(strings_are_counted_from_the_empty_one)
{
	struct strings strings = { .count = 0 };
	uint32_t i, index;
	char text[16];

	for (i = 1; i < 2000; i++) {
		snprintf(text, sizeof(text), "s%u", i);
		ck_assert_int_eq(strings_add(&strings, text, &index), 0);
		ck_assert_uint_eq(index, i);
	}
	ck_assert_int_eq(strings_add(&strings, "s7", &index), 0);
	ck_assert_uint_eq(index, 7);
	ck_assert_int_eq(strings_add(&strings, "", &index), 0);
	ck_assert_uint_eq(index, 0);
	ck_assert_str_eq(strings_text(&strings, 1999), "s1999");
	ck_assert_uint_eq(strings.count, 2000);
	strings_free(&strings);
}
END_TEST

static void label(struct buf *b, const struct view_frame *f)
{
	name_frame(b, f, "", "");
}

START_TEST(stacks_that_read_the_same_are_one)
{
	struct stacks stacks;
	size_t i;

	make_view("inner", "x.c");
	ck_assert_int_eq(stacks_make(&stacks, &s.analysis.view, label), 0);
	ck_assert_uint_eq(stacks.count, 2);
	for (i = 0; i < 2; i++) {
		if (stacks.list[i].count == 1) {
			ck_assert_str_eq(
				strings_text(&stacks.labels, stacks.lines[stacks.list[i].first]),
				NAME_NO_STACK);
			continue;
		}
		ck_assert_uint_eq(stacks.list[i].count, 3);
		ck_assert_int_eq(stacks.list[i].sums.live_bytes, 120);
		ck_assert_int_eq(stacks.list[i].sums.own_peak_bytes, 105);
		ck_assert_uint_eq(stacks.list[i].sums.calls, 20);
	}
	stacks_free(&stacks);
	story_free(&s);
}
END_TEST

START_TEST(folded_stacks_begin_outside)
{
	size_t bytes;
	char *text;

	make_view("in;ner 42", "x.c");
	text = write_view(format("folded"), &bytes);
	ck_assert_str_eq(text, "main;outer;in:ner_42 120\n");
	free(text);
	story_free(&s);
}
END_TEST

static Pprof__Profile *unpack(const char *data, size_t bytes)
{
	static uint8_t plain[65536];
	z_stream z = { .next_in = (z_const Bytef *)data, .avail_in = (uInt)bytes };
	Pprof__Profile *p;

	ck_assert_int_eq(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
	z.next_out = plain;
	z.avail_out = sizeof(plain);
	ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
	p = pprof__profile__unpack(NULL, sizeof(plain) - z.avail_out, plain);
	inflateEnd(&z);
	ck_assert_ptr_nonnull(p);
	return p;
}

START_TEST(pprof_has_one_place_for_inlined_functions)
{
	Pprof__Profile *p;
	int64_t live = 0, calls = 0;
	size_t bytes, i;
	char *data;

	make_view("inner", "x.c");
	data = write_view(format("pprof"), &bytes);
	p = unpack(data, bytes);
	ck_assert_str_eq(p->strings[0], "");
	ck_assert_uint_eq(p->n_sample_types, 5);
	ck_assert_str_eq(p->strings[p->sample_types[4]->type], "peak_space");
	for (i = 0; i < p->n_samples; i++) {
		calls += p->samples[i]->values[0];
		live += p->samples[i]->values[3];
		if (p->samples[i]->values[3] == 100)
			ck_assert_uint_eq(p->samples[i]->n_locations, 2);
	}
	ck_assert_int_eq(calls, 21);
	ck_assert_int_eq(live, 120);
	for (i = 0; i < p->n_locations; i++) {
		ck_assert_uint_ne(p->locations[i]->id, 0);
		if (p->locations[i]->address != 0x1ff)
			continue;
		ck_assert_uint_eq(p->locations[i]->n_lines, 2);
		ck_assert_int_eq(p->locations[i]->lines[0]->line, 3);
	}
	pprof__profile__free_unpacked(p, NULL);
	free(data);
	story_free(&s);
}
END_TEST

static bool has_line(const char *text, const char *line)
{
	size_t bytes = strlen(line);
	const char *at;

	for (at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && (at[bytes] == '\n' || !at[bytes]))
			return true;
	return false;
}

/* A name must not become a line of its own, in any of the formats made of lines. */
START_TEST(names_cannot_be_lines)
{
	static const char *const lines[] = { "folded", "massif", "callgrind", "heap" };
	size_t bytes, i;
	char *text;

	make_view("x\nevents: Evil\nsnapshot=99\ny", "dir\nfn=(1) evil\n/x.c");
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		text = write_view(format(lines[i]), &bytes);
		ck_assert_msg(!has_line(text, "events: Evil"), "%s:\n%s", lines[i], text);
		ck_assert_msg(!has_line(text, "snapshot=99"), "%s:\n%s", lines[i], text);
		ck_assert_msg(!has_line(text, "fn=(1) evil"), "%s:\n%s", lines[i], text);
		free(text);
	}
	story_free(&s);
}
END_TEST

START_TEST(every_format_bears_an_empty_recording)
{
	const struct export_format *f;
	size_t bytes;

	for (f = export_formats; f->name; f++) {
		mk_init(&mk);
		story_load(&s, &mk);
		story_analyze(&s);
		free(write_view(f, &bytes));
		story_free(&s);
	}
}
END_TEST

START_TEST(every_format_bears_odd_names)
{
	const struct export_format *f;
	size_t bytes;

	make_view("\377\";<b>#\n\r,%s\\", "\"\n\xc3(");
	for (f = export_formats; f->name; f++) {
		free(write_view(f, &bytes));
		ck_assert_uint_gt(bytes, 0);
	}
	story_free(&s);
}
END_TEST

static char *read_all(const char *path)
{
	static char text[64];
	FILE *in = fopen(path, "re");
	size_t bytes;

	if (!in)
		return NULL;
	bytes = fread(text, 1, sizeof(text) - 1, in);
	text[bytes] = '\0';
	fclose(in);
	return text;
}

START_TEST(an_output_appears_whole_or_not_at_all)
{
	char directory[] = "/tmp/tidemark-output.XXXXXX", path[64];
	struct output o;
	struct err e;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/x", directory);
	ck_assert_int_eq(output_open(&o, path, &e), 0);
	fputs("one", o.stream);
	ck_assert_ptr_null(read_all(path));
	output_discard(&o);
	ck_assert_ptr_null(read_all(path));
	ck_assert_int_eq(output_open(&o, path, &e), 0);
	fputs("two", o.stream);
	ck_assert_int_eq(output_commit(&o, &e), 0);
	ck_assert_str_eq(read_all(path), "two");
	ck_assert_int_eq(output_open(&o, path, &e), 0);
	fputs("three", o.stream);
	output_discard(&o);
	ck_assert_str_eq(read_all(path), "two");
	ck_assert_int_eq(unlink(path), 0);
	/* Nothing else was left there. */
	ck_assert_int_eq(rmdir(directory), 0);
	ck_assert_int_ne(output_open(&o, path, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.text, path));
}
END_TEST

UNIT_MAIN("export", names_stay_in_one_line, strings_are_counted_from_the_empty_one,
	  stacks_that_read_the_same_are_one, folded_stacks_begin_outside,
	  pprof_has_one_place_for_inlined_functions, names_cannot_be_lines,
	  every_format_bears_an_empty_recording, every_format_bears_odd_names,
	  an_output_appears_whole_or_not_at_all)
