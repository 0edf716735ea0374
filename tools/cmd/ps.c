/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tidemark ps: memory of processes as the kernel counts it. */
#include "cmd/ps.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "base/vec.h"
#include "cmd/cmd.h"
#include "proc/read.h"

#define ROWS_DEFAULT 20

enum format { TEXT, JSON };

/* Who ends while we look is left out, unless he was asked for. */
static int add(struct ps *ps, const struct proc_node *node, bool asked)
{
	struct process p = { .command = NULL };
	struct err e;
	int ret = VEC_ROOM(ps->list, ps->room, ps->count + 1);

	if (ret == 0)
		ret = process_read(node, ps->maps, &p);
	if (ret == 0 || ret == -EACCES)
		ps->list[ps->count++] = p;
	if (ret == 0 || !asked)
		return EXIT_SUCCESS;
	proc_fail(node->stat.pid, ret, &e);
	return cmd_fail(EXIT_USAGE, &e);
}

static int add_tree(struct ps *ps, const struct proc_tree *all, pid_t root)
{
	struct proc_tree below;
	struct err e;
	int ret = proc_tree_below(all, root, &below), status = EXIT_SUCCESS, this;

	if (ret < 0) {
		proc_fail(root, ret, &e);
		return cmd_fail(EXIT_USAGE, &e);
	}
	for (size_t i = 0; i < (ps->children ? below.count : 1); i++) {
		this = add(ps, &below.list[i], true);
		/* A child may have gone meanwhile; that is no fault. */
		status = this && i == 0 ? this : status;
	}
	proc_tree_free(&below);
	return status;
}

static int larger_first(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	if (x->memory.rss != y->memory.rss)
		return x->memory.rss > y->memory.rss ? -1 : 1;
	return x->node.stat.pid < y->node.stat.pid ? -1 : 1;
}

static void cut(struct ps *ps)
{
	if (ps->count)
		qsort(ps->list, ps->count, sizeof(*ps->list), larger_first);
	for (; ps->count > ps->limit; ps->left_out++)
		process_free(&ps->list[--ps->count]);
}

/* A tree begins where the parent is somebody else's. */
static bool is_root(const struct proc_tree *all, const struct proc_node *node)
{
	for (size_t i = 0; i < all->count; i++) {
		if (all->list[i].stat.pid == node->stat.parent)
			return all->list[i].owner != node->owner || !all->list[i].stat.parent;
	}
	return true;
}

/* Whatever belongs to the caller, but for the kernel's own threads and what has ended. */
static int add_own(struct ps *ps, const struct proc_tree *all, bool limited)
{
	int status = EXIT_SUCCESS;
	size_t i, before;

	for (i = 0; i < all->count; i++) {
		const struct proc_node *node = &all->list[i];

		if (node->owner != geteuid() || node->stat.pid == getpid() ||
		    (ps->children && !is_root(all, node)))
			continue;
		before = ps->count;
		if (ps->children)
			add_tree(ps, all, node->stat.pid);
		else
			status |= add(ps, node, false);
		if (ps->count == before + 1 && !ps->list[before].memory.vms)
			process_free(&ps->list[--ps->count]);
	}
	if (limited && !ps->children)
		cut(ps);
	return status;
}

static int parse_pid(const char *text, pid_t *pid)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || !value || value > INT32_MAX) {
		cmd_say("'%s' is no process number; tidemark ps lists your processes", text);
		return EXIT_USAGE;
	}
	*pid = (pid_t)value;
	return EXIT_SUCCESS;
}

static int collect(struct ps *ps, char **operands, int count, enum format format)
{
	struct proc_tree all;
	struct err e;
	int ret = proc_tree_read(&all), status = EXIT_SUCCESS, this, i;
	pid_t pid = 0;

	if (ret < 0) {
		err_errno(&e, ret, "/proc");
		return cmd_fail(EXIT_USAGE, &e);
	}
	if (!count)
		status = add_own(ps, &all, format == TEXT);
	for (i = 0; i < count; i++) {
		this = parse_pid(operands[i], &pid);
		if (!this)
			this = add_tree(ps, &all, pid);
		status = this ? this : status;
	}
	proc_tree_free(&all);
	return status;
}

static int print(const struct ps *ps, enum format format)
{
	if (format == JSON)
		ps_print_json(ps, stdout);
	else
		ps_print_text(ps, stdout);
	if (fflush(stdout) == 0)
		return EXIT_SUCCESS;
	cmd_say("standard output: %s", strerror(errno));
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	static const char *const formats[] = { "text", "json", NULL };
	struct ps ps = { .limit = ROWS_DEFAULT, .machine_bytes = proc_machine_bytes() };
	int format = TEXT, operands, status, printed = EXIT_SUCCESS;
	const struct opt options[] = {
		OPT_FLAG("children", 'c', &ps.children, "all that descend from them, as a tree"),
		OPT_FLAG("maps", 'm', &ps.maps, "what each maps, a line for each file"),
		OPT_FLAG("all", 'a', &ps.all, "virtual size, text and data too"),
		OPT_NUMBER("limit", 'n', &ps.limit, 1, UINT32_MAX, "N",
			   "lines of a list not asked for by number (20)"),
		OPT_CHOICE("format", 0, &format, formats, "FORMAT", "how to write it"),
		OPT_END
	};
	const struct opt_table table = {
		.command = "ps",
		.synopsis = "[options] [PID…]",
		.summary = "Tells how much memory processes have, as the kernel counts it: "
			   "resident, with their part of what is shared, alone, swapped out.  "
			   "Without a number, of your own processes, the largest first.",
		.options = options,
	};

	if (!cmd_options(&table, argc, argv, &operands, &status))
		return status;
	ps.columns = util_columns(STDOUT_FILENO);
	status = collect(&ps, argv + 1, operands, (enum format)format);
	if (ps.count || (format == JSON && !status))
		printed = print(&ps, (enum format)format);
	for (size_t i = 0; i < ps.count; i++)
		process_free(&ps.list[i]);
	free(ps.list);
	return status ? status : printed;
}

const struct command command_ps = {
	"ps",
	"how much memory processes have: RSS, PSS, USS, swap, mappings",
	run,
};
