/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "check/path.h"

#include <string.h>

static void drop_last(struct buf *out)
{
	while (out->bytes && out->data[out->bytes - 1] != '/')
		out->bytes--;
	if (out->bytes)
		out->bytes--;
	if (out->data)
		out->data[out->bytes] = '\0';
}

static bool ends_in_dots(const struct buf *out)
{
	const char *slash = strrchr(buf_text(out), '/');

	return !strcmp(slash ? slash + 1 : buf_text(out), "..");
}

void path_plain(const char *path, struct buf *out)
{
	bool absolute = *path == '/';
	size_t bytes;

	buf_reset(out);
	for (path += strspn(path, "/"); *path; path += bytes + strspn(path + bytes, "/")) {
		bytes = strcspn(path, "/");
		if (bytes == 1 && *path == '.')
			continue;
		if (bytes == 2 && !strncmp(path, "..", 2) &&
		    (absolute || (out->bytes && !ends_in_dots(out)))) {
			drop_last(out);
			continue;
		}
		if (absolute || out->bytes)
			buf_add(out, "/", 1);
		buf_add(out, path, bytes);
	}
	if (!out->bytes)
		buf_puts(out, absolute ? "/" : ".");
}

const char *path_below(const char *path, const char *directory)
{
	size_t bytes = strlen(directory);

	while (bytes && directory[bytes - 1] == '/')
		bytes--;
	if (strncmp(path, directory, bytes) || path[bytes] != '/' || !path[bytes + 1])
		return NULL;
	return path + bytes + 1;
}
