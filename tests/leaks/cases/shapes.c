/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lost and kept blocks look like among themselves: chains, cycles, trees, and shared parts.
 */
#include "../leak.h"

CASE(lost, "definite_a 1 24", "one block whose address is gone")
{
	struct node *a = NODE(definite_a);

	a->value = 1;
}

CASE(none, "", "everything is freed")
{
	free(definite_a(24));
	free(reachable_a(2400));
}

CASE(kept, "reachable_a 1 24", "one block that a global holds")
{
	root[0] = NODE(reachable_a);
}

CASE(chain, "definite_a 1 24, indirect_b 1 24", "a lost block that holds another")
{
	struct node *a = NODE(definite_a);

	a->next = NODE(indirect_b);
}

CASE(chain_backwards, "definite_a 1 24, indirect_b 1 24", "the same, the held one made first")
{
	struct node *b = NODE(indirect_b), *a = NODE(definite_a);

	a->next = b;
}

CASE(chain_100, "definite_a 1 24, indirect_b 99 2376", "a lost list of a hundred")
{
	struct node *a = NODE(definite_a);

	a->next = list_of(indirect_b, 99, NULL);
}

CASE(chain_long, "definite_a 1 24, indirect_b 100000 2400000", "a lost list of a hundred thousand")
{
	struct node *a = NODE(definite_a);

	a->next = list_of(indirect_b, 100000, NULL);
}

CASE(kept_long, "reachable_a 100000 2400000", "a kept list of a hundred thousand")
{
	root[0] = list_of(reachable_a, 100000, NULL);
}

CASE(cycle_1, "definite_a 1 24", "a lost block that holds itself")
{
	struct node *a = NODE(definite_a);

	a->next = a;
}

static void ring(maker_fn make, int count, struct node **first)
{
	struct node *head = list_of(make, count, NULL), *last = head;

	while (last->next)
		last = last->next;
	last->next = head;
	*first = head;
}

CASE(cycle_2, "cycle_a 2 48", "a lost ring of two")
{
	struct node *head;

	ring(cycle_a, 2, &head);
}

CASE(cycle_3, "cycle_a 3 72", "a lost ring of three")
{
	struct node *head;

	ring(cycle_a, 3, &head);
}

CASE(cycle_1000, "cycle_a 1000 24000", "a lost ring of a thousand")
{
	struct node *head;

	ring(cycle_a, 1000, &head);
}

CASE(cycle_with_tail, "cycle_a 2 48, indirect_b 3 72", "a lost ring that holds a list")
{
	struct node *head;

	ring(cycle_a, 2, &head);
	head->other = list_of(indirect_b, 3, NULL);
}

CASE(cycle_after_tail, "cycle_a 2 48, indirect_b 3 72", "the same, the list made first")
{
	struct node *tail = list_of(indirect_b, 3, NULL), *head;

	ring(cycle_a, 2, &head);
	head->next->other = tail;
}

CASE(chain_into_cycle, "definite_a 1 24, indirect_b 3 72", "a lost block that holds a ring")
{
	struct node *a = NODE(definite_a), *head;

	ring(indirect_b, 3, &head);
	a->next = head;
}

CASE(chain_into_old_cycle, "definite_a 1 24, indirect_b 3 72",
     "the same, the ring made first, held "
     "by its middle")
{
	struct node *head, *a;

	ring(indirect_b, 3, &head);
	a = NODE(definite_a);
	a->next = head->next;
}

CASE(cycles_bridged, "cycle_a 2 48, indirect_b 2 48", "a lost ring that holds a ring")
{
	struct node *first, *second;

	ring(cycle_a, 2, &first);
	ring(indirect_b, 2, &second);
	first->other = second;
}

CASE(cycles_bridged_first, "cycle_a 2 48, indirect_b 2 48",
     "the same, the held ring made first, by "
     "its first")
{
	struct node *first, *second;

	ring(indirect_b, 2, &second);
	ring(cycle_a, 2, &first);
	first->other = second;
}

CASE(cycles_bridged_other, "cycle_a 2 48, indirect_b 2 48", "the same, by its other")
{
	struct node *first, *second;

	ring(indirect_b, 2, &second);
	ring(cycle_a, 2, &first);
	first->other = second->next;
}

CASE(cycles_apart, "cycle_a 2 48, cycle_b 2 48", "two lost rings")
{
	struct node *head;

	ring(cycle_a, 2, &head);
	ring(cycle_b, 2, &head);
}

CASE(cycle_kept, "reachable_a 3 72", "a ring that a global holds")
{
	struct node *head;

	ring(reachable_a, 3, &head);
	root[0] = head;
}

static struct node *tree(maker_fn make, int depth)
{
	struct node *top;

	if (!depth)
		return NULL;
	top = make(sizeof(*top));
	top->next = tree(make, depth - 1);
	top->other = tree(make, depth - 1);
	return top;
}

CASE(tree_lost, "definite_a 1 24, indirect_b 62 1488", "a lost binary tree")
{
	struct node *a = NODE(definite_a);

	a->next = tree(indirect_b, 5);
	a->other = tree(indirect_b, 5);
}

CASE(tree_kept, "reachable_a 63 1512", "a kept binary tree")
{
	root[0] = tree(reachable_a, 6);
}

CASE(tree_pruned, "reachable_a 32 768, definite_b 1 24, indirect_c 14 336",
     "a kept tree that forgot a branch")
{
	struct node *top = NODE(reachable_a), *branch = NODE(definite_b);

	top->next = tree(reachable_a, 5);
	branch->next = tree(indirect_c, 3);
	branch->other = tree(indirect_c, 3);
	root[0] = top;
}

CASE(diamond, "definite_a 1 24, indirect_b 3 72",
     "a lost block, two that it holds, one that both hold")
{
	struct node *a = NODE(definite_a);

	a->next = NODE(indirect_b);
	a->other = NODE(indirect_b);
	a->next->next = a->other->next = NODE(indirect_b);
}

CASE(shared_tail, "definite_a 2 48, indirect_b 4 96",
     "two lost blocks with one list: its bytes count once")
{
	struct node *tail = list_of(indirect_b, 4, NULL);
	struct node *first = NODE(definite_a), *second = NODE(definite_a);

	first->next = second->next = tail;
}

CASE(shared_with_kept, "definite_a 1 24, reachable_b 4 96", "a lost block that holds kept ones")
{
	struct node *a = NODE(definite_a);

	root[0] = a->next = list_of(reachable_b, 4, NULL);
}

CASE(cut_list, "reachable_a 5 120, definite_b 1 24, indirect_c 4 96", "a list cut in the middle")
{
	struct node *middle = NODE(definite_b);

	middle->next = list_of(indirect_c, 4, NULL);
	root[0] = list_of(reachable_a, 5, NULL);
}

static struct node *both_ways(maker_fn make, int count)
{
	struct node *head = list_of(make, count, NULL);

	for (struct node *n = head; n->next; n = n->next)
		n->next->other = n;
	return head;
}

CASE(both_ways_lost, "cycle_a 10 240", "a lost list linked both ways is one ring")
{
	both_ways(cycle_a, 10);
}

CASE(both_ways_headed, "definite_a 1 24, indirect_b 10 240", "the same with a head on the heap")
{
	struct node *head = NODE(definite_a);

	head->next = both_ways(indirect_b, 10);
}

CASE(both_ways_kept, "reachable_a 10 240", "the same, kept by its last")
{
	struct node *last = both_ways(reachable_a, 10);

	while (last->next)
		last = last->next;
	root[0] = last;
}

CASE(sentinel, "reachable_a 5 120", "a ring that begins and ends at a static head")
{
	static struct node head;
	struct node *last;

	head.next = last = both_ways(reachable_a, 5);
	last->other = &head;
	while (last->next)
		last = last->next;
	last->next = &head;
}

#define BUCKETS 64

static struct node **table(maker_fn make_table, maker_fn make, int count)
{
	struct node **buckets = make_table(BUCKETS * sizeof(*buckets));

	for (int i = 0; i < count; i++)
		buckets[i * 7 % BUCKETS] = list_of(make, 1, buckets[i * 7 % BUCKETS]);
	return buckets;
}

CASE(hash_kept, "reachable_a 1 512, reachable_b 1000 24000", "a hash table with a global head")
{
	root[0] = table(reachable_a, reachable_b, 1000);
}

CASE(hash_lost, "definite_a 1 512, indirect_b 1000 24000", "a lost hash table")
{
	table(definite_a, indirect_b, 1000);
}

CASE(wide, "definite_a 1 80000, indirect_b 10000 240000", "a lost array of ten thousand")
{
	struct node **array = definite_a(10000 * sizeof(*array));

	for (int i = 0; i < 10000; i++)
		array[i] = NODE(indirect_b);
}

CASE(mixed_sizes, "definite_a 200 1315000, reachable_b 200 1315000",
     "from eight bytes to thirteen thousand, lost and kept by turns")
{
	for (int i = 0; i < 200; i++) {
		size_t bytes = 8 + i * 66;
		void **block = reachable_b(bytes);

		memset(definite_a(bytes), 1, bytes);
		*block = root[0];
		root[0] = block;
	}
}
