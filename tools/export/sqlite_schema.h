/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables and views of the database.  For sqlite.c, which fills the tables column by column. */
#ifndef TIDEMARK_EXPORT_SQLITE_SCHEMA_H
#define TIDEMARK_EXPORT_SQLITE_SCHEMA_H

extern const char sqlite_schema[];

#endif
