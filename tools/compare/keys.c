/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "compare/keys.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/brief.h"
#include "base/util.h"

/* Between the parts of a key; in no name. */
#define SEPARATOR "\1"

void keys_module(const struct view *v, const char *path, struct buf *out)
{
	const char *name = path ? util_basename(path) : "", *version = strstr(name, ".so.");

	if (path && v->facts.program && !strcmp(path, v->facts.program))
		buf_puts(out, "(program)");
	else if (version)
		buf_add(out, name, (size_t)(version - name) + 3);
	else
		buf_puts(out, name);
}

/* ".part.0", ".isra.0.cold" and their like: the compiler's, and different in each build. */
static size_t without_clones(const char *name, size_t bytes)
{
	static const char *const clones[] = { ".part.",	    ".isra.", ".constprop.", ".cold",
					      ".lto_priv.", ".llvm.", NULL };
	const char *at;
	size_t i;

	for (i = 0; clones[i]; i++) {
		at = memmem(name, bytes, clones[i], strlen(clones[i]));
		if (at && at > name)
			bytes = (size_t)(at - name);
	}
	at = memmem(name, bytes, " [clone ", 8);
	return at && at > name ? (size_t)(at - name) : bytes;
}

/* "::h" and 16 digits at the end of a Rust name stand for the build. */
static size_t without_hash(const char *name, size_t bytes)
{
	size_t i;

	if (bytes <= 19 || memcmp(name + bytes - 19, "::h", 3) != 0)
		return bytes;
	for (i = bytes - 16; i < bytes; i++)
		if (!isxdigit((unsigned char)name[i]))
			return bytes;
	return bytes - 19;
}

void keys_function(const char *function, struct buf *out)
{
	struct buf brief = { 0 };
	const char *name = brief_name(function, &brief);
	size_t bytes;

	if (!*name)
		name = function;
	bytes = without_clones(name, strlen(name));
	buf_add(out, name, without_hash(name, bytes));
	out->failed |= brief.failed;
	buf_free(&brief);
}

uint64_t keys_mix(uint64_t hash, uint64_t number)
{
	hash = (hash ^ number) * 0x9e3779b97f4a7c15ull;
	hash ^= hash >> 29;
	hash *= 0xbf58476d1ce4e5b9ull;
	return hash ^ hash >> 32;
}

static void code_key(const struct view_frame *f, struct buf *out)
{
	if (f->python)
		buf_printf(out, "%s" SEPARATOR "%s" SEPARATOR "%u", f->function ? f->function : "",
			   f->file ? f->file : "", f->line);
	else if (f->module && *f->build_id)
		buf_printf(out, "%s+%llx", f->build_id, (unsigned long long)f->offset);
	else if (f->module)
		buf_printf(out, "%s+%llx", f->module, (unsigned long long)f->offset);
	else
		buf_printf(out, "%llx", (unsigned long long)f->pc);
}

static void name_key(const struct view *v, const struct view_frame *f, enum key_kind kind,
		     struct buf *out)
{
	if (kind != KEY_PLAIN) {
		keys_module(v, f->python ? NULL : f->module, out);
		buf_puts(out, SEPARATOR);
	}
	if (!f->function) {
		if (kind == KEY_PLAIN)
			keys_module(v, f->module, out);
		buf_printf(out, "+0x%llx", (unsigned long long)(f->module ? f->offset : f->pc));
		return;
	}
	keys_function(f->function, out);
	if (kind == KEY_NAME)
		buf_printf(out, SEPARATOR "%s", f->file ? util_basename(f->file) : "");
}

static int fill_kind(struct keys *k, enum key_kind kind, struct pool *pool)
{
	const struct view *v = k->view;
	struct buf key = { 0 };
	int err = 0;
	size_t i;

	k->numbers[kind] = calloc(v->frame_count + 1, sizeof(*k->numbers[kind]));
	if (!k->numbers[kind])
		return -ENOMEM;
	for (i = 0; i < v->frame_count && !err; i++) {
		buf_reset(&key);
		if (kind == KEY_CODE)
			code_key(&v->frames[i], &key);
		else
			name_key(v, &v->frames[i], kind, &key);
		err = key.failed ? -ENOMEM : pool_add(pool, key.data, &k->numbers[kind][i]);
	}
	buf_free(&key);
	return err;
}

static bool has_build(const struct view *v, const char *build_id)
{
	size_t i;

	for (i = 1; i < v->module_count; i++)
		if (!strcmp(v->modules[i].build_id, build_id))
			return true;
	return false;
}

static int fill_builds(struct keys *k, const struct view *other)
{
	const struct view *v = k->view;
	bool *same = calloc(v->module_count + 1, sizeof(*same));
	size_t i;

	k->is_same_build = calloc(v->frame_count + 1, sizeof(*k->is_same_build));
	if (!same || !k->is_same_build) {
		free(same);
		return -ENOMEM;
	}
	for (i = 1; i < v->module_count; i++)
		same[i] = *v->modules[i].build_id && has_build(other, v->modules[i].build_id);
	for (i = 0; i < v->frame_count; i++)
		k->is_same_build[i] = !v->frames[i].python && same[v->frames[i].module_number];
	free(same);
	return 0;
}

int keys_fill(struct keys *k, const struct view *view, const struct view *other, struct pool *pool)
{
	enum key_kind kind;
	int err;

	*k = (struct keys){ .view = view };
	err = fill_builds(k, other);
	for (kind = 0; kind < KEY_KINDS && !err; kind++)
		err = fill_kind(k, kind, pool);
	if (err)
		keys_free(k);
	return err;
}

void keys_free(struct keys *k)
{
	enum key_kind kind;

	for (kind = 0; kind < KEY_KINDS; kind++)
		free(k->numbers[kind]);
	free(k->is_same_build);
	*k = (struct keys){ .view = NULL };
}
