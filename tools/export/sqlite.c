/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An SQLite database, made in memory and written as one stream.  Its schema is in sqlite_schema.c.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "export/name.h"
#include "export/sqlite_schema.h"

/* Contiguous, so that it can be written without another copy; more than any recording needs. */
#define MEMORY_NAME "file:tidemark?vfs=memdb"
#define MOST_BYTES  (1ll << 36)

struct database {
	struct export_context *c;
	const struct view *v;
	sqlite3 *db;
	struct buf text;
	int err; /* the first error; afterwards nothing more is done */
};

static int errno_of(int code)
{
	return code == SQLITE_FULL || code == SQLITE_TOOBIG ? -EFBIG : -ENOMEM;
}

static void check(struct database *d, int code)
{
	if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW && !d->err)
		d->err = errno_of(code);
}

static void run(struct database *d, const char *sql)
{
	if (!d->err)
		check(d, sqlite3_exec(d->db, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *prepare(struct database *d, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	if (!d->err)
		check(d, sqlite3_prepare_v2(d->db, sql, -1, &statement, NULL));
	return statement;
}

static void number(struct database *d, sqlite3_stmt *s, int at, int64_t value)
{
	if (!d->err)
		check(d, sqlite3_bind_int64(s, at, value));
}

/* NULL stays NULL; what is no UTF-8 becomes it. */
static void text(struct database *d, sqlite3_stmt *s, int at, const char *value)
{
	if (d->err)
		return;
	if (!value) {
		check(d, sqlite3_bind_null(s, at));
		return;
	}
	buf_reset(&d->text);
	name_add(&d->text, value, "", "");
	if (d->text.failed)
		d->err = -ENOMEM;
	else
		check(d, sqlite3_bind_text(s, at, buf_text(&d->text), -1, SQLITE_TRANSIENT));
}

static void insert(struct database *d, sqlite3_stmt *s)
{
	if (d->err)
		return;
	check(d, sqlite3_step(s));
	sqlite3_reset(s);
}

static int sums(struct database *d, sqlite3_stmt *s, int at, const struct view_sums *from)
{
	number(d, s, at++, from->at_peak_bytes);
	number(d, s, at++, from->at_peak_blocks);
	number(d, s, at++, from->live_bytes);
	number(d, s, at++, from->live_blocks);
	number(d, s, at++, (int64_t)from->total_bytes);
	number(d, s, at++, (int64_t)from->calls);
	number(d, s, at++, (int64_t)from->temporaries);
	return at;
}

static void put_fact(struct database *d, sqlite3_stmt *s, const char *key, int64_t value)
{
	text(d, s, 1, key);
	number(d, s, 2, value);
	insert(d, s);
}

static void put_word(struct database *d, sqlite3_stmt *s, const char *key, const char *value)
{
	text(d, s, 1, key);
	text(d, s, 2, value);
	insert(d, s);
}

static void put_facts(struct database *d)
{
	const struct view_facts *f = &d->v->facts;
	sqlite3_stmt *s = prepare(d, "INSERT INTO recording VALUES (?, ?)");
	struct buf command = { 0 };
	size_t i;

	name_command(&command, f, "", "");
	put_word(d, s, "tidemark", d->c->version);
	put_word(d, s, "path", f->path);
	put_word(d, s, "program", f->program);
	put_word(d, s, "command", buf_text(&command));
	put_word(d, s, "host", f->host);
	put_word(d, s, "state", f->state);
	put_fact(d, s, "status", f->status);
	put_fact(d, s, "pid", f->pid);
	put_fact(d, s, "start_unix_ns", (int64_t)f->start_unix_ns);
	put_fact(d, s, "duration_us", (int64_t)f->duration_us);
	put_fact(d, s, "peak_bytes", f->peak_bytes);
	put_fact(d, s, "peak_us", (int64_t)f->peak_us);
	put_fact(d, s, "peak_error_bytes", f->peak_error_bytes);
	put_fact(d, s, "rss_peak_bytes", (int64_t)f->rss_peak_bytes);
	for (i = 0; i < f->drop_count; i++) {
		buf_reset(&command);
		buf_printf(&command, "drops_%s", f->drops[i].name);
		put_fact(d, s, buf_text(&command), (int64_t)f->drops[i].value);
	}
	buf_free(&command);
	sqlite3_finalize(s);
}

static void put_modules(struct database *d)
{
	sqlite3_stmt *s = prepare(d, "INSERT INTO modules VALUES (?, ?, ?, ?, ?, ?)");
	const struct view_module *m;
	size_t i;

	for (i = 1; i < d->v->module_count; i++) {
		m = &d->v->modules[i];
		number(d, s, 1, (int64_t)i);
		text(d, s, 2, m->path);
		text(d, s, 3, *m->build_id ? m->build_id : NULL);
		number(d, s, 4, (int64_t)m->start);
		number(d, s, 5, (int64_t)m->end);
		number(d, s, 6, (int64_t)m->bias);
		insert(d, s);
	}
	sqlite3_finalize(s);
}

static void put_frame(struct database *d, sqlite3_stmt *s, size_t i)
{
	const struct view_frame *f = &d->v->frames[i];
	struct buf name = { 0 };

	name_frame(&name, f, "", "");
	number(d, s, 1, (int64_t)i);
	text(d, s, 2, buf_text(&name));
	text(d, s, 3, f->function);
	text(d, s, 4, f->file);
	check(d, f->line ? sqlite3_bind_int64(s, 5, f->line) : sqlite3_bind_null(s, 5));
	check(d, f->module_number ? sqlite3_bind_int64(s, 6, f->module_number)
				  : sqlite3_bind_null(s, 6));
	number(d, s, 7, f->python ? 0 : (int64_t)f->offset);
	number(d, s, 8, f->python ? 0 : (int64_t)f->pc);
	number(d, s, 9, f->inlined);
	number(d, s, 10, f->guessed);
	insert(d, s);
	buf_free(&name);
}

static void put_frames(struct database *d)
{
	sqlite3_stmt *s = prepare(d, "INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	size_t i;

	for (i = 0; i < d->v->frame_count && !d->err; i++)
		put_frame(d, s, i);
	sqlite3_finalize(s);
}

static void put_site(struct database *d, sqlite3_stmt *s, const struct view_site *site)
{
	int at = sums(d, s, 2, &site->sums), i;

	number(d, s, 1, site->id);
	number(d, s, at++, site->sums.own_peak_bytes);
	number(d, s, at++, site->first_ms);
	number(d, s, at++, site->last_ms);
	number(d, s, at++, site->cut);
	number(d, s, at++, site->count);
	if (!d->err)
		check(d, site->shown_count ? sqlite3_bind_int64(s, at, d->v->stack[site->shown])
					   : sqlite3_bind_null(s, at));
	at++;
	for (i = 0; i < VIEW_LEAK_CLASSES; i++) {
		if (!d->v->facts.leaks)
			break;
		number(d, s, at++, site->sums.leaks.bytes[i]);
		number(d, s, at++, site->sums.leaks.blocks[i]);
	}
	insert(d, s);
}

static void put_stack(struct database *d, sqlite3_stmt *s, const struct view_site *site)
{
	uint32_t i, at;

	for (i = 0; i < site->count && !d->err; i++) {
		at = site->first + i;
		number(d, s, 1, site->id);
		number(d, s, 2, i);
		number(d, s, 3, d->v->stack[at]);
		number(d, s, 4, at < site->shown || at >= site->shown + site->shown_count);
		insert(d, s);
	}
}

static void put_shares(struct database *d, sqlite3_stmt *s, const struct view_site *site)
{
	const struct view_share *share;
	uint32_t i;

	for (i = 0; i < site->threads; i++) {
		share = &d->v->shares[site->first_share + i];
		number(d, s, 1, site->id);
		number(d, s, 2, share->thread);
		sums(d, s, 3, &share->sums);
		insert(d, s);
	}
}

static int by_id(const void *one, const void *two)
{
	const struct view_site *a = *(const struct view_site *const *)one;
	const struct view_site *b = *(const struct view_site *const *)two;

	return a->id < b->id ? -1 : a->id > b->id;
}

/* In the order of their keys, which is how tables grow fastest. */
static const struct view_site **order_sites(const struct view *v)
{
	const struct view_site **order = calloc(v->site_count + 1, sizeof(const void *));
	size_t i;

	for (i = 0; order && i < v->site_count; i++)
		order[i] = &v->sites[i];
	if (order && v->site_count)
		qsort(order, v->site_count, sizeof(const void *), by_id);
	return order;
}

static void put_sites(struct database *d)
{
	const struct view_site **order = order_sites(d->v);
	sqlite3_stmt *site = prepare(d, "INSERT INTO sites VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
					"?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sqlite3_stmt *stack = prepare(d, "INSERT INTO stacks VALUES (?, ?, ?, ?)");
	sqlite3_stmt *share = prepare(d, "INSERT INTO shares VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	size_t i;

	if (!order)
		d->err = -ENOMEM;
	for (i = 0; i < d->v->site_count && !d->err; i++) {
		put_site(d, site, order[i]);
		put_stack(d, stack, order[i]);
		put_shares(d, share, order[i]);
		export_progress(d->c, i, d->v->site_count);
	}
	sqlite3_finalize(site);
	sqlite3_finalize(stack);
	sqlite3_finalize(share);
	free(order);
}

static void put_threads(struct database *d)
{
	sqlite3_stmt *s = prepare(d, "INSERT INTO threads VALUES (?, ?, ?, ?)");
	size_t i;

	for (i = 0; i < d->v->thread_count; i++) {
		number(d, s, 1, (int64_t)i);
		number(d, s, 2, d->v->threads[i].tid);
		text(d, s, 3, d->v->threads[i].name);
		number(d, s, 4, d->v->threads[i].users);
		insert(d, s);
	}
	sqlite3_finalize(s);
}

static void put_timeline(struct database *d)
{
	sqlite3_stmt *s = prepare(d, "INSERT INTO timeline VALUES (?, ?, ?, ?)");
	const struct view_point *p;
	size_t i;

	for (i = 0; i < d->v->point_count; i++) {
		p = &d->v->points[i];
		number(d, s, 1, (int64_t)p->us);
		number(d, s, 2, (int64_t)p->live_bytes);
		number(d, s, 3, (int64_t)p->live_blocks);
		number(d, s, 4, (int64_t)p->rss_bytes);
		insert(d, s);
	}
	sqlite3_finalize(s);
}

static void open_database(struct database *d)
{
	sqlite3_int64 most = MOST_BYTES;

	check(d,
	      sqlite3_open_v2(MEMORY_NAME, &d->db,
			      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, NULL));
	if (!d->err)
		sqlite3_file_control(d->db, "main", SQLITE_FCNTL_SIZE_LIMIT, &most);
	run(d, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN");
}

static void write_database(struct database *d)
{
	const unsigned char *data;
	sqlite3_int64 bytes = 0;

	run(d, "COMMIT");
	if (d->err)
		return;
	data = sqlite3_serialize(d->db, "main", &bytes, SQLITE_SERIALIZE_NOCOPY);
	if (!data)
		d->err = -ENOMEM;
	else
		fwrite(data, 1, (size_t)bytes, d->c->out);
}

int export_sqlite(struct export_context *c, const struct view *v)
{
	struct database d = { .c = c, .v = v };

	open_database(&d);
	run(&d, sqlite_schema);
	put_facts(&d);
	put_modules(&d);
	put_frames(&d);
	put_threads(&d);
	put_sites(&d);
	put_timeline(&d);
	write_database(&d);
	sqlite3_close(d.db);
	buf_free(&d.text);
	return d.err;
}
