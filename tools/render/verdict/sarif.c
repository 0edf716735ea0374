/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A verdict as SARIF 2.1.0, for the page of a repository's alerts.  A leak found at one stack in
 * several processes is one result; its fingerprint is the stack's, so that it stays the same alert
 * when lines move.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/util.h"
#include "render/verdict/render.h"
#include "render/verdict/words.h"

#define SCHEMA                                                                \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/" \
	"sarif-schema-2.1.0.json"

enum rule_number { RULE_LEAK, RULE_BUDGET = VERDICT_CLASSES, RULE_UNMEASURED, RULES };

static const struct {
	const char *id;
	const char *name;
	const char *text;
	const char *help;
} rules[RULES] = {
	{ "definite-leak", "DefiniteLeak", "Memory is definitely lost.",
	  "Nothing points to the block any more: free it where its last user is done with it." },
	{ "indirect-leak", "IndirectLeak", "Memory is indirectly lost.",
	  "Only lost blocks point to the block: free those, and what hangs on them." },
	{ "possible-leak", "PossibleLeak", "Memory is possibly lost.",
	  "Only pointers into the middle of the block are left: keep one to its start, or free "
	  "it." },
	{ "reachable-memory", "ReachableMemory", "Memory is held at the end.",
	  "The block is still pointed to when the program ends: free it if that is worth it." },
	{ "memory-budget", "MemoryBudget", "More memory was needed than is allowed.",
	  "See tidemark report for who held it, or raise the limit." },
	{ "unmeasured", "NotMeasured", "A limit could not be applied.",
	  "The message says why; a gate that has not measured does not pass." },
};

static void put_message(struct json *j, const char *key, const char *text)
{
	json_open(j, key, '{');
	json_text(j, "text", text);
	json_close(j, '}');
}

static void put_rules(struct json *j)
{
	size_t i;

	json_open(j, "rules", '[');
	for (i = 0; i < RULES; i++) {
		json_open(j, NULL, '{');
		json_text(j, "id", rules[i].id);
		json_text(j, "name", rules[i].name);
		put_message(j, "shortDescription", rules[i].text);
		put_message(j, "fullDescription", rules[i].text);
		put_message(j, "help", rules[i].help);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_driver(struct json *j, const struct verdict *v)
{
	json_open(j, "tool", '{');
	json_open(j, "driver", '{');
	json_text(j, "name", "tidemark");
	json_text(j, "version", v->version);
	json_text(j, "semanticVersion", v->version);
	put_rules(j);
	json_close(j, '}');
	json_close(j, '}');
}

/* A path as a relative reference, or as a file: URL. */
static void put_uri(struct json *j, const char *path, bool inside)
{
	struct buf uri = { 0 };

	if (!inside)
		buf_puts(&uri, *path == '/' ? "file://" : "file:///");
	for (; *path; path++) {
		if ((*path >= 'a' && *path <= 'z') || (*path >= 'A' && *path <= 'Z') ||
		    (*path >= '0' && *path <= '9') || strchr("/._-~+@", *path))
			buf_add(&uri, path, 1);
		else
			buf_printf(&uri, "%%%02X", (unsigned char)*path);
	}
	json_open(j, "artifactLocation", '{');
	json_text(j, "uri", buf_text(&uri));
	if (inside)
		json_text(j, "uriBaseId", "SRCROOT");
	json_close(j, '}');
	buf_free(&uri);
}

static void put_physical(struct json *j, const struct verdict_frame *f)
{
	json_open(j, "physicalLocation", '{');
	put_uri(j, f->file, f->inside);
	if (f->line) {
		json_open(j, "region", '{');
		json_unsigned(j, "startLine", f->line);
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void put_location(struct json *j, const struct verdict_frame *f)
{
	json_open(j, "locations", '[');
	if (f) {
		json_open(j, NULL, '{');
		put_physical(j, f);
		if (f->function) {
			json_open(j, "logicalLocations", '[');
			json_open(j, NULL, '{');
			json_text(j, "fullyQualifiedName", f->function);
			json_text(j, "kind", "function");
			json_close(j, '}');
			json_close(j, ']');
		}
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_stack(struct json *j, const struct verdict_leak *leak)
{
	struct buf name = { 0 };
	size_t i;

	json_open(j, "stacks", '[');
	json_open(j, NULL, '{');
	put_message(j, "message", "allocated by");
	json_open(j, "frames", '[');
	for (i = 0; i < leak->frame_count; i++) {
		buf_reset(&name);
		words_function(&leak->frames[i], &name);
		json_open(j, NULL, '{');
		json_open(j, "location", '{');
		if (leak->frames[i].file)
			put_physical(j, &leak->frames[i]);
		put_message(j, "message", buf_text(&name));
		json_close(j, '}');
		if (leak->frames[i].module)
			json_text(j, "module", util_basename(leak->frames[i].module));
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
	json_close(j, ']');
	buf_free(&name);
}

static void put_result(struct json *j, enum rule_number rule, const char *message, uint64_t hash)
{
	char print[40];

	snprintf(print, sizeof(print), "%016" PRIx64, hash);
	json_lines(j, true);
	json_open(j, NULL, '{');
	json_lines(j, false);
	json_text(j, "ruleId", rules[rule].id);
	json_unsigned(j, "ruleIndex", rule);
	json_text(j, "level", "error");
	put_message(j, "message", message);
	json_open(j, "partialFingerprints", '{');
	json_text(j, "stackHash/v1", print);
	json_close(j, '}');
}

/* A failing leak and whose it is. */
struct found {
	const struct verdict_leak *leak;
	const struct verdict_process *process;
};

static int by_stack(const void *one, const void *two)
{
	const struct verdict_leak *a = ((const struct found *)one)->leak;
	const struct verdict_leak *b = ((const struct found *)two)->leak;

	if (a->worst != b->worst)
		return a->worst < b->worst ? -1 : 1;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return strcmp(a->key, b->key);
}

static void put_leaks(struct json *j, const struct found *list, size_t count)
{
	const struct verdict_leak *leak = list[0].leak;
	struct buf words = { 0 };

	words_leak(leak, &words);
	buf_puts(&words, ", in ");
	words_process(list[0].process, &words);
	if (count > 1)
		buf_printf(&words, " and %s more", util_counted((int64_t)count - 1, "time").text);
	put_result(j, (enum rule_number)leak->worst, buf_text(&words), leak->hash);
	put_location(j, leak->where);
	put_stack(j, leak);
	json_close(j, '}');
	buf_free(&words);
}

static void put_all_leaks(struct json *j, const struct verdict *v)
{
	struct found *list;
	size_t most = 0, count = 0, from, to, i, k;

	for (i = 0; i < v->process_count; i++)
		most += v->processes[i].leak_count;
	list = calloc(most + 1, sizeof(*list));
	for (i = 0; list && i < v->process_count; i++)
		for (k = 0; k < v->processes[i].leak_count; k++)
			if (v->processes[i].leaks[k].fails)
				list[count++] = (struct found){ &v->processes[i].leaks[k],
								&v->processes[i] };
	if (count)
		qsort(list, count, sizeof(*list), by_stack);
	for (from = 0; from < count; from = to) {
		for (to = from + 1; to < count && !by_stack(&list[from], &list[to]);)
			to++;
		put_leaks(j, &list[from], to - from);
	}
	free(list);
}

static uint64_t hash_of(const char *name, const char *of, const char *subject)
{
	uint64_t hash = 0xcbf29ce484222325u;
	const char *const texts[] = { name, of, subject ? subject : "" };
	const char *at;
	size_t i;

	for (i = 0; i < 3; i++)
		for (at = texts[i]; *at; at++)
			hash = (hash ^ (unsigned char)*at) * 0x100000001b3u;
	return hash;
}

static void put_limits(struct json *j, const struct verdict_process *p)
{
	const struct verdict_rule *r;
	struct buf words = { 0 };
	size_t i;

	for (i = 0; i < p->rule_count; i++) {
		r = &p->rules[i];
		/* Leaks by no single stack's fault are theirs together, and listed. */
		if (r->state != VERDICT_FAILED || r->leak_class >= 0)
			continue;
		buf_reset(&words);
		words_rule(r, &words);
		buf_puts(&words, ", in ");
		words_process(p, &words);
		put_result(j, RULE_BUDGET, buf_text(&words),
			   hash_of(p->name, r->title, r->subject));
		put_location(j, NULL);
		json_close(j, '}');
	}
	if (p->state != VERDICT_LEFT_OUT && p->why) {
		buf_reset(&words);
		buf_printf(&words, "%s, in ", p->why);
		words_process(p, &words);
		put_result(j, RULE_UNMEASURED, buf_text(&words),
			   hash_of(p->name, "unmeasured", NULL));
		put_location(j, NULL);
		json_close(j, '}');
	}
	buf_free(&words);
}

static void put_invocation(struct json *j, const struct verdict *v)
{
	json_open(j, "invocations", '[');
	json_open(j, NULL, '{');
	json_bool(j, "executionSuccessful", v->state != VERDICT_UNMEASURED && !v->status);
	if (v->program) {
		json_signed(j, "exitCode", v->status);
		json_text(j, "commandLine", v->program);
	}
	json_close(j, '}');
	json_close(j, ']');
}

static void put_root(struct json *j, const char *root)
{
	struct buf uri = { 0 };

	for (buf_puts(&uri, "file://"); *root; root++) {
		if (strchr(" %#?\"<>\\^`{|}", *root) || (signed char)*root < 0x20)
			buf_printf(&uri, "%%%02X", (unsigned char)*root);
		else
			buf_add(&uri, root, 1);
	}
	if (uri.bytes && uri.data[uri.bytes - 1] != '/')
		buf_puts(&uri, "/");
	json_open(j, "originalUriBaseIds", '{');
	json_open(j, "SRCROOT", '{');
	json_text(j, "uri", buf_text(&uri));
	json_close(j, '}');
	json_close(j, '}');
	buf_free(&uri);
}

void verdict_sarif(FILE *out, const struct verdict *v)
{
	struct json j;
	size_t i;

	json_begin(&j, out);
	json_open(&j, NULL, '{');
	json_text(&j, "$schema", SCHEMA);
	json_text(&j, "version", "2.1.0");
	json_open(&j, "runs", '[');
	json_open(&j, NULL, '{');
	put_driver(&j, v);
	put_invocation(&j, v);
	put_root(&j, v->root);
	json_text(&j, "columnKind", "utf16CodeUnits");
	json_open(&j, "results", '[');
	put_all_leaks(&j, v);
	for (i = 0; i < v->process_count; i++)
		put_limits(&j, &v->processes[i]);
	json_lines(&j, true);
	json_close(&j, ']');
	json_close(&j, '}');
	json_close(&j, ']');
	json_close(&j, '}');
	json_end(&j);
}
