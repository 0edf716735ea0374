/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a recording says about time: history, marks, and what was seen of the process from outside.
 * For model.c alone.  Errors: -ENOMEM.
 */
#ifndef TIDEMARK_READER_MODEL_TIME_H
#define TIDEMARK_READER_MODEL_TIME_H

#include "reader/model.h"

int model_time_fold(struct model *m, const struct reader *r);
void model_time_free(struct model *m);

#endif
