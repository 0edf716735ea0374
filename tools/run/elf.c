/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/elf.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* libubsan is not here: it leaves malloc alone. */
static const char *const runtimes[] = { "libasan.",   "libtsan.",     "liblsan.", "libmsan.",
					"libhwasan.", "libclang_rt.", NULL };
static const char *const entries[] = { "__asan_init", "__tsan_init",   "__msan_init",
				       "__lsan_init", "__hwasan_init", NULL };

static void read_interpreter(Elf *elf, const GElf_Phdr *segment, struct elf_facts *facts)
{
	size_t size = segment->p_filesz;
	size_t file_bytes;
	const char *image = elf_rawfile(elf, &file_bytes);

	if (!image || segment->p_offset > file_bytes || size > file_bytes - segment->p_offset)
		return;
	if (size >= sizeof(facts->interpreter))
		size = sizeof(facts->interpreter) - 1;
	memcpy(facts->interpreter, image + segment->p_offset, size);
	facts->interpreter[size] = 0;
}

static void read_segments(Elf *elf, struct elf_facts *facts)
{
	size_t count = 0;
	GElf_Phdr segment;

	if (elf_getphdrnum(elf, &count) != 0)
		return;
	for (size_t i = 0; i < count; i++) {
		if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_INTERP)
			read_interpreter(elf, &segment, facts);
	}
}

static void note_runtime(struct elf_facts *facts, const char *name)
{
	for (int i = 0; runtimes[i]; i++) {
		if (strncmp(name, runtimes[i], strlen(runtimes[i])) == 0)
			snprintf(facts->sanitizer, sizeof(facts->sanitizer), "%s", name);
	}
}

static void read_needed(Elf *elf, Elf_Data *data, const GElf_Shdr *section, struct elf_facts *facts)
{
	size_t count = section->sh_entsize ? section->sh_size / section->sh_entsize : 0;
	GElf_Dyn entry;

	for (size_t i = 0; i < count && gelf_getdyn(data, (int)i, &entry); i++) {
		const char *name;

		if (entry.d_tag != DT_NEEDED)
			continue;
		name = elf_strptr(elf, section->sh_link, entry.d_un.d_val);
		if (name)
			note_runtime(facts, name);
	}
}

static void note_symbol(struct elf_facts *facts, const char *name, bool defined)
{
	if (strcmp(name, "malloc") == 0) {
		facts->mentions_malloc = true;
		facts->defines_malloc |= defined;
	}
	for (int i = 0; entries[i]; i++) {
		if (strcmp(name, entries[i]) == 0)
			snprintf(facts->sanitizer, sizeof(facts->sanitizer), "%s", name);
	}
}

static void read_symbols(Elf *elf, Elf_Data *data, const GElf_Shdr *section,
			 struct elf_facts *facts)
{
	size_t count = section->sh_entsize ? section->sh_size / section->sh_entsize : 0;
	GElf_Sym symbol;

	for (size_t i = 0; i < count && gelf_getsym(data, (int)i, &symbol); i++) {
		const char *name = elf_strptr(elf, section->sh_link, symbol.st_name);

		if (name)
			note_symbol(facts, name, symbol.st_shndx != SHN_UNDEF);
	}
}

static void read_sections(Elf *elf, struct elf_facts *facts)
{
	Elf_Scn *at = NULL;
	GElf_Shdr section;

	while ((at = elf_nextscn(elf, at))) {
		Elf_Data *data;

		if (!gelf_getshdr(at, &section))
			continue;
		if (section.sh_type != SHT_DYNAMIC && section.sh_type != SHT_DYNSYM &&
		    section.sh_type != SHT_SYMTAB)
			continue;
		data = elf_getdata(at, NULL);
		if (!data)
			continue;
		if (section.sh_type == SHT_DYNAMIC)
			read_needed(elf, data, &section, facts);
		else
			read_symbols(elf, data, &section, facts);
	}
}

int elf_read(int fd, struct elf_facts *facts)
{
	GElf_Ehdr header;
	Elf *elf;

	memset(facts, 0, sizeof(*facts));
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header)) {
		elf_end(elf);
		return -ENOEXEC;
	}
	if (gelf_getclass(elf) != ELFCLASS64 || header.e_machine != EM_X86_64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB) {
		facts->other_machine = true;
	} else {
		facts->not_program = header.e_type != ET_EXEC && header.e_type != ET_DYN;
		read_segments(elf, facts);
		read_sections(elf, facts);
	}
	elf_end(elf);
	return 0;
}
