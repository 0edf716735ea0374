// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Threads of C++, each by another line: 3001 bytes by std::thread, 3002 by std::async.
#include <cstdlib>
#include <future>
#include <thread>

static void *kept[2];

__attribute__((noipa)) static void works(int number)
{
	kept[number] = malloc(3001 + number);
}

__attribute__((noipa)) static void by_thread()
{
	std::thread thread(works, 0);

	thread.join();
}

__attribute__((noipa)) static void by_async()
{
	std::async(std::launch::async, works, 1).get();
}

int main()
{
	by_thread();
	by_async();
	return kept[0] && kept[1] ? 0 : 1;
}
