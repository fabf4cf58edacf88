#include "base/json_scan.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum state {
    WANT_VALUE,
    WANT_VALUE_OR_END, /* just after [ */
    WANT_KEY,
    WANT_KEY_OR_END, /* just after { */
    WANT_COLON,
    AFTER_VALUE,
    IN_STRING,
    IN_NUMBER,
    IN_WORD
};

/* --- classes of bytes ---------------------------------------------------------------------------
 */

enum { SPACE = 1, NUMERIC = 2, LETTER = 4, PLAIN = 8 /* in a string: stands for itself */ };

#define ROW(start, end, class) [(start)...(end)] = (class)
static const uint8_t classes[256] = {
    ['\t'] = SPACE,
    ['\n'] = SPACE,
    ['\r'] = SPACE,
    [' '] = SPACE | PLAIN,
    ['!'] = PLAIN,
    ROW('#', '*', PLAIN),
    ['+'] = NUMERIC | PLAIN,
    [','] = PLAIN,
    ['-'] = NUMERIC | PLAIN,
    ['.'] = NUMERIC | PLAIN,
    ['/'] = PLAIN,
    ROW('0', '9', NUMERIC | PLAIN),
    ROW(':', '@', PLAIN),
    ROW('A', 'D', PLAIN),
    ['E'] = NUMERIC | PLAIN,
    ROW('F', '[', PLAIN),
    ROW(']', '`', PLAIN),
    ROW('a', 'd', LETTER | PLAIN),
    ['e'] = NUMERIC | LETTER | PLAIN,
    ROW('f', 'z', LETTER | PLAIN),
    ROW('{', 0x7f, PLAIN),
};

static const uint8_t *run_of(const uint8_t *at, const uint8_t *end, uint8_t class)
{
    while (at < end && (classes[*at] & class) != 0)
        at++;
    return at;
}

static bool is_digit(uint8_t c)
{
    return (uint8_t)(c - '0') < 10;
}

/* -? (0 | 1-9 digits) (. digits)? ((e|E) (+|-)? digits)? */
static bool is_number(const uint8_t *at, const uint8_t *end)
{
    if (at < end && *at == '-')
        at++;
    if (at == end || !is_digit(*at))
        return false;
    if (*at++ != '0')
        while (at < end && is_digit(*at))
            at++;
    if (at < end && *at == '.') {
        const uint8_t *const digits = ++at;
        while (at < end && is_digit(*at))
            at++;
        if (at == digits)
            return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        const uint8_t *const digits = at;
        while (at < end && is_digit(*at))
            at++;
        if (at == digits)
            return false;
    }
    return at == end;
}

/* Length of the well-formed UTF-8 sequence (RFC 3629) at `at`; 0: it is none. */
static size_t utf8_length(const uint8_t *at, const uint8_t *end)
{
    const uint8_t lead = at[0];
    const size_t length = lead < 0x80   ? 1
                          : lead < 0xc2 ? 0
                          : lead < 0xe0 ? 2
                          : lead < 0xf0 ? 3
                          : lead < 0xf5 ? 4
                                        : 0;
    if (length == 0 || (size_t)(end - at) < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    const bool overlong = (lead == 0xe0 && at[1] < 0xa0) || (lead == 0xf0 && at[1] < 0x90);
    const bool outside = (lead == 0xed && at[1] > 0x9f) || (lead == 0xf4 && at[1] > 0x8f);
    return overlong || outside ? 0 : length;
}

static bool is_utf8(const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        const size_t length = utf8_length(at, end);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

/* --- events -------------------------------------------------------------------------------------
 */

static enum vww_json_verdict bad(struct vww_json_scan *scan, const char *problem)
{
    scan->problem = problem;
    return VWW_JSON_BAD;
}

static bool is_quiet(const struct vww_json_scan *scan)
{
    return scan->quiet_depth >= 0;
}

static enum vww_json_verdict verdict_of(bool go_on)
{
    return go_on ? VWW_JSON_GOOD : VWW_JSON_ENDED;
}

/* A value is complete: the one that was not reported may be. */
static void value_ends(struct vww_json_scan *scan)
{
    scan->state = AFTER_VALUE;
    if (scan->quiet_depth == scan->depth)
        scan->quiet_depth = -1;
}

static enum vww_json_verdict open_bracket(struct vww_json_scan *scan, bool object)
{
    if (scan->depth == VWW_JSON_SCAN_DEPTH_MAX)
        return bad(scan, "nested too deeply");
    scan->is_object[scan->depth++] = object;
    scan->state = object ? WANT_KEY_OR_END : WANT_VALUE_OR_END;
    if (is_quiet(scan))
        return VWW_JSON_GOOD;
    return verdict_of((object ? scan->events->object : scan->events->array)(scan->context));
}

static enum vww_json_verdict close_bracket(struct vww_json_scan *scan, bool object)
{
    if (scan->depth == 0 || scan->is_object[scan->depth - 1] != object)
        return bad(scan, "a bracket that nothing opened");
    scan->depth--;
    const bool quiet = is_quiet(scan);
    value_ends(scan);
    if (quiet)
        return VWW_JSON_GOOD;
    return verdict_of((object ? scan->events->object_end : scan->events->array_end)(scan->context));
}

/* --- tokens, which a piece of the text may cut in two -------------------------------------------
 */

/* The token ends at `at`, and began at `start` or in an earlier piece: *from … *to. */
static enum vww_json_verdict join_token(struct vww_json_scan *scan, const uint8_t *start,
                                        const uint8_t *at, const uint8_t **from, const uint8_t **to)
{
    *from = start;
    *to = at;
    if (scan->token.size == 0)
        return VWW_JSON_GOOD;
    if (scan->token.size + (size_t)(at - start) > VWW_JSON_SCAN_TOKEN_MAX)
        return bad(scan, "a text of more than 16 MiB");
    vww_buffer_append(&scan->token, start, (size_t)(at - start));
    if (scan->token.failed)
        return bad(scan, "out of memory");
    *from = scan->token.data;
    *to = scan->token.data + scan->token.size;
    scan->token.size = 0;
    return VWW_JSON_GOOD;
}

/* The piece ends within a token: keep what there is of it. */
static enum vww_json_verdict keep_token(struct vww_json_scan *scan, const uint8_t *start,
                                        const uint8_t *end, int state)
{
    scan->state = state;
    if (scan->token.size + (size_t)(end - start) > VWW_JSON_SCAN_TOKEN_MAX)
        return bad(scan, "a text of more than 16 MiB");
    vww_buffer_append(&scan->token, start, (size_t)(end - start));
    return scan->token.failed ? bad(scan, "out of memory") : VWW_JSON_GOOD;
}

static enum vww_json_verdict end_number(struct vww_json_scan *scan, const uint8_t *start,
                                        const uint8_t *at)
{
    const uint8_t *from, *to;
    const enum vww_json_verdict verdict = join_token(scan, start, at, &from, &to);
    if (verdict != VWW_JSON_GOOD)
        return verdict;
    if (!is_number(from, to))
        return bad(scan, "a malformed number");
    const bool quiet = is_quiet(scan);
    value_ends(scan);
    return quiet ? VWW_JSON_GOOD
                 : verdict_of(scan->events->number(scan->context, (const char *)from,
                                                   (size_t)(to - from)));
}

static enum vww_json_verdict end_word(struct vww_json_scan *scan, const uint8_t *start,
                                      const uint8_t *at)
{
    const uint8_t *from, *to;
    const enum vww_json_verdict verdict = join_token(scan, start, at, &from, &to);
    if (verdict != VWW_JSON_GOOD)
        return verdict;
    const size_t length = (size_t)(to - from);
    const bool is_null = length == 4 && memcmp(from, "null", 4) == 0;
    const bool is_true = length == 4 && memcmp(from, "true", 4) == 0;
    if (!is_null && !is_true && !(length == 5 && memcmp(from, "false", 5) == 0))
        return bad(scan, "a word that is not null, true or false");
    const bool quiet = is_quiet(scan);
    value_ends(scan);
    if (quiet)
        return VWW_JSON_GOOD;
    return verdict_of(is_null ? scan->events->null(scan->context)
                              : scan->events->boolean(scan->context, is_true));
}

static int hex_digit(uint8_t c)
{
    return is_digit(c)              ? c - '0'
           : (c >= 'a' && c <= 'f') ? c - 'a' + 10
           : (c >= 'A' && c <= 'F') ? c - 'A' + 10
                                    : -1;
}

/* The four hexadecimal digits at `at`, or -1. */
static int32_t code_unit(const uint8_t *at, const uint8_t *end)
{
    int32_t unit = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        const int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static void put_code_point(struct vww_buffer *out, uint32_t code)
{
    uint8_t bytes[4];
    size_t length = 0;
    if (code < 0x80) {
        bytes[length++] = (uint8_t)code;
    } else if (code < 0x800) {
        bytes[length++] = (uint8_t)(0xc0 | code >> 6);
        bytes[length++] = (uint8_t)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        bytes[length++] = (uint8_t)(0xe0 | code >> 12);
        bytes[length++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        bytes[length++] = (uint8_t)(0x80 | (code & 0x3f));
    } else {
        bytes[length++] = (uint8_t)(0xf0 | code >> 18);
        bytes[length++] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
        bytes[length++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        bytes[length++] = (uint8_t)(0x80 | (code & 0x3f));
    }
    vww_buffer_append(out, bytes, length);
}

/* What follows "\u": one code unit, or the two of a pair. A half without its other half becomes
 * U+FFFD. Returns where it ends, or NULL. */
static const uint8_t *unescape_unicode(const uint8_t *at, const uint8_t *end,
                                       struct vww_buffer *out)
{
    const int32_t unit = code_unit(at, end);
    if (unit < 0)
        return NULL;
    at += 4;
    uint32_t code = (uint32_t)unit;
    if (unit >= 0xd800 && unit < 0xe000) {
        const bool escape_follows = end - at >= 6 && at[0] == '\\' && at[1] == 'u';
        const int32_t low = escape_follows ? code_unit(at + 2, end) : -1;
        code = 0xfffd;
        if (unit < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + (((uint32_t)unit & 0x3ff) << 10 | ((uint32_t)low & 0x3ff));
            at += 6;
        }
    }
    put_code_point(out, code);
    return at;
}

/* Resolve the escapes of at … end into scan->text. */
static bool unescape(struct vww_json_scan *scan, const uint8_t *at, const uint8_t *end)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    struct vww_buffer *out = &scan->text;
    out->size = 0;
    while (at < end) {
        const uint8_t *const backslash = memchr(at, '\\', (size_t)(end - at));
        const uint8_t *const stop = backslash != NULL ? backslash : end;
        vww_buffer_append(out, at, (size_t)(stop - at));
        if (backslash == NULL)
            break;
        at = backslash + 2; /* a string never ends in a lone backslash */
        const char *letter = backslash[1] != 0 ? strchr(letters, backslash[1]) : NULL;
        if (letter != NULL)
            vww_buffer_append(out, &meant[letter - letters], 1);
        else if (backslash[1] != 'u' || (at = unescape_unicode(at, end, out)) == NULL)
            return false;
    }
    return true;
}

/* The string's content ends at `at`, where the closing quote stands. */
static enum vww_json_verdict end_string(struct vww_json_scan *scan, const uint8_t *start,
                                        const uint8_t *at)
{
    const uint8_t *from, *to;
    const enum vww_json_verdict verdict = join_token(scan, start, at, &from, &to);
    if (verdict != VWW_JSON_GOOD)
        return verdict;
    if (scan->has_high && !is_utf8(from, to))
        return bad(scan, "bytes that are not UTF-8");
    if (scan->has_escape) {
        if (!unescape(scan, from, to))
            return bad(scan, "an escape that does not exist");
        if (scan->text.failed)
            return bad(scan, "out of memory");
        from = scan->text.data;
        to = scan->text.data + scan->text.size;
    }
    const bool quiet = is_quiet(scan), key = scan->in_key;
    if (key)
        scan->state = WANT_COLON;
    else
        value_ends(scan);
    if (quiet)
        return VWW_JSON_GOOD;
    return verdict_of((key ? scan->events->key : scan->events->string)(
        scan->context, (const char *)from, (size_t)(to - from)));
}

/* --- lists of numbers ---------------------------------------------------------------------------
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

/* Polygons are most of an annotation file. This passes over as many of their numbers as are of the
 * plainest form, and leaves all else to the general case; it exists for speed alone. */
static const uint8_t *pass_numbers(const uint8_t *at, const uint8_t *end)
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
#else
static const uint8_t *pass_numbers(const uint8_t *at, const uint8_t *end)
{
    (void)end;
    return at;
}
#endif

/* --- the text -----------------------------------------------------------------------------------
 */

static void taken_to(struct vww_json_scan *scan, const uint8_t *at)
{
    scan->offset = scan->offset_of_piece + (at - scan->piece);
}

/* Behind the opening quote, or at the start of the piece that goes on with the string. Returns
 * where the string or the piece ends. */
static const uint8_t *find_quote(struct vww_json_scan *scan, const uint8_t *at, const uint8_t *end)
{
    for (; at < end; at++) {
        if (scan->after_backslash) {
            scan->after_backslash = false;
            continue;
        }
        at = run_of(at, end, PLAIN);
        if (at == end || *at == '"')
            break;
        if (*at == '\\')
            scan->has_escape = scan->after_backslash = true;
        else if (*at >= 0x80)
            scan->has_high = true;
        else
            scan->has_control = true;
    }
    return at;
}

static enum vww_json_verdict take_string(struct vww_json_scan *scan, const uint8_t **at,
                                         const uint8_t *end)
{
    const uint8_t *const start = *at, *const quote = find_quote(scan, start, end);
    *at = quote < end ? quote + 1 : end;
    taken_to(scan, *at);
    if (scan->has_control)
        return bad(scan, "a control character in a string");
    return quote < end ? end_string(scan, start, quote) : keep_token(scan, start, end, IN_STRING);
}

static enum vww_json_verdict begin_string(struct vww_json_scan *scan, bool key, const uint8_t **at,
                                          const uint8_t *end)
{
    scan->in_key = key;
    scan->has_escape = scan->after_backslash = scan->has_high = scan->has_control = false;
    ++*at;
    return take_string(scan, at, end);
}

/* A number or a word goes as far as its bytes do. */
static enum vww_json_verdict take_run(struct vww_json_scan *scan, int state, const uint8_t **at,
                                      const uint8_t *end)
{
    const uint8_t *const start = *at;
    *at = run_of(start, end, state == IN_NUMBER ? NUMERIC : LETTER);
    taken_to(scan, *at);
    if (*at == end)
        return keep_token(scan, start, end, state);
    return state == IN_NUMBER ? end_number(scan, start, *at) : end_word(scan, start, *at);
}

static enum vww_json_verdict take_value(struct vww_json_scan *scan, const uint8_t **at,
                                        const uint8_t *end)
{
    if (is_quiet(scan) && scan->depth > 0 && !scan->is_object[scan->depth - 1]) {
        const uint8_t *const start = *at;
        *at = pass_numbers(start, end);
        if (*at != start) {
            scan->state = WANT_VALUE; /* there was a comma */
            return VWW_JSON_GOOD;
        }
    }
    const uint8_t c = **at;
    if ((classes[c] & NUMERIC) != 0 && c != 'e' && c != 'E')
        return take_run(scan, IN_NUMBER, at, end);
    if (c == '"')
        return begin_string(scan, false, at, end);
    if ((classes[c] & LETTER) != 0)
        return take_run(scan, IN_WORD, at, end);
    taken_to(scan, ++*at);
    if (c == '[' || c == '{')
        return open_bracket(scan, c == '{');
    if (c == ']' && scan->state == WANT_VALUE_OR_END)
        return close_bracket(scan, false);
    return bad(scan, "a value is missing");
}

static enum vww_json_verdict take_after_value(struct vww_json_scan *scan, const uint8_t **at)
{
    const uint8_t c = **at;
    taken_to(scan, ++*at);
    if (scan->depth == 0)
        return bad(scan, "something follows its end");
    const bool in_object = scan->is_object[scan->depth - 1];
    if (c == ',') {
        scan->state = in_object ? WANT_KEY : WANT_VALUE;
        return VWW_JSON_GOOD;
    }
    if (c == '}' || c == ']')
        return close_bracket(scan, c == '}');
    return bad(scan, "a comma or a closing bracket is missing");
}

static enum vww_json_verdict take_key(struct vww_json_scan *scan, const uint8_t **at,
                                      const uint8_t *end)
{
    if (**at == '"')
        return begin_string(scan, true, at, end);
    const bool ends = **at == '}' && scan->state == WANT_KEY_OR_END;
    taken_to(scan, ++*at);
    return ends ? close_bracket(scan, true) : bad(scan, "a key is missing");
}

static enum vww_json_verdict take_colon(struct vww_json_scan *scan, const uint8_t **at)
{
    const bool colon = **at == ':';
    taken_to(scan, ++*at);
    scan->state = WANT_VALUE;
    return colon ? VWW_JSON_GOOD : bad(scan, "a colon is missing");
}

static enum vww_json_verdict take(struct vww_json_scan *scan, const uint8_t **at,
                                  const uint8_t *end)
{
    switch ((enum state)scan->state) {
    case IN_STRING:
        return take_string(scan, at, end);
    case IN_NUMBER:
    case IN_WORD:
        return take_run(scan, scan->state, at, end);
    default:
        break;
    }
    *at = run_of(*at, end, SPACE);
    if (*at == end)
        return VWW_JSON_GOOD;
    switch ((enum state)scan->state) {
    case AFTER_VALUE:
        return take_after_value(scan, at);
    case WANT_COLON:
        return take_colon(scan, at);
    case WANT_KEY:
    case WANT_KEY_OR_END:
        return take_key(scan, at, end);
    default:
        return take_value(scan, at, end);
    }
}

void vww_json_scan_begin(struct vww_json_scan *scan, const struct vww_json_events *events,
                         void *context)
{
    memset(scan, 0, sizeof *scan);
    scan->events = events;
    scan->context = context;
    scan->state = WANT_VALUE;
    scan->quiet_depth = -1;
}

void vww_json_scan_fini(struct vww_json_scan *scan)
{
    vww_buffer_fini(&scan->token);
    vww_buffer_fini(&scan->text);
}

void vww_json_scan_skip(struct vww_json_scan *scan)
{
    scan->quiet_depth = scan->depth;
}

enum vww_json_verdict vww_json_scan_feed(struct vww_json_scan *scan, const void *data, size_t bytes)
{
    const uint8_t *at = data, *const end = at + bytes;
    scan->piece = at;
    scan->offset_of_piece = scan->offset;
    enum vww_json_verdict verdict = VWW_JSON_GOOD;
    while (at < end && verdict == VWW_JSON_GOOD)
        verdict = take(scan, &at, end);
    if (verdict == VWW_JSON_GOOD)
        taken_to(scan, end);
    return verdict;
}

enum vww_json_verdict vww_json_scan_end(struct vww_json_scan *scan)
{
    enum vww_json_verdict verdict = VWW_JSON_GOOD;
    if (scan->state == IN_NUMBER)
        verdict = end_number(scan, NULL, NULL);
    else if (scan->state == IN_WORD)
        verdict = end_word(scan, NULL, NULL);
    if (verdict == VWW_JSON_GOOD && (scan->depth > 0 || scan->state != AFTER_VALUE))
        return bad(scan, "cut short");
    return verdict;
}
