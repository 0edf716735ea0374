/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/advice.h"

#include "base/util.h"

#define TITLE_AT 2
#define WORDS_AT 14

static const char *const titles[VIEW_ADVICE_KINDS] = {
	[VIEW_ADVICE_COPY] = "copy",	       [VIEW_ADVICE_GROWTH] = "growth",
	[VIEW_ADVICE_CHURN] = "churn",	       [VIEW_ADVICE_HELD] = "held",
	[VIEW_ADVICE_UNTOUCHED] = "untouched", [VIEW_ADVICE_GROWS] = "only grows",
};

static void put_frame(struct painter *p, const char *before, const struct view_frame *f)
{
	const char *place;

	paint_text(p, PAINT_PLAIN, before);
	paint_text(p, PAINT_BOLD, paint_function(p, f));
	place = paint_place(p, f);
	if (*place)
		paint_printf(p, PAINT_PLAIN, "  %s", place);
}

static void put_piece(struct painter *p, const struct view_advice *piece)
{
	paint_to(p, TITLE_AT);
	paint_text(p, PAINT_BOLD, titles[piece->kind]);
	paint_to(p, WORDS_AT);
	put_frame(p, "", piece->frame);
	/* A line of Python tells by itself what is made there. */
	if (piece->caller && !piece->frame->python)
		put_frame(p, ", for ", piece->caller);
	paint_printf(p, PAINT_DIM, "  #%u", piece->site->id);
	paint_line(p);
	paint_to(p, WORDS_AT);
	paint_wrapped(p, PAINT_PLAIN, piece->evidence, WORDS_AT);
	paint_to(p, WORDS_AT);
	paint_text(p, PAINT_PLAIN, p->style.utf8 ? "→ " : "> ");
	paint_wrapped(p, PAINT_PLAIN, piece->action, WORDS_AT + 2);
}

void advice_draw(struct painter *p, const struct view *v)
{
	size_t i;

	if (!v->advice_count)
		return;
	paint_heading(p, "Advice", "what the recording proves, the largest effect first");
	for (i = 0; i < v->advice_count && i < v->advice_limit; i++)
		put_piece(p, &v->advice[i]);
}
