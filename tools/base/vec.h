/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Growing arrays: an array, a count and a room, grown by doubling.  For every layer of the command.
 * Errors: -ENOMEM, and the array is as it was.
 */
#ifndef TIDEMARK_BASE_VEC_H
#define TIDEMARK_BASE_VEC_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline int vec_grow(void *array_pointer, size_t *room, size_t need, size_t item_bytes)
{
	size_t want = *room ? *room : 16;
	void *array;

	if (need <= *room)
		return 0;
	while (want < need) {
		if (want > SIZE_MAX / 2 / item_bytes)
			return -ENOMEM;
		want *= 2;
	}
	memcpy(&array, array_pointer, sizeof(array));
	array = realloc(array, want * item_bytes);
	if (!array)
		return -ENOMEM;
	memcpy(array_pointer, &array, sizeof(array));
	*room = want;
	return 0;
}

/* Makes room for `need` items in all. */
#define VEC_ROOM(array, room, need) vec_grow(&(array), &(room), (need), sizeof(*(array)))

#endif
