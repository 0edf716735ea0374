/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/data.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "symbolize/ops.h"

static bool is_data_of(const struct model_holder *h, uint32_t module)
{
	return h->kind == MODEL_HOLDER_DATA && h->where == module;
}

static bool has_data(const struct model *m, uint32_t module)
{
	size_t i;

	for (i = 1; i < m->holder_count; i++)
		if (is_data_of(&m->holders[i], module))
			return true;
	return false;
}

static int name_all(const struct model *m, uint32_t module, void *handle, struct names *names)
{
	size_t i;
	int err = 0;

	for (i = 1; i < m->holder_count && !err; i++)
		if (is_data_of(&m->holders[i], module))
			err = dwfl_ops.variable(handle,
						m->holders[i].address - m->modules[module].bias,
						&names->pool, &names->data[i]);
	return err;
}

static int name_module(const struct model *m, uint32_t number, const char *sysroot,
		       const char *debug_directories, struct names *names)
{
	const struct model_module *module = &m->modules[number];
	struct buf path = { 0 };
	struct symbolize_target target = {
		.build_id = module->build_id,
		.build_id_bytes = module->build_id_bytes,
		.debug_directories = debug_directories,
	};
	void *handle;
	int err;

	buf_printf(&path, "%s%s", sysroot ? sysroot : "", module->path);
	target.path = path.data;
	err = path.failed ? -ENOMEM : dwfl_ops.open(&target, &handle);
	if (!err) {
		err = name_all(m, number, handle, names);
		dwfl_ops.close(handle);
	} else if (err != -ENOMEM) {
		err = 0;
	}
	buf_free(&path);
	return err;
}

int data_names(const struct model *m, const char *sysroot, const char *debug_directories,
	       struct names *names)
{
	uint32_t i;
	int err = 0;

	names->data = calloc(m->holder_count + 1, sizeof(*names->data));
	if (!names->data)
		return -ENOMEM;
	for (i = 1; i < m->module_count && !err; i++)
		if (m->modules[i].build_id_bytes && has_data(m, i))
			err = name_module(m, i, sysroot, debug_directories, names);
	return err;
}
