/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The second half of the reader's distrust: the numbers inside the records.  For reader.c alone.
 * Errors: -EBADMSG with the fault filled in, -ENOMEM.
 */
#ifndef TIDEMARK_READER_CHECK_H
#define TIDEMARK_READER_CHECK_H

#include "reader/reader.h"

int check_contents(const struct reader *r, struct err *fault);

#endif
