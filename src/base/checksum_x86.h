/* The checksums by instructions that some processors of this family have for them; equal to
 * checksum.c's own code. VWW_ISA=portable in the environment turns them off. */
#ifndef VWW_BASE_CHECKSUM_X86_H
#define VWW_BASE_CHECKSUM_X86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vww_checksum_x86 {
    bool crc32c, sha256; /* this processor can */
};

#ifdef __x86_64__
const struct vww_checksum_x86 *vww_checksum_x86(void);
uint32_t vww_crc32c_x86(uint32_t crc, const uint8_t *data, size_t bytes); /* not inverted */
void vww_sha256_blocks_x86(uint32_t state[8], const uint32_t k[64], const uint8_t *data,
                           size_t blocks);
#else
static inline const struct vww_checksum_x86 *vww_checksum_x86(void)
{
    static const struct vww_checksum_x86 none;
    return &none;
}
static inline uint32_t vww_crc32c_x86(uint32_t crc, const uint8_t *data, size_t bytes)
{
    (void)data;
    (void)bytes;
    return crc;
}
static inline void vww_sha256_blocks_x86(uint32_t state[8], const uint32_t k[64],
                                         const uint8_t *data, size_t blocks)
{
    (void)state;
    (void)k;
    (void)data;
    (void)blocks;
}
#endif

#endif
