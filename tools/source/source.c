/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/vec.h"

#define FILE_BYTES_MOST (4u << 20)
#define LINE_BYTES_MOST 400u

struct place {
	const char *file;
	uint32_t line;
};

struct places {
	struct place *list;
	size_t count;
	size_t room;
};

/* A file, read and ended by NUL. */
struct text {
	char *data;
	size_t bytes;
	bool newer; /* than the recording */
};

bool source_is_named(const char *path)
{
	static const char *const endings[] = { "c",   "cc",  "cpp", "cxx",   "c++",  "C",   "h",
					       "hh",  "hpp", "hxx", "h++",   "H",    "inc", "inl",
					       "ipp", "tcc", "rs",  "py",    "pyx",  "pxd", "pxi",
					       "go",  "d",   "zig", "f",     "f90",  "F90", "s",
					       "S",   "m",   "mm",  "swift", "nim",  "adb", "pas",
					       "y",   "l",   "ll",  "yy",    "vala", "cu",  NULL };
	const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
	size_t i;

	for (i = 0; dot && endings[i]; i++)
		if (!strcmp(dot + 1, endings[i]))
			return true;
	return false;
}

static int by_place(const void *one, const void *two)
{
	const struct place *a = one, *b = two;
	int order = a->file == b->file ? 0 : strcmp(a->file, b->file);

	return order ? order : a->line < b->line ? -1 : a->line > b->line;
}

static int add_place(struct places *p, const struct view_frame *f)
{
	int err;

	if (!f->file || !f->line || !source_is_named(f->file))
		return 0;
	err = VEC_ROOM(p->list, p->room, p->count + 1);
	if (!err)
		p->list[p->count++] = (struct place){ f->file, f->line };
	return err;
}

static void drop_repeated(struct places *p)
{
	size_t from, to = 0;

	if (p->count)
		qsort(p->list, p->count, sizeof(*p->list), by_place);
	for (from = 0; from < p->count; from++)
		if (!to || by_place(&p->list[to - 1], &p->list[from]))
			p->list[to++] = p->list[from];
	p->count = to;
}

/* Those of the first sites, until there are enough. */
static int collect(struct places *p, const struct view *v)
{
	const struct view_site *site;
	size_t compact = SOURCE_PLACES * 4, i;
	uint32_t at;
	int err = 0;

	for (i = 0; i < v->site_count && i < v->site_limit && !err; i++) {
		site = &v->sites[i];
		for (at = 0; at < site->shown_count && !err; at++)
			err = add_place(p, &v->frames[v->stack[site->shown + at]]);
		if (p->count < compact)
			continue;
		drop_repeated(p);
		if (p->count >= SOURCE_PLACES)
			break;
		compact = p->count + SOURCE_PLACES * 4;
	}
	drop_repeated(p);
	return err;
}

static int open_file(const struct view *v, const char *sysroot, const char *file)
{
	struct buf path = { 0 };
	int fd;

	buf_puts(&path, sysroot ? sysroot : "");
	if (*file != '/')
		buf_printf(&path, "%s/", v->facts.cwd ? v->facts.cwd : "");
	buf_puts(&path, file);
	/* A pipe must not keep the report waiting. */
	fd = path.failed ? -1 : open(path.data, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	buf_free(&path);
	return fd;
}

static bool read_all(int fd, struct text *t, size_t bytes)
{
	ssize_t got;

	t->data = malloc(bytes + 1);
	while (t->data && t->bytes < bytes) {
		got = read(fd, t->data + t->bytes, bytes - t->bytes);
		if (got <= 0)
			break;
		t->bytes += (size_t)got;
	}
	if (t->data)
		t->data[t->bytes] = '\0';
	return t->data && t->bytes;
}

static bool read_file(const struct view *v, const char *sysroot, const char *file, struct text *t)
{
	int fd = open_file(v, sysroot, file);
	struct stat st;
	bool read = false;

	*t = (struct text){ .data = NULL };
	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    st.st_size <= FILE_BYTES_MOST) {
		t->newer = (uint64_t)st.st_mtim.tv_sec * 1000000000u > v->facts.start_unix_ns;
		read = read_all(fd, t, (size_t)st.st_size);
	}
	close(fd);
	return read;
}

/* The start of a line counted from 1; the end of the text when there are not so many. */
static const char *find_line(const char *at, uint32_t from, uint32_t line)
{
	const char *end;

	for (; from < line && *at; from++) {
		end = strchr(at, '\n');
		at = end ? end + 1 : at + strlen(at);
	}
	return at;
}

static int copy_lines(struct source *s, const struct text *t, const struct place *place,
		      uint32_t first, uint32_t last)
{
	const char *at = find_line(t->data, 1, first), *end;
	struct buf lines = { 0 };
	uint32_t line;
	size_t bytes;
	int err;

	for (line = first; line <= last && *at; line++) {
		bytes = strcspn(at, "\n");
		end = at + bytes;
		buf_add(&lines, at, bytes < LINE_BYTES_MOST ? bytes : LINE_BYTES_MOST);
		buf_puts(&lines, "\n");
		at = *end ? end + 1 : end;
	}
	err = lines.failed ? -ENOMEM : 0;
	if (!err && line > first && s->bytes + lines.bytes <= s->bytes_most) {
		err = VEC_ROOM(s->list, s->room, s->count + 1);
		if (!err) {
			s->list[s->count++] = (struct view_source){ .file = place->file,
								    .line = first,
								    .count = line - first,
								    .newer = t->newer,
								    .text = lines.data };
			s->bytes += lines.bytes;
			return 0;
		}
	}
	buf_free(&lines);
	return err;
}

/* Places whose lines meet become one run of lines. */
static int copy_file(struct source *s, const struct text *t, const struct place *p, size_t count)
{
	uint32_t first, last;
	size_t i, at;
	int err = 0;

	for (i = 0; i < count && !err; i = at) {
		first = p[i].line > SOURCE_CONTEXT ? p[i].line - SOURCE_CONTEXT : 1;
		last = p[i].line + SOURCE_CONTEXT;
		for (at = i + 1; at < count && p[at].line <= last + SOURCE_CONTEXT + 1; at++)
			last = p[at].line + SOURCE_CONTEXT;
		err = copy_lines(s, t, &p[i], first, last);
	}
	return err;
}

int source_fill(struct source *s, struct view *v, const char *sysroot)
{
	struct places p = { 0 };
	struct text t;
	size_t i, at;
	int err;

	*s = (struct source){ .bytes_most = SOURCE_BYTES };
	err = collect(&p, v);
	for (i = 0; i < p.count && !err && s->bytes < SOURCE_BYTES; i = at) {
		for (at = i + 1; at < p.count && !strcmp(p.list[i].file, p.list[at].file);)
			at++;
		if (!read_file(v, sysroot, p.list[i].file, &t)) {
			free(t.data);
			continue;
		}
		err = copy_file(s, &t, &p.list[i], at - i);
		free(t.data);
	}
	free(p.list);
	v->sources = s->list;
	v->source_count = s->count;
	return err;
}

/* A function may go on below the last line that holds anything. */
#define BELOW 400u

int source_fill_listings(struct source *s, struct view *v, const char *sysroot)
{
	struct view_listing *l;
	struct text t;
	uint32_t last;
	size_t i;
	int err = 0;

	*s = (struct source){ .bytes_most = 4 * FILE_BYTES_MOST };
	for (i = 0; i < v->listing_count && i < v->listing_limit && !err; i++) {
		l = &v->listings[i];
		last = l->lines[l->line_count - 1].line;
		if (source_is_named(l->file) && read_file(v, sysroot, l->file, &t)) {
			err = copy_lines(s, &t, &(struct place){ l->file, 1 }, 1,
					 last < UINT32_MAX - BELOW ? last + BELOW : last);
			free(t.data);
		}
	}
	v->sources = s->list;
	v->source_count = s->count;
	return err;
}

char *source_line(const struct view *v, const char *sysroot, const char *file, uint32_t line)
{
	struct text t = { .data = NULL };
	char *copy = NULL;
	const char *at;

	if (file && line && source_is_named(file) && read_file(v, sysroot, file, &t) && !t.newer) {
		at = find_line(t.data, 1, line);
		copy = strndup(at, strcspn(at, "\n"));
	}
	free(t.data);
	return copy;
}

void source_free(struct source *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		free((char *)s->list[i].text);
	free(s->list);
	*s = (struct source){ 0 };
}
