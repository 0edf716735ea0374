/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "start.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "arena.h"
#include "blocks.h"
#include "bus.h"
#include "config.h"
#include "dense.h"
#include "control.h"
#include "fork.h"
#include "history.h"
#include "hooks_cxx.h"
#include "hooks_python.h"
#include "mappings/mappings.h"
#include "modules.h"
#include "next.h"
#include "peak.h"
#include "profile.h"
#include "python/python.h"
#include "scan/scan.h"
#include "thread.h"
#include "timeline.h"
#include "verify.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

union armed_page start_armed __attribute__((aligned(4096)));

/* These survive fork, unlike the word: they tell a child from a new image, and that an image whose
 * events were missed cannot be the beginning of its children's books. */
static bool begun;
static int quick_status; /* given to quick_exit, which does not tell its handlers */
static bool given_up;

static void note_allocator(int tid)
{
	Dl_info info;

	if (next_is_libc()) {
		dense_heap_least = 0; /* its chunks are of two grains at least */
		return;
	}
	profile.header->flags |= TIDE_FLAG_FOREIGN_MALLOC;
	if (dladdr((void *)next.malloc, &info) && info.dli_fname)
		profile.header->allocator = profile_text(info.dli_fname, sys_length(info.dli_fname),
							 tid);
}

static size_t append(char *to, size_t used, size_t size, const char *text)
{
	size_t n = sys_length(text) + 1;

	if (used + n > size)
		return used;
	sys_copy(to + used, text, n);
	return used + n;
}

static void note_options(int tid)
{
	static char options[4096];
	size_t used = 0;

	for (char **e = environ; e && *e; e++)
		if (__builtin_memcmp(*e, "TIDEMARK_", 9) == 0)
			used = append(options, used, sizeof(options), *e);
	if (used)
		profile.header->options = profile_text(options, used - 1, tid);
}

static struct tide_text read_file(const char *path, int tid)
{
	static char text[32768];
	int fd = sys_open(path, 0, 0);
	size_t used = 0;
	long n = 0;

	if (fd < 0)
		return (struct tide_text){ 0, 0 };
	do
		n = sys_call(SYS_read, fd, (long)text + (long)used, (long)(sizeof(text) - used), 0,
			     0, 0);
	while (n > 0 && (used += (size_t)n) < sizeof(text));
	sys_close(fd);
	return used ? profile_text(text, used - !text[used - 1], tid) : (struct tide_text){ 0, 0 };
}

static struct tide_text read_link(const char *path, int tid)
{
	char text[4096];
	long n = sys_call(SYS_readlink, (long)path, (long)text, sizeof(text), 0, 0, 0);

	return n > 0 ? profile_text(text, (size_t)n, tid) : (struct tide_text){ 0, 0 };
}

static struct tide_text host_name(int tid)
{
	struct utsname name;

	if (sys_call(SYS_uname, (long)&name, 0, 0, 0, 0, 0) < 0)
		return (struct tide_text){ 0, 0 };
	return profile_text(name.nodename, sys_length(name.nodename), tid);
}

static void note_program(int tid)
{
	struct tide_header *h = profile.header;

	h->exe = read_link("/proc/self/exe", tid);
	h->args = read_file("/proc/self/cmdline", tid);
	h->cwd = read_link("/proc/self/cwd", tid);
	h->host = host_name(tid);
	note_options(tid);
	note_allocator(tid);
}

static bool may_record(void)
{
	return !getauxval(AT_SECURE) &&
	       sys_advise(&start_armed, sizeof(start_armed), MADV_WIPEONFORK) == 0;
}

static bool begin(void)
{
	int tid = sys_gettid();

	next_resolve();
	hooks_cxx_resolve();
	if (!may_record())
		return false;
	config_read();
	peak_begin();
	modules_begin();
	rules_frame_pointers = config.frame_pointers;
	if (profile_create(tid) < 0 || blocks_begin(tid) < 0)
		return false;
	if (config.frame_pointers)
		profile.header->flags |= TIDE_FLAG_FRAME_POINTERS;
	note_program(tid);
	control_begin();
	timeline_begin();
	history_begin(tid);
	mappings_begin();
	begun = true;
	return true;
}

static bool take_turn(void)
{
	uint32_t not_yet = ARMED_NOT_YET;

	return __atomic_compare_exchange_n(&start_armed.word, &not_yet, ARMED_STARTING, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

bool start_slow(void)
{
	bool on;

	if (!take_turn())
		return false;
	on = !given_up && (begun ? fork_child() : begin());
	given_up = !on;
	__atomic_store_n(&start_armed.word, on ? ARMED_ON : ARMED_OFF, __ATOMIC_RELEASE);
	return on;
}

bool start_again(void)
{
	return begun && start_slow();
}

/* A vfork child shares the memory, but its end is not the program's. */
static bool is_this_process(void)
{
	return sys_locked_down || sys_getpid() == profile.pid;
}

static void end_as(enum tide_state state, int status)
{
	if (start_armed.word != ARMED_ON || !is_this_process())
		return;
	scan_at_end();
	timeline_end();
	profile_seal(state, status);
}

void start_end(int status)
{
	end_as(TIDE_EXITED, status);
}

void start_exec(void)
{
	if (start_armed.word == ARMED_ON && is_this_process())
		profile.header->state = TIDE_EXECED;
}

void start_exec_failed(void)
{
	if (start_armed.word == ARMED_ON && is_this_process())
		profile.header->state = TIDE_RUNNING;
}

void start_limit_memory(void)
{
	if (start_armed.word == ARMED_ON && is_this_process())
		profile_shrink(thread_number());
}

void start_lock_down(void)
{
	if (start_armed.word == ARMED_ON) {
		arena_stock(thread_number());
		profile_stock(thread_number());
		profile.header->flags |= TIDE_FLAG_LOCKED_DOWN;
	}
	sys_locked_down = true;
}

void start_lock_down_failed(void)
{
	sys_locked_down = false;
	if (start_armed.word == ARMED_ON)
		profile.header->flags &= ~(uint32_t)TIDE_FLAG_LOCKED_DOWN;
}

/*
 * Registered before the program's own, and before ld.so's destructors: so it runs after them all.
 */
static void at_exit(int status, void *unused)
{
	(void)unused;
	start_end(status);
}

static void at_quick_exit_handler(void *unused)
{
	(void)unused;
	start_end(quick_status);
}

/* The first to be registered is the last to run.  at_quick_exit itself is in no shared library. */
static void at_quick_exit_last(void)
{
	int (*register_handler)(void (*)(void *), void *) =
		(int (*)(void (*)(void *), void *))dlsym(RTLD_DEFAULT, "__cxa_at_quick_exit");

	if (register_handler)
		register_handler(at_quick_exit_handler, NULL);
}

void start_quick_end(int status)
{
	quick_status = status;
}

void start_abort(void)
{
	if (start_armed.word == ARMED_ON && is_this_process())
		scan_at_abort();
}

static __attribute__((constructor)) void construct(void)
{
	uintptr_t busy;

	if (!start_on())
		return;
	busy = thread_hide();
	thread_begin();
	python_begin(&hooks_python);
	on_exit(at_exit, NULL);
	at_quick_exit_last();
	scan_begin();
	bus_begin();
	thread_show(busy);
	mappings_attach((uintptr_t)__builtin_frame_address(0));
	verify_begin();
}
