/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export/sqlite_schema.h"

#define SUMS                                              \
	"at_peak_bytes INTEGER, at_peak_blocks INTEGER, " \
	"live_bytes INTEGER, live_blocks INTEGER, "       \
	"total_bytes INTEGER, calls INTEGER, temporaries INTEGER"

/* Columns of a group, over its sites. */
#define SUMMED                                                                         \
	"sum(at_peak_bytes) AS at_peak_bytes, sum(at_peak_blocks) AS at_peak_blocks, " \
	"sum(live_bytes) AS live_bytes, sum(live_blocks) AS live_blocks, "             \
	"sum(total_bytes) AS total_bytes, sum(calls) AS calls, "                       \
	"sum(temporaries) AS temporaries, sum(definite_bytes) AS definite_bytes, "     \
	"count(*) AS sites"

/*
 * A site counts for `frame`, the first one that is the user's, and is in no function when it has
 * no stack.  The leak columns are NULL when no scan has run.
 */
const char sqlite_schema[] =
	"CREATE TABLE recording (key TEXT PRIMARY KEY, value);"
	"CREATE TABLE modules (id INTEGER PRIMARY KEY, path TEXT, build_id TEXT, "
	" start INTEGER, end INTEGER, bias INTEGER);"
	"CREATE TABLE frames (id INTEGER PRIMARY KEY, name TEXT NOT NULL, function TEXT, "
	" file TEXT, line INTEGER, module INTEGER REFERENCES modules, offset INTEGER, "
	" pc INTEGER, inlined INTEGER, guessed INTEGER);"
	"CREATE TABLE threads (id INTEGER PRIMARY KEY, tid INTEGER, name TEXT, users INTEGER);"
	"CREATE TABLE sites (id INTEGER PRIMARY KEY, " SUMS ", own_peak_bytes INTEGER, "
	" first_ms INTEGER, last_ms INTEGER, cut INTEGER, depth INTEGER, "
	" frame INTEGER REFERENCES frames, "
	" definite_bytes INTEGER, definite_blocks INTEGER, "
	" indirect_bytes INTEGER, indirect_blocks INTEGER, "
	" possible_bytes INTEGER, possible_blocks INTEGER, "
	" reachable_bytes INTEGER, reachable_blocks INTEGER);"
	/* depth 0 is the innermost frame */
	"CREATE TABLE stacks (site INTEGER REFERENCES sites, depth INTEGER, "
	" frame INTEGER REFERENCES frames, hidden INTEGER, "
	" PRIMARY KEY (site, depth)) WITHOUT ROWID;"
	"CREATE TABLE shares (site INTEGER REFERENCES sites, "
	" thread INTEGER REFERENCES threads, " SUMS ", PRIMARY KEY (site, thread)) WITHOUT ROWID;"
	"CREATE TABLE timeline (us INTEGER, live_bytes INTEGER, live_blocks INTEGER, "
	" rss_bytes INTEGER);"

	"CREATE VIEW places AS SELECT sites.*, coalesce(frames.name, '(no stack)') AS name, "
	" frames.file, frames.line, modules.path AS module FROM sites "
	" LEFT JOIN frames ON frames.id = sites.frame "
	" LEFT JOIN modules ON modules.id = frames.module;"
	"CREATE VIEW peak AS SELECT id AS site, at_peak_bytes, "
	" round(100.0 * at_peak_bytes / (SELECT sum(at_peak_bytes) FROM sites), 1) AS percent, "
	" at_peak_blocks, name, file, line, module FROM places "
	" WHERE at_peak_bytes > 0 ORDER BY at_peak_bytes DESC, id;"
	"CREATE VIEW leaks AS SELECT id AS site, definite_bytes, definite_blocks, indirect_bytes, "
	" possible_bytes, name, file, line, module FROM places "
	" WHERE definite_bytes + indirect_bytes + possible_bytes > 0 "
	" ORDER BY definite_bytes DESC, id;"
	"CREATE VIEW by_function AS SELECT name, module, " SUMMED " FROM places "
	" GROUP BY name, module ORDER BY at_peak_bytes DESC;"
	"CREATE VIEW by_line AS SELECT file, line, " SUMMED " FROM places "
	" WHERE file IS NOT NULL GROUP BY file, line ORDER BY at_peak_bytes DESC;"
	"CREATE VIEW by_module AS SELECT module, " SUMMED " FROM places "
	" GROUP BY module ORDER BY at_peak_bytes DESC;"
	"CREATE VIEW by_thread AS SELECT threads.name, threads.tid, "
	" sum(at_peak_bytes) AS at_peak_bytes, sum(live_bytes) AS live_bytes, "
	" sum(total_bytes) AS total_bytes, sum(calls) AS calls, sum(temporaries) AS temporaries "
	" FROM shares JOIN threads ON threads.id = shares.thread "
	" GROUP BY threads.id ORDER BY at_peak_bytes DESC;"
	/* each function on a stack counts once, however often it is there */
	"CREATE VIEW inclusive AS SELECT name, sum(at_peak_bytes) AS at_peak_bytes, "
	" sum(live_bytes) AS live_bytes, sum(total_bytes) AS total_bytes, sum(calls) AS calls, "
	" sum(temporaries) AS temporaries, count(*) AS sites FROM "
	" (SELECT DISTINCT stacks.site, frames.name FROM stacks "
	"  JOIN frames ON frames.id = stacks.frame) AS met "
	" JOIN sites ON sites.id = met.site GROUP BY name ORDER BY at_peak_bytes DESC;"
	"CREATE VIEW traces AS SELECT site, group_concat(name, char(10)) AS stack FROM "
	" (SELECT stacks.site, frames.name FROM stacks JOIN frames ON frames.id = stacks.frame "
	"  ORDER BY stacks.site, stacks.depth) GROUP BY site;"
	"PRAGMA user_version = 1;";
