/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the JSON report and the page's data have in common: the members about the recording as a
 * whole, into an object that the caller has opened.  For render/.
 */
#ifndef TIDEMARK_RENDER_JSON_FACTS_H
#define TIDEMARK_RENDER_JSON_FACTS_H

#include "base/json.h"
#include "view.h"

void json_facts(struct json *j, const struct view *v);

#endif
