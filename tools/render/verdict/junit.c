/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A verdict as JUnit XML.  Readers differ in how they call what is neither passed nor failed, and
 * all of them know `failure`: its type tells the rest.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "render/verdict/render.h"
#include "render/verdict/words.h"

/* Characters that XML has no way to write become U+FFFD. */
static void put_text(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t bytes;

	for (; *at; at += bytes) {
		bytes = utf8_sequence(at);
		if (!bytes || (*at < 0x20 && !strchr("\t\n\r", *at)) ||
		    !strncmp((const char *)at, "\xef\xbf\xbe", 3) ||
		    !strncmp((const char *)at, "\xef\xbf\xbf", 3)) {
			fputs(UTF8_REPLACEMENT, out);
			bytes += !bytes;
		} else if (*at == '&') {
			fputs("&amp;", out);
		} else if (*at == '<') {
			fputs("&lt;", out);
		} else if (*at == '>') {
			fputs("&gt;", out);
		} else if (*at == '"') {
			fputs("&quot;", out);
		} else if (*at == '\n') {
			fputs("&#10;", out);
		} else {
			fwrite(at, 1, bytes, out);
		}
	}
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	put_text(out, value);
	putc('"', out);
}

/* The schema of Maven's reports allows three digits behind the point and groups of three before. */
static void put_time(FILE *out, uint64_t us)
{
	fprintf(out, " time=\"%" PRIu64 ".%03u\"", us / 1000000, (unsigned)(us / 1000 % 1000));
}

static void put_case(FILE *out, const struct verdict_process *p, const char *what)
{
	struct buf name = { 0 };

	buf_printf(&name, "%s: %s", p->command, what);
	fputs("  <testcase", out);
	put_attribute(out, "classname", p->name);
	put_attribute(out, "name", buf_text(&name));
	put_time(out, p->duration_us);
	buf_free(&name);
}

static void put_failure(FILE *out, const char *type, const char *message, const char *text)
{
	fputs(">\n    <failure", out);
	put_attribute(out, "type", type);
	put_attribute(out, "message", message);
	putc('>', out);
	put_text(out, text);
	fputs("</failure>\n  </testcase>\n", out);
}

/* The stacks by which the limit is exceeded. */
static void list_leaks(const struct verdict_process *p, const struct verdict_rule *r,
		       struct buf *out)
{
	const struct verdict_leak *leak;
	size_t i;

	buf_puts(out, "\n");
	for (i = 0; i < p->leak_count; i++) {
		leak = &p->leaks[i];
		if (!leak->fails || r->leak_class < 0 ||
		    leak->found[r->leak_class].blocks == leak->excused[r->leak_class].blocks)
			continue;
		words_leak(leak, out);
		buf_puts(out, "\n");
		words_stack(leak, "    ", out);
		buf_puts(out, "\n");
	}
}

static void put_rule(FILE *out, const struct verdict_process *p, const struct verdict_rule *r)
{
	struct buf words = { 0 }, text = { 0 };

	if (r->state == VERDICT_LEFT_OUT)
		return;
	words_subject(r, &words);
	if (!strcmp(r->name, "max-growth"))
		buf_printf(&words, " (%s)", r->subject);
	put_case(out, p, buf_text(&words));
	buf_reset(&words);
	words_rule(r, &words);
	if (r->state == VERDICT_PASSED) {
		fputs("/>\n", out);
	} else if (r->state == VERDICT_UNMEASURED) {
		put_failure(out, "unmeasured", p->why ? p->why : "not measured", "");
	} else {
		list_leaks(p, r, &text);
		put_failure(out, r->name, buf_text(&words), buf_text(&text));
	}
	buf_free(&words);
	buf_free(&text);
}

static bool is_judged(const struct verdict_process *p)
{
	return p->state != VERDICT_LEFT_OUT;
}

/* What is wrong with the run as a whole: nothing was judged, or the program itself failed. */
static void put_run(FILE *out, const struct verdict *v, bool bad)
{
	struct buf words = { 0 };

	words_verdict(v, &words);
	fprintf(out, "  <testcase classname=\"tidemark\" name=\"the run\" time=\"0.000\"");
	if (!bad)
		fputs("/>\n", out);
	else if (v->status)
		put_failure(out, "status", v->end, "");
	else
		put_failure(out, "unmeasured", buf_text(&words), "");
	buf_free(&words);
}

static void count(const struct verdict *v, size_t *tests, size_t *failures)
{
	const struct verdict_process *p;
	size_t i, k;

	for (i = 0; i < v->process_count; i++) {
		p = &v->processes[i];
		for (k = 0; k < p->rule_count && is_judged(p); k++) {
			*tests += p->rules[k].state != VERDICT_LEFT_OUT;
			*failures += p->rules[k].state == VERDICT_FAILED ||
				     p->rules[k].state == VERDICT_UNMEASURED;
		}
	}
}

static void put_suite(FILE *out, const struct verdict *v, size_t tests, size_t failures)
{
	uint64_t first_ns = v->process_count ? v->processes[0].start_unix_ns : 0, us = 0;
	time_t seconds = (time_t)(first_ns / 1000000000);
	char stamp[40] = "1970-01-01T00:00:00";
	struct tm tm;
	size_t i;

	for (i = 0; i < v->process_count; i++)
		if (v->processes[i].duration_us > us)
			us = v->processes[i].duration_us;
	if (gmtime_r(&seconds, &tm))
		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(out,
		"<testsuite name=\"tidemark check\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
		"skipped=\"0\" timestamp=\"%s\"",
		tests, failures, stamp);
	put_time(out, us);
	fputs(">\n", out);
}

void verdict_junit(FILE *out, const struct verdict *v)
{
	bool bad = v->status || !v->judged;
	size_t tests = 1, failures = bad, i, k;

	count(v, &tests, &failures);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
	put_suite(out, v, tests, failures);
	put_run(out, v, bad);
	for (i = 0; i < v->process_count; i++)
		for (k = 0; k < v->processes[i].rule_count && is_judged(&v->processes[i]); k++)
			put_rule(out, &v->processes[i], &v->processes[i].rules[k]);
	fputs("</testsuite>\n</testsuites>\n", out);
}
