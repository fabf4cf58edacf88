#include "base/json_block.h"

#include <stddef.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* --- plain C ------------------------------------------------------------------------------------
 */

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

const uint8_t *vww_json_plain_portable(const uint8_t *at, const uint8_t *end)
{
    while (at < end && is_plain(*at))
        at++;
    return at;
}

const uint8_t *vww_json_balance_portable(struct vww_json_balance *balance, const uint8_t *at,
                                         const uint8_t *end)
{
    for (; at < end; at++) {
        const uint8_t c = *at;
        if (balance->after_backslash) {
            balance->after_backslash = false;
        } else if (balance->in_string) {
            balance->after_backslash = c == '\\';
            balance->in_string = c != '"';
        } else if (c == '"') {
            balance->in_string = true;
        } else if (c == '[' || c == '{') {
            balance->depth++;
        } else if ((c == ']' || c == '}') && --balance->depth == 0) {
            return at + 1;
        }
    }
    return at;
}

/* --- by blocks of 16 and 64 bytes ---------------------------------------------------------------
 */

#ifdef __SSE2__
#define BLOCK 64

/* For 64 bytes, a bit each: which are a digit, the digit 0, a point, a comma, a blank. */
struct block {
    uint64_t digit, zero, point, comma, blank;
};

static uint64_t bits(__m128i equal)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(equal);
}

static struct block look_at(const uint8_t *at)
{
    struct block block = {0};
    for (int i = 0; i < BLOCK; i += 16) {
        const __m128i text = _mm_loadu_si128((const __m128i *)(const void *)(at + i));
        const __m128i digit = _mm_sub_epi8(text, _mm_set1_epi8('0'));
        block.digit |= bits(_mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit)) << i;
        block.zero |= bits(_mm_cmpeq_epi8(text, _mm_set1_epi8('0'))) << i;
        block.point |= bits(_mm_cmpeq_epi8(text, _mm_set1_epi8('.'))) << i;
        block.comma |= bits(_mm_cmpeq_epi8(text, _mm_set1_epi8(','))) << i;
        block.blank |= bits(_mm_cmpeq_epi8(text, _mm_set1_epi8(' '))) << i;
    }
    return block;
}

/* Length of the part of the block that is numbers without sign and exponent, each followed by a
 * comma and at most one blank; 0 where that cannot be said. A number starts at its first byte. */
static size_t plain_numbers(const uint8_t *at)
{
    struct block b = look_at(at);
    const uint64_t others = ~(b.digit | b.point | b.comma | b.blank);
    const uint64_t known = others == 0 ? ~UINT64_C(0) : (others & -others) - 1;
    if ((b.comma & known) == 0)
        return 0;
    const size_t bytes = (size_t)(64 - __builtin_clzll(b.comma & known)); /* with the last comma */
    const uint64_t part = ~UINT64_C(0) >> (64 - bytes);
    b.digit &= part;
    b.point &= part;
    b.comma &= part;
    b.blank &= part;
    const uint64_t first = b.digit & ~(b.digit << 1 | b.point << 1); /* digits of numbers */
    /* Adding 1 to the first of several 1s moves it behind the last: where decimals end. */
    const uint64_t decimals_end = (b.digit + (b.digit & b.point << 1)) & ~b.digit;
    const uint64_t wrong = ((b.point | b.comma) & ~(b.digit << 1)) | (b.blank & ~(b.comma << 1)) |
                           (decimals_end & b.point) | (b.zero & first & b.digit >> 1);
    return wrong == 0 ? bytes : 0;
}

const uint8_t *vww_json_numbers(const uint8_t *at, const uint8_t *end)
{
    while (end - at > BLOCK) {
        const size_t bytes = plain_numbers(at);
        if (bytes == 0)
            break;
        at += bytes;
        at += *at == ' ';
    }
    return at;
}

const uint8_t *vww_json_plain(const uint8_t *at, const uint8_t *end)
{
    for (; end - at >= 16; at += 16) {
        const __m128i text = _mm_loadu_si128((const __m128i *)(const void *)at);
        const __m128i quotes = _mm_cmpeq_epi8(text, _mm_set1_epi8('"'));
        const __m128i backslashes = _mm_cmpeq_epi8(text, _mm_set1_epi8('\\'));
        /* As signed bytes those from 0x80 on are negative. */
        const __m128i others = _mm_cmplt_epi8(text, _mm_set1_epi8(0x20));
        const int special =
            _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), others));
        if (special != 0)
            return at + __builtin_ctz((unsigned)special);
    }
    return vww_json_plain_portable(at, end);
}

/* For 64 bytes, a bit each. Brackets differ from braces by one bit: [ 5b, { 7b, ] 5d, } 7d. */
struct marks {
    uint64_t quote, backslash, open, close;
};

static struct marks marks_of(const uint8_t *at)
{
    struct marks marks = {0};
    for (int i = 0; i < BLOCK; i += 16) {
        const __m128i text = _mm_loadu_si128((const __m128i *)(const void *)(at + i));
        const __m128i folded = _mm_or_si128(text, _mm_set1_epi8(0x20));
        marks.quote |= bits(_mm_cmpeq_epi8(text, _mm_set1_epi8('"'))) << i;
        marks.backslash |= bits(_mm_cmpeq_epi8(text, _mm_set1_epi8('\\'))) << i;
        marks.open |= bits(_mm_cmpeq_epi8(folded, _mm_set1_epi8('{'))) << i;
        marks.close |= bits(_mm_cmpeq_epi8(folded, _mm_set1_epi8('}'))) << i;
    }
    return marks;
}

/* Bit i of the result: the parity of bits 0 … i. */
static uint64_t parity_so_far(uint64_t bits_set)
{
    for (int shift = 1; shift < 64; shift *= 2)
        bits_set ^= bits_set << shift;
    return bits_set;
}

/* Where within a block the value ends whose depth is `depth` before it; BLOCK: not here. */
static int end_within(uint64_t open, uint64_t close, int64_t depth)
{
    for (uint64_t rest = close; rest != 0; rest &= rest - 1) {
        const uint64_t bit = rest & -rest;
        if (depth + __builtin_popcountll(open & (bit - 1)) ==
            __builtin_popcountll(close & (bit | (bit - 1))))
            return __builtin_ctzll(bit);
    }
    return BLOCK;
}

const uint8_t *vww_json_balance(struct vww_json_balance *balance, const uint8_t *at,
                                const uint8_t *end)
{
    for (; end - at >= BLOCK; at += BLOCK) {
        struct marks marks = marks_of(at);
        if (marks.backslash != 0 || balance->after_backslash) {
            const uint8_t *const stop = vww_json_balance_portable(balance, at, at + BLOCK);
            if (balance->depth == 0 && !balance->in_string)
                return stop;
            continue;
        }
        /* Within strings: from an opening quote up to the closing one. */
        uint64_t inside = balance->in_string ? ~UINT64_C(0) : 0;
        if (marks.quote != 0)
            inside ^= parity_so_far(marks.quote);
        balance->in_string = inside >> 63 != 0;
        marks.open &= ~inside;
        marks.close &= ~inside;
        if ((marks.open | marks.close) == 0)
            continue;
        const int stop = end_within(marks.open, marks.close, balance->depth);
        if (stop < BLOCK) {
            *balance = (struct vww_json_balance){0};
            return at + stop + 1;
        }
        balance->depth += __builtin_popcountll(marks.open) - __builtin_popcountll(marks.close);
    }
    return vww_json_balance_portable(balance, at, end);
}
#else
const uint8_t *vww_json_numbers(const uint8_t *at, const uint8_t *end)
{
    (void)end;
    return at;
}

const uint8_t *vww_json_plain(const uint8_t *at, const uint8_t *end)
{
    return vww_json_plain_portable(at, end);
}

const uint8_t *vww_json_balance(struct vww_json_balance *balance, const uint8_t *at,
                                const uint8_t *end)
{
    return vww_json_balance_portable(balance, at, end);
}
#endif
