/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plot/plot.h"

#include "base/vec.h"

#define RSS_MOST 4 /* times what was live */

struct plot_line *plot_line(struct plot *p, enum plot_kind kind, const char *name)
{
	struct plot_line *line;

	if (VEC_ROOM(p->lines, p->line_room, p->line_count + 1) < 0)
		return NULL;
	line = &p->lines[p->line_count];
	*line = (struct plot_line){ .kind = kind, .name = strdup(name) };
	if (!line->name)
		return NULL;
	p->line_count++;
	return line;
}

int plot_point(struct plot *p, struct plot_line *line, double s, double bytes)
{
	int err = VEC_ROOM(line->points, line->room, line->count + 1);

	if (err)
		return err;
	line->points[line->count++] = (struct plot_point){ s, bytes };
	if (bytes > line->most)
		line->most = bytes;
	if (bytes > p->most)
		p->most = bytes;
	if (s > p->end_s)
		p->end_s = s;
	return 0;
}

int plot_mark(struct plot *p, double s, const char *text)
{
	int err = VEC_ROOM(p->marks, p->mark_room, p->mark_count + 1);
	char *copy = err ? NULL : strdup(text);

	if (!copy)
		return -ENOMEM;
	p->marks[p->mark_count++] = (struct plot_mark){ s, copy };
	return 0;
}

void plot_settle(struct plot *p)
{
	double most = p->has_peak ? p->peak.bytes : 0;

	for (size_t i = 0; i < p->line_count; i++) {
		if (p->lines[i].kind != PLOT_RSS && p->lines[i].most > most)
			most = p->lines[i].most;
	}
	if (most <= 0 || p->most <= most * RSS_MOST)
		return;
	for (size_t i = 0; i < p->line_count; i++)
		p->lines[i].is_above |= p->lines[i].kind == PLOT_RSS;
	p->most = most;
}

void plot_free(struct plot *p)
{
	size_t i;

	for (i = 0; i < p->layer_count; i++) {
		free(p->layers[i].name);
		free(p->layers[i].bytes);
	}
	for (i = 0; i < p->line_count; i++) {
		free(p->lines[i].name);
		free(p->lines[i].points);
	}
	for (i = 0; i < p->mark_count; i++)
		free(p->marks[i].text);
	free(p->lines);
	free(p->marks);
	free(p->pauses);
	free(p->times);
	free(p->title);
	free(p->subtitle);
	*p = (struct plot){ .title = NULL };
}
