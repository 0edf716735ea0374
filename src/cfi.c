/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cfi.h"

#include <errno.h>

#include "leb.h"

/* Pointer encodings (LSB: DWARF Exception Header Encoding). */
enum {
	PE_ABSOLUTE = 0x00,
	PE_ULEB = 0x01,
	PE_U2 = 0x02,
	PE_U4 = 0x03,
	PE_U8 = 0x04,
	PE_SLEB = 0x09,
	PE_S2 = 0x0a,
	PE_S4 = 0x0b,
	PE_S8 = 0x0c,
	PE_PC_RELATIVE = 0x10,
	PE_DATA_RELATIVE = 0x30,
	PE_INDIRECT = 0x80,
	PE_OMIT = 0xff,
	PE_SORTED_TABLE = PE_DATA_RELATIVE | PE_S4,
};

struct cie {
	const uint8_t *program, *end;
	uint64_t code_align;
	int64_t data_align;
	uint8_t encoding;
	bool has_augmentation;
	bool signal_frame;
};

struct fde {
	struct cie cie;
	uintptr_t start;
	const uint8_t *program, *end;
};

static int64_t read_plain(const uint8_t **at, uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case PE_ULEB:
		return (int64_t)read_uleb(at);
	case PE_SLEB:
		return read_sleb(at);
	case PE_U2:
		return READ(uint16_t, at);
	case PE_S2:
		return READ(int16_t, at);
	case PE_U4:
		return READ(uint32_t, at);
	case PE_S4:
		return READ(int32_t, at);
	default:
		return READ(int64_t, at);
	}
}

static uintptr_t read_encoded(const uint8_t **at, uint8_t encoding)
{
	uintptr_t here = (uintptr_t)*at;
	uintptr_t value = (uintptr_t)read_plain(at, encoding);

	return (encoding & 0x70) == PE_PC_RELATIVE ? value + here : value;
}

/* `at` stands behind the length; the end of the entry, NULL for a terminator or 64-bit entry. */
static const uint8_t *entry_end(const uint8_t **at)
{
	uint32_t length = READ(uint32_t, at);

	return length == 0 || length == 0xffffffff ? NULL : *at + length;
}

static void read_augmentation(struct cie *cie, const char *text, const uint8_t **at)
{
	const uint8_t *data_end;
	uint64_t bytes = read_uleb(at);

	data_end = *at + bytes;
	for (text++; *text; text++) {
		switch (*text) {
		case 'R':
			cie->encoding = *(*at)++;
			break;
		case 'L':
			(*at)++;
			break;
		case 'P': {
			uint8_t encoding = *(*at)++;

			read_encoded(at, encoding & ~PE_INDIRECT);
			break;
		}
		case 'S':
			cie->signal_frame = true;
			break;
		}
	}
	*at = data_end;
}

static int read_cie(const uint8_t *at, struct cie *cie)
{
	const char *augmentation;
	uint8_t version;

	*cie = (struct cie){ .encoding = PE_ABSOLUTE };
	cie->end = entry_end(&at);
	if (!cie->end || READ(uint32_t, &at) != 0)
		return -EINVAL;
	version = *at++;
	if (version != 1 && version != 3)
		return -EINVAL;
	augmentation = (const char *)at;
	at += sys_length(augmentation) + 1;
	cie->code_align = read_uleb(&at);
	cie->data_align = read_sleb(&at);
	if ((version == 1 ? *at++ : read_uleb(&at)) != CFI_RIP)
		return -EINVAL;
	if (*augmentation == 'z') {
		cie->has_augmentation = true;
		read_augmentation(cie, augmentation, &at);
	} else if (*augmentation) {
		return -EINVAL;
	}
	cie->program = at;
	return 0;
}

static int read_fde(const uint8_t *at, uintptr_t pc, struct fde *fde)
{
	const uint8_t *cie_field;
	uint32_t back;
	uintptr_t length;
	int r;

	fde->end = entry_end(&at);
	if (!fde->end)
		return -EINVAL;
	cie_field = at;
	back = READ(uint32_t, &at);
	if (back == 0)
		return -EINVAL;
	r = read_cie(cie_field - back, &fde->cie);
	if (r < 0)
		return r;
	fde->start = read_encoded(&at, fde->cie.encoding);
	length = (uintptr_t)read_plain(&at, fde->cie.encoding & 0x0f);
	if (pc - fde->start >= length)
		return -ENOENT;
	if (fde->cie.has_augmentation) {
		uint64_t bytes = read_uleb(&at);

		at += bytes;
	}
	fde->program = at;
	return 0;
}

/*
 * The binary search table of .eh_frame_hdr; linkers have made it in this one form for twenty years.
 */
static const uint8_t *search(uintptr_t pc, const uint8_t *header)
{
	const uint8_t *at = header + 4;
	const int32_t *table;
	uint64_t low = 0, count;
	int64_t wanted = (int64_t)(pc - (uintptr_t)header);

	if (header[0] != 1 || header[2] == PE_OMIT || header[3] != PE_SORTED_TABLE)
		return NULL;
	read_encoded(&at, header[1]);
	count = (uint64_t)read_plain(&at, header[2]);
	table = (const int32_t *)at;
	if (count == 0 || wanted < table[0])
		return NULL;
	while (count > 1) {
		uint64_t half = count / 2;

		if (table[2 * (low + half)] <= wanted)
			low += half;
		count -= half;
	}
	return header + table[2 * low + 1];
}

struct machine {
	const struct fde *fde;
	struct cfi_row *row;
	struct cfi_work *work;
	int depth;
	uintptr_t at;
	uintptr_t pc;
};

static struct cfi_rule *rule_of(struct machine *m, uint64_t reg)
{
	return reg < CFI_REGISTERS ? &m->row->registers[reg] : &m->work->ignored;
}

static void set(struct machine *m, uint64_t reg, enum cfi_how how, int64_t value)
{
	*rule_of(m, reg) = (struct cfi_rule){ .how = how, .value = value };
}

static void set_expression(struct machine *m, uint64_t reg, enum cfi_how how, const uint8_t **at)
{
	*rule_of(m, reg) = (struct cfi_rule){ .how = how, .expression = *at };
	*at += read_uleb(at);
}

static void set_cfa(struct machine *m, uint64_t reg, int64_t offset)
{
	m->row->cfa = (struct cfi_rule){ .how = CFI_VALUE, .value = offset };
	m->row->cfa_register = (uint8_t)reg;
}

static void restore(struct machine *m, uint64_t reg)
{
	if (reg < CFI_REGISTERS)
		m->row->registers[reg] = m->work->initial[reg];
}

static int remember(struct machine *m)
{
	if (m->depth == CFI_REMEMBERED)
		return -EINVAL;
	m->work->remembered[m->depth++] = *m->row;
	return 0;
}

static int recall(struct machine *m)
{
	if (m->depth == 0)
		return -EINVAL;
	*m->row = m->work->remembered[--m->depth];
	return 0;
}

static void advance(struct machine *m, uint64_t units)
{
	m->at += units * m->fde->cie.code_align;
}

static int extended(struct machine *m, uint8_t op, const uint8_t **at)
{
	int64_t data = m->fde->cie.data_align;
	uint64_t reg;

	switch (op) {
	case 0x00: /* nop */
		return 0;
	case 0x01: /* set_loc */
		m->at = read_encoded(at, m->fde->cie.encoding);
		return 0;
	case 0x02: /* advance_loc1 */
		advance(m, *(*at)++);
		return 0;
	case 0x03: /* advance_loc2 */
		advance(m, READ(uint16_t, at));
		return 0;
	case 0x04: /* advance_loc4 */
		advance(m, READ(uint32_t, at));
		return 0;
	case 0x05: /* offset_extended */
		reg = read_uleb(at);
		set(m, reg, CFI_OFFSET, (int64_t)read_uleb(at) * data);
		return 0;
	case 0x06: /* restore_extended */
		restore(m, read_uleb(at));
		return 0;
	case 0x07: /* undefined */
		set(m, read_uleb(at), CFI_UNDEFINED, 0);
		return 0;
	case 0x08: /* same_value */
		set(m, read_uleb(at), CFI_SAME, 0);
		return 0;
	case 0x09: /* register */
		reg = read_uleb(at);
		set(m, reg, CFI_REGISTER, (int64_t)read_uleb(at));
		return 0;
	case 0x0a:
		return remember(m);
	case 0x0b:
		return recall(m);
	case 0x0c: /* def_cfa */
		reg = read_uleb(at);
		set_cfa(m, reg, (int64_t)read_uleb(at));
		return 0;
	case 0x0d: /* def_cfa_register */
		m->row->cfa_register = (uint8_t)read_uleb(at);
		return 0;
	case 0x0e: /* def_cfa_offset */
		m->row->cfa.value = (int64_t)read_uleb(at);
		return 0;
	case 0x0f: /* def_cfa_expression */
		m->row->cfa = (struct cfi_rule){ .how = CFI_EXPRESSION, .expression = *at };
		*at += read_uleb(at);
		return 0;
	case 0x10: /* expression */
		reg = read_uleb(at);
		set_expression(m, reg, CFI_EXPRESSION, at);
		return 0;
	case 0x11: /* offset_extended_sf */
		reg = read_uleb(at);
		set(m, reg, CFI_OFFSET, read_sleb(at) * data);
		return 0;
	case 0x12: /* def_cfa_sf */
		reg = read_uleb(at);
		set_cfa(m, reg, read_sleb(at) * data);
		return 0;
	case 0x13: /* def_cfa_offset_sf */
		m->row->cfa.value = read_sleb(at) * data;
		return 0;
	case 0x14: /* val_offset */
		reg = read_uleb(at);
		set(m, reg, CFI_VALUE, (int64_t)read_uleb(at) * data);
		return 0;
	case 0x15: /* val_offset_sf */
		reg = read_uleb(at);
		set(m, reg, CFI_VALUE, read_sleb(at) * data);
		return 0;
	case 0x16: /* val_expression */
		reg = read_uleb(at);
		set_expression(m, reg, CFI_VALUE_EXPRESSION, at);
		return 0;
	case 0x2e: /* GNU_args_size */
		read_uleb(at);
		return 0;
	case 0x2f: /* GNU_negative_offset_extended */
		reg = read_uleb(at);
		set(m, reg, CFI_OFFSET, -(int64_t)read_uleb(at) * data);
		return 0;
	default:
		return -EINVAL;
	}
}

/* Run until the address passes pc; the row then is the one that holds there. */
static int execute(struct machine *m, const uint8_t *at, const uint8_t *end)
{
	while (at < end) {
		uint8_t op = *at++;
		int r = 0;

		switch (op & 0xc0) {
		case 0x40: /* advance_loc */
			advance(m, op & 0x3f);
			break;
		case 0x80: /* offset */
			set(m, op & 0x3f, CFI_OFFSET,
			    (int64_t)read_uleb(&at) * m->fde->cie.data_align);
			break;
		case 0xc0:
			restore(m, op & 0x3f);
			break;
		default:
			r = extended(m, op, &at);
		}
		if (r < 0)
			return r;
		if (m->at > m->pc)
			return 0;
	}
	return 0;
}

static int run_programs(const struct fde *fde, uintptr_t pc, struct cfi_work *work)
{
	struct machine m = {
		.fde = fde, .row = &work->row, .work = work, .at = fde->start, .pc = pc
	};
	int r;

	__builtin_memset(m.row, 0, sizeof(*m.row));
	m.row->signal_frame = fde->cie.signal_frame;
	/* set_loc and advance have no place in a CIE: pc is never passed there. */
	r = execute(&m, fde->cie.program, fde->cie.end);
	if (r < 0)
		return r;
	__builtin_memcpy(work->initial, m.row->registers, sizeof(work->initial));
	return execute(&m, fde->program, fde->end);
}

int cfi_find(uintptr_t pc, const struct modules_found *module, struct cfi_work *work)
{
	const uint8_t *entry;
	struct fde fde;
	int r;

	if (!module->eh_frame_hdr)
		return -ENOENT;
	entry = search(pc, module->eh_frame_hdr);
	if (!entry)
		return -ENOENT;
	r = read_fde(entry, pc, &fde);
	return r < 0 ? r : run_programs(&fde, pc, work);
}
