/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The part of a model that a leak scan fills.  For model.c.
 *   sum over sites of leaks.bytes = model.leaks.bytes, class by class
 * Errors: -ENOMEM.
 */
#ifndef TIDEMARK_READER_MODEL_SCAN_H
#define TIDEMARK_READER_MODEL_SCAN_H

#include "reader/model.h"
#include "reader/reader.h"

/* The sites must be there already. */
int model_scan_fold(struct model *m, const struct reader *r);

#endif
