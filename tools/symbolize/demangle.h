/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * C++ and Rust names as their authors wrote them.  For the backends.  NULL when the name is not
 * mangled; else to be freed by the caller.
 */
#ifndef TIDEMARK_SYMBOLIZE_DEMANGLE_H
#define TIDEMARK_SYMBOLIZE_DEMANGLE_H

char *demangle(const char *name);

#endif
