#include "base/json_scan.h"
#include "base/json_token.h"

#include <string.h>

enum state {
    WANT_VALUE,
    WANT_VALUE_OR_END, /* just after [ */
    WANT_KEY,
    WANT_KEY_OR_END, /* just after { */
    WANT_COLON,
    AFTER_VALUE,
    IN_STRING,
    IN_NUMBER,
    IN_WORD,
    IN_PASSED_OVER
};

/* --- classes of bytes ---------------------------------------------------------------------------
 */

enum { SPACE = 1, NUMERIC = 2, LETTER = 4 };

static const uint8_t classes[256] = {
    ['\t'] = SPACE,  ['\n'] = SPACE,         ['\r'] = SPACE,           [' '] = SPACE,
    ['+'] = NUMERIC, ['-'] = NUMERIC,        ['.'] = NUMERIC,          ['0' ... '9'] = NUMERIC,
    ['E'] = NUMERIC, ['a' ... 'd'] = LETTER, ['e'] = NUMERIC | LETTER, ['f' ... 'z'] = LETTER,
};

static const uint8_t *run_of(const uint8_t *at, const uint8_t *end, uint8_t class)
{
    while (at < end && (classes[*at] & class) != 0)
        at++;
    return at;
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
    if (!vww_json_is_number(from, to))
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

/* The string's content ends at `at`, where the closing quote stands. */
static enum vww_json_verdict end_string(struct vww_json_scan *scan, const uint8_t *start,
                                        const uint8_t *at)
{
    const uint8_t *from, *to;
    const enum vww_json_verdict verdict = join_token(scan, start, at, &from, &to);
    if (verdict != VWW_JSON_GOOD)
        return verdict;
    if (scan->has_high && !vww_json_is_utf8(from, to))
        return bad(scan, "bytes that are not UTF-8");
    if (scan->has_escape) {
        if (!vww_json_unescape(from, to, &scan->text))
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
        at = vww_json_plain(at, end);
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

/* A value of which only strings and brackets are looked at. */
static enum vww_json_verdict take_passed_over(struct vww_json_scan *scan, const uint8_t **at,
                                              const uint8_t *end)
{
    *at = vww_json_balance(&scan->balance, *at, end);
    taken_to(scan, *at);
    if (scan->balance.depth > 0)
        return VWW_JSON_GOOD;
    scan->pass_over = false;
    value_ends(scan);
    return VWW_JSON_GOOD;
}

static enum vww_json_verdict take_value(struct vww_json_scan *scan, const uint8_t **at,
                                        const uint8_t *end)
{
    if (is_quiet(scan) && scan->depth > 0 && !scan->is_object[scan->depth - 1]) {
        const uint8_t *const start = *at;
        *at = vww_json_numbers(start, end);
        if (*at != start) {
            scan->state = WANT_VALUE; /* there was a comma */
            return VWW_JSON_GOOD;
        }
    }
    const uint8_t c = **at;
    if (scan->pass_over && (c == '[' || c == '{')) {
        scan->balance = (struct vww_json_balance){0};
        scan->state = IN_PASSED_OVER;
        return VWW_JSON_GOOD;
    }
    scan->pass_over = false;
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
    case IN_PASSED_OVER:
        return take_passed_over(scan, at, end);
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

void vww_json_scan_pass_over(struct vww_json_scan *scan)
{
    vww_json_scan_skip(scan);
    scan->pass_over = true;
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
