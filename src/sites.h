/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Distinct stacks ("sites"), and the record of each (place, site).  Hook-safe; lock-free and
 * insert-only.
 */
#ifndef SRC_SITES_H
#define SRC_SITES_H

#include "thread.h"

/*
 * This place's record of the stack just walked; the overflow site's where there is no room, NULL
 * when not even that.
 */
struct tide_record *sites_record_of_walk(struct thread *t);

/* The same of a site that is known. */
struct tide_record *sites_record(struct thread *t, uint32_t site);

#endif
