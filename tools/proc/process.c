/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/process.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proc/read.h"

/* Arguments are ended by NUL each. */
static char *command_of(const struct proc_stat *s)
{
	struct buf text = { 0 };
	char *command = NULL;

	if (proc_read(s->pid, "cmdline", &text) == 0 && text.bytes) {
		while (text.bytes && !text.data[text.bytes - 1])
			text.bytes--;
		for (size_t i = 0; i < text.bytes; i++) {
			if (!text.data[i])
				text.data[i] = ' ';
		}
		command = strdup(buf_text(&text));
	} else if (asprintf(&command, "[%s]", s->name) < 0) {
		command = NULL;
	}
	buf_free(&text);
	return command;
}

static int larger_first(const void *a, const void *b)
{
	const struct proc_map *x = a, *y = b;

	if (x->rss != y->rss)
		return x->rss > y->rss ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int read_shared(struct process *p, bool maps)
{
	pid_t pid = p->node.stat.pid;
	int ret = proc_share_read(pid, &p->share);

	p->has_share = ret == 0;
	if (ret == 0 && maps)
		ret = proc_maps_read(pid, true, &p->maps);
	if (ret == 0 && p->maps.count)
		qsort(p->maps.list, p->maps.count, sizeof(*p->maps.list), larger_first);
	return ret;
}

int process_read(const struct proc_node *node, bool maps, struct process *p)
{
	int ret;

	*p = (struct process){ .node = *node };
	ret = proc_statm_read(node->stat.pid, &p->memory);
	if (ret < 0)
		return ret;
	p->command = command_of(&node->stat);
	if (!p->command)
		return -ENOMEM;
	/* A zombie has no memory, and a kernel thread has none of its own. */
	if (!p->memory.vms) {
		p->has_share = true;
		return 0;
	}
	ret = read_shared(p, maps);
	if (ret < 0 && ret != -EACCES)
		process_free(p);
	return ret;
}

void process_free(struct process *p)
{
	proc_maps_free(&p->maps);
	free(p->command);
	*p = (struct process){ .command = NULL };
}
