/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SIGBUS on our own mapping: somebody has shortened the recording, or a copy-on-write file system
 * ran full.  The recording is given up and the program goes on.  Anybody else's SIGBUS ends the
 * program as it would have without us.  A program that installs a handler of its own replaces this
 * one.
 */
#ifndef SRC_BUS_H
#define SRC_BUS_H

/* From the constructor: only where the program has the default action. */
void bus_begin(void);

#endif
