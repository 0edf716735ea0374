/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reader/model_scan.h"

#include <errno.h>
#include <stdlib.h>

_Static_assert((int)MODEL_LEAKS == (int)TIDE_LEAK_CLASSES, "classes");
_Static_assert((int)MODEL_SCAN_STATES == (int)TIDE_SCAN_STATES, "states");
_Static_assert((int)MODEL_SCAN_FAILED == (int)TIDE_SCAN_FAILED, "states");
_Static_assert((int)MODEL_SCAN_SAMPLED == (int)TIDE_SCAN_SAMPLED, "flags");
_Static_assert((int)MODEL_HOLDER_KINDS == (int)TIDE_HOLDER_KINDS, "holders");

void model_add_leaks(struct model_leaks *to, const struct model_leaks *what)
{
	size_t i;

	for (i = 0; i < MODEL_LEAKS; i++) {
		to->bytes[i] += what->bytes[i];
		to->blocks[i] += what->blocks[i];
	}
	to->held_bytes += what->held_bytes;
	to->held_blocks += what->held_blocks;
}

static void fold_sites(struct model *m, const struct reader *r)
{
	const struct tide_leak *from;
	struct model_leaks *to;
	size_t i, k;

	for (i = 0; i < r->header.scan.sites; i++) {
		from = &r->leaks[i];
		to = &m->sites[i].leaks;
		for (k = 0; k < MODEL_LEAKS; k++) {
			to->bytes[k] = from->bytes[k];
			to->blocks[k] = from->blocks[k];
		}
		to->held_bytes = from->held_bytes;
		to->held_blocks = from->held_blocks;
		model_add_leaks(&m->leaks, to);
	}
}

static void copy_blocks(struct model *m, const struct reader *r)
{
	const struct tide_leak_block *from;
	size_t i;

	for (i = 1; i < m->leak_block_count; i++) {
		from = &r->leak_blocks[i];
		m->leak_blocks[i] = (struct model_leak_block){
			.address = from->address,
			.bytes = from->bytes,
			.held_bytes = from->held_bytes,
			.held_blocks = from->held_blocks,
			.birth_ms = from->birth_ms,
			.site = from->site,
			.leak_class = (enum model_leak)from->leak_class,
			.leader = from->leader,
			.holder = from->holder,
		};
	}
}

static void copy_holders(struct model *m, const struct reader *r)
{
	const struct tide_holder *from;
	size_t i;

	for (i = 1; i < m->holder_count; i++) {
		from = &r->holders[i];
		m->holders[i] = (struct model_holder){
			.address = from->address,
			.bytes = from->bytes,
			.offset = from->offset,
			.kind = (enum model_holder_kind)from->kind,
			.outer = from->outer,
			.where = from->where,
		};
	}
}

int model_scan_fold(struct model *m, const struct reader *r)
{
	const struct tide_scan *s = &r->header.scan;

	m->scan = (struct model_scan){
		.state = (enum model_scan_state)s->state,
		.flags = s->flags,
		.us = s->us,
		.took_us = s->took_us,
		.pause_us = s->pause_us,
		.number = s->number,
		.since_ms = s->since_ms,
		.threads = s->threads,
		.unparked = s->unparked,
	};
	m->leak_block_count = s->blocks;
	m->holder_count = s->holders;
	m->leak_blocks = calloc(m->leak_block_count + 1, sizeof(*m->leak_blocks));
	m->holders = calloc(m->holder_count + 1, sizeof(*m->holders));
	if (!m->leak_blocks || !m->holders)
		return -ENOMEM;
	fold_sites(m, r);
	copy_blocks(m, r);
	copy_holders(m, r);
	return 0;
}
