/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Throws and catches across frames while it allocates; says which library its unwinder is of.
 * usage: throwing [ROUNDS]
 */
#include "victim.h"

#include <dlfcn.h>
#include <stdexcept>
#include <string>
#include <vector>

static long caught, constructed, destroyed;

struct holder {
	void *block;
	explicit holder(size_t bytes) : block(malloc(bytes))
	{
		constructed++;
	}
	~holder()
	{
		free(block);
		destroyed++;
	}
};

APART static void dive(int depth, uint64_t *seed)
{
	holder here(16 + number(seed, 300));

	if (depth <= 0) {
		if (number(seed, 2))
			throw std::runtime_error(std::string(40 + number(seed, 100), 'x'));
		throw depth;
	}
	if (!number(seed, 12)) {
		try {
			dive(depth - 1, seed);
		} catch (int) {
			caught++;
			throw;
		}
	} else {
		dive(depth - 1 - (int)number(seed, 2), seed);
	}
	HERE();
}

APART static size_t round_of(uint64_t *seed)
{
	std::vector<std::string> lines;

	try {
		dive((int)number(seed, 40), seed);
	} catch (const std::exception &e) {
		lines.emplace_back(e.what());
		caught++;
	} catch (...) {
		lines.emplace_back(30, 'y');
		caught++;
	}
	return lines.size();
}

static void name_unwinder(void)
{
	Dl_info info;
	void *address = dlsym(RTLD_DEFAULT, "_Unwind_RaiseException");

	need(address && dladdr(address, &info) && info.dli_fname, "an unwinder");
	say("unwinder=%s\n", strrchr(info.dli_fname, '/') + 1);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 3000;
	uint64_t seed = 77;
	size_t lines = 0;

	for (int i = 0; i < rounds; i++)
		lines += round_of(&seed);
	name_unwinder();
	say("caught=%ld\nbalance=%ld\nlines=%zu\n", caught, constructed - destroyed, lines);
	return 0;
}
