#include "machine/thumb.h"

#include <stddef.h>

#define PC 15
#define BIT(r) ((uint16_t)(1u << (r)))

/* --- pieces of a description ----------------------------------------------------------------- */

static struct vww_thumb plain(enum vww_instruction_class kind, int32_t writes)
{
    return (struct vww_thumb){.kind = kind, .writes = writes < PC ? BIT(writes) : 0};
}

static struct vww_thumb branch(void)
{
    return (struct vww_thumb){.kind = VWW_CLASS_BRANCH, .is_branch = true};
}

static struct vww_thumb load(int32_t target, uint16_t addresses)
{
    return (struct vww_thumb){.kind = target == PC ? VWW_CLASS_BRANCH : VWW_CLASS_LOAD,
                              .transfers = 1,
                              .is_branch = target == PC,
                              .writes_late = true,
                              .writes = target == PC ? 0 : BIT(target),
                              .addresses = addresses};
}

static struct vww_thumb store(uint16_t addresses, bool has_register_offset)
{
    return (struct vww_thumb){.kind = VWW_CLASS_STORE,
                              .transfers = 1,
                              .has_register_offset = has_register_offset,
                              .addresses = addresses};
}

static struct vww_thumb several(bool is_load, int32_t base, uint16_t list)
{
    struct vww_thumb made =
        is_load ? load((list & BIT(PC)) != 0 ? PC : 0, BIT(base)) : store(BIT(base), false);
    made.writes = is_load ? list & 0x7fff : 0;
    made.transfers = 0;
    for (int32_t r = 0; r < 16; r++)
        made.transfers = (uint8_t)(made.transfers + (list >> r & 1));
    return made;
}

/* --- one halfword ---------------------------------------------------------------------------- */

/* 010000: two low registers. */
static struct vww_thumb decode_low_pair(uint16_t w)
{
    const int32_t d = w & 7;
    switch (w >> 6 & 15) {
    case 2: /* LSL */
    case 3: /* LSR */
    case 4: /* ASR */
    case 7: /* ROR */
        return plain(VWW_CLASS_SHIFT, d);
    case 8:  /* TST */
    case 10: /* CMP */
    case 11: /* CMN */
        return plain(VWW_CLASS_OTHER, PC);
    case 13: /* MUL */
        return plain(VWW_CLASS_MULTIPLY, d);
    default:
        return plain(VWW_CLASS_OTHER, d);
    }
}

/* 010001: ADD, CMP, MOV of any registers, BX, BLX. */
static struct vww_thumb decode_high(uint16_t w)
{
    const int32_t d = (w & 7) | (w >> 4 & 8);
    switch (w >> 8 & 3) {
    case 1:
        return plain(VWW_CLASS_OTHER, PC);
    case 3:
        return branch();
    default:
        return d == PC ? branch() : plain(VWW_CLASS_OTHER, d);
    }
}

/* 1011: the stack, extension, compare and branch, hints. */
static struct vww_thumb decode_miscellaneous(uint16_t w)
{
    if ((w & 0x0f00) == 0)
        return plain(VWW_CLASS_OTHER, 13); /* ADD, SUB of SP */
    if ((w & 0x0500) == 0x0100)
        return branch(); /* CBZ, CBNZ */
    if ((w & 0x0e00) == 0x0400)
        return several(false, 13, (uint16_t)((w & 0xff) | (w & 0x100 ? 0x4000 : 0)));
    if ((w & 0x0e00) == 0x0c00)
        return several(true, 13, (uint16_t)((w & 0xff) | (w & 0x100 ? 0x8000 : 0)));
    if ((w & 0x0f00) == 0x0200 || (w & 0x0f00) == 0x0a00)
        return plain(VWW_CLASS_OTHER, w & 7); /* SXTH …, REV … */
    return plain(VWW_CLASS_OTHER, PC);
}

static struct vww_thumb decode_narrow(uint16_t w)
{
    const uint16_t base = BIT(w >> 3 & 7);
    switch (w >> 11) {
    case 0: /* LSL; by 0 it is a move */
        return plain((w & 0x07c0) != 0 ? VWW_CLASS_SHIFT : VWW_CLASS_OTHER, w & 7);
    case 1:
    case 2:
        return plain(VWW_CLASS_SHIFT, w & 7);
    case 3: /* ADD, SUB */
        return plain(VWW_CLASS_OTHER, w & 7);
    case 5: /* CMP */
        return plain(VWW_CLASS_OTHER, PC);
    case 4:  /* MOV */
    case 6:  /* ADD */
    case 7:  /* SUB */
    case 20: /* ADR */
    case 21: /* ADD of SP */
        return plain(VWW_CLASS_OTHER, w >> 8 & 7);
    case 8:
        return (w & 0x0400) != 0 ? decode_high(w) : decode_low_pair(w);
    case 9: /* LDR of a literal */
        return load(w >> 8 & 7, 0);
    case 10: /* STR, STRH, STRB, LDRSB with a register offset */
    case 11: /* LDR, LDRH, LDRB, LDRSH */
        if ((w >> 9 & 7) < 3)
            return store((uint16_t)(base | BIT(w >> 6 & 7)), true);
        return load(w & 7, (uint16_t)(base | BIT(w >> 6 & 7)));
    case 12:
    case 14:
    case 16:
        return store(base, false);
    case 13:
    case 15:
    case 17:
        return load(w & 7, base);
    case 18:
        return store(BIT(13), false);
    case 19:
        return load(w >> 8 & 7, BIT(13));
    case 22:
    case 23:
        return decode_miscellaneous(w);
    case 24:
    case 25:
        return several(w >> 11 == 25, w >> 8 & 7, w & 0xff);
    case 26:
    case 27: /* B with a condition; 1110 is undefined, 1111 SVC */
        return (w >> 8 & 15) < 14 ? branch() : plain(VWW_CLASS_OTHER, PC);
    case 28:
        return branch();
    default: /* the first of two halfwords, which is not decoded here */
        return plain(VWW_CLASS_OTHER, PC);
    }
}

/* --- two halfwords --------------------------------------------------------------------------- */

/* 1110 1000, 1110 1001: LDM, STM, LDRD, STRD, exclusive ones, TBB. */
static struct vww_thumb decode_multiple(uint16_t a, uint16_t b)
{
    const bool is_load = (a & 0x0010) != 0;
    const int32_t n = a & 15;
    if ((a & 0x0040) == 0)
        return several(is_load, n, b);
    if ((a & 0xfff0) == 0xe8d0 && (b & 0xffe0) == 0xf000) { /* TBB, TBH */
        struct vww_thumb made = load(PC, (uint16_t)(BIT(n) | BIT(b & 15)));
        made.writes = 0;
        return made;
    }
    if ((a & 0x0120) == 0) /* exclusive */
        return is_load ? load(b >> 12, BIT(n)) : store(BIT(n), false);
    struct vww_thumb made = is_load ? load(b >> 12, BIT(n)) : store(BIT(n), false);
    made.transfers = 2;
    if (is_load)
        made.writes |= BIT(b >> 8 & 15);
    return made;
}

/* 1110 101: data processing with a shifted register. */
static struct vww_thumb decode_shifted(uint16_t a, uint16_t b)
{
    const int32_t d = b >> 8 & 15, operation = a >> 5 & 15;
    const bool shifts = (b & 0x70f0) != 0;
    if (operation == 2 && (a & 0x1f) == 0x0f) /* ORR without a first operand: MOV, LSL, … */
        return plain(shifts ? VWW_CLASS_SHIFT : VWW_CLASS_OTHER, d);
    if (operation == 2 && (a & 0x10) != 0 && (b & 0x800d) == 0x000d)
        return plain(VWW_CLASS_SHIFT, d); /* Armv8.1-M's long and saturating shifts */
    if (operation == 6)
        return plain(VWW_CLASS_DSP, d); /* PKHBT, PKHTB */
    return plain(VWW_CLASS_OTHER, d);
}

/* 1111 0: immediates, and branches. */
static struct vww_thumb decode_immediate(uint16_t a, uint16_t b)
{
    const int32_t d = b >> 8 & 15;
    if ((b & 0xf800) == 0xe800)
        return plain(VWW_CLASS_MVE, PC); /* VCTP */
    if ((b & 0x8000) != 0) {
        if ((b & 0x5000) != 0 || (a & 0x0380) != 0x0380)
            return branch();               /* B, BL, and the low-overhead loops */
        return plain(VWW_CLASS_OTHER, PC); /* MSR, MRS, barriers, hints */
    }
    if ((a & 0x0200) == 0)
        return plain(VWW_CLASS_OTHER, d);
    switch (a >> 4 & 31) {
    case 16: /* SSAT */
    case 18: /* SSAT, SSAT16 */
    case 24: /* USAT */
    case 26: /* USAT, USAT16 */
        return plain(VWW_CLASS_DSP, d);
    case 20: /* SBFX */
    case 22: /* BFI, BFC */
    case 28: /* UBFX */
        return plain(VWW_CLASS_SHIFT, d);
    default:
        return plain(VWW_CLASS_OTHER, d);
    }
}

/* 1111 1000, 1111 1001: one load or store. */
static struct vww_thumb decode_single(uint16_t a, uint16_t b)
{
    const int32_t n = a & 15, t = b >> 12;
    const bool is_load = (a & 0x0010) != 0, is_word = (a & 0x0060) == 0x0040;
    const bool has_register_offset = (a & 0x0080) == 0 && n != PC && (b & 0x0fc0) == 0;
    uint16_t addresses = n == PC ? 0 : BIT(n);
    if (has_register_offset)
        addresses |= BIT(b & 15);
    if (!is_load)
        return store(addresses, has_register_offset);
    if (t == PC && !is_word)
        return plain(VWW_CLASS_OTHER, PC); /* PLD, PLI */
    struct vww_thumb made = load(t, addresses);
    made.has_register_offset = has_register_offset;
    return made;
}

/* 1111 1010: shifts, extensions, parallel additions, by register. */
static struct vww_thumb decode_register(uint16_t a, uint16_t b)
{
    const int32_t d = b >> 8 & 15, operation = a >> 4 & 15;
    if ((b & 0x00f0) == 0 && operation < 8)
        return plain(VWW_CLASS_SHIFT, d);
    if (operation < 8) { /* extensions; the plain ones are moves */
        const bool is_pair = operation == 2 || operation == 3;
        return plain(is_pair || (a & 15) != 15 ? VWW_CLASS_DSP : VWW_CLASS_OTHER, d);
    }
    const bool is_reverse = operation == 9 && (b & 0x0080) != 0;
    const bool counts_zeros = operation == 11 && (b & 0x0080) != 0;
    return plain(is_reverse || counts_zeros ? VWW_CLASS_OTHER : VWW_CLASS_DSP, d);
}

/* 1111 1011 0: products of 32 bits. */
static struct vww_thumb decode_product(uint16_t a, uint16_t b)
{
    const int32_t d = b >> 8 & 15, operation = a >> 4 & 7;
    if (operation == 7)
        return plain(VWW_CLASS_DSP, d); /* USAD8, USADA8 */
    const bool is_pair = operation == 2 || operation == 4;
    return plain(b >> 12 != 15 || is_pair ? VWW_CLASS_MAC : VWW_CLASS_MULTIPLY, d);
}

/* 1111 1011 1: products of 64 bits, division. */
static struct vww_thumb decode_long_product(uint16_t a, uint16_t b)
{
    const int32_t operation = a >> 4 & 7;
    struct vww_thumb made = plain(VWW_CLASS_MAC, b >> 8 & 15);
    if (operation == 1 || operation == 3) {
        made.kind = VWW_CLASS_OTHER;
        made.is_division = true;
        return made;
    }
    if (operation == 0 || operation == 2)
        made.kind = VWW_CLASS_MULTIPLY;
    made.writes |= BIT(b >> 12) & 0x7fff;
    return made;
}

/* 111x 11: the coprocessor's space, which holds Helium and the floating point unit's transfers. */
static struct vww_thumb decode_coprocessor(uint16_t a, uint16_t b)
{
    const bool is_transfer = (a & 0x0200) == 0, is_scalar = (b & 0x0e00) == 0x0a00;
    if (is_transfer && is_scalar && (a & 0xffe0) != 0xec40) {
        struct vww_thumb made =
            (a & 0x0010) != 0 ? load(0, BIT(a & 15)) : store(BIT(a & 15), false);
        made.writes = 0;
        return made;
    }
    return plain(VWW_CLASS_MVE, PC);
}

static struct vww_thumb decode_wide(uint16_t a, uint16_t b)
{
    if ((a & 0xec00) == 0xec00)
        return decode_coprocessor(a, b);
    if ((a & 0xfe00) == 0xe800)
        return decode_multiple(a, b);
    if ((a & 0xfe00) == 0xea00)
        return decode_shifted(a, b);
    if ((a & 0xf800) == 0xf000)
        return decode_immediate(a, b);
    if ((a & 0xfe00) == 0xf800)
        return decode_single(a, b);
    if ((a & 0xff00) == 0xfa00)
        return decode_register(a, b);
    return (a & 0x0080) == 0 ? decode_product(a, b) : decode_long_product(a, b);
}

bool vww_thumb_is_wide(uint16_t first)
{
    return first >= 0xe800;
}

struct vww_thumb vww_thumb_decode(uint16_t first, uint16_t second)
{
    const bool is_wide = vww_thumb_is_wide(first);
    struct vww_thumb made = is_wide ? decode_wide(first, second) : decode_narrow(first);
    made.bytes = is_wide ? 4 : 2;
    made.writes &= 0x7fff;
    return made;
}

/* --- time ------------------------------------------------------------------------------------ */

#define DIVISION 7 /* the manual says 2 to 12, by the operands */

static bool is_single(const struct vww_thumb *t)
{
    return t->transfers == 1;
}

/* A load's second cycle is free where the next instruction is a load or store whose address does
 * not wait for it. */
static bool overlaps(const struct vww_thumb *before, const struct vww_thumb *now)
{
    return before != NULL && before->writes_late && is_single(before) && !before->is_branch &&
           (before->writes & now->addresses) == 0;
}

int vww_thumb_cycles(const struct vww_thumb *before, const struct vww_thumb *now)
{
    if (now->is_division)
        return DIVISION;
    if (now->transfers == 0)
        return 1;
    /* An address made by the instruction before is there one cycle late. */
    const bool waits =
        before != NULL && !before->writes_late && (before->writes & now->addresses) != 0;
    int cycles = 1 + now->transfers;
    if (is_single(now) && !now->is_branch && overlaps(before, now))
        cycles = 1;
    else if (is_single(now) && now->kind == VWW_CLASS_STORE && !now->has_register_offset)
        cycles = 1; /* the data follow while the next instruction runs */
    return cycles + waits;
}
