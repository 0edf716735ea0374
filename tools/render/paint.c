/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "render/paint.h"

#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/brief.h"
#include "base/util.h"

#define FUNCTION_MOST 72
#define WRAP_COLUMNS  96
#define CODE_END      "\033[0m"

static const char *const codes[] = {
	[PAINT_PLAIN] = "",
	[PAINT_BOLD] = "\033[1m",
	[PAINT_DIM] = "\033[2m",
	[PAINT_WARN] = "\033[33m",
};

unsigned paint_width(const char *text)
{
	unsigned width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

/* Names come from files that anybody may have written; a terminal must not obey them. */
static void add_clean(struct buf *b, const char *text, size_t bytes)
{
	size_t i;
	char c;

	for (i = 0; i < bytes; i++) {
		c = text[i];
		if ((unsigned char)c < 0x20 || c == 0x7f)
			c = '?';
		buf_add(b, &c, 1);
	}
}

/* How many bytes of the text fit into so many columns. */
static size_t fitting_bytes(const char *text, unsigned columns)
{
	size_t bytes = 0;

	while (text[bytes] && columns) {
		bytes++;
		while ((text[bytes] & 0xc0) == 0x80)
			bytes++;
		columns--;
	}
	return bytes;
}

static void drop_last_character(struct buf *b)
{
	while (b->bytes && (b->data[b->bytes - 1] & 0xc0) == 0x80)
		b->bytes--;
	if (b->bytes)
		b->bytes--;
	b->data[b->bytes] = '\0';
}

/* In the place of the last character. */
static void mark_cut(struct painter *p)
{
	struct buf *b = &p->line;
	bool coloured = b->bytes >= strlen(CODE_END) &&
			!strcmp(b->data + b->bytes - strlen(CODE_END), CODE_END);

	p->is_cut = true;
	if (!b->bytes)
		return;
	if (coloured)
		b->bytes -= strlen(CODE_END);
	drop_last_character(b);
	buf_puts(b, p->style.utf8 ? "…" : ">");
	if (coloured)
		buf_puts(b, CODE_END);
}

void paint_text(struct painter *p, enum paint how, const char *text)
{
	unsigned room = p->style.columns ? p->style.columns : 100000;
	bool coloured = p->style.colour && how != PAINT_PLAIN;
	size_t bytes;

	room = p->column < room ? room - p->column : 0;
	bytes = fitting_bytes(text, room);
	if (bytes) {
		if (coloured)
			buf_puts(&p->line, codes[how]);
		add_clean(&p->line, text, bytes);
		if (coloured)
			buf_puts(&p->line, CODE_END);
		p->column += text[bytes] ? room : paint_width(text);
	}
	if (!p->is_cut && text[bytes + strspn(text + bytes, " ")])
		mark_cut(p);
}

unsigned paint_room(const struct painter *p)
{
	if (!p->style.columns)
		return UINT_MAX;
	return p->column < p->style.columns ? p->style.columns - p->column : 0;
}

void paint_fit_path(const struct painter *p, struct buf *text, unsigned columns)
{
	const char *sign = p->style.utf8 ? "…/" : ".../";
	unsigned sign_width = paint_width(sign);
	const char *at = buf_text(text), *next;
	struct buf cut = { 0 };

	if (paint_width(at) <= columns)
		return;
	while ((next = strchr(at, '/')) != NULL) {
		at = next + 1;
		if (paint_width(at) + sign_width <= columns)
			break;
	}
	/* Of the name of the file alone, the sign is the first to go. */
	if (paint_width(at) + sign_width <= columns)
		buf_puts(&cut, sign);
	buf_puts(&cut, at);
	buf_free(text);
	*text = cut;
}

void paint_fit(const struct painter *p, struct buf *text, unsigned columns)
{
	const char *sign = p->style.utf8 ? "…" : ">";

	if (paint_width(buf_text(text)) <= columns)
		return;
	text->bytes = fitting_bytes(text->data, columns > 1 ? columns - 1 : 1);
	text->data[text->bytes] = '\0';
	buf_puts(text, sign);
}

void paint_fit_tail(const struct painter *p, struct buf *text, unsigned columns)
{
	const char *sign = p->style.utf8 ? "…" : ">";
	unsigned width = paint_width(buf_text(text));
	struct buf cut = { 0 };
	size_t skip;

	if (width <= columns || columns < 3)
		return;
	skip = fitting_bytes(text->data, width - columns + 2);
	buf_add(&cut, text->data, 1);
	buf_puts(&cut, sign);
	buf_puts(&cut, text->data + skip);
	buf_free(text);
	*text = cut;
}

void paint_printf(struct painter *p, enum paint how, const char *format, ...)
{
	char small[256], *text = small;
	va_list args;
	int bytes;

	va_start(args, format);
	bytes = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	if (bytes >= (int)sizeof(small)) {
		va_start(args, format);
		if (vasprintf(&text, format, args) < 0)
			text = small;
		va_end(args);
	}
	paint_text(p, how, text);
	if (text != small)
		free(text);
}

void paint_to(struct painter *p, unsigned column)
{
	if (p->style.columns && column > p->style.columns)
		column = p->style.columns;
	for (; p->column < column; p->column++)
		buf_add(&p->line, " ", 1);
}

void paint_line(struct painter *p)
{
	while (p->line.bytes && p->line.data[p->line.bytes - 1] == ' ')
		p->line.data[--p->line.bytes] = '\0';
	fputs(buf_text(&p->line), p->out);
	putc('\n', p->out);
	buf_reset(&p->line);
	p->column = 0;
	p->is_cut = false;
}

void paint_wrapped(struct painter *p, enum paint how, const char *text, unsigned indent)
{
	unsigned most = p->style.columns && p->style.columns < WRAP_COLUMNS ? p->style.columns
									    : WRAP_COLUMNS;
	size_t word;

	for (text += strspn(text, " "); *text; text += word + strspn(text + word, " ")) {
		word = strcspn(text, " ");
		if (p->column > indent && p->column + 1 + word > most)
			paint_line(p);
		if (p->column > indent)
			paint_text(p, PAINT_PLAIN, " ");
		paint_to(p, indent);
		paint_printf(p, how, "%.*s", (int)word, text);
	}
	paint_line(p);
}

void paint_heading(struct painter *p, const char *title, const char *rest)
{
	paint_line(p);
	paint_text(p, PAINT_BOLD, title);
	if (*rest)
		paint_text(p, PAINT_PLAIN, "  ");
	paint_text(p, PAINT_PLAIN, rest);
	paint_line(p);
}

const char *paint_function(struct painter *p, const struct view_frame *f)
{
	if (f->function) {
		brief_name(f->function, &p->scratch);
		if (!p->scratch.bytes)
			buf_puts(&p->scratch, f->function);
		if (p->scratch.bytes > FUNCTION_MOST) {
			p->scratch.bytes = fitting_bytes(p->scratch.data, FUNCTION_MOST - 3);
			buf_puts(&p->scratch, "...");
		}
		return buf_text(&p->scratch);
	}
	buf_reset(&p->scratch);
	if (!f->module)
		buf_printf(&p->scratch, "0x%llx", (unsigned long long)f->pc);
	else
		buf_printf(&p->scratch, "%s+0x%llx", util_basename(f->module),
			   (unsigned long long)f->offset);
	return buf_text(&p->scratch);
}

/* Without "./" parts, which say nothing. */
static void add_path(struct buf *out, const char *path)
{
	size_t bytes;

	for (; *path; path += bytes) {
		while (!strncmp(path, "./", 2))
			path += 2;
		bytes = strcspn(path, "/");
		bytes += path[bytes] == '/';
		buf_add(out, path, bytes);
	}
}

void paint_path(const struct painter *p, const char *path, struct buf *out)
{
	size_t cwd = p->cwd ? strlen(p->cwd) : 0;
	const char *at;
	unsigned slashes = 0;

	if (cwd > 1 && !strncmp(path, p->cwd, cwd) && path[cwd] == '/') {
		add_path(out, path + cwd + 1);
		return;
	}
	/* Of a path elsewhere the last three parts are enough to know it. */
	for (at = path + strlen(path); at > path; at--)
		if (*at == '/' && ++slashes == 3)
			break;
	add_path(out, at - path <= 8 ? path : at + 1);
}

const char *paint_place(struct painter *p, const struct view_frame *f)
{
	buf_reset(&p->place);
	if (f->file) {
		paint_path(p, f->file, &p->place);
		if (f->line)
			buf_printf(&p->place, ":%u", f->line);
	} else if (f->function && f->module) {
		buf_printf(&p->place, "[%s]", util_basename(f->module));
	} else if (f->module && *f->build_id && f->build_id != p->build_id) {
		p->build_id = f->build_id;
		buf_printf(&p->place, "[build-id %.16s]", f->build_id);
	} else if (!f->module) {
		buf_puts(&p->place, "[no module]");
	}
	if (f->inlined)
		buf_puts(&p->place, " inlined");
	if (f->guessed)
		buf_puts(&p->place, " guessed");
	return buf_text(&p->place);
}

void paint_free(struct painter *p)
{
	buf_free(&p->line);
	buf_free(&p->scratch);
	buf_free(&p->place);
}
