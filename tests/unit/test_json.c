/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "lib/unit.h"

/* What the writer makes of one string. */
static void expect_in(bool page, const char *text, const char *want)
{
	char *data = NULL;
	size_t bytes;
	FILE *out = open_memstream(&data, &bytes);
	struct json j;

	json_begin(&j, out);
	j.page = page;
	json_text(&j, NULL, text);
	fclose(out);
	ck_assert_str_eq(data, want);
	free(data);
}

static void expect(const char *text, const char *want)
{
	expect_in(false, text, want);
}

START_TEST(strings_are_escaped)
{
	expect("plain", "\"plain\"");
	expect("a\"b\\c", "\"a\\\"b\\\\c\"");
	expect("\n\t\r\b\f\1\x7f", "\"\\n\\t\\r\\b\\f\\u0001\\u007f\"");
	expect("", "\"\"");
	expect(NULL, "null");
}
END_TEST

START_TEST(valid_utf8_is_kept)
{
	expect("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
}
END_TEST

START_TEST(invalid_utf8_is_replaced)
{
	expect("\xff", "\"\\ufffd\"");
	expect("a\xc3", "\"a\\ufffd\"");	  /* cut */
	expect("\xc0\xaf", "\"\\ufffd\\ufffd\""); /* overlong */
	expect("\xe0\x80\x80", "\"\\ufffd\\ufffd\\ufffd\"");
	expect("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""); /* surrogate */
	expect("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	expect("\xe2\x82z", "\"\\ufffd\\ufffdz\"");
}
END_TEST

START_TEST(nothing_in_a_page_is_markup)
{
	expect_in(true, "</script><!--&amp;", "\"\\u003c/script\\u003e\\u003c!--\\u0026amp;\"");
	expect_in(true, "\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", "\"\\u2028\\u2029\xe2\x80\xaa\"");
	expect_in(true, "\xe2\x80", "\"\\ufffd\\ufffd\"");
	expect("<\xe2\x80\xa8", "\"<\xe2\x80\xa8\"");
}
END_TEST

START_TEST(values_nest)
{
	char *data = NULL;
	size_t bytes;
	FILE *out = open_memstream(&data, &bytes);
	struct json j;

	json_begin(&j, out);
	json_lines(&j, false);
	json_open(&j, NULL, '{');
	json_signed(&j, "a", INT64_MIN);
	json_unsigned(&j, "b", UINT64_MAX);
	json_open(&j, "c", '[');
	json_hex(&j, NULL, 255);
	json_bool(&j, NULL, true);
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_close(&j, ']');
	json_null(&j, "d");
	json_close(&j, '}');
	fclose(out);
	ck_assert_str_eq(data, "{\"a\":-9223372036854775808,\"b\":18446744073709551615,"
			       "\"c\":[\"0xff\",true,{}],\"d\":null}");
	free(data);
}
END_TEST

UNIT_MAIN("json", strings_are_escaped, valid_utf8_is_kept, invalid_utf8_is_replaced,
	  nothing_in_a_page_is_markup, values_nest)
