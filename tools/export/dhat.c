/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DHAT's output, version 2: per stack what was allocated in all (t), at most at one time (m), at
 * the peak of the program (g) and at its end (e), in bytes and blocks.  Lifetimes are not known and
 * are 0.  The blocks at a stack's own peak are known when that was at the program's peak or end,
 * else computed from its blocks' mean size.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/util.h"
#include "export/export.h"
#include "export/name.h"
#include "export/stacks.h"

/* As Valgrind writes frames.  JSON can bear any name; a newline in one would part a line. */
static void label(struct buf *b, const struct view_frame *f)
{
	buf_printf(b, "0x%llX: ", (unsigned long long)name_address(f));
	name_frame(b, f, "", "");
	if (f->file) {
		buf_puts(b, " (");
		name_add(b, util_basename(f->file), "", "");
		buf_printf(b, ":%u)", f->line);
	} else if (f->module && f->function) {
		buf_puts(b, " (in ");
		name_add(b, f->module, "", "");
		buf_puts(b, ")");
	}
}

static uint64_t blocks_at_own_peak(const struct view_sums *s)
{
	uint64_t mean;

	if (s->own_peak_bytes == s->at_peak_bytes)
		return (uint64_t)s->at_peak_blocks;
	if (s->own_peak_bytes == s->live_bytes)
		return (uint64_t)s->live_blocks;
	mean = s->calls ? s->total_bytes / s->calls : 0;
	return mean ? (uint64_t)s->own_peak_bytes / mean : s->calls;
}

static void put_head(struct json *j, const struct export_context *c, const struct view_facts *f)
{
	struct buf command = { 0 };

	name_command(&command, f, "", "");
	json_unsigned(j, "dhatFileVersion", 2);
	json_text(j, "mode", "heap");
	json_text(j, "verb", "Allocated");
	json_bool(j, "bklt", true);
	json_bool(j, "bkacc", false);
	json_text(j, "tu", "us");
	json_text(j, "Mtu", "s");
	json_unsigned(j, "tuth", 0);
	json_text(j, "cmd", buf_text(&command));
	json_unsigned(j, "pid", f->pid);
	json_unsigned(j, "tg", f->peak_us);
	json_unsigned(j, "te", f->duration_us);
	json_text(j, "tidemark", c->version);
	buf_free(&command);
}

static void put_stack(struct json *j, const struct stacks *s, const struct stack *stack)
{
	const struct view_sums *sums = &stack->sums;
	uint32_t i;

	json_lines(j, true);
	json_open(j, NULL, '{');
	json_lines(j, false);
	json_unsigned(j, "tb", sums->total_bytes);
	json_unsigned(j, "tbk", sums->calls);
	json_unsigned(j, "tl", 0);
	json_signed(j, "mb", sums->own_peak_bytes);
	json_unsigned(j, "mbk", blocks_at_own_peak(sums));
	json_signed(j, "gb", sums->at_peak_bytes);
	json_signed(j, "gbk", sums->at_peak_blocks);
	json_signed(j, "eb", sums->live_bytes);
	json_signed(j, "ebk", sums->live_blocks);
	json_open(j, "fs", '[');
	for (i = 0; i < stack->count; i++)
		json_unsigned(j, NULL, s->lines[stack->first + i]);
	json_close(j, ']');
	json_close(j, '}');
}

static void put_labels(struct json *j, const struct stacks *s)
{
	uint32_t i;

	json_lines(j, true);
	json_open(j, "ftbl", '[');
	json_text(j, NULL, "[root]");
	for (i = 1; i < s->labels.count; i++)
		json_text(j, NULL, strings_text(&s->labels, i));
	json_close(j, ']');
}

int export_dhat(struct export_context *c, const struct view *v)
{
	struct stacks s;
	struct json j;
	size_t i;
	int err = stacks_make(&s, v, label);

	if (err)
		return err;
	json_begin(&j, c->out);
	json_open(&j, NULL, '{');
	put_head(&j, c, &v->facts);
	json_open(&j, "pps", '[');
	for (i = 0; i < s.count; i++) {
		put_stack(&j, &s, &s.list[i]);
		export_progress(c, i, s.count);
	}
	json_close(&j, ']');
	put_labels(&j, &s);
	json_lines(&j, true);
	json_close(&j, '}');
	json_end(&j);
	stacks_free(&s);
	return 0;
}
