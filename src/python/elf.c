/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/elf.h"

#include <elf.h>

struct tables {
	uintptr_t bias;
	const uint32_t *hash; /* DT_GNU_HASH: buckets, first symbol, bloom words, bloom shift */
	const ElfW(Sym) * symbols;
	const char *names;
};

/* ld.so relocates these in place, except in objects that it has not loaded itself. */
static const void *absolute(const struct link_map *object, uintptr_t at)
{
	return (const void *)(at < object->l_addr ? at + object->l_addr : at);
}

static bool read_tables(const struct link_map *object, struct tables *t)
{
	*t = (struct tables){ .bias = object->l_addr };
	if (!object->l_ld)
		return false;
	for (const ElfW(Dyn) *d = object->l_ld; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_GNU_HASH)
			t->hash = absolute(object, d->d_un.d_ptr);
		else if (d->d_tag == DT_SYMTAB)
			t->symbols = absolute(object, d->d_un.d_ptr);
		else if (d->d_tag == DT_STRTAB)
			t->names = absolute(object, d->d_un.d_ptr);
	}
	return t->hash && t->symbols && t->names;
}

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return hash;
}

static bool may_hold(const uint32_t *table, uint32_t hash)
{
	const uint64_t *bloom = (const uint64_t *)(table + 4);
	uint64_t word = bloom[hash / 64 & (table[2] - 1)];

	return word >> (hash & 63) & word >> (hash >> table[3] & 63) & 1;
}

struct python_symbol python_elf_find(const struct link_map *object, const char *name)
{
	const struct python_symbol none = { 0, 0 };
	uint32_t hash = hash_of(name), i;
	const uint32_t *buckets, *chain;
	struct tables t;

	if (!read_tables(object, &t) || !t.hash[0] || !t.hash[2] || !may_hold(t.hash, hash))
		return none;
	buckets = t.hash + 4 + 2 * (size_t)t.hash[2];
	chain = buckets + t.hash[0];
	i = buckets[hash % t.hash[0]];
	if (i < t.hash[1])
		return none;
	for (;; i++) {
		const ElfW(Sym) *s = &t.symbols[i];
		uint32_t word = chain[i - t.hash[1]];

		if ((word | 1) == (hash | 1) && s->st_shndx != SHN_UNDEF &&
		    sys_same(t.names + s->st_name, name))
			return (struct python_symbol){ t.bias + s->st_value, s->st_size };
		if (word & 1)
			return none;
	}
}
