/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pprof's profile: one message, gzip'ed.  Messages of one type may be written one behind the other
 * and are read as their union, so each part is packed and written by itself, strings last.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "base/vec.h"
#include "export/export.h"
#include "export/gzip.h"
#include "export/inline.h"
#include "export/name.h"
#include "export/strings.h"
#include "tools/export/pprof.pb-c.h"

/* Without a leak scan the last two are left out. */
#define VALUES	    7
#define LEAK_VALUES 2
/* Between the parts of a key; in no name. */
#define SEPARATOR "\1"

/* The first four are Go's own, in Go's order: servers know them. */
static const struct {
	const char *type;
	const char *unit;
} types[VALUES] = {
	{ "alloc_objects", "count" }, { "alloc_space", "bytes" }, { "inuse_objects", "count" },
	{ "inuse_space", "bytes" },   { "peak_space", "bytes" },  { "leaked_objects", "count" },
	{ "leaked_space", "bytes" },
};

static const char *const shown_first[EXPORT_METRICS] = {
	[EXPORT_PEAK] = "peak_space",	    [EXPORT_LIVE] = "inuse_space",
	[EXPORT_TOTAL] = "alloc_space",	    [EXPORT_CALLS] = "alloc_objects",
	[EXPORT_DEFINITE] = "leaked_space",
};

/* The parts are fed to gzip through protobuf-c's own kind of stream. */
struct sink {
	ProtobufCBuffer base;
	struct gzip gzip;
};

struct writer {
	struct export_context *c;
	const struct view *v;
	struct sink sink;
	struct strings strings;
	struct strings functions; /* name, file, linkage name; its index is its id */
	uint32_t *lines;	  /* of the location that begins with a frame; 0 = not used */
	uint32_t most;		  /* frames of a stack */
	size_t values;
	bool named; /* somebody has looked for names already */
	bool failed;
};

static void sink_append(ProtobufCBuffer *base, size_t bytes, const uint8_t *data)
{
	gzip_add(&((struct sink *)base)->gzip, data, bytes);
}

static void put(struct writer *w, const Pprof__Profile *part)
{
	pprof__profile__pack_to_buffer(part, &w->sink.base);
}

static int64_t string(struct writer *w, const char *text)
{
	uint32_t index = 0;

	if (strings_add(&w->strings, text, &index))
		w->failed = true;
	return index;
}

/* As pprof prints it: valid, and in one line. */
static int64_t name(struct writer *w, const char *text)
{
	struct buf b = { 0 };
	int64_t index;

	name_add(&b, text ? text : "", "", "");
	w->failed |= b.failed;
	index = string(w, buf_text(&b));
	buf_free(&b);
	return index;
}

static void put_types(struct writer *w)
{
	Pprof__ValueType type = PPROF__VALUE_TYPE__INIT, *list = &type;
	Pprof__Profile part = PPROF__PROFILE__INIT;
	size_t i;

	part.n_sample_types = 1;
	part.sample_types = &list;
	for (i = 0; i < w->values; i++) {
		type.type = string(w, types[i].type);
		type.unit = string(w, types[i].unit);
		put(w, &part);
	}
}

static void put_facts(struct writer *w)
{
	const struct view_facts *f = &w->v->facts;
	Pprof__ValueType type = PPROF__VALUE_TYPE__INIT;
	Pprof__Profile part = PPROF__PROFILE__INIT;
	struct buf command = { 0 };
	int64_t comments[2];

	type.type = string(w, "space");
	type.unit = string(w, "bytes");
	part.period_type = &type;
	part.period = 1;
	part.time_ns = (int64_t)f->start_unix_ns;
	part.duration_ns = (int64_t)(f->duration_us * 1000);
	part.default_sample_type = string(w, shown_first[w->c->metric]);
	name_command(&command, f, "", "");
	comments[0] = string(w, buf_text(&command));
	buf_reset(&command);
	buf_printf(&command, "tidemark %s, process %" PRIu32, w->c->version, f->pid);
	comments[1] = string(w, buf_text(&command));
	w->failed |= command.failed;
	buf_free(&command);
	part.comments = comments;
	part.n_comments = 2;
	put(w, &part);
}

static void has_names(const struct view *v, size_t module, Pprof__Mapping *m)
{
	size_t i;

	m->has_functions = true;
	for (i = 0; i < v->frame_count; i++) {
		if (v->frames[i].module_number != module)
			continue;
		m->has_files |= v->frames[i].file != NULL;
		m->has_lines |= v->frames[i].line != 0;
		m->has_inline_frames |= v->frames[i].inlined;
	}
}

static void put_mapping(struct writer *w, size_t number)
{
	const struct view_module *m = &w->v->modules[number];
	Pprof__Mapping mapping = PPROF__MAPPING__INIT, *list = &mapping;
	Pprof__Profile part = PPROF__PROFILE__INIT;

	mapping.id = number;
	mapping.start = m->start;
	mapping.limit = m->end;
	mapping.file = name(w, m->path);
	mapping.build_id = string(w, m->build_id);
	if (w->named)
		has_names(w->v, number, &mapping);
	part.n_mappings = 1;
	part.mappings = &list;
	put(w, &part);
}

/* The first one is taken for the program. */
static void put_mappings(struct writer *w)
{
	const struct view *v = w->v;
	size_t program, i;

	for (program = 1; program < v->module_count; program++)
		if (v->facts.program && !strcmp(v->modules[program].path, v->facts.program))
			break;
	if (program < v->module_count)
		put_mapping(w, program);
	for (i = 1; i < v->module_count; i++)
		if (i != program)
			put_mapping(w, i);
}

static uint64_t function(struct writer *w, const struct view_frame *f)
{
	struct buf key = { 0 };
	uint32_t id = 0;

	if (f)
		name_frame(&key, f, "", "");
	else
		buf_puts(&key, NAME_NO_STACK);
	buf_puts(&key, SEPARATOR);
	if (f && f->file)
		name_add(&key, f->file, "", "");
	buf_puts(&key, SEPARATOR);
	if (f && f->linkage)
		name_add(&key, f->linkage, "", "");
	if (key.failed || strings_add(&w->functions, buf_text(&key), &id))
		w->failed = true;
	buf_free(&key);
	return id;
}

static void put_functions(struct writer *w)
{
	Pprof__Function one = PPROF__FUNCTION__INIT, *list = &one;
	Pprof__Profile part = PPROF__PROFILE__INIT;
	char *key, *file, *linkage;
	uint32_t i;

	part.n_functions = 1;
	part.functions = &list;
	for (i = 1; i < w->functions.count; i++) {
		key = strdup(strings_text(&w->functions, i));
		if (!key) {
			w->failed = true;
			return;
		}
		file = strchr(key, *SEPARATOR);
		*file++ = '\0';
		linkage = strchr(file, *SEPARATOR);
		*linkage++ = '\0';
		one.id = i;
		one.name = string(w, key);
		/* If it were the name itself, pprof would take that for mangled and shorten it. */
		one.linkage_name = strcmp(linkage, key) ? string(w, linkage) : 0;
		one.file = string(w, file);
		put(w, &part);
		free(key);
	}
}

static void put_location(struct writer *w, const Pprof__Location *location)
{
	Pprof__Profile part = PPROF__PROFILE__INIT;
	Pprof__Location *list = (Pprof__Location *)location;

	part.n_locations = 1;
	part.locations = &list;
	put(w, &part);
}

static int fill_lines(struct writer *w, size_t frame, Pprof__Line *lines, Pprof__Line **list)
{
	uint32_t i;

	for (i = 0; i < w->lines[frame]; i++) {
		lines[i] = (Pprof__Line)PPROF__LINE__INIT;
		lines[i].function = function(w, &w->v->frames[frame + i]);
		lines[i].line = w->v->frames[frame + i].line;
		list[i] = &lines[i];
	}
	return 0;
}

static void put_locations(struct writer *w)
{
	Pprof__Location location = PPROF__LOCATION__INIT;
	Pprof__Line *lines = calloc(w->most + 1, sizeof(*lines));
	Pprof__Line **list = calloc(w->most + 1, sizeof(*list));
	size_t i;

	w->failed |= !lines || !list;
	location.lines = list;
	for (i = 0; i < w->v->frame_count && !w->failed; i++) {
		if (!w->lines[i])
			continue;
		location.id = i + 1;
		location.mapping = w->v->frames[i].module_number;
		location.address = name_address(&w->v->frames[i]);
		if (w->named) {
			fill_lines(w, i, lines, list);
			location.n_lines = w->lines[i];
		}
		put_location(w, &location);
	}
	free(lines);
	free(list);
}

/* The one location of all sites that have no stack. */
static void put_nowhere(struct writer *w)
{
	Pprof__Location location = PPROF__LOCATION__INIT;
	Pprof__Line line = PPROF__LINE__INIT, *list = &line;

	location.id = w->v->frame_count + 1;
	line.function = function(w, NULL);
	location.lines = &list;
	location.n_lines = 1;
	put_location(w, &location);
}

/* Allocated in all. */
static void set_total(const struct view_sums *s, int64_t *values)
{
	values[0] = (int64_t)s->calls;
	values[1] = (int64_t)s->total_bytes;
}

/* Held at the end and at the peak. */
static void set_held(const struct view_sums *s, int64_t *values)
{
	values[2] = s->live_blocks;
	values[3] = s->live_bytes;
	values[4] = s->at_peak_bytes;
}

static void set_leaks(const struct view_sums *s, int64_t *values)
{
	values[5] = s->leaks.blocks[0];
	values[6] = s->leaks.bytes[0];
}

static size_t fill_stack(struct writer *w, const struct view_site *site, uint64_t *to)
{
	const uint32_t *stack = w->v->stack + site->shown;
	uint32_t i, lines;
	size_t count = 0;

	for (i = 0; i < site->shown_count; i += lines) {
		lines = inline_count(w->v, site, i);
		if (lines > w->lines[stack[i]])
			w->lines[stack[i]] = lines;
		to[count++] = stack[i] + 1;
	}
	if (!count)
		to[count++] = w->v->frame_count + 1;
	return count;
}

static int64_t thread_name(struct writer *w, uint32_t number)
{
	const struct view_thread *t = &w->v->threads[number];
	struct buf b = { 0 };
	int64_t index;

	name_add(&b, *t->name ? t->name : "thread", "", "");
	buf_printf(&b, " (%" PRIu32 ")", t->tid);
	w->failed |= b.failed;
	index = string(w, buf_text(&b));
	buf_free(&b);
	return index;
}

/* "worker.c:41 start_workers"; 0 where it is not known. */
static int64_t thread_origin(struct writer *w, uint32_t number)
{
	const struct view_frame *f = w->v->threads[number].spawn_frame;
	struct buf b = { 0 };
	int64_t index;

	if (!f)
		return 0;
	if (f->file) {
		name_add(&b, util_basename(f->file), "", "");
		buf_printf(&b, ":%" PRIu32 " ", f->line);
	}
	name_frame(&b, f, "", "");
	if (w->v->threads[number].spawned_apart)
		buf_puts(&b, ", others elsewhere");
	w->failed |= b.failed;
	index = string(w, buf_text(&b));
	buf_free(&b);
	return index;
}

/* Threads that free what others allocated here may hold less than nothing by themselves. */
static bool is_held_by_threads(const struct view *v, const struct view_site *site)
{
	const struct view_sums *s;
	uint32_t i;

	for (i = 0; i < site->threads; i++) {
		s = &v->shares[site->first_share + i].sums;
		if (s->live_bytes < 0 || s->live_blocks < 0 || s->at_peak_bytes < 0)
			return false;
	}
	return true;
}

static bool has_value(const Pprof__Sample *sample)
{
	size_t i;

	for (i = 0; i < sample->n_values; i++)
		if (sample->values[i])
			return true;
	return false;
}

/* What each thread did, and what no thread can be named for. */
static void put_sample(struct writer *w, const struct view_site *site, Pprof__Sample *sample)
{
	bool by_threads = is_held_by_threads(w->v, site);
	Pprof__Profile part = PPROF__PROFILE__INIT;
	const struct view_share *share;
	uint32_t i;

	part.n_samples = 1;
	part.samples = &sample;
	for (i = 0; i <= site->threads; i++) {
		share = i < site->threads ? &w->v->shares[site->first_share + i] : NULL;
		memset(sample->values, 0, VALUES * sizeof(*sample->values));
		sample->n_labels = share ? 2 : 1;
		if (share) {
			sample->labels[1]->text = thread_name(w, share->thread);
			sample->labels[2]->text = thread_origin(w, share->thread);
			sample->n_labels += sample->labels[2]->text != 0;
			set_total(&share->sums, sample->values);
		}
		/* Leaks are known by site alone: they are those of its only thread, or of none. */
		if (share ? site->threads == 1 : site->threads != 1)
			set_leaks(&site->sums, sample->values);
		if (share && by_threads)
			set_held(&share->sums, sample->values);
		else if (!share && !by_threads)
			set_held(&site->sums, sample->values);
		if (has_value(sample))
			put(w, &part);
	}
}

static void put_samples(struct writer *w)
{
	const struct view_facts *f = &w->v->facts;
	Pprof__Sample sample = PPROF__SAMPLE__INIT;
	Pprof__Label process = PPROF__LABEL__INIT, thread = PPROF__LABEL__INIT;
	Pprof__Label spawned = PPROF__LABEL__INIT;
	Pprof__Label *labels[] = { &process, &thread, &spawned };
	int64_t values[VALUES];
	uint64_t *stack = calloc(w->most + 1, sizeof(*stack));
	struct buf b = { 0 };
	size_t i;

	name_add(&b, util_basename(f->program), "", "");
	buf_printf(&b, " (%" PRIu32 ")", f->pid);
	w->failed |= b.failed || !stack;
	process.key = string(w, "process");
	process.text = string(w, buf_text(&b));
	thread.key = string(w, "thread");
	spawned.key = string(w, "spawned_at");
	sample.labels = labels;
	sample.values = values;
	sample.n_values = w->values;
	sample.locations = stack;
	for (i = 0; i < w->v->site_count && !w->failed; i++) {
		sample.n_locations = fill_stack(w, &w->v->sites[i], stack);
		put_sample(w, &w->v->sites[i], &sample);
		export_progress(w->c, i, w->v->site_count);
	}
	free(stack);
	buf_free(&b);
}

static void put_strings(struct writer *w)
{
	Pprof__Profile part = PPROF__PROFILE__INIT;
	char *text;
	uint32_t i;

	part.n_strings = 1;
	part.strings = &text;
	for (i = 0; i < w->strings.count; i++) {
		text = (char *)strings_text(&w->strings, i);
		put(w, &part);
	}
}

static void put_all(struct writer *w)
{
	put_types(w);
	put_facts(w);
	put_samples(w);
	put_mappings(w);
	put_locations(w);
	put_nowhere(w);
	put_functions(w);
	put_strings(w);
}

static void survey(struct writer *w)
{
	const struct view *v = w->v;
	size_t i;

	for (i = 0; i < v->site_count; i++)
		if (v->sites[i].shown_count > w->most)
			w->most = v->sites[i].shown_count;
	for (i = 0; i < v->frame_count && !w->named; i++)
		w->named = v->frames[i].function != NULL;
}

int export_pprof(struct export_context *c, const struct view *v)
{
	struct writer w = { .c = c, .v = v, .sink.base.append = sink_append };
	int err = gzip_begin(&w.sink.gzip, c->out);

	if (err)
		return err;
	w.values = v->facts.leaks ? VALUES : VALUES - LEAK_VALUES;
	survey(&w);
	w.lines = calloc(v->frame_count + 1, sizeof(*w.lines));
	w.failed = !w.lines;
	if (!w.failed)
		put_all(&w);
	gzip_end(&w.sink.gzip);
	strings_free(&w.strings);
	strings_free(&w.functions);
	free(w.lines);
	return w.failed ? -ENOMEM : 0;
}
