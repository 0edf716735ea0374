/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every Python object a block of its own: a layer above the interpreter's allocator of small
 * blocks, put there by PyMem_SetAllocator.  That allocator stays; what it takes from malloc for
 * itself is no event of its own.  Without the layer (--python-objects=no) its arenas are blocks.
 *
 * Put in place in the constructor, before the interpreter begins, or when its first frames are
 * judged: PYTHONMALLOC and -X dev replace all layers at the start.  With PYTHONMALLOC=malloc
 * there is nothing to do, for every object is a call of malloc.
 */
#ifndef SRC_PYTHON_OBJECTS_H
#define SRC_PYTHON_OBJECTS_H

#include "sys.h"

struct link_map;

/* PyMemAllocatorEx and PyObjectArenaAllocator, unchanged since 3.5. */
struct python_allocator {
	void *context;
	void *(*malloc)(void *context, size_t bytes);
	void *(*calloc)(void *context, size_t count, size_t bytes);
	void *(*realloc)(void *context, void *old, size_t bytes);
	void (*free)(void *context, void *block);
};

struct python_arenas {
	void *context;
	void *(*alloc)(void *context, size_t bytes);
	void (*free)(void *context, void *arena, size_t bytes);
};

/* What goes above the interpreter's own; each `context` is the layer below. */
struct python_layer {
	struct python_allocator allocator;
	struct python_arenas arenas;
};

/* The layer was called. */
OURS bool python_objects_used;

/* Find the interpreter's functions.  Hook-safe. */
void python_objects_met(const struct link_map *object);

/* In the constructor. */
void python_objects_begin(const struct python_layer *hooks);

/*
 * Later, by a thread that holds the interpreter lock: from one call of the first to one of the
 * second the interpreter has made objects; if the layer has not seen them, it was replaced.
 */
void python_objects_watch(void);
void python_objects_mend(void);

/* All objects pass through the layer, and have from the beginning. */
bool python_objects_all(void);

/* There are objects that came before the layer: their end is no surprise. */
bool python_objects_partial(void);

#endif
