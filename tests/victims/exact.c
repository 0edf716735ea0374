/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocates at random from forty-eight functions and keeps its own books: a log in static memory,
 * replayed at the end.  Prints the totals, and a line for each function:
 *   site_NN calls total live blocks at_peak temporaries histogram[8]
 * and own_NN for those that have one stack only: their own peak.
 */
#include "victim.h"

#include <malloc.h>

#define SITES  48
#define SLOTS  3000
#define EVENTS 400000

enum kind {
	MALLOC,
	CALLOC,
	REALLOC,
	REALLOCARRAY,
	MEMALIGN,
	POSIX_MEMALIGN,
	ALIGNED_ALLOC,
	REALLOC_NULL,
	KINDS
};

/* One allocation or free: what began at one site and what ended at another, both at once. */
struct event {
	uint32_t began_bytes;
	uint32_t ended_bytes;
	int8_t began;
	int8_t ended;
	uint8_t temporary;
};

struct slot {
	void *block;
	uint32_t bytes;
	int8_t site;
};

struct site {
	uint64_t calls;
	uint64_t total;
	int64_t live;
	int64_t blocks;
	int64_t at_peak;
	int64_t own_peak;
	uint64_t temporaries;
	uint64_t histogram[8];
};

static struct event log_of[EVENTS];
static struct slot slots[SLOTS];
static struct site sites[SITES];
static unsigned int events;
static int last_slot = -1; /* holds the newest allocation, if nothing was allocated since */

static void note(int began, uint32_t began_bytes, int ended, uint32_t ended_bytes, int temporary)
{
	log_of[events++] = (struct event){ began_bytes, ended_bytes, (int8_t)began, (int8_t)ended,
					   (uint8_t)temporary };
}

static inline __attribute__((always_inline)) void *allocate(enum kind kind, void *old, uint32_t n)
{
	void *block = NULL;

	switch (kind) {
	case MALLOC:
		return malloc(n);
	case CALLOC:
		return calloc(n / 8, 8);
	case REALLOC:
		return realloc(old, n);
	case REALLOCARRAY:
		return reallocarray(old, n / 8, 8);
	case MEMALIGN:
		return memalign(256, n);
	case POSIX_MEMALIGN:
		return posix_memalign(&block, 64, n) ? NULL : block;
	case ALIGNED_ALLOC:
		return aligned_alloc(32, n);
	default:
		return realloc(NULL, n);
	}
}

static inline __attribute__((always_inline)) void fill(int site, struct slot *slot, uint32_t n)
{
	enum kind kind = site % KINDS;
	int moves = kind == REALLOC || kind == REALLOCARRAY;
	struct slot old = *slot;
	void *block;

	block = allocate(kind, moves ? slot->block : NULL, n);
	KEEP(block);
	need(block != NULL, "allocation");
	note(site, n, moves && old.block ? old.site : -1, old.bytes, 0);
	*slot = (struct slot){ block, n, (int8_t)site };
	last_slot = (int)(slot - slots);
}

typedef void (*site_fn)(struct slot *slot, uint32_t n);

#define SITE(number)                                                   \
	APART static void site_##number(struct slot *slot, uint32_t n) \
	{                                                              \
		fill(1##number - 100, slot, n);                        \
	}
/* clang-format off */
SITE(00) SITE(01) SITE(02) SITE(03) SITE(04) SITE(05) SITE(06) SITE(07)
SITE(08) SITE(09) SITE(10) SITE(11) SITE(12) SITE(13) SITE(14) SITE(15)
SITE(16) SITE(17) SITE(18) SITE(19) SITE(20) SITE(21) SITE(22) SITE(23)
SITE(24) SITE(25) SITE(26) SITE(27) SITE(28) SITE(29) SITE(30) SITE(31)
SITE(32) SITE(33) SITE(34) SITE(35) SITE(36) SITE(37) SITE(38) SITE(39)
SITE(40) SITE(41) SITE(42) SITE(43) SITE(44) SITE(45) SITE(46) SITE(47)

#define TEN(t) site_##t##0, site_##t##1, site_##t##2, site_##t##3, site_##t##4, site_##t##5,       \
	       site_##t##6, site_##t##7, site_##t##8, site_##t##9
static const site_fn functions[SITES] = { TEN(0), TEN(1), TEN(2), TEN(3), site_40, site_41,
					  site_42, site_43, site_44, site_45, site_46, site_47 };
/* clang-format on */

APART static void descend(int depth, site_fn function, struct slot *slot, uint32_t n)
{
	if (depth > 0)
		descend(depth - 1, function, slot, n);
	else
		function(slot, n);
	HERE();
}

APART static void release(struct slot *slot)
{
	int temporary = slot - slots == last_slot;

	if (!slot->block)
		return;
	note(-1, 0, slot->site, slot->bytes, temporary);
	free(slot->block);
	*slot = (struct slot){ NULL, 0, 0 };
	if (temporary)
		last_slot = -1;
}

static uint32_t some_size(void)
{
	uint32_t n = 1u << any(any(50) ? 11 : 20);

	return ((n + any(n)) & ~7u) + 8;
}

/* Odd sites are reached by one stack only, even ones from many depths. */
static void step(unsigned int percent_full)
{
	struct slot *slot = &slots[any(SLOTS)];
	int site = (int)any(SITES);
	enum kind kind = site % KINDS;

	if (any(100) >= percent_full) {
		release(slot);
		return;
	}
	if (kind != REALLOC && kind != REALLOCARRAY)
		release(slot);
	descend(site % 2 ? 3 : (int)any(12), functions[site], slot, some_size());
	if (!any(5))
		release(slot);
}

/* A large block goes from site to site, and both its sizes never count at once. */
static void hand_over(void)
{
	static const int movers[] = { 2, 10, 18, 26, 34, 42 };

	release(&slots[0]);
	for (unsigned int i = 0; i < 60; i++)
		descend(3, functions[movers[i % COUNT_OF(movers)]], &slots[0],
			(900000 + any(i % 2 ? 200000 : 90000)) & ~7u);
	release(&slots[0]);
}

static int class_of(uint64_t bytes)
{
	int class = 0;

	while (class < 7 && bytes > 16ull << (3 * class))
		class ++;
	return class;
}

static void apply(const struct event *event)
{
	if (event->ended >= 0) {
		sites[event->ended].live -= event->ended_bytes;
		sites[event->ended].blocks--;
		sites[event->ended].temporaries += event->temporary;
	}
	if (event->began >= 0) {
		struct site *site = &sites[event->began];

		site->live += event->began_bytes;
		site->blocks++;
		site->calls++;
		site->total += event->began_bytes;
		site->histogram[class_of(event->began_bytes)]++;
		if (site->live > site->own_peak)
			site->own_peak = site->live;
	}
}

static unsigned int find_peak(int64_t *peak)
{
	unsigned int when = 0;
	int64_t live = 0;

	*peak = 0;
	for (unsigned int i = 0; i < events; i++) {
		live += log_of[i].began >= 0 ? log_of[i].began_bytes : 0;
		live -= log_of[i].ended >= 0 ? log_of[i].ended_bytes : 0;
		if (live > *peak) {
			*peak = live;
			when = i;
		}
	}
	return when;
}

static void print_site(int i)
{
	const struct site *site = &sites[i];
	const uint64_t *h = site->histogram;

	say("site_%02d %lu %lu %ld %ld %ld %lu [%lu,%lu,%lu,%lu,%lu,%lu,%lu,%lu]\n", i, site->calls,
	    site->total, site->live, site->blocks, site->at_peak, site->temporaries, h[0], h[1],
	    h[2], h[3], h[4], h[5], h[6], h[7]);
	if (i % 2)
		say("own_%02d %ld\n", i, site->own_peak);
}

static void print_all(void)
{
	struct site sum = { 0 };
	unsigned int when;
	int64_t peak;

	when = find_peak(&peak);
	for (unsigned int i = 0; i < events; i++) {
		apply(&log_of[i]);
		for (int s = 0; i == when && s < SITES; s++)
			sites[s].at_peak = sites[s].live;
	}
	for (int i = 0; i < SITES; i++) {
		print_site(i);
		sum.calls += sites[i].calls;
		sum.total += sites[i].total;
		sum.live += sites[i].live;
		sum.blocks += sites[i].blocks;
		sum.temporaries += sites[i].temporaries;
	}
	say("peak_bytes=%ld\nlive_bytes=%ld\nlive_blocks=%ld\ntotal_bytes=%lu\ncalls=%lu\n"
	    "temporaries=%lu\n",
	    peak, sum.live, sum.blocks, sum.total, sum.calls, sum.temporaries);
}

int main(int argc, char **argv)
{
	unsigned int steps = argc > 1 ? (unsigned int)atoi(argv[1]) : 120000;

	if (argc > 2)
		victim_seed ^= strtoull(argv[2], NULL, 10) << 20;
	/* a few tides, the highest in the middle */
	for (unsigned int i = 0; i < steps && events < EVENTS - 100; i++) {
		if (i % (steps / 8) == steps / 16)
			hand_over();
		step(i % (steps / 8) < steps / 16 ? 75 + (i / (steps / 8)) * 3 % 20 : 40);
	}
	print_all();
	return 0;
}
