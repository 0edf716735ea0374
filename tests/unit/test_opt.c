/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"
#include "base/opt.h"
#include "lib/unit.h"

static const char *const colours[] = { "red", "green", NULL };

static bool quiet, verbose;
static uint64_t depth, size_bytes;
static const char *output;
static int colour;
static struct opt_list files;
static struct err fault;
static int operands;
static char *words[16];

static void reset(void)
{
	quiet = verbose = false;
	depth = size_bytes = 7;
	output = NULL;
	colour = -1;
	memset(&files, 0, sizeof(files));
	memset(&fault, 0, sizeof(fault));
}

/* Parses the words of @line, parted by spaces. */
static int parse(const char *line, bool stop)
{
	static char text[256];
	const struct opt options[] = { OPT_FLAG("quiet", 'q', &quiet, "say nothing"),
				       OPT_FLAG("verbose", 'v', &verbose, "say more"),
				       OPT_NUMBER("depth", 'd', &depth, 1, 1024, "N", "how deep"),
				       OPT_SIZE("max-size", 0, &size_bytes, 1, 1ull << 40, "SIZE",
						"how large"),
				       OPT_STRING("output", 'o', &output, "FILE", "where"),
				       OPT_CHOICE("colour", 0, &colour, colours, "NAME", "which"),
				       OPT_LIST("file", 'f', &files, "FILE", "more"),
				       OPT_END };
	const struct opt_table table = {
		.command = "try",
		.synopsis = "[options]",
		.summary = "Tries.",
		.options = options,
		.operands_end_options = stop,
	};
	int count = 1;
	char *save, *word;

	reset();
	snprintf(text, sizeof(text), "%s", line);
	words[0] = (char *)"try";
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		words[count++] = word;
	words[count] = NULL;
	return opt_parse(&table, count, words, &operands, &fault);
}

#define REFUSED(line, words_of_it)                                                          \
	do {                                                                                \
		ck_assert_int_eq(parse(line, false), -EINVAL);                              \
		ck_assert_msg(strstr(fault.text, words_of_it), "%s: %s", line, fault.text); \
		ck_assert_msg(strstr(fault.text, "tidemark try --help"), "%s", fault.text); \
	} while (0)

START_TEST(long_names_and_letters)
{
	ck_assert_int_eq(parse("--quiet --depth 9 --output=x a b", false), 0);
	ck_assert(quiet && !verbose);
	ck_assert_uint_eq(depth, 9);
	ck_assert_str_eq(output, "x");
	ck_assert_int_eq(operands, 2);
	ck_assert_str_eq(words[1], "a");
	ck_assert_str_eq(words[2], "b");
	ck_assert_ptr_null(words[3]);
	ck_assert_int_eq(parse("-qvd12 -o y", false), 0);
	ck_assert(quiet && verbose);
	ck_assert_uint_eq(depth, 12);
	ck_assert_str_eq(output, "y");
}
END_TEST

START_TEST(names_may_be_shortened)
{
	ck_assert_int_eq(parse("--dep=3 --verb", false), 0);
	ck_assert_uint_eq(depth, 3);
	ck_assert(verbose);
}
END_TEST

START_TEST(flags_can_be_taken_back)
{
	ck_assert_int_eq(parse("--quiet --no-quiet", false), 0);
	ck_assert(!quiet);
	REFUSED("--no-depth", "--no-depth");
}
END_TEST

START_TEST(sizes)
{
	ck_assert_int_eq(parse("--max-size 64K", false), 0);
	ck_assert_uint_eq(size_bytes, 65536);
	ck_assert_int_eq(parse("--max-size 2MiB", false), 0);
	ck_assert_uint_eq(size_bytes, 2u << 20);
	ck_assert_int_eq(parse("--max-size 1g", false), 0);
	ck_assert_uint_eq(size_bytes, 1u << 30);
	REFUSED("--max-size 64X", "64X");
	REFUSED("--max-size -1", "-1");
	REFUSED("--max-size 99999999999999999999", "--max-size");
	REFUSED("--max-size 20000000T", "--max-size");
}
END_TEST

START_TEST(numbers_have_limits)
{
	REFUSED("--depth 0", "from 1 to 1024");
	REFUSED("--depth 1025", "from 1 to 1024");
	REFUSED("--depth ten", "'ten'");
	REFUSED("--depth 1K", "'1K'");
	REFUSED("--depth", "--depth needs its N");
}
END_TEST

START_TEST(choices)
{
	ck_assert_int_eq(parse("--colour green", false), 0);
	ck_assert_int_eq(colour, 1);
	REFUSED("--colour blue", "red, green, not 'blue'");
}
END_TEST

START_TEST(lists)
{
	ck_assert_int_eq(parse("-f a --file b", false), 0);
	ck_assert_uint_eq(files.count, 2);
	ck_assert_str_eq(files.items[0], "a");
	ck_assert_str_eq(files.items[1], "b");
}
END_TEST

START_TEST(unknown_options_get_advice)
{
	REFUSED("--quite", "did you mean --quiet?");
	REFUSED("--zebra", "no option --zebra");
	REFUSED("-x", "no option -x");
	REFUSED("--quiet=1", "takes no argument");
}
END_TEST

START_TEST(operands_end_options)
{
	ck_assert_int_eq(parse("-q prog -v --depth", true), 0);
	ck_assert(quiet && !verbose);
	ck_assert_int_eq(operands, 3);
	ck_assert_str_eq(words[1], "prog");
	ck_assert_str_eq(words[3], "--depth");
	ck_assert_int_eq(parse("a -- -q", false), 0);
	ck_assert(!quiet);
	ck_assert_int_eq(operands, 2);
	ck_assert_str_eq(words[2], "-q");
	ck_assert_int_eq(parse("-", false), 0);
	ck_assert_int_eq(operands, 1);
}
END_TEST

START_TEST(help_lists_every_option)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);
	const struct opt options[] = { OPT_CHOICE("colour", 0, &colour, colours, "NAME", "which"),
				       OPT_END };
	const struct opt_table table = { .command = "try",
					 .synopsis = "X",
					 .summary = "Tries.",
					 .options = options,
					 .epilogue = "Enough." };

	opt_help(&table, out);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, "Usage: tidemark try X\n\nTries.\n"));
	ck_assert_ptr_nonnull(strstr(text, "--colour NAME"));
	ck_assert_ptr_nonnull(strstr(text, "which: red, green\n"));
	ck_assert_ptr_nonnull(strstr(text, "-h, --help"));
	ck_assert_ptr_nonnull(strstr(text, "\nEnough.\n"));
	free(text);
	ck_assert_int_eq(parse("--help", false), OPT_HELP);
	ck_assert_int_eq(parse("-qh", false), OPT_HELP);
}
END_TEST

START_TEST(near_words)
{
	ck_assert_uint_eq(near_distance("", ""), 0);
	ck_assert_uint_eq(near_distance("report", "report"), 0);
	ck_assert_uint_eq(near_distance("reprot", "report"), 1);
	ck_assert_uint_eq(near_distance("abc", "xyz"), 3);
	ck_assert(near_enough("rnu", "run"));
	ck_assert(near_enough("rep", "report"));
	ck_assert(!near_enough("top", "run"));
}
END_TEST

UNIT_MAIN("opt", long_names_and_letters, names_may_be_shortened, flags_can_be_taken_back, sizes,
	  numbers_have_limits, choices, lists, unknown_options_get_advice, operands_end_options,
	  help_lists_every_option, near_words)
