/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/objects.h"

#include "config.h"
#include "dense.h"
#include "profile.h"
#include "python/elf.h"
#include "sys.h"

enum domain { DOMAIN_MEMORY = 1, DOMAIN_OBJECTS = 2 };

static struct {
	void (*get)(int domain, struct python_allocator *allocator);
	void (*set)(int domain, struct python_allocator *allocator);
	void (*get_arenas)(struct python_arenas *arenas);
	void (*set_arenas)(struct python_arenas *arenas);
	bool is_partial;
} objects;

/*
 * What was there before, by domain: at the start, and when the layer was put in place again.  What
 * was there at the start is never written again: the layer above it may be in use below another.
 */
static struct below {
	struct python_allocator next[3];
	struct python_arenas arenas;
} below[2];

static const struct python_layer *layer;
bool python_objects_used;

void python_objects_met(const struct link_map *object)
{
	objects.get = (void *)python_elf_find(object, "PyMem_GetAllocator").at;
	objects.set = (void *)python_elf_find(object, "PyMem_SetAllocator").at;
	objects.get_arenas = (void *)python_elf_find(object, "PyObject_GetArenaAllocator").at;
	objects.set_arenas = (void *)python_elf_find(object, "PyObject_SetArenaAllocator").at;
}

static bool passes_malloc(void)
{
	const char *how = config_variable("PYTHONMALLOC");

	return how && __builtin_strncmp(how, "malloc", 6) == 0;
}

/* False: the layer is on top already. */
static bool wrap(struct below *b, int domain)
{
	struct python_allocator top, ours = layer->allocator;

	objects.get(domain, &top);
	if (top.malloc == ours.malloc)
		return false;
	b->next[domain] = top;
	ours.context = &b->next[domain];
	objects.set(domain, &ours);
	return true;
}

/* From now on there are blocks of one grain, of the interpreter's own making. */
static bool wrap_objects(struct below *b)
{
	bool memory;

	dense_heap_least = DENSE_LEAST;
	memory = wrap(b, DOMAIN_MEMORY);

	return wrap(b, DOMAIN_OBJECTS) || memory;
}

static void wrap_arenas(struct below *b)
{
	struct python_arenas top, ours = layer->arenas;

	objects.get_arenas(&top);
	if (top.alloc == ours.alloc)
		return;
	b->arenas = top;
	ours.context = &b->arenas;
	objects.set_arenas(&ours);
}

static void note(enum tide_python_objects how)
{
	if (profile.header)
		profile.header->python_objects = how;
}

static bool wants_objects(void)
{
	return layer && config.python_objects && !passes_malloc() && objects.get && objects.set;
}

void python_objects_begin(const struct python_layer *hooks)
{
	layer = hooks;
	if (layer && objects.get_arenas && objects.set_arenas)
		wrap_arenas(&below[0]);
	note(passes_malloc() ? TIDE_OBJECTS_MALLOC : TIDE_OBJECTS_ARENAS);
	if (!wants_objects())
		return;
	note(TIDE_OBJECTS_EACH);
	wrap_objects(&below[0]);
}

void python_objects_watch(void)
{
	python_objects_used = false;
}

/* Not called is not gone: what was captured since may have been no object. */
void python_objects_mend(void)
{
	if (python_objects_used || !wants_objects())
		return;
	if (wrap_objects(&below[1])) {
		objects.is_partial = true;
		note(TIDE_OBJECTS_LATER);
	}
	python_objects_used = true;
}

bool python_objects_all(void)
{
	return python_objects_used && !objects.is_partial;
}

bool python_objects_partial(void)
{
	return objects.is_partial;
}
