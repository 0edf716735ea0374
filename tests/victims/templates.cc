// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Names as C++ makes them: templates, lambdas, operators, an anonymous namespace, and functions
// inlined into one another.  Half of it is freed after the peak.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "victim.h"

namespace
{

template <typename Key, typename Value> struct table {
	std::map<Key, std::vector<Value>> rows;

	APART void operator()(Key key, Value value)
	{
		rows[key].push_back(value);
	}

	__attribute__((always_inline)) inline void inlined(Key key, const Value &value)
	{
		rows[key].insert(rows[key].begin(), value);
	}
};

template <int depth> struct nest {
	static APART void *down()
	{
		void *block = nest<depth - 1>::down();

		HERE();
		return block;
	}
};

template <> struct nest<0> {
	static APART void *down()
	{
		return new char[1 << 16];
	}
};

__attribute__((always_inline)) inline void *innermost(size_t bytes)
{
	return malloc(bytes);
}

__attribute__((always_inline)) inline void *inner(size_t bytes)
{
	return innermost(bytes + 1);
}

APART void *outer(size_t bytes)
{
	void *block = inner(bytes + 1);

	HERE();
	return block;
}

} // namespace

APART void *operator+(const std::string &text, const std::function<size_t(size_t)> &size)
{
	void *block = malloc(size(text.size()));

	HERE();
	return block;
}

int main()
{
	table<std::string, std::string> names;
	table<int, double> numbers;
	void *kept[4];

	for (int i = 0; i < 200; i++) {
		names("a key that is long enough to be allocated " + std::to_string(i % 20),
		      "and a value of some length, " + std::to_string(i));
		numbers.inlined(i % 7, i);
	}
	auto twice = [](size_t bytes) { return bytes * 2; };
	kept[0] = nest<5>::down();
	kept[1] = outer(5000);
	kept[2] = std::string(3000, 'x') + std::function<size_t(size_t)>(twice);
	kept[3] = new std::vector<std::string>(100, std::string(40, 'y'));
	KEEP(kept[3]);
	names.rows.clear();
	free(kept[1]);
	KEEP(kept[0]);
	return 0;
}
