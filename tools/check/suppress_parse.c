/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* suppress_parse(): the text of a suppression file, line by line. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/vec.h"
#include "check/suppress.h"

#define ALL_CLASSES 15u

struct parser {
	struct suppressions *to;
	const char *file;
	char *next; /* the line after this one, NULL = none */
	unsigned line;
	struct err *e;
};

/* The next line that says something, without the space around it; NULL at the end. */
static char *next_line(struct parser *p)
{
	char *line, *end;

	while (p->next) {
		line = p->next;
		p->line++;
		end = strchr(line, '\n');
		p->next = end ? end + 1 : NULL;
		if (end)
			*end = '\0';
		line += strspn(line, " \t\r");
		end = line + strlen(line);
		while (end > line && isspace((unsigned char)end[-1]))
			*--end = '\0';
		if (*line && *line != '#')
			return line;
	}
	return NULL;
}

static int complain(const struct parser *p, unsigned line, const char *what, const char *text)
{
	return err_set(p->e, -EINVAL, "%s:%u: %s%s%.60s%s", p->file, line, what, *text ? " '" : "",
		       text, *text ? "'" : "");
}

static int add_entry(struct parser *p, const char *name, struct suppression **entry)
{
	struct suppressions *s = p->to;
	int err = VEC_ROOM(s->list, s->room, s->count + 1);

	if (err)
		return err_set(p->e, err, "%s: not enough memory", p->file);
	*entry = &s->list[s->count++];
	**entry = (struct suppression){
		.name = name,
		.file = p->file,
		.line = p->line,
		.classes = ALL_CLASSES,
	};
	return 0;
}

static int parse_template(struct parser *p, char *line)
{
	struct suppression *entry;
	char *template = strchr(line, ':');
	int err;

	if (!template)
		return complain(
			p, p->line,
			"neither 'leak:TEMPLATE' nor the '{' of an entry for Valgrind:", line);
	if (strncmp(line, "leak:", 5))
		return complain(p, p->line,
				"only leak: is about leaks; entries for other sanitizers belong "
				"in files of their own:",
				line);
	template ++;
	if (!*template)
		return complain(p, p->line, "nothing behind 'leak:'", "");
	err = add_entry(p, line, &entry);
	if (!err)
		entry->template = template;
	return err;
}

static int class_of(const char *word, size_t bytes)
{
	static const char *const words[] = { "definite", "indirect", "possible", "reachable" };
	unsigned i;

	for (i = 0; i < 4; i++)
		if (strlen(words[i]) == bytes && !strncmp(words[i], word, bytes))
			return (int)(1u << i);
	if (bytes == 3 && !strncmp(word, "all", 3))
		return ALL_CLASSES;
	if (bytes == 4 && !strncmp(word, "none", 4))
		return 0;
	return -1;
}

static int parse_kinds(struct parser *p, struct suppression *entry, const char *list)
{
	size_t bytes;
	int kind;

	entry->classes = 0;
	for (list += strspn(list, " ,\t"); *list; list += bytes + strspn(list + bytes, " ,\t")) {
		bytes = strcspn(list, " ,\t");
		kind = class_of(list, bytes);
		if (kind < 0)
			return complain(p, p->line,
					"match-leak-kinds: knows definite, indirect, possible, "
					"reachable, all and none, not",
					list);
		entry->classes |= (unsigned)kind;
	}
	return 0;
}

/* src:FILE or src:FILE:LINE */
static void split_source(struct suppress_frame *frame, char *text)
{
	char *colon = strrchr(text, ':'), *end;
	unsigned long line;

	frame->pattern = text;
	if (!colon || !isdigit((unsigned char)colon[1]))
		return;
	line = strtoul(colon + 1, &end, 10);
	if (*end || line > UINT32_MAX)
		return;
	*colon = '\0';
	frame->line = (uint32_t)line;
}

static int parse_frame(struct parser *p, struct suppression *entry, char *line)
{
	struct suppress_frame frame = { .pattern = line + 4 };
	int err;

	if (!strcmp(line, "..."))
		frame.kind = SUPPRESS_ANY;
	else if (!strncmp(line, "fun:", 4))
		frame.kind = SUPPRESS_FUNCTION;
	else if (!strncmp(line, "obj:", 4))
		frame.kind = SUPPRESS_MODULE;
	else if (!strncmp(line, "src:", 4))
		frame.kind = SUPPRESS_SOURCE;
	else
		return complain(p, p->line, "neither 'fun:', 'obj:', 'src:', '...' nor '}':", line);
	if (frame.kind == SUPPRESS_SOURCE)
		split_source(&frame, line + 4);
	err = VEC_ROOM(entry->frames, entry->frame_room, entry->frame_count + 1);
	if (err)
		return err_set(p->e, err, "%s: not enough memory", p->file);
	entry->frames[entry->frame_count++] = frame;
	return 0;
}

/* "Memcheck,Addrcheck:Leak" */
static bool is_about_leaks(const char *tools)
{
	const char *colon = strchr(tools, ':');
	const char *memcheck = strstr(tools, "Memcheck");

	return colon && memcheck && memcheck < colon && !strcmp(colon + 1, "Leak");
}

static int skip_block(struct parser *p, unsigned opened)
{
	char *line;

	while ((line = next_line(p)))
		if (!strcmp(line, "}"))
			return 0;
	return complain(p, opened, "this '{' has no '}'", "");
}

static int parse_block(struct parser *p)
{
	unsigned opened = p->line;
	char *name = next_line(p), *tools = name ? next_line(p) : NULL, *line;
	struct suppression *entry;
	int err;

	if (!tools)
		return complain(p, opened, "this '{' has no '}'", "");
	if (!strchr(tools, ':'))
		return complain(p, p->line, "wanted is the kind, as in 'Memcheck:Leak', not",
				tools);
	if (!is_about_leaks(tools))
		return skip_block(p, opened);
	err = add_entry(p, name, &entry);
	if (err)
		return err;
	entry->line = opened;
	while ((line = next_line(p)) && strcmp(line, "}")) {
		if (!strncmp(line, "match-leak-kinds:", 17))
			err = parse_kinds(p, entry, line + 17);
		else
			err = parse_frame(p, entry, line);
		if (err)
			return err;
	}
	if (!line)
		return complain(p, opened, "this '{' has no '}'", "");
	if (!entry->frame_count)
		return complain(p, opened, "an entry without frames", name);
	return 0;
}

int suppress_parse(struct suppressions *s, const char *file, const char *text, struct err *e)
{
	struct parser p = { .to = s, .file = file, .e = e };
	char *line;
	int err = VEC_ROOM(s->texts, s->text_room, s->text_count + 1);

	if (!err) {
		p.next = strdup(text);
		err = p.next ? 0 : -ENOMEM;
	}
	if (err)
		return err_set(e, err, "%s: not enough memory", file);
	s->texts[s->text_count++] = p.next;
	while (!err && (line = next_line(&p)))
		err = strcmp(line, "{") ? parse_template(&p, line) : parse_block(&p);
	return err;
}
