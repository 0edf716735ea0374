/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The JSON report, as a file like the others. */
#include "export/export.h"
#include "render/render.h"

int export_json(struct export_context *c, const struct view *v)
{
	struct render_context context = { .out = c->out, .version = c->version };
	int err = render_json.begin(&context);

	if (!err)
		err = render_json.view(&context, v);
	return err ? err : render_json.end(&context);
}
