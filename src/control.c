/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "control.h"

#include "config.h"
#include "marks.h"
#include "scan/demand.h"
#include "timeline.h"

#define CLOCK_EVERY 32u /* calls of a program that waits to be recorded */

static void turn_on(uint32_t flags)
{
	struct tide_header *h = profile.header;
	uint64_t now_us = profile_now_us();
	uint32_t old = __atomic_fetch_and(&h->pulse.control, ~(uint32_t)TIDE_CONTROL_OFF,
					  __ATOMIC_ACQ_REL);

	config.start_after_us = 0;
	if (!(old & TIDE_CONTROL_OFF))
		return;
	h->paused_us += now_us - h->pause_began_us;
	marks_add("recording on", flags | TIDE_MARK_ON);
}

static void turn_off(void)
{
	struct tide_header *h = profile.header;

	if (h->pulse.control & TIDE_CONTROL_OFF)
		return;
	marks_add("recording off", TIDE_MARK_OUTSIDE | TIDE_MARK_OFF);
	h->pause_began_us = profile_now_us();
	__atomic_fetch_or(&h->flags, TIDE_FLAG_PAUSED, __ATOMIC_RELAXED);
	__atomic_fetch_or(&h->pulse.control, TIDE_CONTROL_OFF, __ATOMIC_ACQ_REL);
}

uint32_t control_serve(void)
{
	struct tide_header *h = profile.header;
	uint32_t asked = __atomic_fetch_and(&h->pulse.control, ~(uint32_t)TIDE_CONTROL_REQUESTS,
					    __ATOMIC_ACQ_REL) &
			 TIDE_CONTROL_REQUESTS;

	if (asked & TIDE_CONTROL_TURN_OFF)
		turn_off();
	if (asked & TIDE_CONTROL_TURN_ON)
		turn_on(TIDE_MARK_OUTSIDE);
	if (asked & TIDE_CONTROL_MARK)
		marks_from_outside();
	if (asked & (TIDE_CONTROL_SCAN | TIDE_CONTROL_SCAN_MORE) &&
	    scan_on_demand(asked & TIDE_CONTROL_SCAN))
		__atomic_fetch_or(&h->pulse.control, TIDE_CONTROL_SCAN_MORE, __ATOMIC_ACQ_REL);
	if (asked & TIDE_CONTROL_TICK)
		timeline_look();
	if (asked & ~(uint32_t)(TIDE_CONTROL_SCAN_MORE | TIDE_CONTROL_TICK))
		__atomic_fetch_add(&h->requests_served, 1, __ATOMIC_RELEASE);
	return control_word();
}

bool control_still_off(void)
{
	/* Not the thread's own, for there may be none yet; a lost count does not matter. */
	static uint32_t calls;

	if (!config.start_after_us || calls++ % CLOCK_EVERY ||
	    sys_clock_us() < config.start_after_us)
		return true;
	turn_on(0);
	return false;
}

static void begin_off(void)
{
	profile.header->pause_began_us = 0;
	profile.header->flags |= TIDE_FLAG_PAUSED;
	profile.header->pulse.control |= TIDE_CONTROL_OFF;
}

void control_begin(void)
{
	profile.header->sample_bytes = config.sample_bytes;
	if (config.sample_bytes)
		profile.header->pulse.control |= TIDE_CONTROL_SAMPLED;
	if (!config.start_after_us)
		return;
	config.start_after_us += sys_clock_us();
	begin_off();
}

void control_after_fork(uint32_t parent_word)
{
	profile.header->requests_served = 0;
	profile.header->paused_us = 0;
	profile.header->pulse.control = parent_word & TIDE_CONTROL_SAMPLED;
	if (parent_word & TIDE_CONTROL_OFF)
		begin_off();
}
