/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/pool.h"

#include "base/vec.h"

static uint64_t hash_text(const char *text, size_t *bytes)
{
	uint64_t hash = 0xcbf29ce484222325u;
	const char *at;

	for (at = text; *at; at++)
		hash = (hash ^ (unsigned char)*at) * 0x100000001b3u;
	*bytes = (size_t)(at - text);
	return hash ^ hash >> 29;
}

static void put(struct pool *p, uint64_t hash, uint32_t number)
{
	size_t at = hash & (p->slot_count - 1);

	while (p->slots[at])
		at = (at + 1) & (p->slot_count - 1);
	p->slots[at] = number;
}

static int grow_slots(struct pool *p)
{
	size_t count = p->slot_count ? p->slot_count * 2 : 256;
	uint32_t *old = p->slots;
	size_t old_count = p->slot_count;
	size_t bytes, i;

	if ((p->strings + 1) * 2 <= p->slot_count)
		return 0;
	p->slots = calloc(count, sizeof(*p->slots));
	if (!p->slots) {
		p->slots = old;
		return -ENOMEM;
	}
	p->slot_count = count;
	for (i = 0; i < old_count; i++)
		if (old[i])
			put(p, hash_text(p->data + old[i], &bytes), old[i]);
	free(old);
	return 0;
}

static int append(struct pool *p, const char *text, size_t bytes, uint32_t *number)
{
	int err;

	if (p->bytes + bytes + 2 > UINT32_MAX)
		return -EOVERFLOW;
	err = VEC_ROOM(p->data, p->room, p->bytes + bytes + 2);
	if (err)
		return err;
	if (!p->bytes)
		p->data[p->bytes++] = '\0';
	*number = (uint32_t)p->bytes;
	memcpy(p->data + p->bytes, text, bytes + 1);
	p->bytes += bytes + 1;
	return 0;
}

int pool_add(struct pool *p, const char *text, uint32_t *number)
{
	size_t bytes, at;
	uint64_t hash;
	int err;

	*number = 0;
	if (!text || !*text)
		return 0;
	err = grow_slots(p);
	if (err)
		return err;
	hash = hash_text(text, &bytes);
	for (at = hash & (p->slot_count - 1); p->slots[at]; at = (at + 1) & (p->slot_count - 1)) {
		if (!strcmp(p->data + p->slots[at], text)) {
			*number = p->slots[at];
			return 0;
		}
	}
	err = append(p, text, bytes, number);
	if (err)
		return err;
	p->slots[at] = *number;
	p->strings++;
	return 0;
}

const char *pool_text(const struct pool *p, uint32_t number)
{
	return number && number < p->bytes ? p->data + number : "";
}

void pool_free(struct pool *p)
{
	free(p->data);
	free(p->slots);
	*p = (struct pool){ 0 };
}
