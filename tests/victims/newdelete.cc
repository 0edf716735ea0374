/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every kind of operator new and delete, bad_alloc and the new handler.  Prints for each function
 * that calls one: new_KIND calls total live
 */
#include "victim.h"

#include <new>

struct alignas(128) wide {
	char rest[256];
};

struct narrow {
	char rest[40];
};

struct virtual_base {
	virtual ~virtual_base()
	{
	}
	char rest[100];
};

struct derived : virtual_base {
	char more[50];
};

static void *left[64];
static int count;

/* Sizes as the compiler passes them; half of the objects are left. */
#define KIND(name, object, bytes, make, unmake)                           \
	APART static object *name(void)                                   \
	{                                                                 \
		object *made = make;                                      \
		KEEP(made);                                               \
		return made;                                              \
	}                                                                 \
	static void use_##name(void)                                      \
	{                                                                 \
		for (int i = 0; i < 20; i++) {                            \
			object *made = name();                            \
			need(made != nullptr, #name);                     \
			if (i % 2)                                        \
				unmake;                                   \
		}                                                         \
		say(#name " 20 %ld %ld\n", 20L * (bytes), 10L * (bytes)); \
	}

KIND(new_plain, narrow, sizeof(narrow), new narrow, delete made)
KIND(new_array, narrow, 7 * sizeof(narrow), new narrow[7], delete[] made)
KIND(new_nothrow, narrow, sizeof(narrow), new (std::nothrow) narrow, delete made)
KIND(new_array_nothrow, narrow, 5 * sizeof(narrow), new (std::nothrow) narrow[5], delete[] made)
KIND(new_aligned, wide, sizeof(wide), new wide, delete made)
KIND(new_aligned_array, wide, 3 * sizeof(wide), new wide[3], delete[] made)
KIND(new_aligned_nothrow, wide, sizeof(wide), new (std::nothrow) wide, delete made)
KIND(new_virtual, virtual_base, sizeof(derived), new derived, delete made)
KIND(new_sized, void, 333, ::operator new(333), ::operator delete(made, (size_t)333))
KIND(new_aligned_sized, void, 512, ::operator new(512, std::align_val_t(256)),
     ::operator delete(made, (size_t)512, std::align_val_t(256)))
KIND(new_array_raw, void, 77, ::operator new[](77), ::operator delete[](made))
KIND(new_deleted_nothrow, void, 88, ::operator new(88), ::operator delete(made, std::nothrow))

static volatile size_t much = SIZE_MAX / 2 - 4096;
static int handled;

static void on_shortage()
{
	left[count++] = malloc(1);
	if (++handled == 3)
		std::set_new_handler(nullptr);
}

static void use_failure(void)
{
	int caught = 0;

	for (int i = 0; i < 10; i++) {
		try {
			void *made = ::operator new(much);

			KEEP(made);
		} catch (const std::bad_alloc &) {
			caught++;
		}
	}
	need(caught == 10, "bad_alloc");
	need(::operator new(much, std::nothrow) == nullptr, "nothrow gives NULL");
	std::set_new_handler(on_shortage);
	try {
		void *made = ::operator new[](much);

		KEEP(made);
	} catch (const std::bad_alloc &) {
		caught++;
	}
	need(caught == 11 && handled == 3, "the new handler");
	say("caught=%d\nhandled=%d\n", caught, handled);
}

int main()
{
	use_new_plain();
	use_new_array();
	use_new_nothrow();
	use_new_array_nothrow();
	use_new_aligned();
	use_new_aligned_array();
	use_new_aligned_nothrow();
	use_new_virtual();
	use_new_sized();
	use_new_aligned_sized();
	use_new_array_raw();
	use_new_deleted_nothrow();
	use_failure();
	return 0;
}
