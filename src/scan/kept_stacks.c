/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/kept_stacks.h"

#include "modules.h"
#include "scan/areas.h"
#include "scan/cuts.h"
#include "scan/job.h"

#define ITEMS_MOST	 100000u
#define DESCRIPTOR_BYTES 2304u	     /* of libc's struct pthread, at least */
#define ABOVE_MOST	 (64u << 10) /* between a descriptor and its stack's upper end */

struct item {
	uintptr_t next, previous;
};

/* Bytes that can be read from there on. */
static uintptr_t readable_bytes(uintptr_t at)
{
	const struct area *area = at & 7 ? NULL : areas_find(at);

	return area && area->flags & AREA_READ && area->flags & AREA_WRITE ? area->end - at : 0;
}

/* An item of a list: its neighbours know it. */
static const struct item *item_at(uintptr_t at)
{
	const struct item *item = (const struct item *)at, *next;

	if (readable_bytes(at) < sizeof(*item) || readable_bytes(item->next) < sizeof(*item))
		return NULL;
	next = (const struct item *)item->next;
	return next->previous == at ? item : NULL;
}

static bool is_in_linker(uintptr_t at)
{
	return at - modules_linker.start < modules_linker.bytes;
}

/* The head of the list that this thread is in, 0 when there is no such list. */
static uintptr_t head_of(uintptr_t at)
{
	const struct item *item = item_at(at);

	for (uint32_t i = 0; item && i < ITEMS_MOST; i++) {
		if (is_in_linker((uintptr_t)item))
			return (uintptr_t)item;
		item = item_at(item->next);
	}
	return 0;
}

/* The lists of used stacks, of those from users (the first thread's), and of kept ones. */
static uintptr_t head_of_kept(void)
{
	uintptr_t head = head_of(job.descriptor + job.tid_offset - sizeof(struct item));

	if (!head)
		return 0;
	return head + (job.is_first_thread ? 1 : 2) * sizeof(struct item);
}

/* Where the stack below a descriptor begins: the descriptor has its address and size. */
static uintptr_t low_end(uintptr_t descriptor)
{
	const uint64_t *word = (const uint64_t *)(descriptor + job.tid_offset / 8 * 8);
	const uint64_t *end = (const uint64_t *)(descriptor + DESCRIPTOR_BYTES) - 1;

	for (; word < end; word++) {
		uint64_t low = word[0], bytes = word[1];

		if (low & 4095 || bytes & 4095 || low >= descriptor || descriptor - low >= bytes)
			continue;
		if (low + bytes - descriptor <= ABOVE_MOST)
			return low;
	}
	return 0;
}

static bool is_descriptor(uintptr_t at)
{
	const uint64_t *word = (const uint64_t *)at;

	return readable_bytes(at) >= DESCRIPTOR_BYTES && word[0] == at && word[2] == at;
}

static bool is_ended(uintptr_t descriptor)
{
	return *(const int *)(descriptor + job.tid_offset) <= 0;
}

bool kept_stacks_cut(void)
{
	uintptr_t head, descriptor, low;
	const struct item *item;

	if (!job.tid_offset)
		return true;
	head = head_of_kept();
	item = head ? item_at(head) : NULL;
	for (uint32_t i = 0; item && item->next != head && i < ITEMS_MOST; i++) {
		item = item_at(item->next);
		if (!item)
			break;
		descriptor = (uintptr_t)item - (job.tid_offset - sizeof(*item));
		if (!is_descriptor(descriptor) || !is_ended(descriptor))
			break;
		low = low_end(descriptor);
		if (low && !cuts_add(low, descriptor))
			return false;
	}
	return true;
}
