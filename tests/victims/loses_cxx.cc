/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loses objects in a member function of a template, called by a function that is inlined. */
#include "victim.h"

namespace app {

template <typename T> struct Loader {
	APART void load(const T &value)
	{
		T *object = new T(value);

		KEEP(object);
	}
};

static inline __attribute__((always_inline)) void load_all(Loader<long> &loader)
{
	loader.load(42);
	loader.load(43);
}

} // namespace app

int main()
{
	app::Loader<long> loader;

	app::load_all(loader);
	return 0;
}
