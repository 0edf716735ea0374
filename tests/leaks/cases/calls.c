/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every way to get a block, and what the C library keeps for itself or for the program.
 */
#include "../leak.h"

#include <dirent.h>
#include <dlfcn.h>
#include <glob.h>
#include <grp.h>
#include <locale.h>
#include <malloc.h>
#include <netdb.h>
#include <pwd.h>
#include <regex.h>
#include <search.h>
#include <stdio.h>
#include <time.h>
#include <wchar.h>

#define ONE(name, expression)                 \
	APART static void *name(size_t bytes) \
	{                                     \
		void *block = expression;     \
                                              \
		must(block != NULL, #name);   \
		HERE();                       \
		return block;                 \
	}

static void *by_posix_memalign(size_t alignment, size_t bytes)
{
	void *block = NULL;

	must(posix_memalign(&block, alignment, bytes) == 0, "posix_memalign");
	return block;
}

/* clang-format off */
ONE(definite_calloc, calloc(bytes / 8, 8))
ONE(definite_realloc, realloc(malloc(8), bytes))
ONE(definite_reallocarray, reallocarray(NULL, bytes / 8, 8))
ONE(definite_memalign, memalign(256, bytes))
ONE(definite_aligned, aligned_alloc(64, bytes))
ONE(definite_posix, by_posix_memalign(4096, bytes))
ONE(definite_valloc, valloc(bytes))
ONE(definite_pvalloc, pvalloc(bytes))
ONE(reachable_calloc, calloc(bytes / 8, 8))
ONE(reachable_realloc, realloc(malloc(8), bytes))
ONE(reachable_reallocarray, reallocarray(NULL, bytes / 8, 8))
ONE(reachable_memalign, memalign(256, bytes))
ONE(reachable_aligned, aligned_alloc(64, bytes))
ONE(reachable_posix, by_posix_memalign(4096, bytes))
ONE(reachable_valloc, valloc(bytes))
/* clang-format on */

#define COPY(name, expression)              \
	APART static void name(void)        \
	{                                   \
		void *block = expression;   \
                                            \
		must(block != NULL, #name); \
	}

COPY(definite_dup, strdup("twenty-three characters"))
COPY(definite_ndup, strndup("twenty-three characters and more", 23))
COPY(definite_wide, wcsdup(L"five."))

CASE(family_lost,
     "definite_a 1 64, definite_calloc 1 64, definite_realloc 1 64, "
     "definite_reallocarray 1 64, definite_memalign 1 64, definite_aligned 1 64, "
     "definite_posix 1 64, definite_valloc 1 64",
     "one block of each function, lost")
{
	definite_a(64);
	definite_calloc(64);
	definite_realloc(64);
	definite_reallocarray(64);
	definite_memalign(64);
	definite_aligned(64);
	definite_posix(64);
	definite_valloc(64);
}

CASE(family_kept,
     "reachable_a 1 64, reachable_calloc 1 64, reachable_realloc 1 64, "
     "reachable_reallocarray 1 64, reachable_memalign 1 64, reachable_aligned 1 64, "
     "reachable_posix 1 64, reachable_valloc 1 64",
     "one block of each function, kept")
{
	root[0] = reachable_a(64);
	root[1] = reachable_calloc(64);
	root[2] = reachable_realloc(64);
	root[3] = reachable_reallocarray(64);
	root[4] = reachable_memalign(64);
	root[5] = reachable_aligned(64);
	root[6] = reachable_posix(64);
	root[7] = reachable_valloc(64);
}

CASE(whole_pages, "definite_pvalloc 1 *", "pvalloc: a page, whatever was asked for")
{
	definite_pvalloc(100);
}

CASE(copies, "definite_dup 1 24, definite_ndup 1 24, definite_wide 1 24", "strdup and its like")
{
	definite_dup();
	definite_ndup();
	definite_wide();
}

APART static void *definite_printed(void)
{
	char *text = NULL;

	must(asprintf(&text, "%0*d", 99, 5) == 99, "asprintf");
	return text;
}

CASE(printed, "definite_printed 1 *", "asprintf")
{
	definite_printed();
}

static FILE *short_input(void)
{
	static char text[] = "some line that is not very long\nanother\n";

	return fmemopen(text, sizeof(text) - 1, "r");
}

APART static void *definite_line(FILE *input)
{
	char *line = NULL;
	size_t room = 0;

	must(getline(&line, &room, input) > 0, "getline");
	return line;
}

CASE(line, "definite_line 1 120", "getline's buffer")
{
	FILE *input = short_input();

	definite_line(input);
	fclose(input);
}

APART static void *indirect_printed(const char *text)
{
	return strdup(text);
}

CASE(record, "definite_a 1 24, indirect_printed 2 12", "a lost record and its strings")
{
	struct node *a = NODE(definite_a);

	a->next = (struct node *)indirect_printed("first");
	a->other = (struct node *)indirect_printed("other");
}

static void *grown(void *block, size_t bytes)
{
	block = realloc(block, bytes);
	must(block != NULL, "realloc");
	return block;
}

APART static void *reachable_grown(void *block, size_t bytes)
{
	return grown(block, bytes);
}

APART static void *definite_grown(void *block, size_t bytes)
{
	return grown(block, bytes);
}

CASE(grown_kept, "reachable_grown 1 4000, reachable_b 50 1200", "an array grown step by step")
{
	void **array = NULL;

	for (int i = 0; i < 50; i++) {
		array = reachable_grown(array, 80 * (i + 1));
		array[10 * i] = NODE(reachable_b);
	}
	root[0] = array;
}

CASE(grown_lost, "definite_grown 1 4000, indirect_b 50 1200", "the same, lost")
{
	void **array = NULL;

	for (int i = 0; i < 50; i++) {
		array = definite_grown(array, 80 * (i + 1));
		for (int j = 1; j < 10; j++)
			array[10 * i + j] = NULL;
		array[10 * i] = NODE(indirect_b);
	}
}

CASE(shrunk, "reachable_grown 1 16, definite_b 1 24", "what lay behind the new end does not count")
{
	void **array = reachable_a(1000);

	array[100] = NODE(definite_b);
	root[0] = reachable_grown(array, 16);
}

CASE(realloc_to_nothing, "", "realloc to no bytes frees")
{
	void *block = definite_a(24);

	block = realloc(block, 0);
	root[0] = block;
}

APART static int reachable_variable(void)
{
	return setenv("LEAKS_OF_THE_ENVIRONMENT", "a value of some length", 1);
}

CASE(environment, "reachable_variable + *", "setenv: its strings and its array")
{
	reachable_variable();
}

APART static void reachable_put(void)
{
	putenv(strdup("LEAKS_OF_PUTENV=yes"));
}

CASE(environment_put, "reachable_put + *",
     "putenv: the program's string in the environment's array")
{
	reachable_put();
}

APART static FILE *reachable_file(void)
{
	FILE *file = fopen("/dev/null", "w");

	fprintf(file, "buffered");
	return file;
}

CASE(file_open, "reachable_file + *", "a forgotten FILE: the list of all files holds it")
{
	reachable_file();
}

APART static void *definite_directory(void)
{
	return opendir("/");
}

CASE(directory_open, "definite_directory 1 *", "a forgotten DIR: nobody holds it")
{
	definite_directory();
}

APART static FILE *reachable_stream(char **text, size_t *bytes)
{
	FILE *file = open_memstream(text, bytes);

	fprintf(file, "%05000d", 1);
	fflush(file);
	return file;
}

CASE(stream_open, "reachable_stream + *", "an open stream into memory")
{
	static char *text;
	static size_t bytes;

	root[0] = reachable_stream(&text, &bytes);
}

APART static void reachable_output(void)
{
	printf("to nobody\n");
}

CASE(output, "reachable_output * *", "the buffer of the standard output")
{
	must(freopen("/dev/null", "w", stdout) != NULL, "freopen");
	reachable_output();
}

static int by_value(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(uint64_t));
}

APART static void definite_sort(void)
{
	static uint64_t numbers[100000];

	for (size_t i = 0; i < 100000; i++)
		numbers[i] = i * 0x9e3779b97f4a7c15;
	qsort(numbers, 100000, sizeof(*numbers), by_value);
}

CASE(sorting, "", "qsort frees its own")
{
	definite_sort();
}

static int by_number(const void *a, const void *b)
{
	return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

APART static void *held_search(const void *key, void **top)
{
	return tsearch(key, top, by_number);
}

CASE(search_tree, "held_search 100 2400", "tsearch: its links are tagged in their lowest bit")
{
	static void *top;

	for (uintptr_t i = 1; i <= 100; i++)
		held_search((void *)(i * 7919 % 1009), &top);
}

APART static void reachable_table(void)
{
	ENTRY entry = { "key", NULL };

	must(hcreate(100) != 0 && hsearch(entry, ENTER) != NULL, "hcreate");
}

CASE(search_table, "reachable_table 1 *", "hcreate: the library's one table")
{
	reachable_table();
}

APART static void reachable_expression(regex_t *expression)
{
	must(regcomp(expression, "^(a|b)*c[d-f]+$", REG_EXTENDED) == 0, "regcomp");
}

CASE(expression_kept, "reachable_expression + *", "regcomp into a static variable")
{
	static regex_t expression;

	reachable_expression(&expression);
}

CASE(expression_freed, "", "regcomp, regexec and regfree")
{
	regex_t expression;

	must(regcomp(&expression, "^(a|b)*c[d-f]+$", REG_EXTENDED) == 0, "regcomp");
	must(regexec(&expression, "ababce", 0, NULL, 0) == 0, "regexec");
	regfree(&expression);
}

APART static locale_t reachable_locale(void)
{
	return newlocale(LC_ALL_MASK, "C.UTF-8", NULL);
}

CASE(locale_kept, "reachable_locale * *", "newlocale, and what setlocale loads")
{
	root[0] = reachable_locale();
	setlocale(LC_ALL, "C.UTF-8");
}

CASE(users, "", "getpwnam and getgrgid keep buffers of the library's own")
{
	getpwnam("root");
	getgrgid(0);
}

CASE(addresses, "", "getaddrinfo and freeaddrinfo, with the caches behind them")
{
	struct addrinfo *found = NULL, hints = { .ai_flags = AI_NUMERICHOST };

	must(getaddrinfo("127.0.0.1", "80", &hints, &found) == 0, "getaddrinfo");
	freeaddrinfo(found);
	if (getaddrinfo("localhost", NULL, NULL, &found) == 0)
		freeaddrinfo(found);
}

CASE(times, "", "localtime and strftime load a time zone")
{
	time_t now = 1000000000;
	char text[100];

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	must(strftime(text, sizeof(text), "%c", localtime(&now)) > 0, "strftime");
	unsetenv("TZ");
}

CASE(load_error, "", "dlerror's text is the library's own")
{
	must(dlopen("/nonexistent/library.so", RTLD_NOW) == NULL, "failing");
	must(dlerror() != NULL, "dlerror");
	must(dlsym(RTLD_DEFAULT, "no_such_symbol_anywhere") == NULL, "failing");
}

static void *fail_to_load(void *unused)
{
	must(dlopen("/nonexistent/library.so", RTLD_NOW) == NULL, "failing");
	settled();
	for (;;)
		pause();
	return unused;
}

static void fail_and_sleep(void)
{
	fail_to_load(NULL);
}

CASE(load_error_thread, "", "the same in a thread that sleeps with it")
{
	sleeper(fail_and_sleep);
}

CASE(globbing, "", "glob and globfree, scandir and its frees")
{
	struct dirent **names;
	glob_t found;
	int count;

	must(glob("/*", 0, NULL, &found) == 0, "glob");
	globfree(&found);
	count = scandir("/", &names, NULL, alphasort);
	must(count > 0, "scandir");
	while (count--)
		free(names[count]);
	free(names);
}

CASE(wide_output, "", "wide characters on a stream of the library's")
{
	must(freopen("/dev/null", "w", stdout) != NULL, "freopen");
	fwprintf(stdout, L"wide %d\n", 5);
}

CASE(thread_fork_handlers, "", "pthread_atfork and pthread_key_create with tables of the library's")
{
	pthread_key_t key;

	for (int i = 0; i < 100; i++)
		pthread_atfork(NULL, NULL, NULL);
	for (int i = 0; i < 100; i++)
		pthread_key_create(&key, NULL);
	pthread_setspecific(key, "");
}
