/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/key.h"

#include <string.h>

#include "base/util.h"

/* "libfoo.so.1.2" is libfoo.so: the next version is the same library. */
static size_t module_bytes(const char *name)
{
	const char *at = strstr(name, ".so.");

	return at ? (size_t)(at - name) + 3 : strlen(name);
}

/* What a compiler adds to the name of a function that it has split or made special. */
static size_t function_bytes(const char *name)
{
	static const char *const marks[] = { " [clone ", ".constprop.", ".isra.", ".part.",
					     ".cold",	 ".llvm.",	NULL };
	const char *at, *first = name + strlen(name);
	size_t i;

	for (i = 0; marks[i]; i++) {
		at = strstr(name, marks[i]);
		if (at && at > name && at < first)
			first = at;
	}
	return (size_t)(first - name);
}

static void add_frame(const struct view_frame *f, struct buf *out)
{
	const char *name = f->function ? f->function : "?";
	const char *module = f->module ? util_basename(f->module) : "?";

	buf_add(out, name, function_bytes(name));
	if (f->file)
		buf_printf(out, " in %s", util_basename(f->file));
	buf_puts(out, " of ");
	buf_add(out, module, module_bytes(module));
}

void key_of_stack(const struct view_frame *frames, const uint32_t *stack, size_t count,
		  struct buf *out)
{
	struct buf before = { 0 };
	size_t i, start;

	for (i = 0; i < count; i++) {
		start = out->bytes;
		if (i)
			buf_puts(out, "\n");
		start = out->bytes;
		add_frame(&frames[stack[i]], out);
		if (out->failed)
			break;
		if (i && !strcmp(buf_text(&before), out->data + start)) {
			/* With the newline in front of it. */
			out->bytes = start - 1;
			out->data[out->bytes] = '\0';
			continue;
		}
		buf_reset(&before);
		buf_puts(&before, out->data + start);
	}
	out->failed |= before.failed;
	buf_free(&before);
}

uint64_t key_hash(const char *key)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * 0x100000001b3u;
	return hash;
}
