/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said about programs that cannot be recorded, over ELF files made here. */
#include <check.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/unit.h"
#include "run/elf.h"
#include "run/place.h"
#include "run/target.h"

#define LOADER "/lib64/ld-linux-x86-64.so.2"

/* A file of the least that is looked at: one segment, a dynamic section and its symbols. */
struct image {
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	Elf64_Shdr sections[4]; /* none, strings, dynamic, dynsym */
	Elf64_Dyn dynamic[2];
	Elf64_Sym symbols[2];
	char interpreter[64];
	char strings[128];
};

static char directory[] = "/tmp/test-target-XXXXXX";
static char path[64];
static struct target target;
static struct err fault;

static void write_file(const char *name, const void *data, size_t bytes, mode_t mode)
{
	int fd;

	if (strstr(directory, "XXXXXX"))
		ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, bytes), (ssize_t)bytes);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void clean_up(void)
{
	unlink(path);
	rmdir(directory);
	strcpy(directory, "/tmp/test-target-XXXXXX");
}

static void make_section(Elf64_Shdr *s, unsigned int type, size_t offset, size_t size, size_t entry)
{
	s->sh_type = type;
	s->sh_offset = offset;
	s->sh_size = size;
	s->sh_entsize = entry;
	s->sh_link = 1;
}

/* @needed and @symbol may be NULL; a symbol is undefined unless @defined. */
static struct image make_image(const char *needed, const char *symbol, bool defined)
{
	struct image i;
	char *at = i.strings + 1;

	memset(&i, 0, sizeof(i));
	memcpy(i.header.e_ident, ELFMAG, SELFMAG);
	i.header.e_ident[EI_CLASS] = ELFCLASS64;
	i.header.e_ident[EI_DATA] = ELFDATA2LSB;
	i.header.e_ident[EI_VERSION] = EV_CURRENT;
	i.header.e_type = ET_DYN;
	i.header.e_machine = EM_X86_64;
	i.header.e_version = EV_CURRENT;
	i.header.e_phoff = offsetof(struct image, segment);
	i.header.e_shoff = offsetof(struct image, sections);
	i.header.e_ehsize = sizeof(i.header);
	i.header.e_phentsize = sizeof(i.segment);
	i.header.e_phnum = 1;
	i.header.e_shentsize = sizeof(i.sections[0]);
	i.header.e_shnum = 4;
	i.header.e_shstrndx = 1;
	i.segment.p_type = PT_INTERP;
	i.segment.p_offset = offsetof(struct image, interpreter);
	strcpy(i.interpreter, LOADER);
	i.segment.p_filesz = sizeof(LOADER);
	make_section(&i.sections[1], SHT_STRTAB, offsetof(struct image, strings), sizeof(i.strings),
		     0);
	make_section(&i.sections[2], SHT_DYNAMIC, offsetof(struct image, dynamic),
		     sizeof(i.dynamic), sizeof(i.dynamic[0]));
	make_section(&i.sections[3], SHT_DYNSYM, offsetof(struct image, symbols), sizeof(i.symbols),
		     sizeof(i.symbols[0]));
	if (needed) {
		i.dynamic[0].d_tag = DT_NEEDED;
		i.dynamic[0].d_un.d_val = (Elf64_Xword)(at - i.strings);
		at = stpcpy(at, needed) + 1;
	}
	if (symbol) {
		i.symbols[1].st_name = (Elf64_Word)(at - i.strings);
		i.symbols[1].st_shndx = defined ? 2 : SHN_UNDEF;
		strcpy(at, symbol);
	}
	return i;
}

static int inspect(const struct image *i)
{
	int ret;

	write_file("program", i, sizeof(*i), 0755);
	ret = target_inspect(&target, path, &fault);
	clean_up();
	return ret;
}

#define REFUSED(image, code, words)                                         \
	do {                                                                \
		ck_assert_int_eq(inspect(&(image)), code);                  \
		ck_assert_msg(strstr(fault.text, words), "%s", fault.text); \
	} while (0)

START_TEST(a_plain_program_will_do)
{
	struct image i = make_image("libc.so.6", "malloc", false);

	ck_assert_int_eq(inspect(&i), 0);
	ck_assert(!target.own_malloc && !target.no_malloc);
}
END_TEST

START_TEST(own_malloc_is_seen)
{
	struct image i = make_image("libc.so.6", "malloc", true);

	ck_assert_int_eq(inspect(&i), 0);
	ck_assert(target.own_malloc);
	i = make_image("libc.so.6", "puts", false);
	ck_assert_int_eq(inspect(&i), 0);
	ck_assert(target.no_malloc);
}
END_TEST

START_TEST(static_programs_are_refused)
{
	struct image i = make_image(NULL, NULL, false);

	i.segment.p_type = PT_NULL;
	REFUSED(i, -ENOTSUP, "statically linked");
}
END_TEST

START_TEST(other_worlds_are_refused)
{
	struct image i = make_image(NULL, NULL, false);

	strcpy(i.interpreter, "/lib/ld-musl-x86_64.so.1");
	REFUSED(i, -ENOTSUP, "musl");
	strcpy(i.interpreter, "/system/bin/linker64");
	REFUSED(i, -ENOTSUP, "linker64");
	strcpy(i.interpreter, LOADER);
	i.header.e_machine = EM_AARCH64;
	REFUSED(i, -ENOTSUP, "x86-64");
	i.header.e_machine = EM_X86_64;
	i.header.e_type = ET_REL;
	REFUSED(i, -ENOTSUP, "link it");
	i.header.e_ident[EI_CLASS] = ELFCLASS32;
	ck_assert_int_lt(inspect(&i), 0);
}
END_TEST

START_TEST(sanitizers_are_refused)
{
	struct image i = make_image("libasan.so.8", NULL, false);

	REFUSED(i, -ENOTSUP, "libasan.so.8");
	i = make_image("libtsan.so.2", NULL, false);
	REFUSED(i, -ENOTSUP, "libtsan.so.2");
	i = make_image("libc.so.6", "__asan_init", true);
	REFUSED(i, -ENOTSUP, "__asan_init");
	i = make_image("libubsan.so.1", "malloc", false);
	ck_assert_int_eq(inspect(&i), 0);
}
END_TEST

START_TEST(damaged_files_are_survived)
{
	struct image good = make_image("libasan.so.8", "malloc", true);

	for (size_t at = sizeof(good.header.e_ident); at < sizeof(good); at++) {
		struct image i = good;

		((unsigned char *)&i)[at] ^= 0xff;
		inspect(&i);
	}
	for (size_t bytes = 0; bytes < sizeof(good); bytes += 7) {
		write_file("program", &good, bytes, 0755);
		target_inspect(&target, path, &fault);
		clean_up();
	}
}
END_TEST

static int inspect_text(const char *text, mode_t mode)
{
	int ret;

	write_file("script", text, strlen(text), mode);
	ret = target_inspect(&target, path, &fault);
	clean_up();
	return ret;
}

START_TEST(scripts_lead_to_their_interpreter)
{
	ck_assert_int_eq(inspect_text("#!/bin/sh\necho\n", 0755), 0);
	ck_assert_str_eq(target.binary, "/bin/sh");
	ck_assert_int_eq(inspect_text("#! /usr/bin/env  sh\n", 0755), 0);
	ck_assert_ptr_nonnull(strstr(target.binary, "/sh"));
	ck_assert_int_eq(inspect_text("#!/usr/bin/env -S A=1 sh -e\n", 0755), 0);
	ck_assert_ptr_nonnull(strstr(target.binary, "/sh"));
	ck_assert_int_eq(inspect_text("echo no line at all\n", 0755), 0);
	ck_assert_str_eq(target.binary, "/bin/sh");
	ck_assert_int_eq(inspect_text("#!/usr/bin/env no-such-thing\n", 0755), -ENOENT);
	ck_assert_int_eq(inspect_text("#!/no/such/thing\n", 0755), -ENOENT);
	ck_assert_int_eq(inspect_text("#!\n", 0755), -ENOEXEC);
	ck_assert_int_eq(inspect_text("", 0755), -ENOEXEC);
}
END_TEST

START_TEST(a_script_may_not_lead_to_itself)
{
	char text[128];
	int ret;

	write_file("script", "", 0, 0755);
	snprintf(text, sizeof(text), "#!%s\n", path);
	write_file("script", text, strlen(text), 0755);
	ret = target_inspect(&target, path, &fault);
	clean_up();
	ck_assert_int_eq(ret, -ELOOP);
}
END_TEST

START_TEST(modes_are_looked_at)
{
	struct image i = make_image("libc.so.6", "malloc", false);

	write_file("program", &i, sizeof(i), 0644);
	ck_assert_int_eq(target_inspect(&target, path, &fault), -EACCES);
	ck_assert_ptr_nonnull(strstr(fault.text, "chmod +x"));
	ck_assert_int_eq(chmod(path, 04755), 0);
	ck_assert_int_eq(target_inspect(&target, path, &fault), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(fault.text, "set-user-ID"));
	clean_up();
	ck_assert_int_eq(target_inspect(&target, "/tmp", &fault), -EISDIR);
	ck_assert_int_eq(target_find(&target, "no-such-program-here", &fault), -ENOENT);
	ck_assert_int_eq(target_find(&target, "", &fault), -ENOENT);
	ck_assert_int_eq(target_find(&target, "sh", &fault), 0);
}
END_TEST

START_TEST(patterns_are_filled_in)
{
	char name[64];

	ck_assert_int_eq(place_fill(name, sizeof(name), "a.%n.%p.%%.%q%", "prog", 42), 0);
	ck_assert_str_eq(name, "a.prog.42.%.%q%");
	ck_assert_int_eq(place_fill(name, 8, "%n%n%n", "prog", 1), -ENAMETOOLONG);
	ck_assert(place_is_per_process("x.%p"));
	ck_assert(!place_is_per_process("x.%%p"));
	ck_assert(!place_is_per_process("x%"));
}
END_TEST

UNIT_MAIN("target", a_plain_program_will_do, own_malloc_is_seen, static_programs_are_refused,
	  other_worlds_are_refused, sanitizers_are_refused, damaged_files_are_survived,
	  scripts_lead_to_their_interpreter, a_script_may_not_lead_to_itself, modes_are_looked_at,
	  patterns_are_filled_in)
