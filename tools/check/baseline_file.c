/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Baselines as JSON: sorted, a line for each number, so that two of them can be compared. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/output.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/vec.h"
#include "check/baseline.h"

#define SCHEMA	   "tidemark-baseline"
#define SCHEMA_OWN "tidemark-baseline/1"
#define MOST_BYTES (256u << 20)

static const char *const class_names[VERDICT_CLASSES] = { "definite", "indirect", "possible",
							  "reachable" };

bool baseline_is_json(const char *path)
{
	FILE *file = fopen(path, "re");
	int c = file ? getc(file) : EOF;

	while (c == ' ' || c == '\n' || c == '\t' || c == '\r')
		c = getc(file);
	if (file)
		fclose(file);
	return c == '{';
}

static int slurp(const char *path, struct buf *text)
{
	FILE *file = fopen(path, "re");
	char piece[16384];
	size_t got;
	int err;

	if (!file)
		return -errno;
	while (text->bytes <= MOST_BYTES && (got = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(text, piece, got);
	err = ferror(file) ? -EIO : text->bytes > MOST_BYTES ? -EFBIG : text->failed ? -ENOMEM : 0;
	fclose(file);
	return err;
}

/* A whole number that a double holds exactly. */
static int64_t number_of(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble < 9e15))
		return -1;
	return (int64_t)item->valuedouble;
}

static const char *text_of(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static int class_of(const char *name)
{
	int i;

	for (i = 0; name && i < VERDICT_CLASSES; i++)
		if (!strcmp(class_names[i], name))
			return i;
	return -1;
}

static int take_leak(struct baseline *b, const cJSON *item)
{
	const cJSON *stack = cJSON_GetObjectItemCaseSensitive(item, "stack"), *frame;
	int leak_class = class_of(text_of(item, "class"));
	struct baseline_leak leak = {
		.leak_class = (unsigned)leak_class,
		.bytes = number_of(item, "bytes"),
		.blocks = number_of(item, "blocks"),
	};
	struct buf key = { 0 };
	int err = 0;

	if (leak_class < 0 || leak.bytes < 0 || leak.blocks < 0 || !cJSON_IsArray(stack))
		return -EBADMSG;
	cJSON_ArrayForEach(frame, stack)
	{
		if (!cJSON_IsString(frame))
			err = -EBADMSG;
		else
			buf_printf(&key, "%s%s", key.bytes ? "\n" : "", frame->valuestring);
	}
	leak.key = arena_printf(&b->arena, "%s", buf_text(&key));
	if (!err && (key.failed || b->arena.failed))
		err = -ENOMEM;
	buf_free(&key);
	if (!err)
		err = VEC_ROOM(b->leaks, b->leak_room, b->leak_count + 1);
	if (!err)
		b->leaks[b->leak_count++] = leak;
	return err;
}

static int take_program(struct baseline *b, const cJSON *item)
{
	const char *name = text_of(item, "name"), *command = text_of(item, "command");
	int64_t peak = number_of(item, "peak_bytes"), live = number_of(item, "live_bytes"),
		total = number_of(item, "total_bytes"), calls = number_of(item, "calls");
	int err = 0;

	if (!name || !command || peak < 0 || live < 0 || total < 0 || calls < 0)
		return -EBADMSG;
	err = VEC_ROOM(b->programs, b->program_room, b->program_count + 1);
	if (err)
		return err;
	b->programs[b->program_count++] = (struct baseline_program){
		.name = arena_printf(&b->arena, "%s", name),
		.command = arena_printf(&b->arena, "%s", command),
		.peak_bytes = (uint64_t)peak,
		.live_bytes = (uint64_t)live,
		.total_bytes = (uint64_t)total,
		.calls = (uint64_t)calls,
	};
	return b->arena.failed ? -ENOMEM : 0;
}

static int take_all(struct baseline *b, const cJSON *all, const char *path, struct err *e)
{
	const cJSON *programs = cJSON_GetObjectItemCaseSensitive(all, "programs");
	const cJSON *leaks = cJSON_GetObjectItemCaseSensitive(all, "leaks"), *item;
	const char *schema = text_of(all, "schema");
	int err = 0;

	if (!schema || strncmp(schema, SCHEMA, strlen(SCHEMA)))
		return err_set(e, -EBADMSG,
			       "--baseline %s: JSON, but no baseline; check --save-baseline "
			       "makes one",
			       path);
	if (strcmp(schema, SCHEMA_OWN))
		return err_set(e, -EBADMSG, "--baseline %s: made by another version of tidemark",
			       path);
	if (!cJSON_IsArray(programs) || !cJSON_IsArray(leaks))
		err = -EBADMSG;
	cJSON_ArrayForEach(item, programs)
	{
		if (!err)
			err = take_program(b, item);
	}
	cJSON_ArrayForEach(item, leaks)
	{
		if (!err)
			err = take_leak(b, item);
	}
	if (err == -EBADMSG)
		err_set(e, err, "--baseline %s: damaged; check --save-baseline makes a new one",
			path);
	else if (err)
		err_set(e, err, "--baseline %s: not enough memory", path);
	return err;
}

int baseline_read(struct baseline *b, const char *path, struct err *e)
{
	struct buf text = { 0 };
	cJSON *all;
	int err = slurp(path, &text);

	if (err) {
		buf_free(&text);
		return err_errno(e, err, "--baseline %s", path);
	}
	all = cJSON_ParseWithLength(buf_text(&text), text.bytes);
	buf_free(&text);
	if (!all)
		return err_set(e, -EBADMSG,
			       "--baseline %s: neither a recording nor a baseline of "
			       "check --save-baseline",
			       path);
	err = take_all(b, all, path, e);
	cJSON_Delete(all);
	if (!err)
		baseline_settle(b);
	return err;
}

static void put_program(struct json *j, const struct baseline_program *p)
{
	json_lines(j, true);
	json_open(j, NULL, '{');
	json_text(j, "name", p->name);
	json_text(j, "command", p->command);
	json_unsigned(j, "peak_bytes", p->peak_bytes);
	json_unsigned(j, "live_bytes", p->live_bytes);
	json_unsigned(j, "total_bytes", p->total_bytes);
	json_unsigned(j, "calls", p->calls);
	json_close(j, '}');
}

static void put_leak(struct json *j, const struct baseline_leak *leak)
{
	const char *at = leak->key;
	char *frame;
	size_t bytes;

	json_open(j, NULL, '{');
	json_text(j, "class", class_names[leak->leak_class]);
	json_signed(j, "bytes", leak->bytes);
	json_signed(j, "blocks", leak->blocks);
	json_open(j, "stack", '[');
	for (; *at; at += bytes + (at[bytes] == '\n')) {
		bytes = strcspn(at, "\n");
		frame = strndup(at, bytes);
		json_text(j, NULL, frame);
		free(frame);
	}
	json_close(j, ']');
	json_close(j, '}');
}

static void put_all(const struct baseline *b, FILE *out, const char *version)
{
	struct json j;
	size_t i;

	json_begin(&j, out);
	json_lines(&j, true);
	json_open(&j, NULL, '{');
	json_text(&j, "tidemark", version);
	json_text(&j, "schema", SCHEMA_OWN);
	json_open(&j, "programs", '[');
	for (i = 0; i < b->program_count; i++)
		put_program(&j, &b->programs[i]);
	json_close(&j, ']');
	json_open(&j, "leaks", '[');
	for (i = 0; i < b->leak_count; i++)
		put_leak(&j, &b->leaks[i]);
	json_close(&j, ']');
	json_close(&j, '}');
	json_end(&j);
}

/* A whole one or the old one: the next gate depends on it. */
int baseline_write(const struct baseline *b, const char *path, const char *version, struct err *e)
{
	struct output o;
	int err = output_open(&o, path, e);

	if (err)
		return err;
	put_all(b, o.stream, version);
	return output_commit(&o, e);
}
