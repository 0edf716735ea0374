/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/verdict/words.h"

#include "base/brief.h"
#include "base/util.h"

/* More frames than these tell nobody more. */
#define FRAMES_MOST 24

const char *const words_classes[VERDICT_CLASSES] = { "definite", "indirect", "possible",
						     "reachable" };
const char *const words_lost[VERDICT_CLASSES] = { "definitely lost", "indirectly lost",
						  "possibly lost", "still reachable" };
const char *const words_states[] = {
	[VERDICT_PASSED] = "passed",
	[VERDICT_FAILED] = "failed",
	[VERDICT_UNMEASURED] = "unmeasured",
	[VERDICT_LEFT_OUT] = "left out",
};

static void add_processes(size_t count, struct buf *out)
{
	buf_printf(out, "%s process%s", util_count((int64_t)count).text, count == 1 ? "" : "es");
}

void words_verdict(const struct verdict *v, struct buf *out)
{
	if (v->failed) {
		if (v->judged > 1)
			buf_printf(out, "%s of ", util_count((int64_t)v->failed).text);
		add_processes(v->judged, out);
		buf_printf(out, " exceed%s a limit", v->failed == 1 ? "s" : "");
		if (v->unmeasured)
			buf_printf(out, ", and %zu could not be measured", v->unmeasured);
	} else if (!v->judged) {
		buf_puts(out, "no process was judged");
	} else if (v->state == VERDICT_UNMEASURED && !v->unmeasured) {
		buf_puts(out, "a limit was applied to nothing");
	} else if (v->unmeasured) {
		if (v->judged > 1)
			buf_printf(out, "%s of ", util_count((int64_t)v->unmeasured).text);
		add_processes(v->judged, out);
		buf_puts(out, " could not be measured");
	} else {
		add_processes(v->judged, out);
		buf_puts(out, v->judged == 1 ? " within its limits" : " within their limits");
	}
}

static void add_value(const struct verdict_rule *r, uint64_t value, struct buf *out)
{
	buf_puts(out,
		 r->is_bytes ? util_bytes((int64_t)value).text : util_count((int64_t)value).text);
}

void words_subject(const struct verdict_rule *r, struct buf *out)
{
	buf_puts(out, r->title);
	if (r->subject && r->name[0] == 'l')
		buf_printf(out, " by %s", r->subject);
	else if (r->why)
		buf_puts(out, ", against the baseline");
}

void words_rule(const struct verdict_rule *r, struct buf *out)
{
	words_subject(r, out);
	buf_puts(out, ": ");
	add_value(r, r->value, out);
	if (r->blocks)
		buf_printf(out, " in %s", util_counted((int64_t)r->blocks, "block").text);
	buf_puts(out, ", at most ");
	add_value(r, r->most, out);
	if (r->why)
		buf_printf(out, " (%s)", r->why);
}

void words_amount(const struct verdict_amount *a, const char *what, struct buf *out)
{
	buf_printf(out, "%s in %s %s", util_bytes(a->bytes).text,
		   util_counted(a->blocks, "block").text, what);
}

void words_leak(const struct verdict_leak *leak, struct buf *out)
{
	const struct verdict_amount *excused = &leak->excused[leak->worst];

	words_amount(&leak->found[leak->worst], words_lost[leak->worst], out);
	if (leak->worst == 0 && leak->held.blocks)
		buf_printf(out, ", and %s in %s by way of them", util_bytes(leak->held.bytes).text,
			   util_counted(leak->held.blocks, "block").text);
	if (excused->blocks || excused->bytes) {
		buf_puts(out, "; ");
		words_amount(excused, "known to the baseline", out);
	}
}

void words_function(const struct verdict_frame *f, struct buf *out)
{
	struct buf brief = { 0 };

	if (f->function)
		buf_puts(out, brief_name(f->function, &brief));
	else if (f->module)
		buf_printf(out, "%s+0x%llx", util_basename(f->module),
			   (unsigned long long)f->offset);
	else
		buf_puts(out, "code in no file");
	buf_free(&brief);
}

void words_place(const struct verdict_frame *f, struct buf *out)
{
	if (f->file && f->line)
		buf_printf(out, "%s:%u", f->file, f->line);
	else if (f->file)
		buf_puts(out, f->file);
	else if (f->function && f->module)
		buf_printf(out, "[%s]", util_basename(f->module));
}

void words_stack(const struct verdict_leak *leak, const char *prefix, struct buf *out)
{
	struct buf line = { 0 };
	size_t shown = 0, i;

	for (i = 0; i < leak->frame_count; i++) {
		if (!leak->frames[i].shown)
			continue;
		if (++shown > FRAMES_MOST) {
			buf_printf(out, "%s...\n", prefix);
			break;
		}
		buf_reset(&line);
		words_function(&leak->frames[i], &line);
		buf_printf(out, "%s%-32s  ", prefix, buf_text(&line));
		buf_reset(&line);
		words_place(&leak->frames[i], &line);
		buf_printf(out, "%s\n", buf_text(&line));
	}
	buf_free(&line);
}

void words_process(const struct verdict_process *p, struct buf *out)
{
	buf_printf(out, "%s (process %u, %s)", p->command, p->pid, p->end);
}
