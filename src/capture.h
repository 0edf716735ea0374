/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From a call to its record: memo first, a walk when that does not know.  Hook-safe.
 */
#ifndef SRC_CAPTURE_H
#define SRC_CAPTURE_H

#include "thread.h"

/* NULL when not even the overflow site has a record. */
struct tide_record *capture(struct thread *t, const struct anchor *anchor);

#endif
