/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus.h"

#include <signal.h>

#include "profile.h"
#include "start.h"

static void let_die(int number)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };

	sigaction(number, &plain, NULL);
	raise(number);
}

static void on_bus(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_code <= 0 || !profile_holds(info->si_addr)) {
		let_die(number);
		return;
	}
	/* The access is tried again, and meets empty memory; nobody comes after it. */
	__atomic_store_n(&start_armed.word, ARMED_OFF, __ATOMIC_RELEASE);
	profile_give_up();
}

void bus_begin(void)
{
	struct sigaction mine = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction old;

	if (sigaction(SIGBUS, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		sigaction(SIGBUS, &mine, NULL);
}
