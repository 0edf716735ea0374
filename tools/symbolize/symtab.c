/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/symtab.h"

#include <string.h>

#include "base/vec.h"

/* Of malloc and __libc_malloc at one address people know the first. */
static unsigned rank(const GElf_Sym *symbol, const char *name)
{
	unsigned underscores = (unsigned)strspn(name, "_");
	unsigned local = GELF_ST_BIND(symbol->st_info) == STB_LOCAL;
	unsigned sizeless = !symbol->st_size;

	/* Mangled names begin with one. */
	if (!strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2))
		underscores = 0;
	return sizeless << 16 | (underscores > 255 ? 255 : underscores) << 8 | local;
}

static int compare(const void *one, const void *two)
{
	const struct symtab_symbol *a = one, *b = two;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return strcmp(a->name, b->name);
}

static bool is_wanted(const GElf_Sym *symbol, GElf_Word section, enum symtab_kind kind)
{
	int type = GELF_ST_TYPE(symbol->st_info);

	if (section == SHN_UNDEF || section == SHN_ABS)
		return false;
	if (kind == SYMTAB_VARIABLES)
		return type == STT_OBJECT && symbol->st_size;
	return type == STT_FUNC || type == STT_GNU_IFUNC;
}

static void drop_aliases(struct symtab *t)
{
	size_t from, to = 0;

	for (from = 0; from < t->count; from++)
		if (!to || t->list[to - 1].address != t->list[from].address)
			t->list[to++] = t->list[from];
	t->count = to;
}

int symtab_load(struct symtab *t, Dwfl_Module *module, enum symtab_kind kind)
{
	int count = dwfl_module_getsymtab(module), i, err;
	GElf_Sym symbol;
	GElf_Addr address;
	GElf_Word section;
	const char *name;

	*t = (struct symtab){ 0 };
	for (i = 1; i < count; i++) {
		name = dwfl_module_getsym_info(module, i, &symbol, &address, &section, NULL, NULL);
		if (!name || !*name || !is_wanted(&symbol, section, kind))
			continue;
		err = VEC_ROOM(t->list, t->room, t->count + 1);
		if (err)
			return err;
		t->list[t->count++] = (struct symtab_symbol){ address, symbol.st_size, name,
							      rank(&symbol, name) };
	}
	if (t->count)
		qsort(t->list, t->count, sizeof(*t->list), compare);
	drop_aliases(t);
	return 0;
}

static bool covers(const struct symtab *t, size_t at, uint64_t address)
{
	const struct symtab_symbol *s = &t->list[at];

	if (s->bytes)
		return address - s->address < s->bytes;
	/* Hand-written code has no size: it goes on to the next symbol, but not for ever. */
	return at + 1 < t->count && address < t->list[at + 1].address &&
	       address - s->address < 4096;
}

const struct symtab_symbol *symtab_find(const struct symtab *t, uint64_t address)
{
	size_t low = 0, high = t->count, middle, tries;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (t->list[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	/* A small symbol may lie inside a large one. */
	for (tries = 0; low && tries < 8; tries++)
		if (covers(t, --low, address))
			return &t->list[low];
	return NULL;
}

void symtab_free(struct symtab *t)
{
	free(t->list);
	*t = (struct symtab){ 0 };
}
