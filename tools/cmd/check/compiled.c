/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/check/compiled.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "base/vec.h"
#include "symbolize/returned.h"

#define FUNCTION "__lsan_default_suppressions"

static bool is_heeded(const struct gate *g, const char *path)
{
	size_t i;

	for (i = 0; i < g->heeded_count; i++)
		if (!strcmp(g->heeded[i], path))
			return true;
	return false;
}

/* A program without a stack in it is in no table of modules. */
static const struct model_module *module_of(const struct model *m)
{
	size_t i;

	for (i = 1; i < m->module_count; i++)
		if (!strcmp(m->modules[i].path, m->program))
			return &m->modules[i];
	return NULL;
}

static void take(struct gate *g, const char *path, const char *text)
{
	size_t before = g->suppressions.count, i;
	const char *name = arena_printf(&g->arena, "%s of %s", FUNCTION, util_basename(path));
	struct err e;

	if (!name)
		return;
	if (suppress_parse(&g->suppressions, name, text, &e))
		gate_note(g, "%s", e.text);
	/* They were written for all that the program ever does. */
	for (i = before; i < g->suppressions.count; i++)
		g->suppressions.list[i].optional = true;
}

void compiled_heed(struct gate *g, const struct model *m)
{
	const struct model_module *module = module_of(m);
	char *text = NULL, *path;
	int err;

	if (is_heeded(g, m->program))
		return;
	path = strdup(m->program);
	if (!path || VEC_ROOM(g->heeded, g->heeded_room, g->heeded_count + 1)) {
		free(path);
		return;
	}
	g->heeded[g->heeded_count++] = path;
	err = returned_text(path, module ? module->build_id : NULL,
			    module ? module->build_id_bytes : 0, FUNCTION, &text);
	if (!err)
		take(g, path, text);
	else if (err == -ENOTSUP)
		gate_note(g,
			  "%s has " FUNCTION "(), which does more than return one text and so "
			  "cannot be read; give its entries with --suppressions",
			  util_basename(path));
	free(text);
}
