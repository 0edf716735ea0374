/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "analyze/facts.h"

#include <errno.h>
#include <string.h>

#include "analyze/explained.h"
#include "analyze/leaks.h"
#include "analyze/sums.h"
#include "base/util.h"

/* As they stand in JSON; the order is that of the bits. */
static const char *const flag_names[] = {
	"forked",	  "verify", "locked_down", "threaded",	     "sealed",
	"foreign_malloc", "paused", "rss_is_peak", "frame_pointers", "snapshot",
};

static const char *const drop_names[MODEL_DROPS] = {
	[MODEL_FILE_FULL] = "file_full",     [MODEL_NO_SPACE] = "no_space",
	[MODEL_NO_MEMORY] = "no_memory",     [MODEL_REENTRANT] = "reentrant",
	[MODEL_TOO_LARGE] = "too_large",     [MODEL_DROP_LOCKED_DOWN] = "locked_down",
	[MODEL_BLOCKS_FULL] = "blocks_full", [MODEL_UNKNOWN_FREE] = "unknown_free",
	[MODEL_MISSED_FREE] = "missed_free", [MODEL_STACK_CUT] = "stack_cut",
	[MODEL_INTERRUPTED] = "interrupted",
};

/* Plain words for each kind of loss, with the thing that is counted in front. */
static const struct {
	const char *thing;
	const char *words;
} drop_words[MODEL_DROPS] = {
	[MODEL_FILE_FULL] = { "event",
			      "found the recording full and went to no stack of their own; "
			      "record with a larger --max-size" },
	[MODEL_NO_SPACE] = { "event", "missing: the disk was full, or a limit forbade a larger "
				      "file" },
	[MODEL_NO_MEMORY] = { "event", "missing: no memory for the recorder's own tables" },
	[MODEL_REENTRANT] = { "event", "missing, from inside the recorder" },
	[MODEL_TOO_LARGE] = { "block", "of 1 TiB or more missing" },
	[MODEL_DROP_LOCKED_DOWN] = { "event",
				     "missing: they needed a system call after the program "
				     "had given them up (seccomp)" },
	[MODEL_BLOCKS_FULL] = { "block", "missing: the recorder's table of blocks was full" },
	[MODEL_UNKNOWN_FREE] = { "free", "of memory never seen, and ignored: it was there before "
					 "the recording, or is another allocator's" },
	[MODEL_MISSED_FREE] = { "block", "freed unseen, noticed when the address came back" },
	[MODEL_STACK_CUT] = { "stack", "deeper than the limit of frames and without the outer end; "
				       "record with a larger --depth" },
	[MODEL_INTERRUPTED] = { "block", "missing in this child: being written at the fork" },
};

static void fill_flags(struct analysis *a, const struct model *m)
{
	struct view_facts *f = &a->view.facts;
	size_t names = sizeof(flag_names) / sizeof(flag_names[0]), i;
	const char **flags = arena_take(&a->arena, names + 1, sizeof(*flags));

	for (i = 0; flags && i < names; i++)
		if (m->flags & 1u << i)
			flags[f->flag_count++] = flag_names[i];
	f->flags = flags;
}

static void fill_drops(struct analysis *a, const struct model *m)
{
	struct view_count *drops = arena_take(&a->arena, MODEL_DROPS, sizeof(*drops));
	size_t i;

	for (i = 0; drops && i < MODEL_DROPS; i++)
		drops[i] = (struct view_count){ drop_names[i], m->drops[i] };
	a->view.facts.drops = drops;
	a->view.facts.drop_count = MODEL_DROPS;
}

static void fill_points(struct analysis *a, const struct model *m)
{
	struct view_point *points = arena_take(&a->arena, m->row_count + 1, sizeof(*points));
	size_t i;

	for (i = 0; points && i < m->row_count; i++)
		points[i] = (struct view_point){ m->rows[i].us, m->rows[i].live_bytes,
						 m->rows[i].live_blocks, m->rows[i].rss_bytes };
	a->view.points = points;
	a->view.point_count = m->row_count;
	a->view.interval_us = m->interval_us;
}

static void fill_process(struct view_facts *f, const struct model *m)
{
	static const char *const states[] = {
		[MODEL_RUNNING] = "running",
		[MODEL_EXITED] = "exited",
		[MODEL_EXECED] = "execed",
		[MODEL_DIED] = "died",
	};

	f->program = m->program;
	f->args = m->args;
	f->arg_count = m->arg_count;
	f->cwd = m->cwd;
	f->host = m->host;
	f->state = states[m->state];
	f->options = m->options;
	f->option_count = m->option_count;
	f->status = m->end_status;
	f->pid = m->pid;
	f->parent_pid = m->parent_pid;
	f->forked_from = m->forked_from;
	f->threads_most = m->threads_most;
	f->sample_bytes = m->sample_bytes;
	f->paused_us = m->paused_us;
	f->start_unix_ns = m->start_unix_ns;
	f->duration_us = m->duration_us;
}

/* Until 3.10 an interpreter does not say which of a minor version it is. */
static const char *python_version(struct arena *arena, uint32_t version)
{
	if (version << 16)
		return arena_printf(arena, "%u.%u.%u", version >> 24, version >> 16 & 0xff,
				    version >> 8 & 0xff);
	return arena_printf(arena, "%u.%u", version >> 24, version >> 16 & 0xff);
}

static void fill_python(struct analysis *a, const struct model *m)
{
	static const char *const stacks[] = {
		[MODEL_PYTHON_NONE] = "none",
		[MODEL_PYTHON_FOUND] = "none",
		[MODEL_PYTHON_ON] = "on",
		[MODEL_PYTHON_ASKED_OFF] = "off",
		[MODEL_PYTHON_UNKNOWN] = "unknown",
		[MODEL_PYTHON_FREE_THREADED] = "free_threaded",
		[MODEL_PYTHON_DEBUG_BUILD] = "debug_build",
		[MODEL_PYTHON_MISFIT] = "misfit",
	};
	static const char *const objects[][2] = {
		[MODEL_OBJECTS_UNKNOWN] = { "unknown", "only calls of malloc count" },
		[MODEL_OBJECTS_ARENAS] = { "arenas", "its arenas count, not the objects in them" },
		[MODEL_OBJECTS_EACH] = { "each", "every object counts" },
		[MODEL_OBJECTS_MALLOC] = { "malloc", "every object is a call of malloc" },
		[MODEL_OBJECTS_LATER] = { "later", "every object counts but the very first" },
	};

	if (!m->python_version)
		return;
	a->view.facts.python = (struct view_python){
		.version = python_version(&a->arena, m->python_version),
		.stacks = stacks[m->python],
		.objects = objects[m->python_objects][0],
		.words = objects[m->python_objects][1],
	};
}

int facts_fill(struct analysis *a, const struct model *m, const struct analyze_options *options)
{
	struct view_facts *f = &a->view.facts;
	size_t i;

	fill_process(f, m);
	fill_python(a, m);
	f->version = options->version;
	f->path = options->path;
	f->alive = options->alive;
	f->peak_bytes = m->peak_bytes;
	f->peak_us = m->peak_us;
	f->peak_error_bytes = m->peak_error_bytes;
	f->rss_peak_bytes = m->rss_peak_bytes;
	f->inherited_bytes = m->inherited_bytes;
	f->inherited_blocks = m->inherited_blocks;
	f->sum = sums_of(&m->sums, m->peak_bytes);
	leaks_facts(a, m);
	for (i = 0; i < m->site_count; i++)
		f->site_count += m->sites[i].used;
	f->verify = (struct view_verify){ m->verify.compared, m->verify.fresh,
					  m->verify.differences, m->verify.stale,
					  m->verify.unsure };
	fill_flags(a, m);
	fill_drops(a, m);
	fill_points(a, m);
	return a->arena.failed ? -ENOMEM : 0;
}

struct warnings {
	struct arena *arena;
	const char **list;
	size_t count;
	size_t room;
};

static void warn(struct warnings *w, const char *text)
{
	if (text && w->count < w->room)
		w->list[w->count++] = text;
}

static void warn_overflow(struct warnings *w, const struct model *m)
{
	const struct model_site *s = m->sites;

	if (!m->site_count || !s->used)
		return;
	warn(w, arena_printf(w->arena,
			     "%s in %s found no place for a stack, %s of it at the peak: "
			     "the rows below cannot say where that was; record with a larger "
			     "--max-size",
			     util_bytes((int64_t)s->sums.total_bytes).text,
			     util_counted((int64_t)s->sums.calls, "call").text,
			     util_bytes(s->sums.at_peak_bytes).text));
}

static void warn_flags(struct warnings *w, const struct model *m)
{
	if (m->flags & MODEL_FOREIGN_MALLOC)
		warn(w, arena_printf(w->arena,
				     "malloc is not the C library's here but that of %s: "
				     "what it hands out without calling malloc is not in this "
				     "recording",
				     *m->allocator ? m->allocator : "another library"));
	if (m->flags & MODEL_FRAME_POINTERS)
		warn(w, "stacks were walked by frame pointers alone: callers that were built "
			"without them are missing");
	if (m->flags & MODEL_LOCKED_DOWN && !m->drops[MODEL_DROP_LOCKED_DOWN])
		warn(w, "the program gave up its system calls (seccomp): from then on the recorder "
			"made none");
	if (m->flags & MODEL_PAUSED)
		warn(w, arena_printf(w->arena,
				     "not recorded for %s: blocks from that time are in no table",
				     util_duration(m->paused_us).text));
	if (m->sample_bytes)
		warn(w, arena_printf(w->arena,
				     "estimates from a sample, one block for each %s allocated: "
				     "%s may be off by %s either way, 95 times in 100",
				     util_bytes((int64_t)m->sample_bytes).text,
				     util_bytes(m->peak_bytes).text,
				     util_bytes(sums_error(m->peak_bytes, m->sample_bytes)).text));
}

static void warn_python(struct warnings *w, const struct model *m)
{
	static const char *const reasons[] = {
		[MODEL_PYTHON_UNKNOWN] = "this version is not known",
		[MODEL_PYTHON_FREE_THREADED] = "it was built without the interpreter lock",
		[MODEL_PYTHON_DEBUG_BUILD] = "it was built for debugging",
		[MODEL_PYTHON_MISFIT] = "its frames are not where this version has them",
	};

	if (m->python < MODEL_PYTHON_UNKNOWN)
		return;
	warn(w, arena_printf(w->arena,
			     "Python %u.%u: no line of the script is known, machine code alone is; "
			     "%s",
			     m->python_version >> 24, m->python_version >> 16 & 0xff,
			     reasons[m->python]));
}

static void warn_drops(struct warnings *w, const struct model *m)
{
	size_t i;

	for (i = 0; i < MODEL_DROPS; i++) {
		/* Overflow has said it already, with the bytes. */
		if (!m->drops[i] || (i == MODEL_FILE_FULL && m->site_count && m->sites[0].used))
			continue;
		warn(w, arena_printf(w->arena, "%s %s",
				     util_counted((int64_t)m->drops[i], drop_words[i].thing).text,
				     drop_words[i].words));
	}
}

static void warn_verify(struct warnings *w, const struct model *m)
{
	if (m->verify.differences)
		warn(w, arena_printf(w->arena,
				     "%s of %s stacks compared with libunwind's came out "
				     "differently: a fault of tidemark, please report it",
				     util_count((int64_t)m->verify.differences).text,
				     util_count((int64_t)m->verify.fresh).text));
}

/* The sum and the peak are taken apart from one another; within the bound they may differ. */
static void warn_sum(struct warnings *w, const struct model *m)
{
	int64_t off_bytes = m->sums.at_peak_bytes - m->peak_bytes;

	if (off_bytes < 0)
		off_bytes = -off_bytes;
	if (off_bytes > m->peak_error_bytes && m->state != MODEL_RUNNING)
		warn(w, arena_printf(w->arena,
				     "the sites add up to %s at the peak, %s off the peak "
				     "that was seen: more than the bound of %s",
				     util_bytes(m->sums.at_peak_bytes).text,
				     util_bytes(off_bytes).text,
				     util_bytes(m->peak_error_bytes).text));
}

static void warn_notes(struct warnings *w, const char *notes)
{
	size_t bytes;

	for (; notes && *notes; notes += bytes + (notes[bytes] == '\n')) {
		bytes = strcspn(notes, "\n");
		warn(w, arena_printf(w->arena, "%.*s", (int)bytes, notes));
	}
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; text && *text; text++)
		count += *text == '\n';
	return count;
}

int facts_warn(struct analysis *a, const struct model *m, const struct analyze_options *options)
{
	struct warnings w = {
		.arena = &a->arena,
		.room = MODEL_DROPS + 16 + count_lines(options->notes),
	};

	w.list = arena_take(&a->arena, w.room, sizeof(*w.list));
	if (!w.list)
		return -ENOMEM;
	warn_overflow(&w, m);
	warn_flags(&w, m);
	warn_verify(&w, m);
	warn_python(&w, m);
	warn_drops(&w, m);
	warn_sum(&w, m);
	warn(&w, explained_doubt(&a->arena, m));
	warn(&w, leaks_doubt(a, m));
	warn_notes(&w, options->notes);
	a->view.warnings = w.list;
	a->view.warning_count = w.count;
	return a->arena.failed ? -ENOMEM : 0;
}
