/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Holds blocks that point to one another, for a leak scan to sort.
 *
 *   graph SHAPE MIB [lost|serve]
 *
 *   random100         100 bytes, four pointers each, all to blocks at random
 *   objects           24 to 120 bytes, 53 on average, as an interpreter's objects: a pointer to one
 *                     of a few types, others to what was made just before, one in eight far away
 *   random500         500 bytes, eight pointers, at random
 *   pages             4 KiB, sixteen pointers, at random
 *
 * All blocks hang from one variable; with "lost" from nothing.  Prints "BLOCKS BYTES".  With
 * "serve" it then allocates a little again and again until its input ends.
 */
#define _GNU_SOURCE
#include "stacks.h"
#include "touched.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TYPES  20
#define RECENT 64

struct shape {
	const char *name;
	uint32_t least, most; /* bytes of a block */
	uint32_t pointers;
	bool near;
};

static const struct shape shapes[] = {
	{ "random100", 100, 100, 4, false },
	{ "objects", 24, 120, 0, true },
	{ "random500", 500, 500, 8, false },
	{ "pages", 4096, 4096, 16, false },
};

static uintptr_t *volatile root;

static const struct shape *shape_of(const char *name)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (!strcmp(shapes[i].name, name))
			return &shapes[i];
	exit(2);
}

/* Mostly small: the lesser of two throws. */
static size_t any_size(const struct shape *shape, struct dice *dice)
{
	uint32_t words = (shape->most - shape->least) / 8 + 1;
	uint32_t a = (throw_dice(dice) >> 32) % words, b = (throw_dice(dice) >> 32) % words;

	return shape->least + 8 * (size_t)(a < b ? a : b);
}

static uint64_t below(struct dice *dice, uint64_t limit)
{
	return (throw_dice(dice) >> 16) % limit;
}

/* As an interpreter's: a count, a type, then what it holds. */
static void fill_near(uintptr_t **blocks, uint64_t i, size_t words, struct dice *dice)
{
	blocks[i][0] = 1;
	blocks[i][1] = (uintptr_t)blocks[below(dice, TYPES)];
	for (size_t w = 3; w < words; w++) {
		uint64_t back = 1 + below(dice, below(dice, 8) ? RECENT : i + 1);

		blocks[i][w] = (uintptr_t)blocks[back > i ? 0 : i - back];
	}
	blocks[i][2] = i ? (uintptr_t)blocks[i - 1] : 0;
}

static void fill_random(uintptr_t **blocks, uint64_t count, uint64_t i, uint32_t pointers,
			struct dice *dice)
{
	for (uint32_t w = 1; w < pointers; w++)
		blocks[i][w] = (uintptr_t)blocks[below(dice, count)];
}

/* One ring through all blocks, in no order. */
static void tie(uintptr_t **blocks, uint64_t count, struct dice *dice)
{
	for (uint64_t i = count - 1; i > 0; i--) {
		uint64_t other = below(dice, i + 1);
		uintptr_t *moved = blocks[i];

		blocks[i] = blocks[other];
		blocks[other] = moved;
	}
	for (uint64_t i = 0; i < count; i++)
		blocks[i][0] = (uintptr_t)blocks[(i + 1) % count];
}

static void serve(void)
{
	const struct timespec pause = { 0, 1000000 };
	char c;

	if (fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK))
		exit(1);
	while (read(STDIN_FILENO, &c, 1) < 0) {
		free(malloc(100));
		nanosleep(&pause, NULL);
	}
}

int main(int argc, char **argv)
{
	const struct shape *shape = shape_of(argc > 2 ? argv[1] : "");
	uint64_t wanted = strtoull(argv[2], NULL, 10) << 20, bytes = 0, count = 0;
	size_t room = (wanted / shape->least + 1) * sizeof(uintptr_t *);
	uintptr_t **blocks = touched(room);
	struct dice dice = { mix(1) };

	for (; bytes < wanted; count++) {
		size_t size = any_size(shape, &dice);

		blocks[count] = allocate(10, 0, size);
		memset(blocks[count], 0, size);
		bytes += size;
		if (shape->near)
			fill_near(blocks, count, size / 8, &dice);
	}
	for (uint64_t i = 0; !shape->near && i < count; i++)
		fill_random(blocks, count, i, shape->pointers, &dice);
	if (!shape->near)
		tie(blocks, count, &dice);
	if (argc < 4 || strcmp(argv[3], "lost"))
		root = blocks[count - 1];
	munmap(blocks, room);
	printf("%llu %llu\n", (unsigned long long)count, (unsigned long long)bytes);
	fflush(stdout);
	if (argc > 3 && !strcmp(argv[3], "serve"))
		serve();
	return 0;
}
