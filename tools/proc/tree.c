/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc/tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/vec.h"

static int by_pid(const void *a, const void *b)
{
	const struct proc_node *x = a, *y = b;

	return x->stat.pid < y->stat.pid ? -1 : x->stat.pid > y->stat.pid;
}

/* One that ends while we look is left out. */
static int add(struct proc_tree *t, int directory, const char *name)
{
	struct proc_node node = { .depth = 0 };
	struct stat st;
	int ret;

	if (fstatat(directory, name, &st, 0) != 0 ||
	    proc_stat_read((pid_t)strtol(name, NULL, 10), &node.stat) < 0)
		return 0;
	node.owner = st.st_uid;
	ret = VEC_ROOM(t->list, t->room, t->count + 1);
	if (ret == 0)
		t->list[t->count++] = node;
	return ret;
}

int proc_tree_read(struct proc_tree *t)
{
	struct dirent *entry;
	DIR *d = opendir("/proc");
	int ret = 0;

	*t = (struct proc_tree){ 0 };
	if (!d)
		return -errno;
	while (ret == 0 && (entry = readdir(d))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			ret = add(t, dirfd(d), entry->d_name);
	}
	closedir(d);
	if (ret < 0)
		proc_tree_free(t);
	else if (t->count)
		qsort(t->list, t->count, sizeof(*t->list), by_pid);
	return ret;
}

/* Appends the node at @at and its descendants; a pid used again cannot make a ring, being older. */
static int append(const struct proc_tree *all, size_t at, unsigned depth, struct proc_tree *below)
{
	const struct proc_stat *parent = &all->list[at].stat, *s;
	int ret = VEC_ROOM(below->list, below->room, below->count + 1);

	if (ret < 0 || below->count >= all->count)
		return ret;
	below->list[below->count] = all->list[at];
	below->list[below->count++].depth = depth;
	for (size_t i = 0; ret == 0 && i < all->count; i++) {
		s = &all->list[i].stat;
		if (s->parent == parent->pid && i != at && s->start_ticks >= parent->start_ticks)
			ret = append(all, i, depth + 1, below);
	}
	return ret;
}

int proc_tree_below(const struct proc_tree *all, pid_t root, struct proc_tree *below)
{
	const struct proc_node key = { .stat = { .pid = root } }, *found;
	int ret;

	*below = (struct proc_tree){ 0 };
	if (!all->count)
		return -ESRCH;
	found = bsearch(&key, all->list, all->count, sizeof(*all->list), by_pid);
	if (!found)
		return -ESRCH;
	ret = append(all, (size_t)(found - all->list), 0, below);
	if (ret < 0)
		proc_tree_free(below);
	return ret;
}

void proc_tree_free(struct proc_tree *t)
{
	free(t->list);
	*t = (struct proc_tree){ 0 };
}
