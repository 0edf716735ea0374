/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/lines.h"

#define NO_LINE (-128)

/* Kinds of entries since 3.11. */
enum { ONE_LINE_0 = 10, ONE_LINE_2 = 12, NO_COLUMNS = 13, LONG = 14 };

static int64_t by_steps(const uint8_t *table, size_t bytes, int64_t line, int64_t at)
{
	int64_t address = 0;

	for (size_t i = 0; i + 1 < bytes; i += 2) {
		address += table[i];
		if (address > at)
			break;
		line += (int8_t)table[i + 1];
	}
	return line;
}

static int64_t by_ranges(const uint8_t *table, size_t bytes, int64_t line, int64_t at)
{
	int64_t end = 0;

	for (size_t i = 0; i + 1 < bytes && end <= at; i += 2) {
		end += table[i];
		if ((int8_t)table[i + 1] != NO_LINE)
			line += (int8_t)table[i + 1];
	}
	return line;
}

/* Seven bits a byte would collide with the mark of an entry's first byte: there are six. */
static int64_t signed_number(const uint8_t *table, size_t bytes, size_t i)
{
	uint64_t value = 0;

	for (unsigned shift = 0; i < bytes && shift < 60; shift += 6) {
		value |= (uint64_t)(table[i] & 63) << shift;
		if (!(table[i++] & 64))
			break;
	}
	return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

static int64_t by_locations(struct python_line_place *place, const uint8_t *table, size_t bytes,
			    int64_t line, int64_t at)
{
	struct python_line_place p = *place;

	if (!p.next || at < p.start)
		p = (struct python_line_place){ .line = line };
	while (p.next < bytes && p.end <= at) {
		unsigned kind = table[p.next] >> 3 & 15;

		p.start = p.end;
		p.end += 2 * ((table[p.next++] & 7) + 1);
		if (kind >= ONE_LINE_0 && kind <= ONE_LINE_2)
			p.line += kind - ONE_LINE_0;
		else if (kind == NO_COLUMNS || kind == LONG)
			p.line += signed_number(table, bytes, p.next);
		while (p.next < bytes && !(table[p.next] & 128))
			p.next++;
	}
	*place = p;
	return p.line;
}

uint32_t python_line_from(struct python_line_place *place, enum python_lines format,
			  const uint8_t *table, size_t bytes, uint32_t first_line, int64_t at)
{
	int64_t line = first_line;

	if (at >= 0 && format == PYTHON_LNOTAB)
		line = by_steps(table, bytes, line, at);
	else if (at >= 0 && format == PYTHON_RANGES)
		line = by_ranges(table, bytes, line, at);
	else if (at >= 0)
		line = by_locations(place, table, bytes, line, at);
	return line > 0 && line <= INT32_MAX ? (uint32_t)line : first_line;
}

uint32_t python_line(enum python_lines format, const uint8_t *table, size_t bytes,
		     uint32_t first_line, int64_t at)
{
	struct python_line_place place = { 0 };

	return python_line_from(&place, format, table, bytes, first_line, at);
}
