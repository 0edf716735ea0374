/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the JSON report says about time: history, marks, processes.  For json.c. */
#ifndef TIDEMARK_RENDER_JSON_TIME_H
#define TIDEMARK_RENDER_JSON_TIME_H

#include "base/json.h"
#include "view.h"

void json_time(struct json *j, const struct view *v);

#endif
