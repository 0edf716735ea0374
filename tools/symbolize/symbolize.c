/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/symbolize.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "symbolize/cache.h"
#include "symbolize/data.h"
#include "symbolize/ops.h"

/* How many stripped files a note names. */
#define FILES_NAMED 4

/* A frame that waits for its name. */
struct wanted {
	uint64_t address; /* to look up, in the file */
	uint32_t module;  /* first of the modules with this file and build-id */
	uint32_t frame;
};

struct work {
	const struct model *model;
	const struct symbolize_options *options;
	struct names *names;
	struct buf *notes;
	struct buf directories; /* where separate debug files may be */
	struct wanted *wanted;	/* by module, then by address */
	size_t count;
	size_t unnamed;
	struct buf unnamed_in; /* the first few files with frames without a name */
	size_t unnamed_files;
};

/* What is to be done for one module. */
struct job {
	const struct model_module *module;
	const struct wanted *wanted;
	size_t count;
	struct answers answers;
	struct buf path;
	bool cached; /* the answers came from the cache */
	bool has_lines;
};

static bool is_same(const struct model_module *a, const struct model_module *b)
{
	return a->build_id_bytes == b->build_id_bytes &&
	       !memcmp(a->build_id, b->build_id, a->build_id_bytes) && !strcmp(a->path, b->path);
}

static int by_identity(const void *one, const void *two, void *model)
{
	const struct model *m = model;
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)two;
	const struct model_module *x = &m->modules[a], *y = &m->modules[b];
	int order = strcmp(x->path, y->path);

	if (!order && x->build_id_bytes == y->build_id_bytes)
		order = memcmp(x->build_id, y->build_id, x->build_id_bytes);
	else if (!order)
		order = x->build_id_bytes < y->build_id_bytes ? -1 : 1;
	return order ? order : a < b ? -1 : a > b;
}

/* A module loaded again is the same module. */
static int find_twins(const struct model *m, uint32_t *first)
{
	uint32_t *order = calloc(m->module_count + 1, sizeof(*order));
	size_t i;

	if (!order)
		return -ENOMEM;
	for (i = 0; i < m->module_count; i++)
		order[i] = (uint32_t)i;
	if (m->module_count)
		qsort_r(order, m->module_count, sizeof(*order), by_identity, (void *)m);
	for (i = 0; i < m->module_count; i++)
		first[order[i]] = i && is_same(&m->modules[order[i - 1]], &m->modules[order[i]])
					  ? first[order[i - 1]]
					  : order[i];
	free(order);
	return 0;
}

static int by_address(const void *one, const void *two)
{
	const struct wanted *a = one, *b = two;

	if (a->module != b->module)
		return a->module < b->module ? -1 : 1;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return a->frame < b->frame ? -1 : a->frame > b->frame;
}

static int collect(struct work *w)
{
	const struct model *m = w->model;
	const struct model_frame *f;
	uint32_t *first, i;
	int err;

	w->wanted = calloc(m->frame_count + 1, sizeof(*w->wanted));
	first = calloc(m->module_count + 1, sizeof(*first));
	err = w->wanted && first ? find_twins(m, first) : -ENOMEM;
	for (i = 1; i < m->frame_count && !err; i++) {
		f = &m->frames[i];
		if (!f->module || !*m->modules[f->module].path ||
		    (w->options->only && !w->options->only[i]))
			continue;
		w->wanted[w->count++] = (struct wanted){
			.address = f->pc - m->modules[f->module].bias - !f->exact,
			.module = first[f->module],
			.frame = i,
		};
	}
	free(first);
	if (!err && w->count)
		qsort(w->wanted, w->count, sizeof(*w->wanted), by_address);
	return err;
}

static const char *reason(int err)
{
	switch (err) {
	case -ESTALE:
		return "is another build than the one recorded; keep the old one, or give "
		       "its debug file with --debug-path";
	case -ENOENT:
		return "is not here; --sysroot DIR says where the files of the recorded "
		       "machine are";
	case -ENOEXEC:
		return "is no ELF file that can be read";
	default:
		return strerror(-err);
	}
}

/* Without a build-id the time stamp is all there is. */
static bool changed_since(const struct work *w, const struct job *j)
{
	struct stat stat;

	if (j->module->build_id_bytes || w->options->sysroot)
		return false;
	return !lstat(j->path.data, &stat) &&
	       (uint64_t)stat.st_mtim.tv_sec > w->model->start_unix_ns / 1000000000;
}

static bool debug_file_exists(const struct work *w, const struct job *j)
{
	const char *at = buf_text(&w->directories);
	struct buf name = { 0 };
	bool found = false;
	size_t bytes;
	uint32_t i;

	for (; *at && !found; at += bytes + (at[bytes] == ':')) {
		bytes = strcspn(at, ":");
		buf_reset(&name);
		buf_add(&name, at, bytes);
		buf_printf(&name, "/.build-id/%02x/", j->module->build_id[0]);
		for (i = 1; i < j->module->build_id_bytes; i++)
			buf_printf(&name, "%02x", j->module->build_id[i]);
		buf_puts(&name, ".debug");
		found = !name.failed && !access(name.data, R_OK);
	}
	buf_free(&name);
	return found;
}

static void load_cached(const struct work *w, struct job *j, const struct cache_key *key)
{
	if (!key->directory || !key->build_id_bytes || cache_load(key, &j->answers, &j->has_lines))
		return;
	j->cached = true;
	/* Poor answers are no reason to stay poor. */
	if (!j->has_lines && (w->options->debuginfod || debug_file_exists(w, j))) {
		answers_free(&j->answers);
		j->cached = false;
	}
}

static bool all_known(const struct job *j)
{
	size_t i;

	for (i = 0; i < j->count; i++)
		if (!answers_find(&j->answers, j->wanted[i].address))
			return false;
	return true;
}

/* New answers go behind the known ones; those stay sorted and searchable until the end. */
static int look_up(struct job *j, const struct symbolize_ops *ops, void *handle)
{
	struct answers *a = &j->answers;
	size_t known = a->count, count, i;
	int err = 0;

	for (i = 0; i < j->count && !err; i++) {
		if (i && j->wanted[i].address == j->wanted[i - 1].address)
			continue;
		count = a->count;
		a->count = known;
		if (answers_find(a, j->wanted[i].address)) {
			a->count = count;
			continue;
		}
		a->count = count;
		err = ops->lookup(handle, j->wanted[i].address, a);
	}
	answers_sort(a);
	return err;
}

static int ask_backend(struct work *w, struct job *j, const struct cache_key *key)
{
	const struct symbolize_target target = {
		.path = j->path.data,
		.build_id = j->module->build_id,
		.build_id_bytes = j->module->build_id_bytes,
		.debug_directories = buf_text(&w->directories),
	};
	void *handle;
	int err;

	err = changed_since(w, j) ? -ESTALE : dwfl_ops.open(&target, &handle);
	if (err == -ENOMEM)
		return err;
	if (err) {
		/* The kernel's own pages are in no file. */
		if (j->module->path[0] == '/')
			buf_printf(w->notes, "no names for %s: the file %s\n", j->module->path,
				   reason(err));
		return 0;
	}
	j->has_lines = dwfl_ops.has_lines(handle);
	err = look_up(j, &dwfl_ops, handle);
	dwfl_ops.close(handle);
	if (!err && key->directory && key->build_id_bytes)
		cache_save(key, &j->answers, j->has_lines);
	return err;
}

static void note_unnamed(struct work *w, const struct job *j, size_t unnamed)
{
	if (!unnamed)
		return;
	w->unnamed += unnamed;
	if (w->unnamed_files++ < FILES_NAMED)
		buf_printf(&w->unnamed_in, "%s%s", w->unnamed_files > 1 ? ", " : "",
			   util_basename(j->module->path));
}

/* One note for all stripped files: they are the rule, not the exception. */
static void note_stripped(struct work *w)
{
	/* With the lines of a script nobody needs the interpreter's names. */
	if (!w->unnamed || w->unnamed * 20 < w->count || w->model->python == MODEL_PYTHON_ON)
		return;
	buf_printf(w->notes,
		   "%s of %s places have no name, in %s%s: stripped files; their debug "
		   "packages would have them, or --debuginfod\n",
		   util_count((int64_t)w->unnamed).text, util_count((int64_t)w->count).text,
		   buf_text(&w->unnamed_in), w->unnamed_files > FILES_NAMED ? " and others" : "");
}

static int take_texts(struct names *names, const struct answers *a, const struct answer_line *line,
		      struct name *name)
{
	int err = pool_add(&names->pool, pool_text(&a->pool, line->function), &name->function);

	if (!err)
		err = pool_add(&names->pool, pool_text(&a->pool, line->linkage), &name->linkage);
	if (!err)
		err = pool_add(&names->pool, pool_text(&a->pool, line->file), &name->file);
	return err;
}

static int hand_out(struct work *w, const struct job *j)
{
	const struct answers *a = &j->answers;
	const struct answer *answer;
	const struct answer_line *line;
	struct name name;
	size_t unnamed = 0, i;
	uint32_t k;
	int err;

	for (i = 0; i < j->count; i++) {
		answer = answers_find(a, j->wanted[i].address);
		unnamed += answer && !answer->count;
		for (k = 0; answer && k < answer->count; k++) {
			line = &a->lines[answer->first + k];
			name = (struct name){ .frame = j->wanted[i].frame,
					      .line = line->line,
					      .inlined = line->inlined };
			err = take_texts(w->names, a, line, &name);
			if (!err)
				err = names_add(w->names, name);
			if (err)
				return err;
		}
	}
	note_unnamed(w, j, unnamed);
	return 0;
}

static int do_module(struct work *w, struct job *j, size_t done)
{
	const struct symbolize_options *o = w->options;
	const struct cache_key key = { o->cache_directory, j->module->build_id,
				       j->module->build_id_bytes };
	int err = 0;

	buf_printf(&j->path, "%s%s", o->sysroot ? o->sysroot : "", j->module->path);
	if (j->path.failed)
		return -ENOMEM;
	load_cached(w, j, &key);
	if (!all_known(j)) {
		if (o->progress)
			o->progress(o->user, done, w->count, j->module->path);
		err = ask_backend(w, j, &key);
	}
	return err ? err : hand_out(w, j);
}

static void find_directories(struct work *w)
{
	const struct symbolize_options *o = w->options;

	if (o->debug_path)
		buf_printf(&w->directories, "%s:", o->debug_path);
	if (o->sysroot)
		buf_printf(&w->directories, "%s/usr/lib/debug:", o->sysroot);
	buf_puts(&w->directories, "/usr/lib/debug");
}

static int do_all(struct work *w)
{
	size_t from, to;
	struct job job;
	int err = 0;

	for (from = 0; from < w->count && !err; from = to) {
		for (to = from; to < w->count; to++)
			if (w->wanted[to].module != w->wanted[from].module)
				break;
		job = (struct job){
			.module = &w->model->modules[w->wanted[from].module],
			.wanted = &w->wanted[from],
			.count = to - from,
		};
		err = do_module(w, &job, from);
		answers_free(&job.answers);
		buf_free(&job.path);
	}
	return err;
}

int symbolize(const struct model *m, const struct symbolize_options *options, struct names *names,
	      struct buf *notes)
{
	struct work w = { .model = m, .options = options, .names = names, .notes = notes };
	int err;

	find_directories(&w);
	err = w.directories.failed ? -ENOMEM : collect(&w);
	if (!err)
		err = do_all(&w);
	if (!err && m->holder_count)
		err = data_names(m, options->sysroot, buf_text(&w.directories), names);
	if (!err && options->cache_directory)
		cache_trim(options->cache_directory, CACHE_TOTAL_MOST_BYTES);
	note_stripped(&w);
	free(w.wanted);
	buf_free(&w.unnamed_in);
	buf_free(&w.directories);
	return err;
}
