/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <elfutils/libdwfl.h>

#include "base/buf.h"
#include "symbolize/demangle.h"
#include "symbolize/dwarf.h"
#include "symbolize/symtab.h"

/* libdw never gives line tables back, so beyond this it is closed and opened again. */
#define HELD_BYTES_MOST (24u << 20)
#define REOPENED_MOST	100

/* Mangled name or function -> numbers of its names; libdw's memory does not move. */
struct spelling {
	const void *key;
	uint32_t number;  /* the readable one */
	uint32_t linkage; /* the mangled one, 0 = none */
};

struct dwfl_handle {
	const struct symbolize_target *target;
	Dwfl_Callbacks callbacks;
	char *debug_directories;
	char *file; /* what is open: the module or, without one, its debug file */
	Dwfl *dwfl;
	Dwfl_Module *module;
	Dwarf_Addr dwarf_bias;
	struct dwarf_index index;
	bool has_dwarf;
	bool has_symtab;
	struct symtab symtab;
	bool has_variables;
	struct symtab variables;
	struct spelling *spellings;
	size_t spelling_count; /* a power of two */
	size_t spellings_used;
	unsigned reopened; /* times */
};

static int find_no_elf(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
		       char **path, Elf **elf)
{
	(void)module, (void)user, (void)name, (void)base, (void)path, (void)elf;
	return -1;
}

static void shut(struct dwfl_handle *h)
{
	dwarf_index_close(&h->index);
	symtab_free(&h->symtab);
	symtab_free(&h->variables);
	free(h->spellings);
	h->spellings = NULL;
	h->spelling_count = h->spellings_used = 0;
	h->has_dwarf = h->has_symtab = h->has_variables = false;
	dwfl_end(h->dwfl);
	h->dwfl = NULL;
}

static int check_build_id(const struct dwfl_handle *h)
{
	const struct symbolize_target *t = h->target;
	const unsigned char *bits;
	GElf_Addr address;
	int bytes;

	if (!t->build_id_bytes)
		return 0;
	bytes = dwfl_module_build_id(h->module, &bits, &address);
	if (bytes != (int)t->build_id_bytes || memcmp(bits, t->build_id, t->build_id_bytes))
		return -ESTALE;
	return 0;
}

static int begin(struct dwfl_handle *h)
{
	Dwarf *dwarf;
	int err;

	h->dwfl = dwfl_begin(&h->callbacks);
	if (!h->dwfl)
		return -ENOMEM;
	h->module = dwfl_report_elf(h->dwfl, "module", h->file, -1, 0, true);
	dwfl_report_end(h->dwfl, NULL, NULL);
	err = h->module ? check_build_id(h) : -ENOEXEC;
	if (err)
		return err;
	dwarf = dwfl_module_getdwarf(h->module, &h->dwarf_bias);
	if (!dwarf)
		return 0;
	h->has_dwarf = true;
	return dwarf_index_open(&h->index, dwarf);
}

/* DIR/.build-id/ab/cdef….debug */
static void debug_file_name(const struct symbolize_target *t, const char *directory, size_t bytes,
			    struct buf *name)
{
	uint32_t i;

	buf_reset(name);
	buf_add(name, directory, bytes);
	buf_printf(name, "/.build-id/%02x/", t->build_id[0]);
	for (i = 1; i < t->build_id_bytes; i++)
		buf_printf(name, "%02x", t->build_id[i]);
	buf_puts(name, ".debug");
}

/* A program that is gone may have left its debug file. */
static int find_debug_file(struct dwfl_handle *h)
{
	const char *at = h->target->debug_directories;
	struct buf name = { 0 };
	size_t bytes;

	if (h->target->build_id_bytes < 2)
		return -ENOENT;
	for (; *at; at += bytes + (at[bytes] == ':')) {
		bytes = strcspn(at, ":");
		debug_file_name(h->target, at, bytes, &name);
		if (name.failed)
			break;
		if (bytes && !access(name.data, R_OK)) {
			free(h->file);
			h->file = name.data;
			return 0;
		}
	}
	buf_free(&name);
	return -ENOENT;
}

static int begin_any(struct dwfl_handle *h)
{
	int err = access(h->file, R_OK) ? -ENOENT : begin(h);

	if (!err || err == -ENOMEM || find_debug_file(h))
		return err;
	if (h->dwfl)
		shut(h);
	return begin(h);
}

static void dwfl_close(void *handle)
{
	struct dwfl_handle *h = handle;

	shut(h);
	free(h->file);
	free(h->debug_directories);
	free(h);
}

static int dwfl_open(const struct symbolize_target *target, void **handle)
{
	struct dwfl_handle *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	h->target = target;
	h->file = strdup(target->path);
	/* Beside the file, in .debug there, then in the directories. */
	if (asprintf(&h->debug_directories, ":.debug:%s", target->debug_directories) < 0)
		h->debug_directories = NULL;
	h->callbacks.find_elf = find_no_elf;
	h->callbacks.find_debuginfo = dwfl_standard_find_debuginfo;
	h->callbacks.section_address = dwfl_offline_section_address;
	h->callbacks.debuginfo_path = &h->debug_directories;
	err = h->file && h->debug_directories ? begin_any(h) : -ENOMEM;
	if (err)
		dwfl_close(h);
	else
		*handle = h;
	return err;
}

static bool dwfl_has_lines(void *handle)
{
	return ((struct dwfl_handle *)handle)->has_dwarf;
}

static size_t spelling_slot(const struct spelling *list, size_t count, const void *key)
{
	size_t at = ((uintptr_t)key * 0x9e3779b97f4a7c15u >> 20) & (count - 1);

	while (list[at].key && list[at].key != key)
		at = (at + 1) & (count - 1);
	return at;
}

static int grow_spellings(struct dwfl_handle *h)
{
	size_t count = h->spelling_count ? h->spelling_count * 2 : 1024, i;
	struct spelling *list;

	if ((h->spellings_used + 1) * 2 <= h->spelling_count)
		return 0;
	list = calloc(count, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (i = 0; i < h->spelling_count; i++)
		if (h->spellings[i].key)
			list[spelling_slot(list, count, h->spellings[i].key)] = h->spellings[i];
	free(h->spellings);
	h->spellings = list;
	h->spelling_count = count;
	return 0;
}

/* The slot that keeps what is found under this address in libdw's memory. */
static int find_spelling(struct dwfl_handle *h, const void *key, struct spelling **slot)
{
	int err = grow_spellings(h);

	if (!err)
		*slot = &h->spellings[spelling_slot(h->spellings, h->spelling_count, key)];
	return err;
}

static int keep_spelling(struct dwfl_handle *h, struct spelling *slot, const void *key,
			 const char *text, struct pool *pool)
{
	int err = pool_add(pool, text, &slot->number);

	if (err)
		return err;
	slot->key = key;
	h->spellings_used++;
	return 0;
}

/* Debug files name symbols with their version: "pthread_create@@GLIBC_2.34". */
static int keep_symbol(struct dwfl_handle *h, struct spelling *slot, const char *symbol,
		       struct pool *pool)
{
	char *readable = demangle(symbol), *plain;
	int err;

	if (readable) {
		err = pool_add(pool, symbol, &slot->linkage);
		if (!err)
			err = keep_spelling(h, slot, symbol, readable, pool);
		free(readable);
		return err;
	}
	if (!strchr(symbol, '@'))
		return keep_spelling(h, slot, symbol, symbol, pool);
	plain = strndup(symbol, strcspn(symbol, "@"));
	err = plain ? keep_spelling(h, slot, symbol, plain, pool) : -ENOMEM;
	free(plain);
	return err;
}

/* Demangling is the dearest step, and one function has many addresses. */
static int spell(struct dwfl_handle *h, const char *symbol, struct pool *pool,
		 struct answer_line *line)
{
	struct spelling *slot;
	int err;

	if (!symbol)
		return 0;
	err = find_spelling(h, symbol, &slot);
	if (!err && !slot->key)
		err = keep_symbol(h, slot, symbol, pool);
	if (!err) {
		line->function = slot->number;
		line->linkage = slot->linkage;
	}
	return err;
}

static int spell_place(struct dwfl_handle *h, const struct dwarf_place *place, struct pool *pool,
		       struct answer_line *line)
{
	struct spelling *slot;
	struct buf name = { 0 };
	int err;

	if (place->linkage)
		return spell(h, place->linkage, pool, line);
	err = find_spelling(h, place->function.addr, &slot);
	if (err)
		return err;
	if (!slot->key) {
		dwarf_full_name(place, &name);
		err = name.failed ? -ENOMEM
				  : keep_spelling(h, slot, place->function.addr, name.data, pool);
		buf_free(&name);
	}
	if (!err)
		line->function = slot->number;
	return err;
}

static int symbol_name(struct dwfl_handle *h, uint64_t address, struct pool *pool,
		       struct answer_line *line)
{
	const struct symtab_symbol *symbol;
	int err;

	if (!h->has_symtab) {
		h->has_symtab = true;
		err = symtab_load(&h->symtab, h->module, SYMTAB_FUNCTIONS);
		if (err)
			return err;
	}
	symbol = symtab_find(&h->symtab, address);
	return spell(h, symbol ? symbol->name : NULL, pool, line);
}

/* glibc calls itself by names nobody knows: __pthread_create_2_1 is pthread_create to its users. */
static bool is_internal(const struct dwarf_place *place)
{
	return !place->linkage && place->name && !strncmp(place->name, "__", 2);
}

static int place_name(struct dwfl_handle *h, const struct dwarf_place *place, uint64_t address,
		      struct pool *pool, struct answer_line *line)
{
	bool named = place->linkage || place->name;
	int err;

	if (!named || (!line->inlined && is_internal(place))) {
		err = symbol_name(h, address, pool, line);
		if (err || line->function || !named)
			return err;
	}
	return spell_place(h, place, pool, line);
}

static int add_place(struct dwfl_handle *h, const struct dwarf_place *place, uint64_t address,
		     bool inlined, struct answers *answers)
{
	struct answer_line line = { .line = place->file ? place->line : 0, .inlined = inlined };
	struct buf path = { 0 };
	int err;

	err = place_name(h, place, address, &answers->pool, &line);
	if (!err && place->file && *place->file != '/' && place->directory)
		buf_printf(&path, "%s/%s", place->directory, place->file);
	if (!err)
		err = path.failed
			      ? -ENOMEM
			      : answers_line(answers, &line, path.data ? path.data : place->file);
	buf_free(&path);
	return err;
}

/* Only on the way to another unit, and not for ever: one unit alone may be larger. */
static int reopen_when_full(struct dwfl_handle *h, uint64_t address)
{
	if (h->index.held_bytes < HELD_BYTES_MOST || h->reopened >= REOPENED_MOST ||
	    dwarf_index_has(&h->index, address - h->dwarf_bias))
		return 0;
	h->reopened++;
	shut(h);
	return begin(h);
}

static int add_symbol(struct dwfl_handle *h, uint64_t address, struct answers *answers)
{
	struct answer_line line = { 0 };
	int err = symbol_name(h, address, &answers->pool, &line);

	if (err || !line.function)
		return err;
	return answers_line(answers, &line, NULL);
}

static int dwfl_lookup(void *handle, uint64_t address, struct answers *answers)
{
	struct dwfl_handle *h = handle;
	struct dwarf_places places;
	size_t i;
	int err;

	places.count = 0;
	err = reopen_when_full(h, address);
	if (!err)
		err = answers_add(answers, address);
	if (!err && h->has_dwarf)
		err = dwarf_index_find(&h->index, address - h->dwarf_bias, &places);
	for (i = 0; i < places.count && !err; i++)
		err = add_place(h, &places.list[i], address, i + 1 < places.count, answers);
	if (!err && !places.count)
		err = add_symbol(h, address, answers);
	return err;
}

static int dwfl_variable(void *handle, uint64_t address, struct pool *pool,
			 struct names_variable *variable)
{
	const struct symtab_symbol *symbol;
	struct answer_line line = { 0 };
	struct dwfl_handle *h = handle;
	int err;

	if (!h->has_variables) {
		h->has_variables = true;
		err = symtab_load(&h->variables, h->module, SYMTAB_VARIABLES);
		if (err)
			return err;
	}
	symbol = symtab_find(&h->variables, address);
	err = symbol ? spell(h, symbol->name, pool, &line) : 0;
	if (!err && symbol)
		*variable = (struct names_variable){ line.function, address - symbol->address };
	return err;
}

const struct symbolize_ops dwfl_ops = {
	.open = dwfl_open,
	.has_lines = dwfl_has_lines,
	.lookup = dwfl_lookup,
	.variable = dwfl_variable,
	.close = dwfl_close,
};
