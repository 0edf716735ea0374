/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Uses functions of other allocators when they are there, as programs do by weak symbols: a
 * recording library may not make them appear.
 */
#define _GNU_SOURCE
#include "victim.h"

#include <dlfcn.h>

#define OPTIONAL(name)                                   \
	extern void *name(size_t) __attribute__((weak)); \
	static int has_##name(void)                      \
	{                                                \
		return name != NULL;                     \
	}
OPTIONAL(mi_malloc)
OPTIONAL(je_malloc)
OPTIONAL(mallocx)
OPTIONAL(mallctl)
OPTIONAL(tc_malloc)
OPTIONAL(GC_malloc)
OPTIONAL(_Znwm)
OPTIONAL(_Unwind_Backtrace)
OPTIONAL(unw_backtrace)
OPTIONAL(_ULx86_64_step)

int main(void)
{
	static const char *const names[] = { "mi_malloc",     "mi_free",       "je_malloc",
					     "mallctl",	      "tc_malloc",     "sdallocx",
					     "unw_backtrace", "_Unwind_Resume" };
	int seen = has_mi_malloc() + has_je_malloc() + has_mallocx() + has_mallctl() +
		   has_tc_malloc() + has_GC_malloc() + has__Unwind_Backtrace() +
		   has_unw_backtrace() + has__ULx86_64_step();

	for (unsigned int i = 0; i < COUNT_OF(names); i++) {
		if (dlsym(RTLD_DEFAULT, names[i])) {
			say("seen=%s\n", names[i]);
			seen++;
		}
	}
	if (mi_malloc)
		KEEP(seen);
	/* operator new may be there, but then it must work */
	if (has__Znwm())
		need(_Znwm(10) != NULL, "operator new");
	say("unexpected=%d\n", seen);
	return 0;
}
