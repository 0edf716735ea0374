/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A gzip file written piece by piece.  For pprof.c.  Errors: -ENOMEM; those of the stream are left
 * to ferror().
 */
#ifndef TIDEMARK_EXPORT_GZIP_H
#define TIDEMARK_EXPORT_GZIP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <zlib.h>

struct gzip {
	z_stream z;
	FILE *out;
	uint8_t piece[65536];
};

int gzip_begin(struct gzip *g, FILE *out);
void gzip_add(struct gzip *g, const void *data, size_t bytes);
void gzip_end(struct gzip *g);

#endif
