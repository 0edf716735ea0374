/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Folded stacks: "outer;inner NUMBER", a line a stack.  No name may hold ';' or a newline.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "export/export.h"
#include "export/metric.h"
#include "export/name.h"
#include "export/stacks.h"

/* flamegraph.pl would take a number at a name's end for one of two numbers. */
static void part_number(struct buf *b)
{
	size_t at = b->bytes;

	while (at && isdigit((unsigned char)b->data[at - 1]))
		at--;
	if (at && at < b->bytes && b->data[at - 1] == ' ')
		b->data[at - 1] = '_';
}

static void label(struct buf *b, const struct view_frame *f)
{
	name_frame(b, f, ";", ":");
	part_number(b);
}

static void put_stack(FILE *out, const struct stacks *s, const struct stack *stack, int64_t value)
{
	uint32_t i;

	for (i = stack->count; i-- > 0;) {
		fputs_unlocked(strings_text(&s->labels, s->lines[stack->first + i]), out);
		putc_unlocked(i ? ';' : ' ', out);
	}
	fprintf(out, "%" PRId64 "\n", value);
}

int export_folded(struct export_context *c, const struct view *v)
{
	struct stacks s;
	int64_t value;
	size_t i;
	int err = stacks_make(&s, v, label);

	if (err)
		return err;
	for (i = 0; i < s.count; i++) {
		value = metrics[c->metric].of(&s.list[i].sums);
		if (value > 0)
			put_stack(c->out, &s, &s.list[i], value);
		export_progress(c, i, s.count);
	}
	stacks_free(&s);
	return 0;
}
