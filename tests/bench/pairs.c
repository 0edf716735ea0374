/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Allocates and frees a number of times.
 *
 *   pairs local   PAIRS THREADS DEPTH SIZE   each block is freed at once
 *   pairs random  PAIRS THREADS DEPTH        one of 10,000 slots is freed and filled again, sizes
 *                                            16 to 511
 *   pairs far     PAIRS THREADS DEPTH        the same, and the stacks differ far from malloc
 *   pairs handoff PAIRS THREADS DEPTH SIZE   half of the threads allocate, the others free
 *   pairs jump    PAIRS THREADS              random lifetimes; each stack is one of 262,144, of
 *                                            depth 10 to 30, unlike the one before
 *   pairs tree    PAIRS THREADS              random lifetimes; random recursion of depth 10 to 30
 *                                            that allocates in each call, before and after the
 *                                            calls it makes: a stack resembles the one before
 *
 * PAIRS are shared out among the threads.  With one thread there is none but main's.  DEPTH counts
 * every frame from malloc's caller to _start.
 */
#define _GNU_SOURCE
#include "stacks.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#define THREADS_MAX 64
#define SLOTS	    10000
#define SEEDS	    (1u << 18)
#define TREES	    80
#define BATCH	    512
#define BATCHES	    8

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned filled;
	unsigned emptied;
	void *blocks[BATCHES][BATCH];
};

struct worker {
	pthread_t thread;
	uint64_t pairs;
	struct dice dice;
	unsigned frames; /* that lie outside of allocate() */
	void *slots[SLOTS];
	struct queue *queue;
	int consumes;
};

static unsigned depth;
static size_t size;
static struct worker workers[THREADS_MAX];
static struct queue queues[THREADS_MAX];

static inline unsigned steps_for(const struct worker *me, unsigned frames)
{
	return frames > me->frames + 1 ? frames - me->frames - 1 : 0;
}

#define PATH 0xe4d2b19ce4d2b19cu

/* Sixteen stacks in turn, that differ in the two innermost calls. */
static inline size_t near(uint64_t i)
{
	return NEAR(i & 15);
}

/* Sixty-four stacks in turn, that differ in the three outermost calls. */
static inline uint64_t far(uint64_t i)
{
	return PATH ^ (i & 63);
}

static inline void **any_slot(struct worker *me, size_t *bytes)
{
	uint64_t number = throw_dice(&me->dice);

	*bytes = 16 + (number >> 16) % 496;
	return &me->slots[(number >> 32) % SLOTS];
}

static inline __attribute__((always_inline)) void run_local(struct worker *me)
{
	unsigned steps = steps_for(me, depth);

	for (uint64_t i = 0; i < me->pairs; i++)
		free(allocate(steps, PATH, size | near(i)));
}

static inline __attribute__((always_inline)) void run_random(struct worker *me, bool apart)
{
	unsigned steps = steps_for(me, depth);

	for (uint64_t i = 0; i < me->pairs; i++) {
		size_t bytes;
		void **slot = any_slot(me, &bytes);

		free(*slot);
		*slot = apart ? allocate(steps, far(i), bytes)
			      : allocate(steps, PATH, bytes | near(i));
	}
}

static inline __attribute__((always_inline)) void run_jump(struct worker *me)
{
	for (uint64_t i = 0; i < me->pairs; i++) {
		uint64_t path = mix((uint32_t)i * 0x9e3779b1u % SEEDS);
		size_t bytes;
		void **slot = any_slot(me, &bytes);

		free(*slot);
		*slot = allocate(steps_for(me, 10 + (path >> 59) % 21), path, bytes);
	}
}

/* One call of a random recursion: the same tree for the same seed. */
struct tree {
	struct worker *me;
	struct dice dice;
	uint64_t left;
};

static void call_a(struct tree *tree, unsigned level);
static void call_b(struct tree *tree, unsigned level);
static void call_c(struct tree *tree, unsigned level);

/* A stack of its own for each block: the caller's return address is in the function that calls. */
static inline __attribute__((always_inline)) void refill(struct tree *tree)
{
	size_t bytes;
	void **slot = any_slot(tree->me, &bytes);

	free(*slot);
	*slot = malloc(bytes);
	if (!*slot)
		abort();
	*(volatile char *)*slot = 1;
	tree->left -= tree->left > 0;
}

/* One and a quarter on average; the outermost calls have at least one. */
static inline unsigned children_of(struct tree *tree, unsigned level)
{
	static const uint8_t share[8] = { 0, 1, 1, 1, 1, 2, 2, 2 };
	unsigned children = share[throw_dice(&tree->dice) >> 40 & 7];

	return children || level >= 5 ? children : 1;
}

#define MARK(mark) __asm__ volatile("# " mark ::: "memory")

#define CALL(name, words, ...)                                             \
	APART static void name(struct tree *tree, unsigned level)          \
	{                                                                  \
		volatile uint64_t local[words];                            \
		unsigned children = children_of(tree, level);              \
                                                                           \
		local[0] = level;                                          \
		(void)local[0];                                            \
		__asm__ volatile("" ::: __VA_ARGS__);                      \
		refill(tree);                                              \
		for (; children && tree->left && level < 24; children--) { \
			switch (throw_dice(&tree->dice) >> 40 & 3) {       \
			case 0:                                            \
				call_a(tree, level + 1);                   \
				MARK(#name "a");                           \
				break;                                     \
			case 1:                                            \
				call_b(tree, level + 1);                   \
				MARK(#name "b");                           \
				break;                                     \
			case 2:                                            \
				call_c(tree, level + 1);                   \
				MARK(#name "c");                           \
				break;                                     \
			default:                                           \
				call_a(tree, level + 1);                   \
				MARK(#name "d");                           \
				break;                                     \
			}                                                  \
		}                                                          \
		if (tree->left)                                            \
			refill(tree);                                      \
		MARK(#name);                                               \
	}

CALL(call_a, 2, "rbx", "r12")
CALL(call_b, 5, "rbx", "r12", "r13")
CALL(call_c, 8, "rbx", "r12", "r13", "r14")

static inline __attribute__((always_inline)) void run_tree(struct worker *me)
{
	struct tree tree = { .me = me, .left = me->pairs };

	for (uint64_t i = 0; tree.left; i++) {
		tree.dice.state = mix(i % TREES);
		call_a(&tree, 0);
	}
}

static void hand_over(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->filled++;
	pthread_cond_signal(&queue->changed);
	while (queue->filled - queue->emptied == BATCHES)
		pthread_cond_wait(&queue->changed, &queue->lock);
	pthread_mutex_unlock(&queue->lock);
}

static inline __attribute__((always_inline)) void produce(struct worker *me)
{
	struct queue *queue = me->queue;
	unsigned steps = steps_for(me, depth);

	for (uint64_t i = 0; i < me->pairs; i++) {
		queue->blocks[queue->filled % BATCHES][i % BATCH] = allocate(steps, PATH,
									     size | near(i));
		if (i % BATCH == BATCH - 1)
			hand_over(queue);
	}
}

static void consume(struct queue *queue, uint64_t pairs)
{
	for (uint64_t batch = 0; batch < pairs / BATCH; batch++) {
		pthread_mutex_lock(&queue->lock);
		while (queue->filled == queue->emptied)
			pthread_cond_wait(&queue->changed, &queue->lock);
		pthread_mutex_unlock(&queue->lock);
		for (int i = 0; i < BATCH; i++)
			free(queue->blocks[batch % BATCHES][i]);
		pthread_mutex_lock(&queue->lock);
		queue->emptied++;
		pthread_cond_signal(&queue->changed);
		pthread_mutex_unlock(&queue->lock);
	}
}

/* Part of main or of work_thread, so that no frame is added. */
static inline __attribute__((always_inline)) void work(struct worker *me, char mode)
{
	if (mode == 'l')
		run_local(me);
	else if (mode == 'r' || mode == 'f')
		run_random(me, mode == 'f');
	else if (mode == 'j')
		run_jump(me);
	else if (mode == 't')
		run_tree(me);
	else if (me->consumes)
		consume(me->queue, me->pairs);
	else
		produce(me);
}

static char mode_of_all;

APART static void *work_thread(void *me)
{
	work(me, mode_of_all);
	return NULL;
}

static void prepare(struct worker *me, int i, uint64_t pairs, unsigned frames)
{
	me->pairs = pairs;
	me->dice.state = mix((uint64_t)i);
	me->frames = frames;
	me->queue = &queues[i / 2];
	me->consumes = i % 2;
	pthread_mutex_init(&me->queue->lock, NULL);
	pthread_cond_init(&me->queue->changed, NULL);
}

int main(int argc, char **argv)
{
	uint64_t pairs = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	int threads = argc > 3 ? atoi(argv[3]) : 1;
	uint64_t each;

	depth = argc > 4 ? (unsigned)atoi(argv[4]) : 20;
	size = argc > 5 ? (size_t)atol(argv[5]) : 64;
	if (argc < 4 || threads < 1 || threads > THREADS_MAX || !strchr("lrfjth", argv[1][0]))
		return 2;
	mode_of_all = argv[1][0];
	if (threads == 1) {
		prepare(&workers[0], 0, pairs, FRAMES_OF_MAIN);
		work(&workers[0], mode_of_all);
		return 0;
	}
	each = pairs / (unsigned)threads;
	if (mode_of_all == 'h') /* each block passes through two threads, in whole batches */
		each = each * 2 / BATCH * BATCH;
	for (int i = 0; i < threads; i++)
		prepare(&workers[i], i, each, FRAMES_OF_THREAD);
	for (int i = 0; i < threads; i++) {
		if (pthread_create(&workers[i].thread, NULL, work_thread, &workers[i]))
			return 1;
	}
	for (int i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	return 0;
}
