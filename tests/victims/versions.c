/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two versions of one program, -DVERSION=1 and 2, which differ in what they hold and in what a
 * comparison must see through: lines, inlining, a name, a tail call, the depth of a recursion.
 * Prints, for each function that asks for memory: owner NAME calls total live
 */
#include "victim.h"

enum owner {
	STEADY,
	GROWS,
	SHRINKS,
	FOLDED,
	LOADED,
	TWICE,
	DIRECT,
	CLIMBS,
	CHURNS,
	ONLY_OLD,
	ONLY_NEW,
	OWNERS
};

static struct {
	long calls;
	long total;
	long live;
} books[OWNERS];

static void *volatile kept[1000];
static int kept_count;

static void note(enum owner owner, long bytes, int keeps)
{
	books[owner].calls++;
	books[owner].total += bytes;
	if (keeps)
		books[owner].live += bytes;
}

/* The one function that calls malloc for most of the others, as many programs have it. */
APART static void *take(enum owner owner, long bytes)
{
	void *block = malloc(bytes);

	note(owner, bytes, 1);
	kept[kept_count++] = block;
	return block;
}

#if VERSION == 1
#define IN_OLD(old, new) (old)
#define PREPARE		 APART static
#define loads_entries	 loads_items
#else
#define IN_OLD(old, new) (new)
#define PREPARE		 static inline __attribute__((always_inline))

/* New in this version, and in front of all that was there: every line below has another number. */
APART static void keeps_logs(void)
{
	for (int i = 0; i < 9; i++)
		take(ONLY_NEW, 4000);
	/* Now nothing points to them. */
	for (int i = 0; i < 9; i++)
		kept[--kept_count] = NULL;
}
#endif

APART static void steady(void)
{
	for (int i = 0; i < 3; i++)
		take(STEADY, 100);
	HERE();
}

APART static void grows(void)
{
	for (int i = 0; i < IN_OLD(2, 7); i++)
		take(GROWS, 1000);
	HERE();
}

APART static void shrinks(void)
{
	for (int i = 0; i < IN_OLD(5, 1); i++)
		take(SHRINKS, 2000);
	HERE();
}

PREPARE void prepares(long bytes)
{
	take(FOLDED, bytes);
	HERE();
}

APART static void folded(void)
{
	prepares(IN_OLD(600, 700));
	HERE();
}

APART static void loads_entries(void)
{
	for (int i = 0; i < IN_OLD(4, 6); i++)
		take(LOADED, 500);
	HERE();
}

APART static void twice(void)
{
	take(TWICE, 10);
	HERE();
	take(TWICE, IN_OLD(20000, 25000));
	HERE();
}

APART static void *direct(long bytes)
{
	void *block = malloc(bytes);

	note(DIRECT, bytes, 1);
	kept[kept_count++] = block;
	return block;
}

/* With optimisation a jump, and no frame. */
__attribute__((noinline, noclone)) static void *passes_on(long bytes)
{
	return direct(bytes + 1);
}

APART static void climbs(int depth)
{
	if (depth)
		climbs(depth - 1);
	else
		take(CLIMBS, IN_OLD(300, 350));
	HERE();
}

APART static void churns(void)
{
	for (int i = 0; i < IN_OLD(1000, 3000); i++) {
		void *block = malloc(64);

		note(CHURNS, 64, 0);
		KEEP(block);
		free(block);
	}
	HERE();
}

#if VERSION == 1
APART static void fills_cache(void)
{
	for (int i = 0; i < 8; i++)
		take(ONLY_OLD, 3000);
	HERE();
}
#endif

APART static void serve(void)
{
	churns();
#if VERSION == 1
	fills_cache();
#else
	keeps_logs();
#endif
	steady();
	grows();
	shrinks();
	folded();
	loads_entries();
	twice();
	passes_on(IN_OLD(900, 950));
	HERE();
	climbs(IN_OLD(3, 5));
	HERE();
}

int main(void)
{
	static const char *const names[OWNERS] = {
		"steady", "grows",  "shrinks", "folded",      "loads_entries", "twice",
		"direct", "climbs", "churns",  "fills_cache", "keeps_logs",
	};

	serve();
	for (int i = 0; i < OWNERS; i++)
		say("owner %s %ld %ld %ld\n", names[i], books[i].calls, books[i].total,
		    books[i].live);
	return 0;
}
