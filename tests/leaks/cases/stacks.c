/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses on stacks and in registers: of the main thread when it ends, of threads that sleep, of
 * coroutines, of signal handlers on a stack of their own.
 */
#include "../leak.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

#define STACK_BYTES (64 * 1024)

/* From a case to its assembly, which empties it. */
__attribute__((used, visibility("hidden"))) void *volatile handed;
__attribute__((used, visibility("hidden"))) volatile int handed_over;

CASE(main_stack, "reachable_a 1 24", "a frame that calls exit")
{
	void *volatile held = NODE(reachable_a);

	scrub();
	exit(held == NULL);
}

CASE(main_stack_interior, "possible_a 1 24", "the same, by its middle")
{
	char *volatile held = (char *)NODE(possible_a) + 8;

	scrub();
	exit(held == NULL);
}

CASE(main_stack_left, "definite_a 1 24", "a frame that is gone when main returns")
{
	void *volatile held = NODE(definite_a);

	(void)held;
}

APART static void bury_in_frame(maker_fn make)
{
	void *volatile room[80000];

	room[100] = make(24);
	HERE();
}

static void bury(maker_fn make)
{
	bury_in_frame(make);
	scrub();
	HERE();
}

CASE(main_stack_below, "definite_a 1 24", "a dead frame far below the stack pointer")
{
	bury(definite_a);
	exit(0);
}

CASE(main_stack_wide, "reachable_a 1 24", "the far end of a frame of six megabytes")
{
	void *volatile room[786432];

	room[786431] = NODE(reachable_a);
	scrub();
	exit(room[786431] == NULL);
}

CASE(main_arguments, "reachable_a 1 24", "the array of arguments, above main's frame")
{
	leak_argv[1] = reachable_a(24);
	memcpy(leak_argv[1], "renamed", 8);
}

#define EXIT_WITH(reg)                                      \
	__asm__ volatile("mov handed(%%rip), %%" reg "\n\t" \
			 "movq $0, handed(%%rip)\n\t"       \
			 "and $-16, %%rsp\n\t"              \
			 "xor %%edi, %%edi\n\t"             \
			 "call exit@PLT\n\t" ::             \
				 : reg, "memory");          \
	__builtin_unreachable()

CASE(main_rbx, "reachable_a 1 24", "register rbx when exit is called")
{
	handed = NODE(reachable_a);
	scrub();
	EXIT_WITH("rbx");
}

CASE(main_r12, "reachable_a 1 24", "register r12 when exit is called")
{
	handed = NODE(reachable_a);
	scrub();
	EXIT_WITH("r12");
}

CASE(main_r15, "reachable_a 1 24", "register r15 when exit is called")
{
	handed = NODE(reachable_a);
	scrub();
	EXIT_WITH("r15");
}

static void hold_on_stack(void)
{
	void *volatile held = NODE(reachable_a);

	scrub();
	must(held != NULL, "holding");
	settle();
}

CASE(sleeper_stack, "reachable_a 1 24", "a sleeping thread's frame")
{
	sleeper(hold_on_stack);
}

CASE(sleepers_stack, "reachable_a 20 480", "the frames of twenty sleeping threads")
{
	for (int i = 0; i < 20; i++)
		sleeper(hold_on_stack);
}

static void hold_below(void)
{
	bury(definite_a);
	settle();
}

CASE(sleeper_below, "definite_a 1 24", "a dead frame far below a sleeping thread's stack pointer")
{
	sleeper(hold_below);
}

/* Says that it is there, by futex, and sleeps; touches no other register than it must. */
#define TELL_AND_PAUSE                      \
	"lock incl handed_over(%%rip)\n\t"  \
	"lea handed_over(%%rip), %%rdi\n\t" \
	"mov $1, %%esi\n\t"                 \
	"mov $1, %%edx\n\t"                 \
	"mov $202, %%eax\n\t"               \
	"syscall\n\t"                       \
	"1: mov $34, %%eax\n\t"             \
	"syscall\n\t"                       \
	"jmp 1b\n\t"

#define SLEEP_WITH(reg)                                                                    \
	static void *sleep_with_##reg(void *unused)                                        \
	{                                                                                  \
		handed = NODE(reachable_a);                                                \
		scrub();                                                                   \
		__asm__ volatile("mov handed(%%rip), %%" #reg "\n\t"                       \
				 "movq $0, handed(%%rip)\n\t" TELL_AND_PAUSE ::            \
					 : #reg, "rax", "rdi", "rsi", "rdx", "rcx", "r11", \
					   "memory");                                      \
		return unused;                                                             \
	}

SLEEP_WITH(rbx)
SLEEP_WITH(r8)
SLEEP_WITH(r9)
SLEEP_WITH(r10)
SLEEP_WITH(r12)
SLEEP_WITH(r13)
SLEEP_WITH(r14)
SLEEP_WITH(r15)

static void start(void *(*function)(void *))
{
	int before = handed_over, now;
	pthread_t thread;

	must(pthread_create(&thread, NULL, function, NULL) == 0, "thread");
	while ((now = handed_over) == before)
		syscall(SYS_futex, &handed_over, 0 /* FUTEX_WAIT */, now, NULL, NULL, 0);
}

CASE(sleeper_rbx, "reachable_a 1 24", "register rbx of a sleeping thread")
{
	start(sleep_with_rbx);
}

CASE(sleepers_registers, "reachable_a 8 192", "eight registers, each of another sleeping thread")
{
	start(sleep_with_rbx);
	start(sleep_with_r8);
	start(sleep_with_r9);
	start(sleep_with_r10);
	start(sleep_with_r12);
	start(sleep_with_r13);
	start(sleep_with_r14);
	start(sleep_with_r15);
}

static void *sleep_deaf(void *unused)
{
	uint64_t all = ~0ull;

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, sizeof(all));
	return sleep_with_r12(unused);
}

CASE(sleeper_deaf, "reachable_a 1 24", "a register of a sleeping thread that blocks every signal")
{
	start(sleep_deaf);
}

static void *sleep_red_zone(void *unused)
{
	handed = NODE(reachable_a);
	scrub();
	__asm__ volatile("mov handed(%%rip), %%rax\n\t"
			 "mov %%rax, -64(%%rsp)\n\t"
			 "movq $0, handed(%%rip)\n\t" TELL_AND_PAUSE ::
				 : "rax", "rdi", "rsi", "rdx", "rcx", "r11", "memory");
	return unused;
}

CASE(sleeper_red_zone, "reachable_a 1 24",
     "below the stack pointer, where a leaf function may keep things")
{
	start(sleep_red_zone);
}

static void *spin(void *unused)
{
	handed = NODE(reachable_a);
	scrub();
	__asm__ volatile("mov handed(%%rip), %%r13\n\t"
			 "movq $0, handed(%%rip)\n\t"
			 "lock incl handed_over(%%rip)\n\t"
			 "lea handed_over(%%rip), %%rdi\n\t"
			 "mov $1, %%esi\n\t"
			 "mov $1, %%edx\n\t"
			 "mov $202, %%eax\n\t"
			 "syscall\n\t"
			 "1: pause\n\t"
			 "jmp 1b\n\t" ::
				 : "r13", "rax", "rdi", "rsi", "rdx", "rcx", "r11", "memory");
	return unused;
}

CASE(spinner, "reachable_a 1 24", "a register of a thread that computes")
{
	start(spin);
}

static void *exit_from_thread(void *unused)
{
	void *volatile held = NODE(reachable_b);

	scrub();
	exit(held == NULL);
	return unused;
}

CASE(main_joins, "reachable_a 1 24, reachable_b 1 24",
     "the main thread's frame while another thread ends all")
{
	void *volatile held = NODE(reachable_a);
	pthread_t thread;

	scrub();
	must(pthread_create(&thread, NULL, exit_from_thread, NULL) == 0, "thread");
	pthread_join(thread, NULL);
	must(held == NULL, "ending by the thread");
}

/* The frame of a thread that is gone, in a stack that the C library keeps for the next one. */
static void *leave_on_stack(void *unused)
{
	void *volatile held = NODE(definite_a);

	scrub();
	return held ? NULL : unused;
}

CASE(ended_stack, "definite_a 1 24", "the frame of a thread that was joined")
{
	pthread_t thread;

	must(pthread_create(&thread, NULL, leave_on_stack, NULL) == 0, "thread");
	pthread_join(thread, NULL);
}

static void on_stack_of_ones_own(void *stack, size_t bytes)
{
	pthread_attr_t attributes;
	int before = handed_over, now;
	pthread_t thread;

	pthread_attr_init(&attributes);
	must(pthread_attr_setstack(&attributes, stack, bytes) == 0, "setstack");
	must(pthread_create(&thread, &attributes, sleep_with_r12, NULL) == 0, "thread");
	pthread_attr_destroy(&attributes);
	while ((now = handed_over) == before)
		syscall(SYS_futex, &handed_over, 0 /* FUTEX_WAIT */, now, NULL, NULL, 0);
}

static char thread_stack[1 << 20] __attribute__((aligned(4096)));

CASE(sleeper_static_stack, "reachable_a 1 24", "a thread whose stack is a static array")
{
	on_stack_of_ones_own(thread_stack, sizeof(thread_stack));
}

APART static void *reachable_stack(size_t bytes)
{
	return aligned_alloc(4096, bytes);
}

APART static void *definite_stack(size_t bytes)
{
	return wiped(malloc(bytes), bytes);
}

CASE(sleeper_heap_stack, "reachable_a 1 24, reachable_stack 1 1048576",
     "a thread whose stack is a block")
{
	root[0] = reachable_stack(1 << 20);
	on_stack_of_ones_own(root[0], 1 << 20);
}

static ucontext_t back, there;

static void coroutine(void)
{
	void *volatile held = NODE(reachable_a);

	scrub();
	swapcontext(&there, &back);
	must(held == NULL, "never coming here");
}

static void visit_coroutine(void *stack, size_t bytes, void (*function)(void))
{
	getcontext(&there);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = bytes;
	there.uc_link = NULL;
	makecontext(&there, function, 0);
	swapcontext(&back, &there);
}

#define COROUTINE_BYTES (1 << 20)

static void *mapped_stack(void)
{
	void *at = mmap(NULL, COROUTINE_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	must(at != MAP_FAILED, "mmap");
	return at;
}

CASE(coroutine_mapped, "reachable_a 1 24", "a suspended coroutine's frame, its stack a mapping")
{
	visit_coroutine(mapped_stack(), COROUTINE_BYTES, coroutine);
}

CASE(coroutine_block, "reachable_a 1 24, reachable_stack 1 1048576", "the same, its stack a block")
{
	visit_coroutine(reachable_stack(COROUTINE_BYTES), COROUTINE_BYTES, coroutine);
}

static void lost_coroutine(void)
{
	void *volatile held = NODE(indirect_a);

	scrub();
	swapcontext(&there, &back);
	must(held == NULL, "never coming here");
}

CASE(coroutine_lost, "definite_stack 1 1048576, indirect_a 1 24",
     "a coroutine that nobody can resume")
{
	visit_coroutine(definite_stack(COROUTINE_BYTES), COROUTINE_BYTES, lost_coroutine);
	memset(&there, 0, sizeof(there));
	memset(&back, 0, sizeof(back));
}

static void exit_in_coroutine(void)
{
	void *volatile held = NODE(reachable_a);

	scrub();
	exit(held == NULL);
}

CASE(coroutine_exits, "reachable_a 1 24, reachable_b 1 24",
     "exit on a coroutine's stack: its frame, and the main stack's")
{
	void *volatile held = NODE(reachable_b);

	scrub();
	visit_coroutine(mapped_stack(), COROUTINE_BYTES, exit_in_coroutine);
	must(held == NULL, "never coming here");
}

CASE(coroutine_block_exits, "reachable_a 1 24, reachable_b 1 24, reachable_stack 1 1048576",
     "the same, on a stack that is a block")
{
	void *volatile held = NODE(reachable_b);

	scrub();
	visit_coroutine(reachable_stack(COROUTINE_BYTES), COROUTINE_BYTES, exit_in_coroutine);
	must(held == NULL, "never coming here");
}

static void leave_register(void)
{
	handed = NODE(reachable_a);
	scrub();
	__asm__ volatile("mov handed(%%rip), %%r14\n\t"
			 "movq $0, handed(%%rip)\n\t"
			 "lea there(%%rip), %%rdi\n\t"
			 "lea back(%%rip), %%rsi\n\t"
			 "and $-16, %%rsp\n\t"
			 "call swapcontext@PLT\n\t" ::
				 : "r14", "rax", "rdi", "rsi", "rdx", "rcx", "r8", "r9", "r10",
				   "r11", "memory");
	__builtin_unreachable();
}

CASE(coroutine_register, "reachable_a 1 24", "a suspended coroutine's register")
{
	visit_coroutine(mapped_stack(), COROUTINE_BYTES, leave_register);
}

static void handler(int number)
{
	void *volatile held = NODE(reachable_a);

	(void)number;
	scrub();
	exit(held == NULL);
}

static void use_signal_stack(void *stack, size_t bytes)
{
	stack_t alternative = { .ss_sp = stack, .ss_size = bytes };
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_ONSTACK };

	must(sigaltstack(&alternative, NULL) == 0, "sigaltstack");
	must(sigaction(SIGUSR1, &action, NULL) == 0, "sigaction");
}

CASE(signal_stack, "reachable_a 1 24, reachable_b 1 24",
     "exit in a handler on its own stack: its frame, and "
     "the main stack's")
{
	void *volatile held = NODE(reachable_b);

	use_signal_stack(mapped_stack(), COROUTINE_BYTES);
	scrub();
	raise(SIGUSR1);
	must(held == NULL, "never coming here");
}

CASE(signal_stack_block, "reachable_a 1 24, reachable_b 1 24, reachable_stack 1 1048576",
     "the same, its stack a block")
{
	void *volatile held = NODE(reachable_b);

	root[0] = reachable_stack(COROUTINE_BYTES);
	use_signal_stack(root[0], COROUTINE_BYTES);
	scrub();
	raise(SIGUSR1);
	must(held == NULL, "never coming here");
}

static void sleep_in_handler(int number)
{
	void *volatile held = NODE(reachable_a);

	(void)number;
	scrub();
	must(held != NULL, "holding");
	settle();
}

static void raise_and_sleep(void)
{
	stack_t alternative = { .ss_sp = mapped_stack(), .ss_size = COROUTINE_BYTES };
	struct sigaction action = { .sa_handler = sleep_in_handler, .sa_flags = SA_ONSTACK };
	void *volatile held = NODE(reachable_b);

	must(sigaltstack(&alternative, NULL) == 0, "sigaltstack");
	must(sigaction(SIGUSR1, &action, NULL) == 0, "sigaction");
	scrub();
	raise(SIGUSR1);
	must(held == NULL, "never coming here");
}

CASE(sleeper_signal_stack, "reachable_a 1 24, reachable_b 1 24",
     "a thread that sleeps in a handler on a stack of its own: both stacks")
{
	sleeper(raise_and_sleep);
}

CASE(signal_stack_forgotten, "definite_stack 1 65536",
     "blind spot: a signal stack that only the kernel knows")
{
	use_signal_stack(definite_stack(STACK_BYTES), STACK_BYTES);
}
