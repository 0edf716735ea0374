/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Stacks of a wanted depth and shape for the benchmark's programs.
 *
 * Four functions with frames of different sizes call one another.  Each step inward takes two bits
 * of a path to choose the call, and the innermost two choose among four calls of malloc.  So a path
 * of N choices is one of 4^N stacks, and equal paths are equal stacks.
 */
#ifndef BENCH_STACKS_H
#define BENCH_STACKS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define APART __attribute__((noinline, noclone))

/* A number at random, the same in every run. */
struct dice {
	uint64_t state;
};

static inline uint64_t throw_dice(struct dice *dice)
{
	dice->state ^= dice->state >> 12;
	dice->state ^= dice->state << 25;
	dice->state ^= dice->state >> 27;
	return dice->state * 0x2545f4914f6cdd1du;
}

/* The same number for the same seed, with all bits mixed. */
static inline uint64_t mix(uint64_t seed)
{
	seed = (seed + 1) * 0x9e3779b97f4a7c15u;
	seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9u;
	seed = (seed ^ seed >> 27) * 0x94d049bb133111ebu;
	return seed ^ seed >> 31;
}

/* Keeps the compiler from joining calls that are to have return addresses of their own. */
#define KEEP(value, mark) __asm__ volatile("# " mark : "+r"(value))

#define TAKE(call, mark)           \
	{                          \
		block = call;      \
		KEEP(block, mark); \
		break;             \
	}

/* How many bytes to allocate, and from bit 48 on, what changes the two innermost choices. */
#define NEAR(choices) ((size_t)(choices) << 48)
#define BYTES(order)  ((order)&0xffffffffffffu)

static inline unsigned choose(unsigned steps, uint64_t path, size_t order)
{
	return (path ^ (steps < 2 ? order >> (48 + 2 * steps) : 0)) & 3;
}

/* What is beyond 32 steps differs from step to step too. */
static inline uint64_t rest(unsigned steps, uint64_t path)
{
	return path >> 2 | (uint64_t)(steps * 7 >> 1 & 3) << 62;
}

static void *step_a(unsigned steps, uint64_t path, size_t order);
static void *step_b(unsigned steps, uint64_t path, size_t order);
static void *step_c(unsigned steps, uint64_t path, size_t order);
static void *step_d(unsigned steps, uint64_t path, size_t order);

#define STEP(name, words, ...)                                               \
	APART static void *name(unsigned steps, uint64_t path, size_t order) \
	{                                                                    \
		volatile uint64_t local[words];                              \
		uint64_t further = rest(steps, path);                        \
		void *block;                                                 \
                                                                             \
		local[0] = path;                                             \
		(void)local[0];                                              \
		__asm__ volatile("" ::: __VA_ARGS__);                        \
		if (!steps) {                                                \
			switch (choose(steps, path, order)) {                \
			case 0:                                              \
				TAKE(malloc(BYTES(order)), #name "0")        \
			case 1:                                              \
				TAKE(malloc(BYTES(order)), #name "1")        \
			case 2:                                              \
				TAKE(malloc(BYTES(order)), #name "2")        \
			default:                                             \
				TAKE(malloc(BYTES(order)), #name "3")        \
			}                                                    \
			return block;                                        \
		}                                                            \
		switch (choose(steps, path, order)) {                        \
		case 0:                                                      \
			TAKE(step_a(steps - 1, further, order), #name "a")   \
		case 1:                                                      \
			TAKE(step_b(steps - 1, further, order), #name "b")   \
		case 2:                                                      \
			TAKE(step_c(steps - 1, further, order), #name "c")   \
		default:                                                     \
			TAKE(step_d(steps - 1, further, order), #name "d")   \
		}                                                            \
		return block;                                                \
	}

STEP(step_a, 1, "rbx")
STEP(step_b, 4, "rbx", "r12")
STEP(step_c, 9, "rbx", "r12", "r13")
STEP(step_d, 2, "rbx", "r12", "r13", "r14")

/* Allocates at the end of a path, STEPS + 1 frames below the caller. */
static inline __attribute__((always_inline)) void *allocate(unsigned steps, uint64_t path,
							    size_t order)
{
	void *block;

	switch (path & 3) {
	case 0:
		TAKE(step_a(steps, path >> 2, order), "enter a")
	case 1:
		TAKE(step_b(steps, path >> 2, order), "enter b")
	case 2:
		TAKE(step_c(steps, path >> 2, order), "enter c")
	default:
		TAKE(step_d(steps, path >> 2, order), "enter d")
	}
	if (!block)
		abort();
	*(volatile char *)block = 1;
	return block;
}

/* Frames that are there anyway: the C library's and the one that calls allocate(). */
#define FRAMES_OF_MAIN	 4
#define FRAMES_OF_THREAD 3

#endif
