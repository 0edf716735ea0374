/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/gzip.h"

#include <errno.h>

#define GZIP_HEADER 16 /* added to the bits of the window */

int gzip_begin(struct gzip *g, FILE *out)
{
	g->z = (z_stream){ .opaque = Z_NULL };
	g->out = out;
	return deflateInit2(&g->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP_HEADER,
			    MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK
		       ? 0
		       : -ENOMEM;
}

static void run(struct gzip *g, int flush)
{
	do {
		g->z.next_out = g->piece;
		g->z.avail_out = sizeof(g->piece);
		deflate(&g->z, flush);
		fwrite(g->piece, 1, sizeof(g->piece) - g->z.avail_out, g->out);
	} while (!g->z.avail_out);
}

void gzip_add(struct gzip *g, const void *data, size_t bytes)
{
	g->z.next_in = (z_const Bytef *)data;
	g->z.avail_in = (uInt)bytes;
	run(g, Z_NO_FLUSH);
}

void gzip_end(struct gzip *g)
{
	g->z.avail_in = 0;
	run(g, Z_FINISH);
	deflateEnd(&g->z);
}
