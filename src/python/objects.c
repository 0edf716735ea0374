/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/objects.h"

#include "config.h"
#include "profile.h"
#include "python/elf.h"
#include "sys.h"

enum domain { DOMAIN_MEMORY = 1, DOMAIN_OBJECTS = 2 };

static struct {
	void (*get)(int domain, struct python_allocator *allocator);
	void (*set)(int domain, struct python_allocator *allocator);
	void (*get_arenas)(struct python_arenas *arenas);
	void (*set_arenas)(struct python_arenas *arenas);
	struct python_allocator next[3]; /* by domain: what was there before */
	struct python_arenas next_arenas;
	bool is_partial;
} objects;

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

static void wrap(int domain)
{
	struct python_allocator *next = &objects.next[domain], ours = layer->allocator;

	objects.get(domain, next);
	ours.context = next;
	objects.set(domain, &ours);
}

static void wrap_arenas(void)
{
	struct python_arenas ours;

	objects.get_arenas(&ours);
	if (!layer || ours.alloc == layer->arenas.alloc)
		return;
	objects.next_arenas = ours;
	ours = layer->arenas;
	ours.context = &objects.next_arenas;
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
	if (objects.get_arenas && objects.set_arenas)
		wrap_arenas();
	note(passes_malloc() ? TIDE_OBJECTS_MALLOC : TIDE_OBJECTS_ARENAS);
	if (!wants_objects())
		return;
	note(TIDE_OBJECTS_EACH);
	wrap(DOMAIN_MEMORY);
	wrap(DOMAIN_OBJECTS);
}

void python_objects_watch(void)
{
	python_objects_used = false;
}

void python_objects_mend(void)
{
	if (python_objects_used || !wants_objects())
		return;
	objects.is_partial = true;
	python_objects_begin(layer);
	note(TIDE_OBJECTS_LATER);
}

bool python_objects_all(void)
{
	return python_objects_used && !objects.is_partial;
}

bool python_objects_partial(void)
{
	return objects.is_partial;
}
