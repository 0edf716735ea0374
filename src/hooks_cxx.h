/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * operator new and delete.  libstdc++'s call malloc and free, where they are seen: the hooks then
 * only jump on, and leave no frame.  An allocator library that brings its own operators (jemalloc,
 * tcmalloc, mimalloc) is recorded here.
 */
#ifndef SRC_HOOKS_CXX_H
#define SRC_HOOKS_CXX_H

/* At the start, when the next malloc is known. */
void hooks_cxx_resolve(void);

#endif
