/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* As wastes.c, in C++: wastes_cxx KIND bad|good. */
#include <chrono>
#include <cstring>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#define APART __attribute__((noinline, noclone, used))
#define KEEP(p) __asm__ volatile("" : : "g"(p) : "memory")

static const size_t mib = 1 << 20;

static void rest(int ms)
{
	std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

APART static int sum_of(std::vector<int> values)
{
	int sum = 0;

	for (int v : values)
		sum += v;
	return sum;
}

/* Good: moved. */
APART static void copy(bool bad)
{
	std::vector<int> values(2 * mib, 1);
	int sum = bad ? sum_of(values) : sum_of(std::move(values));

	KEEP(sum);
}

/* Good: it stays where it is from round to round. */
APART static void churn(bool bad)
{
	std::vector<int> kept;

	for (int i = 0; i < 100000; i++) {
		std::vector<int> fresh;
		std::vector<int> &list = bad ? fresh : kept;

		list.clear();
		list.reserve(50);
		KEEP(list.data());
	}
}

/* Good: an inner scope. */
APART static void held(bool bad)
{
	static std::vector<char> input;

	rest(20);
	input = std::vector<char>(8 * mib, 'x');
	rest(600);
	if (!bad)
		std::vector<char>().swap(input);
	std::vector<char> result(16 * mib, 'y');
	rest(600);
	KEEP(result.data());
}

/* Good: reserved for what comes. */
APART static void untouched(bool bad)
{
	std::vector<char> list;

	list.reserve(32 * mib);
	list.resize(bad ? mib : 32 * mib, 'x');
	KEEP(list.data());
}

/* Good: bounded. */
APART static void grows(bool bad)
{
	static std::deque<std::vector<char>> cache;

	for (int i = 0; i < 240; i++) {
		cache.emplace_back(32 << 10, 'x');
		if (!bad && cache.size() > 40)
			cache.pop_front();
		rest(12);
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(bool bad);
	} kinds[] = {
		{ "copy", copy }, { "churn", churn }, { "held", held },
		{ "untouched", untouched }, { "grows", grows },
	};

	for (const auto &kind : kinds) {
		if (argc == 3 && !strcmp(argv[1], kind.name)) {
			kind.run(!strcmp(argv[2], "bad"));
			return 0;
		}
	}
	return 2;
}
