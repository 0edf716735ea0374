/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of the lost blocks lead and which follow: each strongly connected component that no other
 * leads to gets one leader.  For mark.c.
 *
 * A block that no lost one points to is one by itself, and leads all it leads to.  What is left
 * hangs on cycles.  A first search begins, in the order of addresses, from each block that no
 * earlier one led to: these are the candidates, and a component that no other leads to has exactly
 * one.  A candidate elsewhere is led to by a later one, or else it would have been met.  So a
 * second search, from the candidates backwards, finds it before its turn; what it comes to unmet
 * leads.
 */
#ifndef SRC_SCAN_LOST_H
#define SRC_SCAN_LOST_H

void lost_sort(void);

#endif
