/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "python/python.h"

#include <dlfcn.h>

#include "config.h"
#include "profile.h"
#include "python/elf.h"
#include "python/objects.h"
#include "thread.h"

struct python python;

void python_settle(enum tide_python state)
{
	profile.header->python_state = state;
	python.depth = config.depth;
	python.sees_codes = state == TIDE_PYTHON_ON && python_objects_all();
	python.walk_stops = state == TIDE_PYTHON_ON && config.python_stacks != CONFIG_MERGED;
	__atomic_store_n(&python.state, state, __ATOMIC_RELEASE);
}

static uintptr_t function(const struct link_map *object, const char *name)
{
	return python_elf_find(object, name).at;
}

/* A program linked without PIC holds copies of the data that it names. */
static uintptr_t data(const struct link_map *object, const char *name)
{
	const struct link_map *first = object;
	uintptr_t at;

	while (first->l_prev)
		first = first->l_prev;
	at = python_elf_find(first, name).at;
	return at ? at : python_elf_find(object, name).at;
}

/* By what each version was the first to export: no call is needed. */
static uint32_t version_of(const struct link_map *object)
{
	const unsigned long *version = (const unsigned long *)data(object, "Py_Version");

	if (version)
		return (uint32_t)*version;
	if (function(object, "PyModule_AddObjectRef"))
		return 0x030a0000;
	if (function(object, "PyFrame_GetBack"))
		return 0x03090000;
	return function(object, "PyConfig_InitPythonConfig") ? 0x03080000 : 0x03000000;
}

/* "3.12": what the user says it is. */
static unsigned minor_of(uint32_t version)
{
	const char *text = config_variable(TIDE_ENV_PYTHON_LAYOUT);
	unsigned minor = 0;

	if (!text || text[0] != '3' || text[1] != '.')
		return version >> 24 == 3 ? version >> 16 & 0xff : 0;
	for (text += 2; *text >= '0' && *text <= '9' && minor < 100; text++)
		minor = minor * 10 + (unsigned)(*text - '0');
	return minor;
}

static bool find_getters(const struct link_map *object)
{
	python.state_in_key = (void *)function(object, "PyGILState_GetThisThreadState");
	python.is_ending = (void *)function(object, "_Py_IsFinalizing");
	if (!python.is_ending)
		python.is_ending = (void *)function(object, "Py_IsFinalizing");
	/* Until 3.11 this is the state of whoever holds the lock. */
	python.attached = (void *)function(object, "_PyThreadState_UncheckedGet");
	if (!python.attached)
		python.attached = (void *)function(object, "PyThreadState_GetUnchecked");
	python.state_of_thread = python.layout.minor >= 12 ? python.attached : NULL;
	python.code_type = data(object, "PyCode_Type");
	python.text_type = data(object, "PyUnicode_Type");
	python.bytes_type = data(object, "PyBytes_Type");
	return python.state_in_key && python.is_ending && python.attached && python.code_type &&
	       python.text_type && python.bytes_type;
}

static enum tide_python judge(const struct link_map *object, uint32_t version)
{
	enum tide_python state;

	if (config.python_stacks == CONFIG_NATIVE)
		return TIDE_PYTHON_ASKED_OFF;
	if (function(object, "_Py_GetRefTotal") || data(object, "_Py_RefTotal"))
		return TIDE_PYTHON_DEBUG_BUILD;
	python.runtime = (const void *)data(object, "_PyRuntime");
	state = python_layout_choose(&python.layout, minor_of(version), python.runtime);
	if (state == TIDE_PYTHON_FOUND && !find_getters(object))
		state = TIDE_PYTHON_UNKNOWN;
	return state;
}

void python_met(const struct link_map *object)
{
	struct python_symbol eval;
	uint32_t version;

	if (python.object || !object || !profile.header)
		return;
	eval = python_elf_find(object, "_PyEval_EvalFrameDefault");
	if (!eval.at || !eval.bytes)
		return;
	version = version_of(object);
	profile.header->python_version = version;
	python.eval = eval.at;
	python.eval_bytes = eval.bytes;
	python.object = object;
	python_settle(judge(object, version));
	if (python.state != TIDE_PYTHON_FREE_THREADED && python.state != TIDE_PYTHON_UNKNOWN)
		python_objects_met(object);
}

void python_unloaded(const struct link_map *object)
{
	if (object != python.object)
		return;
	python_settle(TIDE_PYTHON_NONE);
	python = (struct python){ .state = TIDE_PYTHON_NONE };
}

bool python_range(uintptr_t *start, uintptr_t *bytes)
{
	for (uint32_t i = 1; python.object && i < profile_count(TIDE_SECTION_MODULES); i++) {
		const struct tide_module *m = profile_module(i);

		if (python.eval < m->start || python.eval >= m->end || m->unloaded_ms)
			continue;
		*start = m->start;
		*bytes = m->end - m->start;
		return true;
	}
	return false;
}

void python_begin(const struct python_layer *hooks)
{
	const struct link_map *object = dlopen(NULL, RTLD_LAZY);

	for (; object; object = object->l_next)
		python_met(object);
	python_objects_begin(hooks);
}

/*
 * While the interpreter ends, the states of all threads but one are freed under them; it ends in
 * the main thread.
 */
uintptr_t python_state(const struct thread *t)
{
	uintptr_t state = python.state_of_thread ? python.state_of_thread() : 0;

	if (!state)
		state = python.state_in_key();
	if (state && t->tid != profile.pid && python.is_ending())
		return 0;
	return state;
}
