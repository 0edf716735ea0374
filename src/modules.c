/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

#include "profile.h"
#include "python/python.h"

#define MODULES_KNOWN 4096u /* more than this many loaded objects are not told apart */

/* What the recording does not hold; index = module number. */
static struct known {
	const struct link_map *map;
	uintptr_t start;
	uintptr_t end;
} known[MODULES_KNOWN];

/* By dlsym: a direct reference would make ld.so a NEEDED of ours. */
static int (*find_object)(void *, struct dl_find_object *);

uint32_t modules_generation = 1;
struct modules_linker modules_linker;

void modules_begin(void)
{
	struct dl_find_object object;
	uintptr_t base = getauxval(AT_BASE);

	find_object = dlsym(RTLD_DEFAULT, "_dl_find_object");
	if (base && find_object && find_object((void *)base, &object) == 0) {
		modules_linker.start = (uintptr_t)object.dlfo_map_start;
		modules_linker.bytes = (uintptr_t)object.dlfo_map_end - modules_linker.start;
	}
}

static const ElfW(Nhdr) * next_note(const ElfW(Nhdr) * note)
{
	return (const void *)((const char *)(note + 1) + ((note->n_namesz + 3) & ~3u) +
			      ((note->n_descsz + 3) & ~3u));
}

static void read_notes(struct tide_module *m, const char *at, size_t bytes)
{
	const ElfW(Nhdr) *note = (const void *)at;

	while ((const char *)(note + 1) <= at + bytes) {
		const char *name = (const char *)(note + 1);

		if ((const char *)next_note(note) > at + bytes)
			return;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
		    sys_same(name, "GNU") && note->n_descsz <= sizeof(m->build_id)) {
			sys_copy(m->build_id, name + 4, note->n_descsz);
			m->build_id_bytes = note->n_descsz;
			return;
		}
		note = next_note(note);
	}
}

/* The ELF header is mapped at the start of every object that the usual linkers make. */
static void read_build_id(struct tide_module *m)
{
	const ElfW(Ehdr) *elf = (const void *)m->start;
	const ElfW(Phdr) * ph;

	if (*(const uint32_t *)elf != *(const uint32_t *)ELFMAG || elf->e_phoff > 4096 - 64)
		return;
	ph = (const void *)(m->start + elf->e_phoff);
	for (int i = 0; i < elf->e_phnum && i < 60 && !m->build_id_bytes; i++)
		if (ph[i].p_type == PT_NOTE && m->bias + ph[i].p_vaddr + ph[i].p_memsz <= m->end)
			read_notes(m, (const char *)m->bias + ph[i].p_vaddr, ph[i].p_memsz);
}

static uint32_t store_path(const struct link_map *map, int tid)
{
	char exe[4096];
	const char *path = map ? map->l_name : "";
	long n;

	if (!*path) {
		n = sys_locked_down ? -1
				    : sys_call(SYS_readlink, (long)"/proc/self/exe", (long)exe,
					       sizeof(exe) - 1, 0, 0, 0);
		if (n < 0)
			n = 0;
		exe[n] = 0;
		path = exe;
	}
	return profile_text(path, sys_length(path), tid).offset;
}

static uint32_t add(const struct dl_find_object *object, int tid)
{
	uint32_t number = profile_take(TIDE_SECTION_MODULES, tid);
	struct tide_module *m;

	if (!number || number >= MODULES_KNOWN)
		return 0;
	m = profile_module(number);
	*m = (struct tide_module){ 0 };
	m->start = (uintptr_t)object->dlfo_map_start;
	m->end = (uintptr_t)object->dlfo_map_end;
	m->bias = object->dlfo_link_map ? object->dlfo_link_map->l_addr : m->start;
	m->path = store_path(object->dlfo_link_map, tid);
	m->seen_ms = (uint32_t)(profile_now_us() / 1000);
	read_build_id(m);
	python_met(object->dlfo_link_map);
	known[number].map = object->dlfo_link_map;
	known[number].start = m->start;
	__atomic_store_n(&known[number].end, m->end, __ATOMIC_RELEASE);
	return number;
}

static bool still_there(uint32_t number)
{
	struct dl_find_object object;

	return find_object((void *)known[number].start, &object) == 0 &&
	       object.dlfo_link_map == known[number].map &&
	       (uintptr_t)object.dlfo_map_start == known[number].start;
}

/* Two threads may both add a module that is new: the reader sees it twice, no worse. */
static uint32_t number_of(const struct dl_find_object *object, int tid)
{
	uint32_t count = profile_count(TIDE_SECTION_MODULES);

	for (uint32_t i = 1; i < count && i < MODULES_KNOWN; i++)
		if (known[i].start == (uintptr_t)object->dlfo_map_start &&
		    known[i].map == object->dlfo_link_map &&
		    __atomic_load_n(&known[i].end, __ATOMIC_ACQUIRE))
			return i;
	return add(object, tid);
}

void modules_find(uintptr_t pc, int tid, struct modules_found *found)
{
	struct dl_find_object object;

	*found = (struct modules_found){ 0 };
	if (!find_object || find_object((void *)pc, &object) != 0)
		return;
	found->number = number_of(&object, tid);
	found->start = (uintptr_t)object.dlfo_map_start;
	found->end = (uintptr_t)object.dlfo_map_end;
	found->eh_frame_hdr = object.dlfo_eh_frame;
}

void modules_check(void)
{
	uint32_t count = profile_count(TIDE_SECTION_MODULES);
	bool gone = false;

	for (uint32_t i = 1; i < count && i < MODULES_KNOWN; i++) {
		if (!known[i].end || still_there(i))
			continue;
		known[i].end = 0;
		python_unloaded(known[i].map);
		profile_module(i)->unloaded_ms = (uint32_t)(profile_now_us() / 1000) | 1;
		gone = true;
	}
	if (gone)
		__atomic_fetch_add(&modules_generation, 1, __ATOMIC_ACQ_REL);
}
