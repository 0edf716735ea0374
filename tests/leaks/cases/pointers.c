/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What counts as a pointer: to the start, to the inside, past the end, disguised.
 *
 * "Blind spot" marks what no scan of aligned words can see; expected is what such a scan must say.
 */
#include "../leak.h"

#include <sys/epoll.h>

/* Its address does not appear: the root holds what the function made of it. */
static void keep_as(void *block, uintptr_t value)
{
	(void)block;
	root[0] = (void *)value;
}

static uintptr_t number_of(const void *block)
{
	uintptr_t value = (uintptr_t)block;

	KEEP(value);
	return value;
}

CASE(interior, "possible_a 1 100", "held by its middle")
{
	char *a = possible_a(100);

	root[0] = a + 16;
}

CASE(interior_last, "possible_a 1 100", "held by its last byte")
{
	char *a = possible_a(100);

	root[0] = a + 99;
}

CASE(interior_second, "possible_a 1 100", "held by its second byte")
{
	char *a = possible_a(100);

	root[0] = a + 1;
}

CASE(past_end, "definite_a 1 24", "held by the address behind it")
{
	char *a = definite_a(24);

	root[0] = a + 24;
}

CASE(before_start, "definite_a 1 64", "held by the address before it")
{
	char *a = definite_a(64);

	root[0] = a - 8;
}

CASE(past_end_touching, "definite_a 1 24, reachable_b 1 24",
     "the end of one, sixteen bytes before the "
     "next one's start")
{
	/* at least one of them is followed by a chunk's header and then by the next block */
	char *a = definite_a(24), *b = reachable_b(24);

	root[0] = a + 24;
	root[1] = b;
}

CASE(interior_large, "possible_a 1 3000000",
     "held by its middle, a block with a mapping of its own")
{
	char *a = possible_a(3000000);

	root[0] = a + 2000000;
}

CASE(kept_large, "reachable_a 1 3000000, reachable_b 1 24",
     "a block with a mapping of its own that holds "
     "another at its end")
{
	char *a = reachable_a(3000000);
	struct node **last = (struct node **)(a + 3000000 - 8);

	*last = NODE(reachable_b);
	root[0] = a;
}

CASE(lost_large, "definite_a 1 3000000, indirect_b 1 24", "the same, lost")
{
	char *a = definite_a(3000000);
	struct node **middle = (struct node **)(a + 1500000);

	*middle = NODE(indirect_b);
}

CASE(interior_in_kept, "reachable_a 1 24, possible_b 1 100", "a kept block holds another's middle")
{
	struct node *a = NODE(reachable_a);

	a->next = (struct node *)((char *)possible_b(100) + 32);
	root[0] = a;
}

CASE(interior_then_start, "possible_a 1 24, possible_b 4 96", "held by its middle, it holds a list")
{
	struct node *a = NODE(possible_a);

	a->next = list_of(possible_b, 4, NULL);
	root[0] = (char *)a + 8;
}

CASE(interior_twice, "possible_a 1 24, possible_b 1 24",
     "by its middle, and from there by the middle")
{
	struct node *a = NODE(possible_a), *b = NODE(possible_b);

	a->next = (struct node *)((char *)b + 8);
	root[0] = (char *)a + 8;
}

CASE(interior_in_lost, "definite_a 1 24, indirect_b 1 24", "a lost block holds another's middle")
{
	struct node *a = NODE(definite_a), *b = NODE(indirect_b);

	a->next = (struct node *)((char *)b + 8);
}

CASE(interior_and_start, "reachable_a 1 100", "held by its middle and by its start")
{
	char *a = reachable_a(100);

	root[0] = a + 16;
	root[1] = a;
	root[2] = a + 32;
}

CASE(start_after_interior, "possible_a 1 24, reachable_b 1 24, reachable_c 3 72",
     "a list first found by way of a middle, then from a kept block")
{
	struct node *by_middle = NODE(possible_a), *kept = NODE(reachable_b);

	by_middle->next = kept->next = list_of(reachable_c, 3, NULL);
	root[0] = (char *)by_middle + 8;
	root[1] = kept;
}

CASE(upgraded, "reachable_a 1 24, reachable_b 1 24, reachable_c 3 72",
     "a block held by its middle from a global, by its start from a kept block")
{
	struct node *kept = NODE(reachable_a), *b = NODE(reachable_b);

	b->next = list_of(reachable_c, 3, NULL);
	kept->next = b;
	root[0] = (char *)b + 8;
	root[1] = kept;
}

CASE(interior_cycle, "possible_a 3 72", "a ring held by a middle")
{
	struct node *head = list_of(possible_a, 3, NULL);

	head->next->next->next = head;
	root[0] = (char *)head + 8;
}

CASE(interior_to_lost_cycle, "cycle_a 2 48", "a lost ring that holds itself by middles")
{
	struct node *a = NODE(cycle_a), *b = NODE(cycle_a);

	a->next = (struct node *)((char *)b + 8);
	b->next = (struct node *)((char *)a + 8);
}

CASE(embedded_list, "possible_a 5 240", "a list linked through a member in the middle of each")
{
	char *last = NULL;

	for (int i = 0; i < 5; i++) {
		char *entry = possible_a(48);

		*(char **)(entry + 16) = last;
		last = entry + 16;
	}
	root[0] = last;
}

CASE(tagged_low, "possible_a 1 24", "a tag in the lowest bit makes it a middle")
{
	void *a = NODE(possible_a);

	keep_as(a, number_of(a) | 1);
}

CASE(tagged_high, "definite_a 1 24", "blind spot: a tag in the highest bits")
{
	void *a = NODE(definite_a);

	keep_as(a, number_of(a) | (uintptr_t)0xa5 << 56);
}

CASE(xored, "definite_a 1 24", "blind spot: combined with a key")
{
	void *a = NODE(definite_a);

	keep_as(a, number_of(a) ^ 0x5a5a5a5a5a5a5a5a);
}

CASE(xor_list, "definite_a 1 24, definite_b 1 24, definite_c 1 24",
     "blind spot: links that are two "
     "addresses combined")
{
	struct node *a = NODE(definite_a), *b = NODE(definite_b), *c = NODE(definite_c);

	a->value = number_of(b) ^ 0x1111111111111111;
	b->value = number_of(a) ^ number_of(c);
	c->value = number_of(b) ^ 0x2222222222222222;
	keep_as(a, ~number_of(a));
}

CASE(compressed, "definite_a 1 64", "blind spot: kept as a difference from a base")
{
	char *a = definite_a(64);

	keep_as(a, (number_of(a) - (uintptr_t)&root) >> 4);
}

CASE(in_parts, "definite_a 1 24", "blind spot: two parts in two words")
{
	uintptr_t a = number_of(NODE(definite_a));
	static volatile uintptr_t low, high;

	low = a & 0xffff;
	high = a >> 16;
	a = 0;
	KEEP(a);
}

struct __attribute__((packed)) packed {
	char c;
	void *p;
};

CASE(packed, "definite_a 1 24", "blind spot: an address at an odd place")
{
	static struct packed holder __attribute__((aligned(16)));

	holder.p = NODE(definite_a);
	HERE();
}

CASE(packed_by_four, "definite_a 1 24", "blind spot: an address at a multiple of four")
{
	static struct __attribute__((packed, aligned(16))) {
		int i;
		void *p;
	} holder;

	holder.p = NODE(definite_a);
	HERE();
}

CASE(packed_in_block, "reachable_a 1 40, definite_b 1 24", "blind spot: the same in a kept block")
{
	char *a = reachable_a(40);
	struct packed *holder = (struct packed *)(a + 8);

	holder->p = NODE(definite_b);
	root[0] = a;
}

CASE(in_union, "reachable_a 1 24", "an address in a union with a number")
{
	static volatile union {
		double d;
		void *p;
		char text[8];
	} holder;

	holder.p = NODE(reachable_a);
}

CASE(a_number, "reachable_a 1 24", "blind spot: a number that happens to be an address")
{
	static volatile uint64_t counter;

	counter = number_of(NODE(reachable_a));
}

CASE(in_the_kernel, "definite_a 1 24", "blind spot: only epoll knows it")
{
	struct epoll_event event = { .events = EPOLLIN };
	int fds[2], epoll;

	must(pipe(fds) == 0, "pipe");
	epoll = epoll_create1(0);
	must(epoll >= 0, "epoll_create1");
	event.data.ptr = NODE(definite_a);
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event) == 0, "epoll_ctl");
}

CASE(in_a_pipe, "definite_a 1 24", "blind spot: only a pipe holds it")
{
	static int fds[2];
	void *a = NODE(definite_a);

	must(pipe(fds) == 0, "pipe");
	must(write(fds[1], &a, sizeof(a)) == sizeof(a), "write");
}

CASE(zero_kept, "reachable_a 1 0", "no bytes, kept")
{
	root[0] = reachable_a(0);
}

CASE(zero_lost, "definite_a 1 0", "no bytes, lost")
{
	definite_a(0);
}

CASE(zero_next_to, "definite_a 1 0, reachable_b 1 24", "no bytes, lost, beside one that is kept")
{
	definite_a(0);
	root[0] = reachable_b(24);
}

APART static void *reachable_huge(size_t bytes)
{
	char *block = malloc(bytes);

	HERE();
	return block;
}

APART static void *definite_huge(size_t bytes)
{
	char *block = malloc(bytes);

	HERE();
	return block;
}

#define HUGE ((size_t)1536 << 20)

CASE(huge_lost, "definite_huge 1 1610612736", "a gigabyte and a half, never touched, lost")
{
	void *a = definite_huge(HUGE);

	wanted(a != NULL, "so much memory");
}

CASE(huge_kept, "reachable_huge 1 1610612736, reachable_b 1 24",
     "the same, kept, with an address in its "
     "middle")
{
	char *a = reachable_huge(HUGE);
	void **middle = (void **)(a + HUGE / 2);

	wanted(a != NULL, "so much memory");
	*middle = NODE(reachable_b);
	root[0] = a;
}
