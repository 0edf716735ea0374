/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tree of frames: a node is a frame below its caller's node.  Hook-safe; lock-free and
 * insert-only.
 *
 * What is met together is made together, and mostly met together again.  So what is known of a node
 * stands beside what is known of those made before and after it, and not where a hash would put it.
 */
#ifndef SRC_NODES_H
#define SRC_NODES_H

#include "thread.h"

/* The node of a frame below its caller's, made if need be; 0 when there is no room. */
uint32_t nodes_child(uint32_t parent, uint32_t frame, int tid);

/*
 * The innermost node of the stack just walked, after all that the walk has found anew have been
 * named in its mirror; 0 when there is no room.
 */
uint32_t nodes_name(struct thread *t);

/* The first record of the site that ends at this node, if it is of this place; else 0. */
uint32_t nodes_own_record(uint32_t node, uint32_t slot);

/* The same of whatever place.  Before it is set for the first time: room for it, false without. */
uint32_t nodes_record(uint32_t node);
bool nodes_make_place(uint32_t node, int tid);

/* False when there is one. */
bool nodes_set_record(uint32_t node, uint32_t slot, uint32_t record);

#endif
