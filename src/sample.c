/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sample.h"

#include <immintrin.h>

#define LN2 0.69314718055994530942

uint8_t sample_filter[1u << SAMPLE_FILTER_BITS];

/* ln of a number in (0, 1], by the logarithm of its mantissa around 1 as a series of atanh. */
static double natural_log(double x)
{
	union {
		double number;
		uint64_t bits;
	} u = { .number = x };
	int exponent = (int)(u.bits >> 52) - 1023;
	double z, z2;

	u.bits = (u.bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1023 << 52;
	if (u.number > 1.41421356) {
		u.number /= 2;
		exponent++;
	}
	z = (u.number - 1) / (u.number + 1);
	z2 = z * z;
	return exponent * LN2 +
	       2 * z * (1 + z2 * (1.0 / 3 + z2 * (1.0 / 5 + z2 * (1.0 / 7 + z2 / 9))));
}

/* 1 - exp(-x) without loss for small x: halved until the series is short, then put together. */
static double one_minus_exp(double x)
{
	int halvings = 0;
	double p;

	if (x > 40)
		return 1;
	for (; x > 0.125; x /= 2)
		halvings++;
	p = x * (1 - x / 2 * (1 - x / 3 * (1 - x / 4 * (1 - x / 5 * (1 - x / 6)))));
	for (; halvings; halvings--)
		p *= 2 - p;
	return p;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 33) * 0xff51afd7ed558ccdu;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53u;
	return x ^ x >> 33;
}

/* In [0, 1). */
static double fraction(uint64_t random)
{
	return (double)(random >> 11) * 0x1p-53;
}

/* Apart, so that no arithmetic is moved out from between borrow_fpu and its end. */
#define ARITHMETIC static __attribute__((noipa))

/* The caller's exception flags and rounding mode are the program's. */
static uint32_t borrow_fpu(void)
{
	uint32_t control = _mm_getcsr();

	_mm_setcsr(0x1f80);
	return control;
}

ARITHMETIC struct weight weigh(uintptr_t address, uint64_t bytes)
{
	double size = (double)(bytes | !bytes);
	double p = one_minus_exp(size / (double)config.sample_bytes);
	uint64_t random = mix(address);

	return (struct weight){
		.bytes = bytes ? (int64_t)(size / p + fraction(random)) : 0,
		.blocks = (int64_t)(1 / p + fraction(mix(random))),
	};
}

ARITHMETIC int64_t distance(uint64_t random)
{
	double mean = (double)config.sample_bytes;

	return 1 + (int64_t)(-natural_log(1 - fraction(random)) * mean);
}

struct weight sample_weigh_slow(uintptr_t address, uint64_t bytes)
{
	uint32_t fpu = borrow_fpu();
	struct weight w = weigh(address, bytes);

	_mm_setcsr(fpu);
	return w;
}

void sample_draw(struct thread *t)
{
	uint32_t fpu;

	if (!t->random)
		t->random = mix((uint64_t)t->tid << 32 ^ sys_clock_us() ^ (uintptr_t)t);
	t->random = t->random * 6364136223846793005u + 1442695040888963407u;
	fpu = borrow_fpu();
	t->until_sample = distance(mix(t->random));
	_mm_setcsr(fpu);
}

static void count(uintptr_t address, int change)
{
	uint8_t *place = sample_place(address), old = __atomic_load_n(place, __ATOMIC_RELAXED);

	do
		if (old == UINT8_MAX || (old == 0 && change < 0))
			return;
	while (!__atomic_compare_exchange_n(place, &old, (uint8_t)(old + change), true,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

void sample_came(uintptr_t address)
{
	count(address, 1);
}

void sample_went(uintptr_t address)
{
	count(address, -1);
}
