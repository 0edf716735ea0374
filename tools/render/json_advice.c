/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/json_advice.h"

static const char *const names[VIEW_ADVICE_KINDS] = {
	[VIEW_ADVICE_COPY] = "copy",	       [VIEW_ADVICE_GROWTH] = "growth",
	[VIEW_ADVICE_CHURN] = "churn",	       [VIEW_ADVICE_HELD] = "held",
	[VIEW_ADVICE_UNTOUCHED] = "untouched", [VIEW_ADVICE_GROWS] = "grows",
};

static void put_piece(struct json *j, const struct view_advice *piece)
{
	const struct view_frame *f = piece->frame;

	json_lines(j, true);
	json_open(j, NULL, '{');
	json_lines(j, false);
	json_text(j, "kind", names[piece->kind]);
	json_unsigned(j, "site", piece->site->id);
	json_text(j, "language", piece->language);
	json_text(j, "function", f->function);
	json_text(j, "file", f->file);
	json_unsigned(j, "line", f->line);
	json_text(j, "module", f->module);
	json_text(j, "caller", piece->caller ? piece->caller->function : NULL);
	json_signed(j, "bytes", piece->bytes);
	json_unsigned(j, "permille", piece->share < 1 ? (uint64_t)(piece->share * 1000) : 1000);
	json_text(j, "evidence", piece->evidence);
	json_text(j, "action", piece->action);
	json_close(j, '}');
}

void json_advice(struct json *j, const struct view *v)
{
	size_t i;

	json_lines(j, true);
	json_open(j, "advice", '[');
	for (i = 0; i < v->advice_count && i < v->advice_limit; i++)
		put_piece(j, &v->advice[i]);
	json_close(j, ']');
}
