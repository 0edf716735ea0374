/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mkprofile.h"
#include "lib/unit.h"
#include "reader/model.h"
#include "reader/reader.h"
#include "symbolize/answers.h"
#include "symbolize/cache.h"
#include "symbolize/demangle.h"
#include "symbolize/symbolize.h"

/* This very program is what is looked up. */
#define BIAS 0x555500000000u

static struct mkprofile mk;
static struct model m;
static struct names names;
static struct buf notes;
static char self[4096];

static inline __attribute__((always_inline)) uintptr_t inlined_pc(void)
{
	uintptr_t pc;

	__asm__ volatile("lea (%%rip), %0" : "=r"(pc));
	return pc;
}

/* Its address is looked up; the inlined function lies on the line of the return. */
static __attribute__((noinline, noclone)) uintptr_t known_function(unsigned *line)
{
	*line = __LINE__ + 1;
	return inlined_pc();
}

uintptr_t mangled(void) __asm__("_ZN3app4workEi");
__attribute__((noinline, noclone)) uintptr_t mangled(void)
{
	return inlined_pc();
}

static uint64_t own_bias(void)
{
	Dl_info info;

	ck_assert(dladdr((void *)(uintptr_t)known_function, &info));
	return (uintptr_t)info.dli_fbase;
}

static void begin(void)
{
	ssize_t bytes = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ck_assert_int_gt(bytes, 0);
	self[bytes] = '\0';
	mk_init(&mk);
	mk.header.start_unix_ns = UINT64_MAX;
}

static void load(void)
{
	struct reader r;
	struct err e;
	size_t bytes;
	void *data = mk_finish(&mk, &bytes);

	ck_assert_int_eq(reader_open_memory(&r, data, bytes, &e), 0);
	ck_assert_int_eq(model_fold(&m, &r), 0);
	reader_close(&r);
	free(data);
	mk_free(&mk);
	ck_assert_int_eq(names_init(&names, m.frame_count), 0);
}

static void look_up(const char *cache)
{
	const struct symbolize_options options = { .cache_directory = cache };

	ck_assert_int_eq(symbolize(&m, &options, &names, &notes), 0);
	ck_assert_int_eq(names_finish(&names), 0);
}

static void end(void)
{
	names_free(&names);
	model_free(&m);
	buf_free(&notes);
}

static const char *function_of(uint32_t frame, uint32_t level)
{
	ck_assert_uint_lt(level, names.spans[frame].count);
	return pool_text(&names.pool, names.list[names.spans[frame].first + level].function);
}

static const struct name *name_of(uint32_t frame, uint32_t level)
{
	return &names.list[names.spans[frame].first + level];
}

START_TEST(own_functions_are_found_with_what_is_inlined)
{
	unsigned line;
	uintptr_t pc = known_function(&line);
	uint32_t frame;

	begin();
	frame = mk_frame(&mk, pc - own_bias() + BIAS, mk_elf_module(&mk, self, BIAS));
	load();
	look_up(NULL);
	ck_assert_uint_eq(names.spans[frame].count, 2);
	ck_assert_str_eq(function_of(frame, 0), "inlined_pc");
	ck_assert_str_eq(function_of(frame, 1), "known_function");
	ck_assert(name_of(frame, 0)->inlined);
	ck_assert(!name_of(frame, 1)->inlined);
	ck_assert_uint_eq(name_of(frame, 1)->line, line);
	ck_assert(strstr(pool_text(&names.pool, name_of(frame, 1)->file), "test_symbolize.c"));
	ck_assert_str_eq(buf_text(&notes), "");
	end();
}
END_TEST

/* A call may be the last instruction of its function. */
START_TEST(return_addresses_are_looked_up_one_before)
{
	uint64_t start = (uintptr_t)known_function - own_bias() + BIAS;
	uint32_t before, exact, module;

	begin();
	module = mk_elf_module(&mk, self, BIAS);
	before = mk_frame(&mk, start, module);
	exact = mk_frame(&mk, start, module);
	((struct tide_frame *)mk_item(&mk, TIDE_SECTION_FRAMES, exact))->flags = TIDE_FRAME_EXACT;
	load();
	look_up(NULL);
	ck_assert_str_eq(function_of(exact, 0), "known_function");
	ck_assert_str_ne(function_of(before, 0), "known_function");
	end();
}
END_TEST

START_TEST(another_build_is_never_used)
{
	unsigned line;
	uintptr_t pc = known_function(&line);
	struct tide_module *module;
	uint32_t number, frame;

	begin();
	number = mk_elf_module(&mk, self, BIAS);
	module = mk_item(&mk, TIDE_SECTION_MODULES, number);
	module->build_id[0] ^= 1;
	module->build_id_bytes = 20;
	frame = mk_frame(&mk, pc - own_bias() + BIAS, number);
	load();
	look_up(NULL);
	ck_assert_uint_eq(name_of(frame, 0)->function, 0);
	ck_assert_msg(strstr(buf_text(&notes), "another build"), "%s", buf_text(&notes));
	end();
}
END_TEST

START_TEST(a_missing_file_is_said)
{
	uint32_t frame;

	begin();
	frame = mk_frame(&mk, 0x1234, mk_module(&mk, "/no/such/file", 0, 1 << 20, 0));
	mk_frame(&mk, 0x1234, mk_module(&mk, "[vdso]", 0, 1 << 20, 0));
	load();
	look_up(NULL);
	ck_assert_uint_eq(names.spans[frame].count, 1);
	ck_assert_msg(strstr(buf_text(&notes), "/no/such/file"), "%s", buf_text(&notes));
	ck_assert(!strstr(buf_text(&notes), "vdso"));
	end();
}
END_TEST

START_TEST(symbols_of_the_c_library_are_found)
{
	Dl_info info;
	uint32_t frame;

	begin();
	ck_assert(dladdr((void *)(uintptr_t)qsort, &info));
	frame = mk_frame(&mk, (uintptr_t)qsort + 4 - (uintptr_t)info.dli_fbase + BIAS,
			 mk_elf_module(&mk, realpath(info.dli_fname, self), BIAS));
	load();
	look_up(NULL);
	ck_assert_str_eq(function_of(frame, names.spans[frame].count - 1), "qsort");
	end();
}
END_TEST

START_TEST(mangled_names_are_kept_beside_the_readable_ones)
{
	uintptr_t pc = mangled();
	uint32_t frame;

	begin();
	frame = mk_frame(&mk, pc - own_bias() + BIAS, mk_elf_module(&mk, self, BIAS));
	load();
	look_up(NULL);
	ck_assert_str_eq(function_of(frame, 1), "app::work(int)");
	ck_assert_str_eq(pool_text(&names.pool, name_of(frame, 1)->linkage), "_ZN3app4workEi");
	ck_assert_uint_eq(name_of(frame, 0)->linkage, 0);
	end();
}
END_TEST

START_TEST(only_the_frames_wanted_are_looked_up)
{
	struct symbolize_options options = { .sysroot = NULL };
	bool only[3] = { false };
	uint32_t module, unwanted, wanted;
	unsigned line;
	uintptr_t pc = known_function(&line);

	begin();
	module = mk_elf_module(&mk, self, BIAS);
	unwanted = mk_frame(&mk, pc - own_bias() + BIAS, module);
	wanted = mk_frame(&mk, pc - own_bias() + BIAS, module);
	load();
	only[wanted] = true;
	options.only = only;
	ck_assert_int_eq(symbolize(&m, &options, &names, &notes), 0);
	ck_assert_int_eq(names_finish(&names), 0);
	ck_assert_str_eq(function_of(wanted, 1), "known_function");
	ck_assert_uint_eq(names.spans[unwanted].count, 1);
	ck_assert_uint_eq(name_of(unwanted, 0)->function, 0);
	end();
}
END_TEST

static const uint8_t id[20] = { 1, 2, 3 };

static void fill(struct answers *a)
{
	struct answer_line line = { .line = 7, .inlined = true };

	ck_assert_int_eq(pool_add(&a->pool, "fun()", &line.function), 0);
	ck_assert_int_eq(pool_add(&a->pool, "_Z3funv", &line.linkage), 0);
	ck_assert_int_eq(answers_add(a, 200), 0);
	ck_assert_int_eq(answers_line(a, &line, "/x/file.c"), 0);
	line = (struct answer_line){ .function = line.function };
	ck_assert_int_eq(answers_line(a, &line, NULL), 0);
	ck_assert_int_eq(answers_add(a, 100), 0);
	answers_sort(a);
}

START_TEST(cache_keeps_answers)
{
	char directory[] = "/tmp/tidemark-cache.XXXXXX", path[4200];
	struct cache_key key = { directory, id, sizeof(id) };
	struct answers a = { .count = 0 }, b = { .count = 0 };
	const struct answer *answer;
	bool has_lines;
	FILE *file;
	long at;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	fill(&a);
	ck_assert_int_eq(cache_save(&key, &a, true), 0);
	ck_assert_int_eq(cache_load(&key, &b, &has_lines), 0);
	ck_assert(has_lines);
	ck_assert_uint_eq(b.count, 2);
	answer = answers_find(&b, 200);
	ck_assert_ptr_nonnull(answer);
	ck_assert_uint_eq(answer->count, 2);
	ck_assert_str_eq(pool_text(&b.pool, b.lines[answer->first].file), "/x/file.c");
	ck_assert_str_eq(pool_text(&b.pool, b.lines[answer->first].linkage), "_Z3funv");
	ck_assert_uint_eq(b.lines[answer->first].line, 7);
	ck_assert_uint_eq(answers_find(&b, 100)->count, 0);
	ck_assert_ptr_null(answers_find(&b, 150));
	answers_free(&b);
	/* Any byte that differs makes it no cache at all. */
	snprintf(path, sizeof(path), "%s/010203%034d.sym", directory, 0);
	for (at = 0; at < 200; at += 3) {
		file = fopen(path, "r+");
		ck_assert_ptr_nonnull(file);
		fseek(file, at, SEEK_SET);
		fputc(0xee, file);
		fclose(file);
		ck_assert_int_eq(cache_load(&key, &b, &has_lines), -EBADMSG);
		ck_assert_int_eq(cache_save(&key, &a, true), 0);
	}
	ck_assert_int_eq(truncate(path, 10), 0);
	ck_assert_int_eq(cache_load(&key, &b, &has_lines), -EBADMSG);
	cache_trim(directory, 0);
	ck_assert_int_eq(cache_load(&key, &b, &has_lines), -ENOENT);
	ck_assert_int_eq(rmdir(directory), 0);
	answers_free(&a);
}
END_TEST

START_TEST(a_second_report_asks_the_cache)
{
	char directory[] = "/tmp/tidemark-cache.XXXXXX";
	uintptr_t pc;
	unsigned line, round;
	uint32_t frame;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	for (round = 0; round < 2; round++) {
		begin();
		pc = known_function(&line);
		frame = mk_frame(&mk, pc - own_bias() + BIAS, mk_elf_module(&mk, self, BIAS));
		load();
		look_up(directory);
		ck_assert_str_eq(function_of(frame, 1), "known_function");
		end();
	}
	cache_trim(directory, 0);
	ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

START_TEST(names_are_demangled)
{
	static const char *const pairs[][2] = {
		{ "_ZN3app4workEi", "app::work(int)" },
		{ "_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write" },
		{ "_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar" },
	};
	char *text;
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		text = demangle(pairs[i][0]);
		ck_assert_ptr_nonnull(text);
		ck_assert_str_eq(text, pairs[i][1]);
		free(text);
	}
	ck_assert_ptr_null(demangle("main"));
	ck_assert_ptr_null(demangle(""));
	ck_assert_ptr_null(demangle("_Z"));
}
END_TEST

UNIT_MAIN("symbolize", own_functions_are_found_with_what_is_inlined,
	  return_addresses_are_looked_up_one_before, another_build_is_never_used,
	  mangled_names_are_kept_beside_the_readable_ones, only_the_frames_wanted_are_looked_up,
	  a_missing_file_is_said, symbols_of_the_c_library_are_found, cache_keeps_answers,
	  a_second_report_asks_the_cache, names_are_demangled)
