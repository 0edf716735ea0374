/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/opt.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"

#define HELP_COLUMN 28

/* One run of opt_parse(). */
struct parse {
	const struct opt_table *table;
	int argc;
	char **argv;
	int at;
	struct err *e;
};

static bool takes_argument(const struct opt *o)
{
	return o->kind != OPT_KIND_FLAG;
}

static int complain(const struct parse *p, const char *message)
{
	const char *command = p->table->command;

	return err_set(p->e, -EINVAL, "%s; see tidemark %s%s--help", message, command,
		       *command ? " " : "");
}

int opt_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;
	uint64_t value;
	unsigned int shift = 0;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno)
		return -ERANGE;
	if (*end) {
		unit = strchr(units, toupper((unsigned char)*end));
		if (!unit)
			return -EINVAL;
		shift = 10 * (unsigned int)(unit - units + 1);
		end++;
		if (*end == 'i')
			end++;
		if (*end == 'B')
			end++;
	}
	if (*end)
		return -EINVAL;
	if (shift && value >> (64 - shift))
		return -ERANGE;
	*bytes = value << shift;
	return 0;
}

static int take_number(const struct parse *p, const struct opt *o, const char *text)
{
	bool size = o->kind == OPT_KIND_SIZE;
	char message[300];
	uint64_t value;
	int ret = opt_size(text, &value);

	if (ret == 0 && !size && !isdigit((unsigned char)text[strlen(text) - 1]))
		ret = -EINVAL;
	if (ret == -EINVAL) {
		snprintf(message, sizeof(message), "--%s takes a %s, not '%.100s'", o->name,
			 size ? "size such as 64M" : "whole number", text);
		return complain(p, message);
	}
	if (ret < 0 || value < o->least || value > o->most) {
		snprintf(message, sizeof(message),
			 "--%s takes %s from %" PRIu64 " to %" PRIu64 ", not '%.100s'", o->name,
			 size ? "bytes" : "a number", o->least, o->most, text);
		return complain(p, message);
	}
	*(uint64_t *)o->to = value;
	return 0;
}

static int take_choice(const struct parse *p, const struct opt *o, const char *text)
{
	char message[600];
	size_t used;

	for (int i = 0; o->choices[i]; i++) {
		if (strcmp(o->choices[i], text) == 0) {
			*(int *)o->to = i;
			return 0;
		}
	}
	used = (size_t)snprintf(message, sizeof(message), "--%s takes one of", o->name);
	for (int i = 0; o->choices[i] && used < sizeof(message) - 200; i++)
		used += (size_t)snprintf(message + used, sizeof(message) - used, "%s %s",
					 i ? "," : "", o->choices[i]);
	snprintf(message + used, sizeof(message) - used, ", not '%.100s'", text);
	return complain(p, message);
}

static int take_item(const struct parse *p, const struct opt *o, const char *text)
{
	struct opt_list *list = o->to;

	if (list->count == OPT_LIST_MOST)
		return complain(p, "the same option is given too often");
	list->items[list->count++] = text;
	return 0;
}

static int take(const struct parse *p, const struct opt *o, const char *text)
{
	switch (o->kind) {
	case OPT_KIND_NUMBER:
	case OPT_KIND_SIZE:
		return take_number(p, o, text);
	case OPT_KIND_CHOICE:
		return take_choice(p, o, text);
	case OPT_KIND_LIST:
		return take_item(p, o, text);
	case OPT_KIND_STRING:
		*(const char **)o->to = text;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Takes the next word of argv as the argument of @o. */
static int take_next(struct parse *p, const struct opt *o)
{
	char message[200];

	if (p->at + 1 < p->argc)
		return take(p, o, p->argv[++p->at]);
	snprintf(message, sizeof(message), "--%s needs its %s", o->name, o->argument);
	return complain(p, message);
}

/* The option whose name is, or alone begins with, the @length bytes at @word. */
static const struct opt *find_long(const struct opt_table *table, const char *word, size_t length,
				   bool flags_only)
{
	const struct opt *found = NULL;
	unsigned int fits = 0;

	for (const struct opt *o = table->options; o->kind; o++) {
		if (strncmp(o->name, word, length) != 0 || (flags_only && takes_argument(o)))
			continue;
		if (!o->name[length])
			return o;
		found = o;
		fits++;
	}
	return fits == 1 ? found : NULL;
}

static int unknown_long(const struct parse *p, const char *word, size_t length)
{
	char name[64], message[300];

	snprintf(name, sizeof(name), "%.*s", (int)length, word);
	for (const struct opt *o = p->table->options; o->kind; o++) {
		if (!near_enough(name, o->name))
			continue;
		snprintf(message, sizeof(message), "no option --%s; did you mean --%s?", name,
			 o->name);
		return complain(p, message);
	}
	snprintf(message, sizeof(message), "no option --%s", name);
	return complain(p, message);
}

static int parse_long(struct parse *p, const char *word)
{
	size_t length = strcspn(word, "=");
	const char *value = word[length] ? word + length + 1 : NULL;
	const struct opt *o = find_long(p->table, word, length, false);
	char message[200];
	bool on = true;

	if (!o && strcmp(word, "help") == 0)
		return OPT_HELP;
	if (!o && length > 3 && strncmp(word, "no-", 3) == 0) {
		o = find_long(p->table, word + 3, length - 3, true);
		on = false;
	}
	if (!o)
		return unknown_long(p, word, length);
	if (takes_argument(o))
		return value ? take(p, o, value) : take_next(p, o);
	if (value) {
		snprintf(message, sizeof(message), "--%s takes no argument", o->name);
		return complain(p, message);
	}
	*(bool *)o->to = on;
	return 0;
}

static const struct opt *find_letter(const struct opt_table *table, char letter)
{
	for (const struct opt *o = table->options; o->kind; o++) {
		if (o->letter == letter)
			return o;
	}
	return NULL;
}

/* @word is a run of letters, the last of which may have its argument behind it. */
static int parse_short(struct parse *p, const char *word)
{
	for (; *word; word++) {
		const struct opt *o = find_letter(p->table, *word);
		char message[64];

		if (!o && *word == 'h')
			return OPT_HELP;
		if (!o) {
			snprintf(message, sizeof(message), "no option -%c", *word);
			return complain(p, message);
		}
		if (takes_argument(o))
			return word[1] ? take(p, o, word + 1) : take_next(p, o);
		*(bool *)o->to = true;
	}
	return 0;
}

int opt_parse(const struct opt_table *table, int argc, char **argv, int *operands, struct err *e)
{
	struct parse p = { .table = table, .argc = argc, .argv = argv, .at = 1, .e = e };
	int kept = 1;
	int ret = 0;

	for (; p.at < argc; p.at++) {
		char *word = argv[p.at];

		if (strcmp(word, "--") == 0) {
			p.at++;
			break;
		}
		if (word[0] != '-' || !word[1]) {
			if (table->operands_end_options)
				break;
			argv[kept++] = word;
			continue;
		}
		ret = word[1] == '-' ? parse_long(&p, word + 2) : parse_short(&p, word + 1);
		if (ret)
			return ret;
	}
	for (; p.at < argc; p.at++)
		argv[kept++] = argv[p.at];
	argv[kept] = NULL;
	*operands = kept - 1;
	return 0;
}

static void help_line(const struct opt *o, FILE *out)
{
	char left[80];
	int used;

	used = snprintf(left, sizeof(left), o->letter ? "  -%c, " : "      ", o->letter);
	used += snprintf(left + used, sizeof(left) - (size_t)used, "--%s", o->name);
	if (o->argument)
		used += snprintf(left + used, sizeof(left) - (size_t)used, " %s", o->argument);
	if (used >= HELP_COLUMN)
		fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
	else
		fprintf(out, "%-*s", HELP_COLUMN, left);
	fprintf(out, "%s", o->help);
	for (int i = 0; o->choices && o->choices[i]; i++)
		fprintf(out, "%s%s", i ? ", " : ": ", o->choices[i]);
	fputc('\n', out);
}

void opt_help(const struct opt_table *table, FILE *out)
{
	static const struct opt help = {
		.kind = OPT_KIND_FLAG, .letter = 'h', .name = "help", .help = "print this and exit"
	};

	fprintf(out, "Usage: tidemark %s%s%s\n\n%s\n\nOptions:\n", table->command,
		*table->command ? " " : "", table->synopsis, table->summary);
	for (const struct opt *o = table->options; o->kind; o++)
		help_line(o, out);
	help_line(&help, out);
	if (table->epilogue)
		fprintf(out, "\n%s\n", table->epilogue);
}
