/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "symbolize/returned.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <elfutils/libdwelf.h>
#include <gelf.h>

#define TEXT_MOST_BYTES (1u << 20)

/* The file's bytes from the address to the end of what is loaded there. */
static const uint8_t *bytes_at(Elf *elf, uint64_t address, size_t *room)
{
	size_t file_bytes, count, i;
	const char *file = elf_rawfile(elf, &file_bytes);
	GElf_Phdr p;

	if (!file || elf_getphdrnum(elf, &count))
		return NULL;
	for (i = 0; i < count; i++) {
		if (!gelf_getphdr(elf, (int)i, &p) || p.p_type != PT_LOAD || address < p.p_vaddr ||
		    address - p.p_vaddr >= p.p_filesz || p.p_offset > file_bytes ||
		    p.p_filesz > file_bytes - p.p_offset)
			continue;
		*room = p.p_filesz - (address - p.p_vaddr);
		return (const uint8_t *)file + p.p_offset + (address - p.p_vaddr);
	}
	return NULL;
}

static bool find_in(Elf *elf, Elf_Scn *section, const char *function, uint64_t *address)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Shdr header;
	GElf_Sym symbol;
	const char *name;
	int i, count;

	if (!data || !gelf_getshdr(section, &header) || !header.sh_entsize)
		return false;
	count = (int)(header.sh_size / header.sh_entsize);
	for (i = 0; i < count; i++) {
		if (!gelf_getsym(data, i, &symbol) || symbol.st_shndx == SHN_UNDEF ||
		    GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
			continue;
		name = elf_strptr(elf, header.sh_link, symbol.st_name);
		if (!name || strcmp(name, function))
			continue;
		*address = symbol.st_value;
		return true;
	}
	return false;
}

static bool find_function(Elf *elf, const char *function, uint64_t *address)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			continue;
		if ((header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM) &&
		    find_in(elf, section, function, address))
			return true;
	}
	return false;
}

struct code {
	const uint8_t *at;
	size_t room;
	uint64_t address; /* of `at` */
};

static bool take(struct code *c, const char *bytes, size_t count)
{
	if (c->room < count || memcmp(c->at, bytes, count))
		return false;
	c->at += count;
	c->room -= count;
	c->address += count;
	return true;
}

static bool take_word(struct code *c, int32_t *word)
{
	if (c->room < sizeof(*word))
		return false;
	memcpy(word, c->at, sizeof(*word));
	c->at += sizeof(*word);
	c->room -= sizeof(*word);
	c->address += sizeof(*word);
	return true;
}

/*
 * The instructions that compilers make of `return "…";`, with a frame or without:
 * endbr64; push %rbp; mov %rsp,%rbp; lea …(%rip),%rax or mov $…,%eax; pop %rbp or leave; ret
 */
static bool decode(struct code c, uint64_t *address)
{
	bool framed;
	int32_t word;

	take(&c, "\xf3\x0f\x1e\xfa", 4);
	framed = take(&c, "\x55", 1);
	if (framed && !take(&c, "\x48\x89\xe5", 3))
		return false;
	if (take(&c, "\x48\x8d\x05", 3)) {
		if (!take_word(&c, &word))
			return false;
		*address = c.address + (uint64_t)(int64_t)word;
	} else if (take(&c, "\xb8", 1) || take(&c, "\x48\xc7\xc0", 3)) {
		if (!take_word(&c, &word))
			return false;
		*address = (uint32_t)word;
	} else {
		return false;
	}
	if (framed && !take(&c, "\x5d", 1) && !take(&c, "\xc9", 1))
		return false;
	return take(&c, "\xc3", 1) || take(&c, "\xf3\xc3", 2);
}

static int read_text(Elf *elf, const char *function, char **text)
{
	struct code code;
	uint64_t address;
	const uint8_t *bytes;
	size_t room;

	if (!find_function(elf, function, &code.address))
		return -ENOENT;
	code.at = bytes_at(elf, code.address, &code.room);
	if (!code.at || !decode(code, &address))
		return -ENOTSUP;
	bytes = bytes_at(elf, address, &room);
	room = room < TEXT_MOST_BYTES ? room : TEXT_MOST_BYTES;
	if (!bytes || strnlen((const char *)bytes, room) == room)
		return -ENOTSUP;
	*text = strdup((const char *)bytes);
	return *text ? 0 : -ENOMEM;
}

int returned_text(const char *path, const uint8_t *build_id, uint32_t build_id_bytes,
		  const char *function, char **text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = -ENOENT;
	const void *bits;
	ssize_t bytes;
	Elf *elf;

	if (fd < 0)
		return -ENOENT;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	bytes = elf && elf_kind(elf) == ELF_K_ELF ? dwelf_elf_gnu_build_id(elf, &bits) : -1;
	if (elf && elf_kind(elf) == ELF_K_ELF &&
	    (!build_id_bytes ||
	     (bytes == (ssize_t)build_id_bytes && !memcmp(bits, build_id, build_id_bytes))))
		err = read_text(elf, function, text);
	elf_end(elf);
	close(fd);
	return err;
}
