/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of the lost blocks lead and which follow.  For mark.c; see there.
 */
#ifndef SRC_SCAN_LOST_H
#define SRC_SCAN_LOST_H

void lost_sort(void);

#endif
