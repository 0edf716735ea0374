/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names that a page must not take for its own markup: of functions, of files.  What is in them
 * would say so on the console of a browser that ran it.
 */
#include "victim.h"

static APART void *markup(void) __asm__("\"<img src=x onerror=console.error(1)>\"");
static APART void *script(void) __asm__("\"</script><script>console.error(2)</script>\"");
static APART void *quotes(void) __asm__("\"'--><b>&lt;b&gt;\"");

static void *script(void)
{
	void *block = malloc(3000);

	KEEP(block);
	return block;
}

#line 1 "</script><script>console.error(3)</script>.c"
static void *markup(void)
{
	void *block = malloc(2000);

	KEEP(block);
	return block;
}

#line 1 "\"onload=\"console.error(4).c"
static void *quotes(void)
{
	void *block = malloc(1000);

	KEEP(block);
	return block;
}

int main(void)
{
	need(script() && markup() && quotes(), "malloc");
	return 0;
}
