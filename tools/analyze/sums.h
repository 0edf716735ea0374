/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Adding up and comparing what a view shows.  For the other files of analyze/.  Nothing fails;
 * additions wrap, as the numbers of a damaged recording may be anything.
 */
#ifndef TIDEMARK_ANALYZE_SUMS_H
#define TIDEMARK_ANALYZE_SUMS_H

#include "reader/model.h"
#include "view.h"

struct view_sums sums_of(const struct model_sums *m, int64_t own_peak_bytes);
struct view_leaks sums_of_leaks(const struct model_leaks *m);
/* own_peak_bytes becomes the larger one. */
void sums_add(struct view_sums *to, const struct view_sums *what);
int64_t sums_key(const struct view_sums *s, enum view_sort sort);
/* Larger first, for qsort; 0 when nothing tells them apart. */
int sums_compare(const struct view_sums *a, const struct view_sums *b, enum view_sort sort);

/*
 * Of a sum of bytes estimated from a sample of one block every sample_bytes: how far it may be off,
 * either way, in 95 cases of 100.  A block of s bytes adds s^2 (1 - p) / p^2 to the variance, p =
 * 1 - exp(-s / sample_bytes), which is never more than (s / p) sample_bytes.  0 without a sample.
 */
int64_t sums_error(int64_t bytes, uint64_t sample_bytes);

#endif
