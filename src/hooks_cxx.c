/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hooks_cxx.h"

#include <dlfcn.h>

#include "hooks.h"
#include "next.h"
#include "thread.h"

/* name, parameters, arguments; the first parameter is the size or the block. */
#define NEW_OPERATORS(X)                                                                      \
	X(_Znwm, (size_t n), (n))                                                             \
	X(_Znam, (size_t n), (n))                                                             \
	X(_ZnwmRKSt9nothrow_t, (size_t n, const void *t), (n, t))                             \
	X(_ZnamRKSt9nothrow_t, (size_t n, const void *t), (n, t))                             \
	X(_ZnwmSt11align_val_t, (size_t n, size_t a), (n, a))                                 \
	X(_ZnamSt11align_val_t, (size_t n, size_t a), (n, a))                                 \
	X(_ZnwmSt11align_val_tRKSt9nothrow_t, (size_t n, size_t a, const void *t), (n, a, t)) \
	X(_ZnamSt11align_val_tRKSt9nothrow_t, (size_t n, size_t a, const void *t), (n, a, t))

#define DELETE_OPERATORS(X)                                                                   \
	X(_ZdlPv, (void *p), (p))                                                             \
	X(_ZdaPv, (void *p), (p))                                                             \
	X(_ZdlPvm, (void *p, size_t n), (p, n))                                               \
	X(_ZdaPvm, (void *p, size_t n), (p, n))                                               \
	X(_ZdlPvRKSt9nothrow_t, (void *p, const void *t), (p, t))                             \
	X(_ZdaPvRKSt9nothrow_t, (void *p, const void *t), (p, t))                             \
	X(_ZdlPvSt11align_val_t, (void *p, size_t a), (p, a))                                 \
	X(_ZdaPvSt11align_val_t, (void *p, size_t a), (p, a))                                 \
	X(_ZdlPvmSt11align_val_t, (void *p, size_t n, size_t a), (p, n, a))                   \
	X(_ZdaPvmSt11align_val_t, (void *p, size_t n, size_t a), (p, n, a))                   \
	X(_ZdlPvSt11align_val_tRKSt9nothrow_t, (void *p, size_t a, const void *t), (p, a, t)) \
	X(_ZdaPvSt11align_val_tRKSt9nothrow_t, (void *p, size_t a, const void *t), (p, a, t))

static struct {
#define MEMBER_NEW(name, parameters, arguments)	   void *(*name)parameters;
#define MEMBER_DELETE(name, parameters, arguments) void(*name) parameters;
	NEW_OPERATORS(MEMBER_NEW)
	DELETE_OPERATORS(MEMBER_DELETE)
	bool foreign; /* they come from the allocator library, not through malloc */
} cxx;

static const void *module_of(const void *symbol)
{
	Dl_info info;

	return symbol && dladdr(symbol, &info) ? info.dli_fbase : NULL;
}

/* A plugin's C++ runtime may be loaded apart from the program's own symbols. */
static void *runtime_symbol(const char *name)
{
	static const char *const runtimes[] = { "libstdc++.so.6", "libc++.so.1" };
	void *symbol = next_symbol(name);

	for (unsigned i = 0; !symbol && i < 2; i++) {
		void *lib = dlopen(runtimes[i], RTLD_LAZY | RTLD_NOLOAD);

		if (lib)
			symbol = dlsym(lib, name);
	}
	return symbol;
}

static void find_all(void *(*find)(const char *))
{
#define FIND(name, parameters, arguments) cxx.name = find(#name);
	NEW_OPERATORS(FIND)
	DELETE_OPERATORS(FIND)
}

void hooks_cxx_resolve(void)
{
	find_all(next_symbol);
	cxx.foreign = cxx._Znwm && !next_is_libc() &&
		      module_of((void *)cxx._Znwm) == module_of((void *)next.malloc);
}

/* The first operator of a runtime that was not there at the start. */
static __attribute__((noinline)) void find_late(void)
{
	uintptr_t busy = thread_hide();

	find_all(runtime_symbol);
	thread_show(busy);
}

/* Unless the operator came by malloc after all. */
static void *note_new(void *p, size_t bytes, const struct anchor *here)
{
	if (p && start_on() && !record_was_last(p))
		record_alloc(p, bytes, here);
	return p;
}

static void note_delete(void *p, const struct anchor *here)
{
	if (!p || !start_on())
		return;
	record_free(p, here);
	record_expect_free(p);
}

/* A program without a C++ runtime has found our operators: it gets what a plain one would do. */
static void *bare_new(size_t bytes, const struct anchor *here)
{
	void *p = next.malloc(bytes);

	if (p && start_on())
		record_alloc(p, bytes, here);
	return p;
}

static void bare_delete(void *p, const struct anchor *here)
{
	if (p && start_on())
		record_free(p, here);
	next.free(p);
}

#define DEFINE_NEW(name, parameters, arguments)                        \
	EXPORT void *name parameters                                   \
	{                                                              \
		if (unlikely(!cxx.name))                               \
			find_late();                                   \
		if (unlikely(cxx.foreign || !cxx.name)) {              \
			const struct anchor here = ANCHOR_HERE;        \
                                                                       \
			if (!cxx.name)                                 \
				return bare_new(n, &here);             \
			return note_new(cxx.name arguments, n, &here); \
		}                                                      \
		return cxx.name arguments;                             \
	}

#define DEFINE_DELETE(name, parameters, arguments)              \
	EXPORT void name parameters                             \
	{                                                       \
		if (unlikely(!cxx.name))                        \
			find_late();                            \
		if (unlikely(cxx.foreign || !cxx.name)) {       \
			const struct anchor here = ANCHOR_HERE; \
                                                                \
			if (!cxx.name) {                        \
				bare_delete(p, &here);          \
				return;                         \
			}                                       \
			note_delete(p, &here);                  \
		}                                               \
		cxx.name arguments;                             \
	}

NEW_OPERATORS(DEFINE_NEW)
DELETE_OPERATORS(DEFINE_DELETE)
