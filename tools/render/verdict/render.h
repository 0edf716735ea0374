/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The forms that a verdict can be written in; one file each.  Called by cmd/check.c.
 * Errors of the stream are left to ferror().
 */
#ifndef TIDEMARK_RENDER_VERDICT_RENDER_H
#define TIDEMARK_RENDER_VERDICT_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include "render/render.h"
#include "verdict.h"

/* For people.  Brief when all is well: a line, and what they must know nonetheless. */
void verdict_text(FILE *out, const struct verdict *v, const struct render_style *style);
void verdict_json(FILE *out, const struct verdict *v);
/* JUnit's XML, as pytest and Maven write it: a test case for each process and limit. */
void verdict_junit(FILE *out, const struct verdict *v);
/* SARIF 2.1.0: a result for each leak and each limit exceeded. */
void verdict_sarif(FILE *out, const struct verdict *v);
/* Commands to a GitHub Actions runner, which shows the first ten of a step only. */
void verdict_github(FILE *out, const struct verdict *v);
/* Markdown for the page of a GitHub Actions job. */
void verdict_markdown(FILE *out, const struct verdict *v);
/* An entry for each leak, to be copied into a suppression file. */
void verdict_suppressions(FILE *out, const struct verdict *v, bool valgrind);

#endif
