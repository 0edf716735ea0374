/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The advice as a list of objects, for the JSON report and the page.
 */
#ifndef TIDEMARK_RENDER_JSON_ADVICE_H
#define TIDEMARK_RENDER_JSON_ADVICE_H

#include "base/json.h"
#include "view.h"

void json_advice(struct json *j, const struct view *v);

#endif
