/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Distinct (code address, module, flags) in the recording, each once.  Hook-safe.
 */
#ifndef SRC_FRAMES_H
#define SRC_FRAMES_H

#include "sys.h"

/* The frame's number, 0 when the recording has no room. */
uint32_t frames_intern(uintptr_t pc, uint32_t module, uint32_t flags, int tid);

#endif
