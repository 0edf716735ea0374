/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* suppress_builtin(): what nobody can mend in his own program. */
#include "check/suppress.h"

/* Each has a reason that the manual repeats; the list stays short. */
static const struct {
	const char *text;
	const char *reason;
} entries[] = {
	{ "leak:*tls_get_addr*",
	  "thread-local memory of a library, which the dynamic linker gives back itself" },
	{ "leak:^dlerror$\nleak:^_dlerror_run$",
	  "the C library's last message of dlopen or dlsym, kept until the thread ends" },
	{ "leak:^_dl_allocate_tls$",
	  "a running thread's table of thread-local memory, part of the thread" },
	{ "{\nPerl\nMemcheck:Leak\nfun:Perl_safesys*\n}",
	  "Perl leaves its own data to the kernel, unless PERL_DESTRUCT_LEVEL=2 is set" },
};

int suppress_builtin(struct suppressions *s, struct err *e)
{
	size_t i, before;
	int err;

	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		before = s->count;
		err = suppress_parse(s, "built in", entries[i].text, e);
		if (err)
			return err;
		for (; before < s->count; before++) {
			s->list[before].reason = entries[i].reason;
			s->list[before].optional = true;
		}
	}
	return 0;
}
