/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <tidemark/profile.h>
#include <unistd.h>

#include "sys.h"

struct config config;

const char *config_variable(const char *name)
{
	size_t length = sys_length(name);

	for (char **e = environ; e && *e; e++) {
		size_t i = 0;

		while (i < length && (*e)[i] == name[i])
			i++;
		if (i == length && (*e)[i] == '=')
			return *e + i + 1;
	}
	return NULL;
}

static uint64_t number(const char **text)
{
	uint64_t n = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++)
		n = n * 10 + (uint64_t)(**text - '0');
	return n;
}

uint64_t config_size(const char *text)
{
	uint64_t n = number(&text);

	switch (*text) {
	case 'G':
	case 'g':
		n <<= 10; /* fall through */
	case 'M':
	case 'm':
		n <<= 10; /* fall through */
	case 'K':
	case 'k':
		n <<= 10;
	}
	return n;
}

static uint64_t read_size(const char *name, uint64_t otherwise)
{
	const char *value = config_variable(name);
	uint64_t bytes = value ? config_size(value) : 0;

	return bytes ? bytes : otherwise;
}

static uint32_t read_number(const char *name, uint32_t otherwise)
{
	const char *value = config_variable(name);

	return value && *value >= '0' && *value <= '9' ? (uint32_t)number(&value) : otherwise;
}

/* "1.5" as microseconds. */
static uint64_t read_seconds(const char *name)
{
	const char *value = config_variable(name);
	uint64_t us = value ? number(&value) * 1000000 : 0, digit = 100000;

	if (value && *value == '.')
		for (value++; *value >= '0' && *value <= '9'; value++, digit /= 10)
			us += (uint64_t)(*value - '0') * digit;
	return us;
}

/* The program may change its directory before a child needs the name. */
static void read_output(void)
{
	const char *pattern = config_variable(TIDE_ENV_OUTPUT);
	struct sys_text text = { config.output, 0, sizeof(config.output) };

	if (!pattern || !*pattern)
		pattern = TIDE_OUTPUT_DEFAULT;
	if (*pattern != '/') {
		long n = sys_call(SYS_getcwd, (long)config.output, sizeof(config.output), 0, 0, 0,
				  0);

		text.used = n > 0 ? (size_t)n - 1 : 0;
		sys_put(&text, "/");
	}
	sys_put(&text, pattern);
}

static uint8_t read_python_stacks(void)
{
	static const char *const words[] = { "python", "merged", "leaf", "no" };
	const char *value = config_variable(TIDE_ENV_PYTHON_STACKS);

	for (unsigned i = 0; value && i < sizeof(words) / sizeof(words[0]); i++)
		if (sys_same(value, words[i]))
			return (uint8_t)i;
	return CONFIG_PYTHON;
}

/* A sample is to cost next to nothing, and small objects are hardly ever in it. */
static bool read_python_objects(void)
{
	const char *value = config_variable(TIDE_ENV_PYTHON_OBJECTS);

	return value ? sys_same(value, "yes") : !config.sample_bytes;
}

void config_read(void)
{
	read_output();
	config.depth = read_number(TIDE_ENV_DEPTH, TIDE_DEPTH_DEFAULT);
	if (config.depth < 1 || config.depth > TIDE_DEPTH_MOST)
		config.depth = TIDE_DEPTH_DEFAULT;
	config.file_max_bytes = read_size(TIDE_ENV_MAX_SIZE, TIDE_FILE_MAX_BYTES);
	config.sample_bytes = read_size(TIDE_ENV_SAMPLE, 0);
	config.start_after_us = read_seconds(TIDE_ENV_START_AFTER);
	config.verify = read_number(TIDE_ENV_VERIFY, 0);
	config.python_stacks = read_python_stacks();
	config.python_objects = read_python_objects();
	config.leaks = read_number(TIDE_ENV_LEAKS, 1) != 0;
	config.leaks_holders = read_number(TIDE_ENV_LEAKS_HOLDERS, 0) != 0;
	config.leaks_time_s = read_number(TIDE_ENV_LEAKS_TIME, TIDE_LEAKS_TIME_DEFAULT);
	config.children = read_number(TIDE_ENV_CHILDREN, 1) != 0;
	config.mmap = read_number(TIDE_ENV_MMAP, 0) != 0;
	config.frame_pointers = read_number(TIDE_ENV_FRAME_POINTERS, 0) != 0;
}
