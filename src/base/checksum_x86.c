#include "base/checksum_x86.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static struct vww_checksum_x86 found;

static void look(void)
{
    unsigned a, b, c, d;
    const char *wanted = getenv("VWW_ISA");
    if (wanted != NULL && strcmp(wanted, "portable") == 0)
        return;
    __builtin_cpu_init();
    found.crc32c = __builtin_cpu_supports("sse4.2") != 0;
    const bool sha = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b >> 29 & 1) != 0;
    found.sha256 = found.crc32c && sha;
}

const struct vww_checksum_x86 *vww_checksum_x86(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, look);
    return &found;
}

__attribute__((target("sse4.2"))) uint32_t vww_crc32c_x86(uint32_t crc, const uint8_t *data,
                                                          size_t bytes)
{
    uint64_t wide = crc;
    for (; bytes >= 8; bytes -= 8, data += 8) {
        uint64_t part;
        memcpy(&part, data, sizeof part);
        wide = _mm_crc32_u64(wide, part);
    }
    crc = (uint32_t)wide;
    for (; bytes > 0; bytes--, data++)
        crc = _mm_crc32_u8(crc, *data);
    return crc;
}

/* The instructions want the state as two registers, A B E F and C D G H, and take the message four
 * words at a time. */
__attribute__((target("sha,sse4.1,ssse3"))) void
vww_sha256_blocks_x86(uint32_t state[8], const uint32_t k[64], const uint8_t *data, size_t blocks)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i *const words = (__m128i *)(void *)state;
    const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xb1);
    const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1b);
    __m128i abef = _mm_alignr_epi8(badc, hgfe, 8);
    __m128i cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);
    for (; blocks > 0; blocks--, data += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            if (i < 4) {
                const __m128i *part = (const __m128i *)(const void *)(data + 16 * i);
                w[i] = _mm_shuffle_epi8(_mm_loadu_si128(part), swap);
            } else {
                const __m128i near = w[(i + 3) & 3];
                const __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]),
                                                  _mm_alignr_epi8(near, w[(i + 2) & 3], 4));
                w[i & 3] = _mm_sha256msg2_epu32(sum, near);
            }
            const __m128i *constants = (const __m128i *)(const void *)(k + 4 * i);
            const __m128i sum = _mm_add_epi32(w[i & 3], _mm_loadu_si128(constants));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
    const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128(words, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128(words + 1, _mm_alignr_epi8(dchg, feba, 8));
}
#else
typedef int vww_checksum_x86_is_empty;
#endif
