/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where an address may lie: the program's data, mappings, thread-local memory.  Stacks are in
 * stacks.c, loaded libraries in modules.c.
 */
#include "../leak.h"

#include <sys/mman.h>
#include <sys/shm.h>
#include <fcntl.h>
#include <stdio.h>

#define PAGE 4096

static void *volatile initialised = (void *)1;

CASE(data, "reachable_a 1 24", "initialised data")
{
	initialised = NODE(reachable_a);
}

CASE(static_local, "reachable_a 1 24", "a static variable of a function")
{
	static void *volatile holder;

	holder = NODE(reachable_a);
}

static void *volatile bss[1 << 20];

CASE(bss_start, "reachable_a 1 24", "eight megabytes of zeros, at their start")
{
	bss[0] = NODE(reachable_a);
}

CASE(bss_end, "reachable_a 1 24", "the same, at their end, far beyond the file's size")
{
	bss[(1 << 20) - 1] = NODE(reachable_a);
}

static void *volatile sealed[PAGE / sizeof(void *)] __attribute__((aligned(PAGE)));

CASE(sealed_data, "reachable_a 1 24", "data made read-only, as the linker does with relro")
{
	sealed[5] = NODE(reachable_a);
	must(mprotect((void *)sealed, PAGE, PROT_READ) == 0, "mprotect");
}

static void *map(size_t bytes, int flags, int fd)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	must(at != MAP_FAILED, "mmap");
	return at;
}

static void hold(void *at, void *block)
{
	void *volatile *holder = at;

	*holder = block;
}

CASE(anonymous, "reachable_a 1 24", "a private mapping")
{
	hold(map(PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1), NODE(reachable_a));
}

CASE(anonymous_end, "reachable_a 1 24", "its last word")
{
	char *at = map(16 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	hold(at + 16 * PAGE - sizeof(void *), NODE(reachable_a));
}

CASE(anonymous_shared, "reachable_a 1 24", "a shared mapping")
{
	hold(map(PAGE, MAP_SHARED | MAP_ANONYMOUS, -1), NODE(reachable_a));
}

CASE(sealed_mapping, "reachable_a 1 24", "a mapping made read-only once filled")
{
	char *at = map(PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	hold(at + 64, NODE(reachable_a));
	must(mprotect(at, PAGE, PROT_READ) == 0, "mprotect");
}

CASE(closed_mapping, "definite_a 1 24", "blind spot: a mapping that nobody may read")
{
	char *at = map(PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	hold(at + 64, NODE(definite_a));
	must(mprotect(at, PAGE, PROT_NONE) == 0, "mprotect");
}

CASE(not_for_children, "reachable_a 1 24",
     "a mapping that a forked child does not get, as V8 has its heap")
{
	char *at = map(4 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	hold(at + 64, NODE(reachable_a));
	must(madvise(at, 4 * PAGE, MADV_DONTFORK) == 0, "madvise");
}

CASE(wiped_for_children, "reachable_a 1 24", "a mapping that a forked child finds empty")
{
	char *at = map(4 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	hold(at + 64, NODE(reachable_a));
	must(madvise(at, 4 * PAGE, MADV_WIPEONFORK) == 0, "madvise");
}

CASE(code_mapping, "reachable_a 1 24",
     "a mapping that is also executable, as compilers at run time use")
{
	char *at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	wanted(at != MAP_FAILED, "an executable mapping");
	hold(at + 512, NODE(reachable_a));
}

CASE(unmapped, "definite_a 1 24", "a mapping that is gone")
{
	char *at = map(PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	hold(at, NODE(definite_a));
	must(munmap(at, PAGE) == 0, "munmap");
}

CASE(given_back, "definite_a 1 24", "a mapping whose pages were given back")
{
	char *at = map(16 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	hold(at, NODE(definite_a));
	must(madvise(at, 16 * PAGE, MADV_DONTNEED) == 0, "madvise");
}

CASE(memory_file, "reachable_a 1 24", "a file in memory, mapped shared")
{
	int fd = memfd_create("holder", MFD_CLOEXEC);

	must(fd >= 0 && ftruncate(fd, PAGE) == 0, "memfd_create");
	hold(map(PAGE, MAP_SHARED, fd), NODE(reachable_a));
	close(fd);
}

static int a_file(void)
{
	FILE *file = tmpfile();
	int fd = dup(fileno(file));

	must(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0, "ftruncate");
	fclose(file);
	return fd;
}

CASE(file_private, "reachable_a 1 24", "a file mapped privately, then written")
{
	hold(map(2 * PAGE, MAP_PRIVATE, a_file()), NODE(reachable_a));
}

CASE(file_shared, "reachable_a 1 24", "a file mapped shared")
{
	hold(map(2 * PAGE, MAP_SHARED, a_file()), NODE(reachable_a));
}

CASE(file_beyond_end, "reachable_a 1 24", "a file mapped beyond its end: reading there would kill")
{
	hold(map(8 * PAGE, MAP_SHARED, a_file()), NODE(reachable_a));
}

CASE(file_cut, "definite_a 1 24", "a file cut short behind its mapping: reading there would kill")
{
	int fd = a_file();

	hold(map(2 * PAGE, MAP_SHARED, fd), NODE(definite_a));
	must(ftruncate(fd, 0) == 0, "ftruncate");
}

CASE(system_v, "reachable_a 1 24", "a segment of System V")
{
	int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0600);
	void *at;

	wanted(id >= 0, "shared memory of System V");
	at = shmat(id, NULL, 0);
	shmctl(id, IPC_RMID, NULL);
	must(at != (void *)-1, "shmat");
	hold(at, NODE(reachable_a));
}

CASE(own_break, "reachable_a 1 24", "memory that the program itself took by sbrk")
{
	char *at = sbrk(PAGE);

	must(at != (void *)-1, "sbrk");
	hold(at + 128, NODE(reachable_a));
}

CASE(own_break_between, "reachable_a 500 500000",
     "the same, with malloc's memory before and behind")
{
	char *at = NULL;

	for (int i = 0; i < 500; i++) {
		void *block = reachable_a(1000);

		if (i == 10)
			at = sbrk(2 * PAGE);
		if (i < 10)
			bss[i] = block;
		else
			hold(at + 8 * i, block);
	}
}

CASE(reservation, "reachable_a 1 24", "sixty-four gigabytes reserved, one page of them used")
{
	size_t bytes = (size_t)64 << 30;
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	wanted(at != MAP_FAILED, "so much address space");
	hold(at + bytes / 2, NODE(reachable_a));
}

CASE(pool, "reachable_a 50 1200", "a pool in a mapping of its own")
{
	void **at = map(64 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	for (int i = 0; i < 50; i++)
		at[i * 512] = NODE(reachable_a);
}

/* The kernel merges neighbours: one line of /proc/self/maps is malloc's and the program's. */
CASE(pool_beside_block, "reachable_a 50 1200, reachable_b 1 1048576",
     "a pool beside a block with a mapping "
     "of its own")
{
	char *block = reachable_b(1 << 20);
	char *page = (char *)((uintptr_t)block & ~(uintptr_t)(PAGE - 1));
	char *at = mmap(page - 64 * PAGE, 64 * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED) /* what lies there is another's; above then */
		at = map(64 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	root[0] = block;
	for (int i = 0; i < 50; i++)
		hold(at + i * PAGE + 8 * i, NODE(reachable_a));
}

CASE(pool_beside_lost_block, "reachable_a 50 1200, definite_b 1 1048576, indirect_c 1 24",
     "the same, and what the block holds does not count")
{
	char *block = definite_b(1 << 20);
	char *page = (char *)((uintptr_t)block & ~(uintptr_t)(PAGE - 1));
	char *at = mmap(page - 64 * PAGE, 64 * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED)
		at = map(64 * PAGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	hold(block + 5000, NODE(indirect_c));
	for (int i = 0; i < 50; i++)
		hold(at + i * PAGE + 8 * i, NODE(reachable_a));
}

CASE(arena_in_block, "reachable_a 1 65536, reachable_b 10 240, possible_c 1 100",
     "an arena of the program's own inside one block")
{
	char *arena = reachable_a(65536);
	struct node *inner = (struct node *)(arena + 1024);

	for (int i = 0; i < 10; i++) {
		inner[i].next = NODE(reachable_b);
		inner[i].other = &inner[i + 1];
	}
	inner[10].next = (struct node *)((char *)possible_c(100) + 50);
	root[0] = arena;
}

CASE(arena_lost, "definite_a 1 65536, indirect_b 10 240", "the same, lost")
{
	char *arena = definite_a(65536);
	struct node *inner = (struct node *)(arena + 1024);

	for (int i = 0; i < 10; i++)
		inner[i].next = NODE(indirect_b);
}

static __thread void *volatile thread_local_holder;
static __thread void *volatile thread_local_many[512];

CASE(tls, "reachable_a 1 24, reachable_b 1 24", "thread-local, the main thread's")
{
	thread_local_holder = NODE(reachable_a);
	thread_local_many[511] = NODE(reachable_b);
}

static void hold_in_tls(void)
{
	thread_local_holder = NODE(reachable_a);
	thread_local_many[511] = NODE(reachable_b);
	scrub();
	settle();
}

CASE(tls_sleeper, "reachable_a 1 24, reachable_b 1 24", "thread-local, a sleeping thread's")
{
	sleeper(hold_in_tls);
}

static void leave_in_tls(void)
{
	thread_local_holder = NODE(definite_a);
}

CASE(tls_ended, "definite_a 1 24", "thread-local, of a thread that is gone")
{
	visitor(leave_in_tls);
}

static pthread_key_t keys[200];

static void make_keys(void)
{
	for (int i = 0; i < 200; i++)
		must(pthread_key_create(&keys[i], NULL) == 0, "key");
}

CASE(key_low, "reachable_a 1 24", "thread-specific, one of the first keys")
{
	make_keys();
	must(pthread_setspecific(keys[3], NODE(reachable_a)) == 0, "setspecific");
}

CASE(key_high, "reachable_a 1 24", "thread-specific, a later key, whose table is on the heap")
{
	make_keys();
	must(pthread_setspecific(keys[180], NODE(reachable_a)) == 0, "setspecific");
}

static void hold_by_keys(void)
{
	must(pthread_setspecific(keys[3], NODE(reachable_a)) == 0, "setspecific");
	must(pthread_setspecific(keys[180], NODE(reachable_b)) == 0, "setspecific");
	scrub();
	settle();
}

CASE(key_sleeper, "reachable_a 1 24, reachable_b 1 24", "thread-specific, a sleeping thread's")
{
	make_keys();
	sleeper(hold_by_keys);
}

static void leave_by_keys(void)
{
	must(pthread_setspecific(keys[3], NODE(definite_a)) == 0, "setspecific");
	must(pthread_setspecific(keys[180], NODE(definite_b)) == 0, "setspecific");
}

CASE(key_ended, "definite_a 1 24, definite_b 1 24", "thread-specific, of a thread that is gone")
{
	make_keys();
	visitor(leave_by_keys);
}

CASE(in_freed, "definite_a 1 24", "only a block that is freed still holds it")
{
	char *freed = malloc(4000);
	void *guard = malloc(100);

	hold(freed + 2000, NODE(definite_a));
	free(freed);
	free(guard);
}

CASE(in_freed_large, "definite_a 1 24", "the same, a block that had a mapping of its own")
{
	char *freed = malloc(1 << 20);

	hold(freed + 2000, NODE(definite_a));
	free(freed);
}

APART static void *definite_moved(void *old, size_t bytes)
{
	void *block = realloc(old, bytes);

	must(block != old, "moving");
	return memset(block, 0, bytes);
}

CASE(old_address, "definite_moved 1 200000", "what is held is where it was before it grew")
{
	char *old = malloc(100);
	void *behind = malloc(100);

	root[0] = old;
	definite_moved(old, 200000);
	free(behind);
}
