/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command "tidemark": finds the subcommand and hands over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"
#include "cmd/cmd.h"

/* clang-format off */
static const struct command *const commands[] = {
	&command_run,
	&command_report,
	&command_check,
	&command_diff,
	&command_export,
	&command_plot,
	&command_top,
	&command_snapshot,
	&command_leaks,
	&command_mark,
	&command_off,
	&command_on,
	&command_ps,
	NULL,
};
/* clang-format on */

static void help(FILE *out)
{
	fputs("Usage: tidemark COMMAND [options] …\n\n"
	      "Shows a program's high-water mark of heap memory: how much, when, who held it.\n\n"
	      "Commands:\n",
	      out);
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nBegin with:\n"
	      "  tidemark run -- PROGRAM ARGUMENTS\n"
	      "  tidemark report\n\n"
	      "tidemark COMMAND --help tells about one of them; tidemark(1) is the manual.\n",
	      out);
}

static int unknown(const char *word)
{
	for (size_t i = 0; commands[i]; i++) {
		if (near_enough(word, commands[i]->name)) {
			cmd_say("no command '%s'; did you mean '%s'? A program is recorded by "
				"tidemark run -- %s",
				word, commands[i]->name, word);
			return EXIT_USAGE;
		}
	}
	cmd_say("no command '%s'; tidemark --help lists them, and a program is recorded by "
		"tidemark run -- %s",
		word, word);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;

	if (!word) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
		help(stdout);
		return cmd_flush();
	}
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
		printf("tidemark %s\n", PACKAGE_VERSION);
		return cmd_flush();
	}
	for (size_t i = 0; commands[i]; i++) {
		if (strcmp(word, commands[i]->name) == 0)
			return commands[i]->run(argc - 1, argv + 1);
	}
	return unknown(word);
}
