/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scan/park.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <time.h>
#include <ucontext.h>

#include "arena.h"
#include "record.h"
#include "scan/status.h"
#include "thread.h"

#define THREADS_MOST ((uint32_t)1 << 15)
#define BUFFER_BYTES ((size_t)32 << 10)
#define STOP_US	     200000u /* for all to answer */
#define ASK_AGAIN_US 300u
#define STAY_US	     10000000u /* whatever happens: then a thread goes on */
#define SA_RESTORER  0x04000000
#define SIGNALS	     64

/* What the kernel knows as struct sigaction. */
struct action {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

struct entry {
	uint64_t inode, offset;
	uint16_t bytes;
	uint8_t type;
	char name[];
};

static struct {
	struct park_thread *list;
	uint32_t count;
	uint32_t answers; /* raised with each; the one that waits sleeps on it */
	uint32_t released;
	uint64_t until_us; /* when the parked ones go on of their own accord */
	uint32_t inside;   /* handlers that still use the list */
	int pid;
	int signal;
} park;

/* The kernel returns from a handler by way of this; libc's own is out of reach. */
void park_restorer(void);
__asm__(".text\n"
	".hidden park_restorer\n"
	".type park_restorer, @function\n"
	"	nop\n" /* unwinders look at the byte before */
	"park_restorer:\n"
	"	mov $15, %eax\n"
	"	syscall\n"
	".size park_restorer, . - park_restorer\n");

static void sleep_on(uint32_t *word, uint32_t value, uint64_t us)
{
	const struct timespec most = { (time_t)(us / 1000000), (long)(us % 1000000) * 1000 };

	sys_call(SYS_futex, (long)word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, (long)value, (long)&most,
		 0, 0);
}

static void wake_all(uint32_t *word)
{
	sys_call(SYS_futex, (long)word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT32_MAX, 0, 0, 0);
}

static int number_of(const char *digits)
{
	int n = 0;

	for (; *digits >= '0' && *digits <= '9'; digits++)
		n = n * 10 + (*digits - '0');
	return *digits ? 0 : n;
}

static void add(const struct entry *e, int self)
{
	int tid = number_of(e->name);

	if (tid > 0 && tid != self && park.count < THREADS_MOST)
		park.list[park.count++] = (struct park_thread){ .tid = tid };
}

uint32_t park_list(void)
{
	int fd, self = sys_gettid();
	char *buffer;
	long n = 0;

	park.count = 0;
	fd = sys_open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	park.list = arena_map(THREADS_MOST * sizeof(*park.list));
	buffer = arena_map(BUFFER_BYTES);
	while (park.list && buffer &&
	       (n = sys_call(SYS_getdents64, fd, (long)buffer, BUFFER_BYTES, 0, 0, 0)) > 0)
		for (long at = 0; at < n; at += ((struct entry *)(buffer + at))->bytes)
			add((struct entry *)(buffer + at), self);
	sys_close(fd);
	if (buffer)
		arena_unmap(buffer, BUFFER_BYTES);
	return park.count;
}

struct park_thread *park_thread(uint32_t number)
{
	return &park.list[number];
}

uint32_t park_count(void)
{
	return park.count;
}

static void note_registers(struct park_thread *t, const ucontext_t *context)
{
	static const uint8_t places[PARK_REGISTERS] = {
		REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP,
		REG_R8,	 REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
	};

	for (unsigned i = 0; i < PARK_REGISTERS; i++)
		t->registers[i] = (uint64_t)context->uc_mcontext.gregs[places[i]];
}

/* It may wait there for a lock that another one took with it when it was stopped. */
static void note_moving(struct park_thread *t)
{
	const struct record_realloc *moving = thread_moving;

	t->moving = moving && moving->known ? moving->address : 0;
	t->moving_bytes = t->moving ? moving->old.bytes : 0;
}

static void answer(struct park_thread *t, enum park_state state)
{
	__atomic_store_n(&t->state, state, __ATOMIC_RELEASE);
	__atomic_fetch_add(&park.answers, 1, __ATOMIC_RELEASE);
	wake_all(&park.answers);
}

static void stay(void)
{
	for (;;) {
		uint64_t until = __atomic_load_n(&park.until_us, __ATOMIC_ACQUIRE);
		uint64_t now = sys_clock_us();

		if (__atomic_load_n(&park.released, __ATOMIC_ACQUIRE) || now >= until)
			return;
		sleep_on(&park.released, 0, until - now);
	}
}

/*
 * A thread in the middle of a hook may hold one of the library's locks: it is asked again.  The
 * stack may be small and the thread may be anywhere, so nothing is called but the kernel.
 */
static void handle(int signo, siginfo_t *info, void *context)
{
	uint32_t number = (uint32_t)info->si_value.sival_int;
	struct park_thread *t = &park.list[number];

	(void)signo;
	if (info->si_code != SI_QUEUE || info->si_pid != park.pid || !park.list)
		return;
	if (number >= park.count || t->tid != sys_gettid() ||
	    __atomic_load_n(&park.released, __ATOMIC_ACQUIRE))
		return;
	if (thread_hidden || (thread_self && thread_self->busy)) {
		answer(t, PARK_BUSY);
		return;
	}
	__atomic_fetch_add(&park.inside, 1, __ATOMIC_ACQ_REL);
	note_registers(t, context);
	note_moving(t);
	answer(t, PARK_PARKED);
	stay();
	__atomic_fetch_sub(&park.inside, 1, __ATOMIC_ACQ_REL);
}

static int set_action(int signal, const struct action *new, struct action *old)
{
	return (int)sys_call(SYS_rt_sigaction, signal, (long)new, (long)old, 8, 0, 0);
}

static bool is_unused(int signal)
{
	struct action now;

	return set_action(signal, NULL, &now) == 0 && (uintptr_t)now.handler <= 1;
}

/*
 * One that nobody handles and fewest threads block.  SIGURG and SIGWINCH do nothing unless asked
 * for, and debuggers pass them on in silence.
 */
static int choose_signal(const uint32_t *blocked)
{
	static const uint8_t candidates[] = { SIGURG, SIGWINCH, 64, 63, 62, 61, 60, 59, 58, 57 };
	int best = 0;

	for (size_t i = 0; i < sizeof(candidates); i++) {
		int signal = candidates[i];

		if (is_unused(signal) && (!best || blocked[signal] < blocked[best]))
			best = signal;
	}
	return best;
}

static bool ask(uint32_t number)
{
	struct park_thread *t = &park.list[number];
	siginfo_t info;

	__builtin_memset(&info, 0, sizeof(info));
	info.si_signo = park.signal;
	info.si_code = SI_QUEUE;
	info.si_pid = park.pid;
	info.si_value.sival_int = (int)number;
	__atomic_store_n(&t->state, PARK_ASKED, __ATOMIC_RELEASE);
	return sys_call(SYS_rt_tgsigqueueinfo, park.pid, t->tid, park.signal, (long)&info, 0, 0) ==
	       0;
}

/* Whom a signal reaches without doing harm. */
static void read_masks(struct status *each, uint32_t *blocked)
{
	struct status own;
	bool known = status_read(0, &own);

	for (uint32_t i = 0; i < park.count; i++) {
		if (!status_read(park.list[i].tid, &each[i]) || !known ||
		    each[i].seccomp_filters != own.seccomp_filters) {
			each[i].blocked = ~(uint64_t)0;
			continue;
		}
		for (int s = 1; s <= SIGNALS; s++)
			blocked[s] += each[i].blocked >> (s - 1) & 1;
	}
}

/* Ask those that may be asked; how many are. */
static uint32_t ask_all(const struct status *each)
{
	uint32_t asked = 0;

	for (uint32_t i = 0; i < park.count; i++) {
		if (each[i].blocked >> (park.signal - 1) & 1)
			continue;
		if (ask(i))
			asked++;
		else
			park.list[i].state = PARK_UNTOUCHED;
	}
	return asked;
}

/* How many have not answered yet; those that were busy are asked once more. */
static uint32_t ask_again(void)
{
	uint32_t open = 0;

	for (uint32_t i = 0; i < park.count; i++) {
		uint32_t state = __atomic_load_n(&park.list[i].state, __ATOMIC_ACQUIRE);

		open += state == PARK_ASKED || state == PARK_BUSY;
		if (state == PARK_BUSY && !ask(i))
			park.list[i].state = PARK_UNTOUCHED;
	}
	return open;
}

static void wait_for_answers(void)
{
	uint64_t until = sys_clock_us() + STOP_US;

	for (;;) {
		uint32_t answers = __atomic_load_n(&park.answers, __ATOMIC_ACQUIRE);

		if (!ask_again() || sys_clock_us() >= until)
			return;
		sleep_on(&park.answers, answers, ASK_AGAIN_US);
	}
}

/* Being ignored for a moment, the signal is taken from those that have not got it yet. */
static void restore_action(const struct action *old)
{
	const struct action ignore = { .handler = (void (*)(int, siginfo_t *, void *))1 };

	set_action(park.signal, &ignore, NULL);
	set_action(park.signal, old, NULL);
}

static uint32_t stop_with(struct status *each)
{
	const struct action ours = {
		.handler = handle,
		.flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_RESTORER,
		.restorer = park_restorer,
		.mask = ~(uint64_t)0,
	};
	uint32_t blocked[SIGNALS + 1] = { 0 }, unparked = 0;
	struct action old;

	read_masks(each, blocked);
	park.signal = choose_signal(blocked);
	park.pid = sys_getpid();
	park.released = 0;
	park.until_us = sys_clock_us() + STAY_US;
	if (!park.signal || set_action(park.signal, &ours, &old) < 0)
		return park.count;
	if (ask_all(each))
		wait_for_answers();
	restore_action(&old);
	for (uint32_t i = 0; i < park.count; i++)
		unparked += __atomic_load_n(&park.list[i].state, __ATOMIC_ACQUIRE) != PARK_PARKED;
	return unparked;
}

uint32_t park_stop(void)
{
	size_t bytes = park.count * sizeof(struct status);
	struct status *each;
	uint32_t unparked;

	if (!park.count)
		return 0;
	each = arena_map(bytes);
	if (!each)
		return park.count;
	unparked = stop_with(each);
	arena_unmap(each, bytes);
	return unparked;
}

void park_release(uint32_t later_us)
{
	if (!park.count)
		return;
	if (later_us) {
		__atomic_store_n(&park.until_us, sys_clock_us() + later_us, __ATOMIC_RELEASE);
		wake_all(&park.released);
		return;
	}
	__atomic_store_n(&park.released, 1, __ATOMIC_RELEASE);
	wake_all(&park.released);
}

void park_end(void)
{
	/* A handler may be on its way out, or come late: at the end of a process the list stays. */
	if (park.list && !park.signal)
		arena_unmap(park.list, THREADS_MOST * sizeof(*park.list));
	park.list = park.signal ? park.list : NULL;
	park.count = park.signal ? park.count : 0;
}
