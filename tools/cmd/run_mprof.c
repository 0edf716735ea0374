/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cmd/run_mprof.h"

#include <time.h>

#include "base/output.h"
#include "cmd/cmd.h"
#include "cmd/show.h"
#include "export/export.h"

static int take(void *user, struct view *v)
{
	struct export_context context = { .out = user, .version = PACKAGE_VERSION };

	return export_mprof(&context, v);
}

static void write_recording(const char *path, const char *name)
{
	struct show_options how;
	struct output o;
	struct model m;
	struct err e;
	int status;

	if (show_load(path, &m))
		return;
	show_defaults(&how);
	how.symbols = false;
	if (output_open(&o, name, &e) < 0) {
		cmd_say("%s", e.text);
	} else {
		status = show_view(path, &m, &how, take, o.stream);
		if (status)
			output_discard(&o);
		else if (output_commit(&o, &e) < 0)
			cmd_say("%s", e.text);
	}
	model_free(&m);
}

/* mprof names its files by the second, and looks for just that many digits. */
void run_mprof(const struct harvest *h, pid_t root)
{
	time_t now = time(NULL);
	struct tm local;
	char name[64];

	if (!localtime_r(&now, &local) ||
	    !strftime(name, sizeof(name), "mprofile_%Y%m%d%H%M%S.dat", &local))
		return;
	for (size_t i = h->count; i-- > 0;) {
		if (h->running[i] || h->items[i].header.pid != (uint32_t)root)
			continue;
		write_recording(h->items[i].path, name);
		return;
	}
	cmd_say("nothing was recorded of the program itself, so there is no file for mprof");
}
