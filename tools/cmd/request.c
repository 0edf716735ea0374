/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/request.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"

#define OPTIONS_MOST 16
#define SAY_AFTER_MS 1000
#define WAIT_AT_ONCE 250 /* ms between two looks at an interrupt */
#define TIMEOUT_MOST 86400

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signo)
{
	(void)signo;
	interrupted = 1;
}

static bool parse_pid(const char *text, pid_t *pid)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	*pid = (pid_t)number;
	return !errno && end != text && !*end && number > 0 && number == *pid;
}

/* The table with one more option. */
static bool parse_options(const struct opt_table *table, int argc, char **argv,
			  struct request_options *o, int *operands, int *status)
{
	const struct opt timeout = OPT_NUMBER("timeout", 0, &o->timeout_s, 1, TIMEOUT_MOST,
					      "SECONDS", "give up after so long (never)");
	struct opt options[OPTIONS_MOST + 2] = { timeout };
	struct opt_table whole = *table;
	size_t i;

	for (i = 0; table->options && table->options[i].kind != OPT_KIND_END && i < OPTIONS_MOST;
	     i++)
		options[i + 1] = table->options[i];
	whole.options = options;
	return cmd_options(&whole, argc, argv, operands, status);
}

bool request_parse(const struct opt_table *table, int argc, char **argv, struct request_options *o,
		   int *status)
{
	int operands;

	memset(o, 0, sizeof(*o));
	if (!parse_options(table, argc, argv, o, &operands, status))
		return false;
	*status = EXIT_USAGE;
	if (!operands) {
		cmd_say("which process? type tidemark %s PID", table->command);
		return false;
	}
	if (!parse_pid(argv[1], &o->pid)) {
		cmd_say("'%s' is no process number; type tidemark %s PID", argv[1], table->command);
		return false;
	}
	o->rest = (const char *const *)&argv[2];
	return true;
}

static int wait_in_steps(struct ask *a, const struct request_options *o)
{
	uint64_t waited_ms = 0, most_ms = o->timeout_s * 1000;
	int ret = -ETIMEDOUT;

	while (ret == -ETIMEDOUT && !interrupted && (!most_ms || waited_ms < most_ms)) {
		ret = ask_wait(a, WAIT_AT_ONCE);
		waited_ms += WAIT_AT_ONCE;
		if (ret == -ETIMEDOUT && waited_ms == SAY_AFTER_MS)
			cmd_say("process %d is waited for: it is served at its next allocation or "
				"free; Ctrl-C gives up",
				(int)a->pid);
	}
	return ret;
}

static int wait_for(struct ask *a, const struct request_options *o)
{
	struct sigaction action = { .sa_handler = on_interrupt }, old;
	int ret;

	sigaction(SIGINT, &action, &old);
	ret = wait_in_steps(a, o);
	sigaction(SIGINT, &old, NULL);
	if (ret == 0)
		return EXIT_SUCCESS;
	if (ret == -ESRCH) {
		cmd_say("process %d has ended", (int)a->pid);
		return EXIT_USAGE;
	}
	ask_withdraw(a);
	cmd_say("process %d has not allocated or freed anything since; the request was taken back",
		(int)a->pid);
	return EXIT_USAGE;
}

int request_make(struct ask *a, const struct request_options *o, uint32_t request,
		 const char *mark_text)
{
	struct err e;

	memset(a, 0, sizeof(*a));
	if (ask_open(a, o->pid, &e) < 0 || ask_send(a, request, mark_text, &e) < 0)
		return cmd_fail(EXIT_USAGE, &e);
	return wait_for(a, o);
}
