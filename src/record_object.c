/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record_object.h"

void record_object_replaced(struct thread *t, const void *address)
{
	struct tide_record *record;
	struct block block;

	if (!blocks_remove_dense((uintptr_t)address, &block))
		return;
	profile_drop(TIDE_DROP_MISSED_FREE);
	record = own_record(t, block.record);
	if (record)
		change(t, record, -(int64_t)block.bytes, -1);
}

void record_object_free(const void *address, const struct anchor *anchor)
{
	if (dense_holds(dense_word((uintptr_t)address)))
		record_free_controlled(address, anchor);
	else
		record_free(address, anchor);
}

struct tide_record *capture_object_plain(struct thread *t, uintptr_t frame)
{
	const struct anchor here = object_anchor(frame);

	python_objects_used = true;
	return python_join_object(t, capture_native(t, &here));
}

struct tide_record *capture_object_anew(struct thread *t, uintptr_t frame, uintptr_t state,
					uint64_t chain)
{
	const struct anchor here = object_anchor(frame);
	struct tide_record *native = memo_find(&t->memo, &here);
	const bool is_new = !native;
	const struct python_joint *joint;
	uint64_t key;

	if (is_new)
		native = capture_walk(t, &here);
	capture_verify(native);
	if (unlikely(!native))
		return NULL;
	key = python_joint_key(native, chain);
	joint = python_joint(t->python, key);
	if (joint->key != key || !key)
		return python_join_anew(t, native, key, state);
	if (unlikely(verify_on))
		python_quick_verify(t, &here, chain, joint->record);
	if (!is_new)
		python_quick_keep(t, &here, chain, joint->record);
	return joint->record;
}
