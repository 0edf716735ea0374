/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For programs that want to say something to tidemark, or to ask it.  Nothing is to be linked: the
 * functions are there when the program is recorded, and do nothing, or give 0, when it is not.
 *
 *	#include <tidemark/tidemark.h>
 *
 *	tidemark_mark("configuration read");
 *	tidemark_peak_reset();
 *	parse(document);
 *	assert(tidemark_peak() < 10 << 20);
 *
 * Call them from ordinary code, not from signal handlers.  tidemark(3) says more.
 */
#ifndef TIDEMARK_TIDEMARK_H
#define TIDEMARK_TIDEMARK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TIDEMARK_OPTIONAL __attribute__((weak, visibility("default")))

/* Gives this moment a name: in the report, with what was live and who held it. */
void tidemark_mark(const char *text) TIDEMARK_OPTIONAL;

/* Bytes of heap that are live now, over all threads. */
uint64_t tidemark_live(void) TIDEMARK_OPTIONAL;

/* The most that was live since tidemark_peak_reset(), or since the start before the first. */
uint64_t tidemark_peak(void) TIDEMARK_OPTIONAL;

/* Begins anew for tidemark_peak(); the recording's own peak stays what it is. */
void tidemark_peak_reset(void) TIDEMARK_OPTIONAL;

#undef TIDEMARK_OPTIONAL

#ifdef __cplusplus
}
#endif

#define tidemark_mark(text)   (tidemark_mark ? tidemark_mark(text) : (void)0)
#define tidemark_live()	      (tidemark_live ? tidemark_live() : (uint64_t)0)
#define tidemark_peak()	      (tidemark_peak ? tidemark_peak() : (uint64_t)0)
#define tidemark_peak_reset() (tidemark_peak_reset ? tidemark_peak_reset() : (void)0)

#endif
