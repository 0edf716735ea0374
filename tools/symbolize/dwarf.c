/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/dwarf.h"

#include <string.h>

#include <dwarf.h>

#include "base/vec.h"

/* Roughly what libdw keeps of one row of a line table. */
#define LINE_BYTES 48

static int add_range(struct dwarf_ranges *r, uint64_t low, uint64_t high, uint64_t what)
{
	int err;

	/* The linker gives dropped functions address 0 or less than nothing. */
	if (low >= high || !low)
		return 0;
	err = VEC_ROOM(r->list, r->room, r->count + 1);
	if (err)
		return err;
	r->list[r->count++] = (struct dwarf_range){ low, high, what };
	return 0;
}

static int add_die_ranges(struct dwarf_ranges *r, Dwarf_Die *die, uint64_t what)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;
	int err;

	while ((at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		err = add_range(r, low, high, what);
		if (err)
			return err;
	}
	return 0;
}

static int by_low(const void *one, const void *two)
{
	const struct dwarf_range *a = one, *b = two;

	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	return a->high < b->high ? -1 : a->high > b->high;
}

static void sort_ranges(struct dwarf_ranges *r)
{
	if (r->count)
		qsort(r->list, r->count, sizeof(*r->list), by_low);
}

static const struct dwarf_range *find_range(const struct dwarf_ranges *r, uint64_t address)
{
	size_t low = 0, high = r->count, middle, tries;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (r->list[middle].low <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (tries = 0; low && tries < 8; tries++)
		if (address < r->list[--low].high)
			return &r->list[low];
	return NULL;
}

static int add_unit(struct dwarf_index *x, Dwarf_Die *die, const Dwarf_Die *split)
{
	int err = VEC_ROOM(x->units, x->unit_room, x->unit_count + 1);

	if (err)
		return err;
	x->units[x->unit_count] = (struct dwarf_unit){ .offset = dwarf_dieoffset(die),
						       .split = *split };
	err = add_die_ranges(&x->ranges, die, x->unit_count);
	x->unit_count++;
	return err;
}

int dwarf_index_open(struct dwarf_index *x, Dwarf *dwarf)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die, sub;
	Dwarf_Half version;
	uint8_t type;
	int err;

	*x = (struct dwarf_index){ .dwarf = dwarf };
	while (!dwarf_get_units(dwarf, cu, &cu, &version, &type, &die, &sub)) {
		if (type == DW_UT_type || type == DW_UT_split_type || type == DW_UT_partial)
			continue;
		if (type != DW_UT_skeleton)
			memset(&sub, 0, sizeof(sub));
		err = add_unit(x, &die, &sub);
		if (err)
			return err;
	}
	sort_ranges(&x->ranges);
	return 0;
}

static bool may_hold_functions(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_structure_type ||
	       tag == DW_TAG_class_type || tag == DW_TAG_union_type ||
	       tag == DW_TAG_enumeration_type;
}

/* rustc nests its functions in namespaces and types; the depth is bounded for hostile data. */
static int index_functions(struct dwarf_unit *unit, Dwarf_Die *parent, unsigned depth)
{
	Dwarf_Die die;
	int err = 0, tag;

	if (depth > 64 || dwarf_child(parent, &die))
		return 0;
	do {
		tag = dwarf_tag(&die);
		if (tag == DW_TAG_subprogram)
			err = add_die_ranges(&unit->functions, &die, dwarf_dieoffset(&die));
		else if (may_hold_functions(tag))
			err = index_functions(unit, &die, depth + 1);
	} while (!err && !dwarf_siblingof(&die, &die));
	return err;
}

static int index_unit(struct dwarf_index *x, struct dwarf_unit *unit, Dwarf_Die *die)
{
	Dwarf_Lines *lines;
	size_t count = 0;
	int err;

	if (unit->indexed)
		return 0;
	unit->indexed = true;
	err = index_functions(unit, unit->split.addr ? &unit->split : die, 0);
	sort_ranges(&unit->functions);
	if (!dwarf_getsrclines(die, &lines, &count))
		x->held_bytes += count * LINE_BYTES;
	return err;
}

static const char *attribute_text(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;

	if (!dwarf_attr_integrate(die, name, &attribute))
		return NULL;
	return dwarf_formstring(&attribute);
}

/* Where the function is declared: its namespaces are there. */
static Dwarf_Die find_origin(const Dwarf_Die *function)
{
	static const unsigned links[] = { DW_AT_abstract_origin, DW_AT_specification };
	Dwarf_Die die = *function, next;
	Dwarf_Attribute attribute;
	size_t i, steps;

	for (steps = 0; steps < 8; steps++) {
		for (i = 0; i < 2; i++)
			if (dwarf_attr(&die, links[i], &attribute) &&
			    dwarf_formref_die(&attribute, &next))
				break;
		if (i == 2)
			break;
		die = next;
	}
	return die;
}

/* A type without a name that has a function is a lambda's. */
static void add_scope(struct buf *name, Dwarf_Die *scope)
{
	int tag = dwarf_tag(scope);
	const char *text = dwarf_diename(scope);

	if (tag == DW_TAG_namespace)
		buf_printf(name, "%s::", text ? text : "(anonymous namespace)");
	else if (tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
		 tag == DW_TAG_union_type)
		buf_printf(name, "%s::", text ? text : "{lambda}");
	else if (tag == DW_TAG_subprogram && text)
		buf_printf(name, "%s()::", text);
}

void dwarf_full_name(const struct dwarf_place *place, struct buf *name)
{
	Dwarf_Die function = place->function, *scopes = NULL;
	int count = place->has_scopes ? dwarf_getscopes_die(&function, &scopes) : 0, i;

	/* The first is the function, the last the unit. */
	for (i = count - 2; i > 0; i--)
		add_scope(name, &scopes[i]);
	free(scopes);
	buf_puts(name, place->name);
}

static bool is_mangled(const char *name)
{
	return !strncmp(name, "_Z", 2) || !strncmp(name, "_R", 2);
}

static void name_place(struct dwarf_place *place, Dwarf_Die *function)
{
	place->function = find_origin(function);
	place->linkage = attribute_text(function, DW_AT_linkage_name);
	if (!place->linkage)
		place->linkage = attribute_text(function, DW_AT_MIPS_linkage_name);
	place->name = attribute_text(function, DW_AT_name);
	/* In C it is but a label: __GI_qsort is qsort. */
	if (place->linkage && place->name && !is_mangled(place->linkage))
		place->linkage = NULL;
}

/* The next scope inwards that holds the address. */
static bool find_inner(Dwarf_Die *scope, uint64_t address, Dwarf_Die *inner)
{
	int tag;

	if (dwarf_child(scope, inner))
		return false;
	do {
		tag = dwarf_tag(inner);
		if ((tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block ||
		     tag == DW_TAG_try_block || tag == DW_TAG_catch_block) &&
		    dwarf_haspc(inner, address) > 0)
			return true;
	} while (!dwarf_siblingof(inner, inner));
	return false;
}

/* The function and what is inlined in it, outermost first. */
static size_t find_chain(Dwarf_Die *function, uint64_t address, Dwarf_Die *chain)
{
	Dwarf_Die scope = *function, inner;
	unsigned depth = 0;
	size_t count = 1;

	chain[0] = *function;
	while (depth++ < 512 && find_inner(&scope, address, &inner)) {
		if (dwarf_tag(&inner) == DW_TAG_inlined_subroutine && count < DWARF_INLINES_MOST)
			chain[count++] = inner;
		scope = inner;
	}
	return count;
}

static unsigned attribute_number(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;

	if (!dwarf_attr(die, name, &attribute) || dwarf_formudata(&attribute, &value))
		return 0;
	return (unsigned)value;
}

static void place_call(struct dwarf_place *place, Dwarf_Die *unit, Dwarf_Die *inlined)
{
	unsigned number = attribute_number(inlined, DW_AT_call_file);
	Dwarf_Files *files;
	size_t count;

	place->line = attribute_number(inlined, DW_AT_call_line);
	if (!dwarf_getsrcfiles(unit, &files, &count) && number < count)
		place->file = dwarf_filesrc(files, number, NULL, NULL);
}

static void place_address(struct dwarf_place *place, Dwarf_Die *unit, uint64_t address)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, address);
	int number = 0;

	if (!line)
		return;
	place->file = dwarf_linesrc(line, NULL, NULL);
	if (!dwarf_lineno(line, &number) && number > 0)
		place->line = (unsigned)number;
}

static bool has_scopes(Dwarf_Die *unit)
{
	switch (dwarf_srclang(unit)) {
	case DW_LANG_C89:
	case DW_LANG_C:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case DW_LANG_Mips_Assembler:
		return false;
	default:
		return true;
	}
}

/* Calls of inlined functions number the files of the unit that the functions are in. */
static void fill_places(struct dwarf_places *places, Dwarf_Die *unit, Dwarf_Die *calls,
			Dwarf_Die *chain, uint64_t address)
{
	const char *directory = attribute_text(unit, DW_AT_comp_dir);
	bool scopes = has_scopes(calls);
	struct dwarf_place *place;
	size_t i;

	for (i = 0; i < places->count; i++) {
		place = &places->list[i];
		*place = (struct dwarf_place){ .directory = directory, .has_scopes = scopes };
		if (chain)
			name_place(place, &chain[places->count - 1 - i]);
		if (i)
			place_call(place, calls, &chain[places->count - i]);
		else
			place_address(place, unit, address);
	}
}

bool dwarf_index_has(const struct dwarf_index *x, uint64_t address)
{
	const struct dwarf_range *range = find_range(&x->ranges, address);

	return !range || x->units[range->what].indexed;
}

static Dwarf *functions_of(const struct dwarf_index *x, const struct dwarf_unit *unit)
{
	return unit->split.addr ? dwarf_cu_getdwarf(unit->split.cu) : x->dwarf;
}

static void find_places(const struct dwarf_index *x, struct dwarf_unit *unit, Dwarf_Die *die,
			uint64_t address, struct dwarf_places *places)
{
	const struct dwarf_range *range = find_range(&unit->functions, address);
	Dwarf_Die chain[DWARF_INLINES_MOST], function;

	places->count = 1;
	if (!range || !dwarf_offdie(functions_of(x, unit), range->what, &function)) {
		fill_places(places, die, die, NULL, address);
		return;
	}
	places->count = find_chain(&function, address, chain);
	fill_places(places, die, unit->split.addr ? &unit->split : die, chain, address);
}

int dwarf_index_find(struct dwarf_index *x, uint64_t address, struct dwarf_places *places)
{
	const struct dwarf_range *range = find_range(&x->ranges, address);
	struct dwarf_unit *unit;
	Dwarf_Die die;
	int err;

	places->count = 0;
	if (!range)
		return 0;
	unit = &x->units[range->what];
	if (!dwarf_offdie(x->dwarf, unit->offset, &die))
		return 0;
	err = index_unit(x, unit, &die);
	if (!err)
		find_places(x, unit, &die, address, places);
	return err;
}

void dwarf_index_close(struct dwarf_index *x)
{
	size_t i;

	for (i = 0; i < x->unit_count; i++)
		free(x->units[i].functions.list);
	free(x->units);
	free(x->ranges.list);
	*x = (struct dwarf_index){ 0 };
}
