/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What C++ compilers and libstdc++ make: addresses into the middle that are no accident, objects that
 * end at exit, exceptions in flight.
 */
#include "../leak.h"

#include <array>
#include <deque>
#include <functional>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

/* Makes an object in a function that has the name. */
#define OBJECT(name, type)                \
	APART static type *name()         \
	{                                 \
		type *object = new type;  \
		HERE();                   \
		return object;            \
	}

struct plain {
	long a, b;
	virtual ~plain() = default;
};

OBJECT(definite_plain, plain)
OBJECT(reachable_plain, plain)

CASE(object_lost, "definite_plain 1 24", "new")
{
	definite_plain()->a = 1;
}

CASE(object_kept, "reachable_plain 1 24", "new, kept")
{
	root[0] = reachable_plain();
}

struct alignas(64) wide {
	char bytes[64];
};

OBJECT(definite_wide, wide)
OBJECT(reachable_wide, wide)

CASE(aligned, "definite_wide 1 64, reachable_wide 1 64", "new of a type with an alignment of its own")
{
	definite_wide();
	root[0] = reachable_wide();
}

struct counted {
	int *value;
	~counted() { delete value; }
};

APART static counted *definite_array(int n)
{
	return new counted[n]();
}

APART static counted *reachable_array(int n)
{
	return new counted[n]();
}

CASE(array_lost, "definite_array 1 88", "new[] of objects with destructors, lost")
{
	definite_array(10);
}

CASE(array_kept, "reachable_array 1 88", "the same, kept: the address is behind the count")
{
	root[0] = reachable_array(10);
}

CASE(array_empty, "reachable_array 1 8", "the same with no elements: the address is behind the end")
{
	root[0] = reachable_array(0);
}

struct second {
	long c;
	virtual long get() { return c; }
	virtual ~second() = default;
};

struct both : plain, second {
	long d;
};

OBJECT(reachable_both, both)

CASE(second_base, "reachable_both 1 48", "held as its second base class")
{
	second *held = reachable_both();
	root[0] = held;
}

struct virtual_base {
	long v;
	virtual ~virtual_base() = default;
};
struct left : virtual virtual_base {
	long l;
};
struct right : virtual virtual_base {
	long r;
};
struct bottom : left, right {
	long b;
};

OBJECT(reachable_bottom, bottom)

CASE(virtual_base_held, "reachable_bottom 1 56", "held as its virtual base class")
{
	virtual_base *held = reachable_bottom();
	root[0] = held;
}

struct no_vtable {
	long a, b;
};
struct with_member {
	long first;
	no_vtable member;
};

OBJECT(possible_member, with_member)

CASE(member_held, "possible_member 1 24", "held by a member in its middle, no class of C++'s")
{
	root[0] = &possible_member()->member;
}

/* What libstdc++'s strings were before C++11: length, capacity, references, then the text. */
struct old_string {
	size_t length, capacity;
	long references;
	char text[1];
};

APART static old_string *reachable_old_string(const char *text)
{
	size_t length = strlen(text);
	auto *rep = static_cast<old_string *>(operator new(sizeof(size_t) * 3 + length + 1));
	rep->length = rep->capacity = length;
	rep->references = 0;
	memcpy(rep->text, text, length + 1);
	return rep;
}

CASE(string_old, "reachable_old_string 1 44", "a string of the old kind, held by its text")
{
	root[0] = reachable_old_string("nineteen characters")->text;
}

APART static std::string *reachable_string()
{
	return new std::string("a string that does not fit into itself");
}

APART static std::string *definite_string()
{
	return new std::string();
}

APART static void indirect_text(std::string *s)
{
	s->assign("a string that does not fit into itself");
}

CASE(string_kept, "reachable_string 2 71", "a string and its text")
{
	root[0] = reachable_string();
}

CASE(string_lost, "definite_string 1 32, indirect_text 1 39", "the same, lost")
{
	indirect_text(definite_string());
}

CASE(string_short, "definite_string 1 32", "a short string holds its own middle")
{
	definite_string()->assign("short");
}

static std::string global_string;

APART static void freed_at_exit()
{
	global_string.assign(1000, 'x');
}

CASE(global_object, "", "a global object that its destructor empties")
{
	freed_at_exit();
}

struct lasting {
	std::vector<int> numbers = std::vector<int>(100);
	std::map<int, std::string> names;
};

static lasting &singleton()
{
	static lasting one;
	return one;
}

CASE(static_local_object, "", "an object made at first use and ended at exit")
{
	for (int i = 0; i < 50; i++)
		singleton().names[i] = std::string(100, 'a');
}

APART static lasting *reachable_singleton()
{
	static auto *one = new lasting;
	return one;
}

CASE(static_never_ended, "reachable_singleton 2 *", "an object that is never ended, on purpose")
{
	reachable_singleton();
}

struct forgetful {
	long *mine = nullptr;
	~forgetful()
	{
		mine = nullptr;
		scrub();
	}
};

static forgetful forgets;

APART static long *definite_long()
{
	return new long(1);
}

CASE(destructor_forgets, "definite_long 1 8", "a global object whose destructor forgets")
{
	forgets.mine = definite_long();
}

struct uses_other {
	~uses_other();
	bool active = false;
};

static uses_other late;

APART static void definite_in_destructor()
{
	new long(2);
}

uses_other::~uses_other()
{
	if (!active)
		return;
	apart(definite_in_destructor);
}

CASE(destructor_loses, "definite_in_destructor 1 8", "a global object whose destructor loses")
{
	late.active = true;
}

template <class T> static T &kept_for_good(T *object)
{
	root[7] = object;
	return *object;
}

using names = std::map<std::string, std::string>;

APART static names *reachable_map()
{
	auto *map = new names;
	for (int i = 0; i < 100; i++)
		(*map)[std::string(40, char('a' + i % 26)) + std::to_string(i)] = std::string(50, 'v');
	return map;
}

CASE(map_kept, "reachable_map 301 *", "a map of strings")
{
	kept_for_good(reachable_map());
}

APART static void cycle_map()
{
	auto *map = new names;
	for (int i = 0; i < 100; i++)
		map->emplace(std::to_string(i), "short");
}

CASE(map_lost, "cycle_map 101 9648", "a lost map: its tree knows its middle, so that both are one ring")
{
	cycle_map();
}

APART static void cycle_list()
{
	auto *list = new std::list<long>;
	for (int i = 0; i < 10; i++)
		list->push_back(i);
}

CASE(list_lost, "cycle_list 11 264", "a lost list is a ring with its head in it")
{
	cycle_list();
}

APART static void reachable_containers()
{
	auto *table = new std::unordered_map<int, std::vector<int>>;
	auto *queue = new std::deque<std::unique_ptr<std::string>>;
	for (int i = 0; i < 500; i++) {
		(*table)[i].resize(i % 30);
		queue->push_back(std::make_unique<std::string>(i % 60, 'q'));
		if (i > 200)
			queue->pop_front();
	}
	root[0] = table;
	root[1] = queue;
}

CASE(containers_kept, "reachable_containers + *", "a hash table of vectors, a deque of owned strings")
{
	reachable_containers();
}

struct partner {
	std::shared_ptr<partner> other;
	long value = 0;
};

APART static std::shared_ptr<partner> cycle_partner()
{
	return std::make_shared<partner>();
}

/* The partner lies in the middle of what make_shared makes, but the counts' address is the start. */
CASE(shared_cycle, "cycle_partner 2 80", "two that share each other")
{
	auto a = cycle_partner(), b = cycle_partner();
	a->other = b;
	b->other = a;
}

CASE(shared_freed, "", "the same with the ring opened")
{
	auto a = cycle_partner(), b = cycle_partner();
	a->other = b;
	b->other = a;
	a->other.reset();
}

APART static std::shared_ptr<partner> reachable_partner()
{
	return std::make_shared<partner>();
}

CASE(shared_kept, "reachable_partner 1 40", "shared by a global that is never ended")
{
	root[0] = new (const_cast<void **>(&root[2])) std::shared_ptr<partner>(reachable_partner());
}

struct problem : std::runtime_error {
	void *cargo;
	problem(void *block) : std::runtime_error("a problem of some length, told"), cargo(block) {}
};

APART static void possible_throw(void *block)
{
	throw problem(block);
}

CASE(exception_in_flight, "possible_throw 2 *, possible_a 1 24", "exit while an exception is handled: libstdc++ knows its middle")
{
	try {
		possible_throw(possible_a(24));
	} catch (const problem &) {
		scrub();
		exit(0);
	}
}

static std::exception_ptr kept_exception;

APART static void possible_saved(void *block)
{
	try {
		throw problem(block);
	} catch (...) {
		kept_exception = std::current_exception();
	}
}

static void exit_at_once()
{
	_exit(0);
}

CASE(exception_kept, "possible_saved 2 *, possible_a 1 24", "an exception that is kept for later")
{
	possible_saved(possible_a(24));
	scrub();
	exit_at_once();
}

static void catch_many()
{
	for (int i = 0; i < 10; i++) {
		try {
			throw problem(nullptr);
		} catch (const problem &) {
		}
	}
}

CASE(exceptions_caught, "", "exceptions that are caught")
{
	catch_many();
	std::thread(catch_many).join();
}

static void hold(std::string text)
{
	scrub();
	if (!text.empty())
		settle();
}

APART static void reachable_thread()
{
	std::thread(hold, std::string(100, 't')).detach();
	usleep(50000);
}

CASE(thread_detached, "reachable_thread 2 *", "a detached std::thread and its arguments")
{
	reachable_thread();
}

CASE(future_done, "", "std::async and its shared state")
{
	must(std::async(std::launch::async, [] { return 5; }).get() == 5, "async");
}

static std::function<long()> kept_function;

APART static void reachable_function(std::string text)
{
	kept_function = [text] { return (long)text.size(); };
}

CASE(function_kept, "reachable_function 2 *", "std::function with a string inside")
{
	reachable_function(std::string(200, 'f'));
	_exit(0);
}

CASE(variant_of_tags, "possible_a 1 64", "an owner that keeps a flag in its address")
{
	auto *owner = static_cast<uintptr_t *>((void *)root);
	owner[0] = (uintptr_t)possible_a(64) | 2;
}

APART static void definite_unique()
{
	auto owner = std::make_unique<std::array<long, 10>>();
	owner.release();
}

CASE(released, "definite_unique 1 80", "unique_ptr::release, the classic")
{
	definite_unique();
}
