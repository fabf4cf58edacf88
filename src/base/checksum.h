/* Checksums: CRC-32C (RFC 3720, TFRecord), SHA-256 (FIPS 180-4), and MD5 (RFC 1321), which
 * published archives are known by. */
#ifndef VWW_BASE_CHECKSUM_H
#define VWW_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* crc: 0 to begin, or the result so far to go on. */
uint32_t vww_crc32c(uint32_t crc, const void *data, size_t bytes);

struct vww_sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
};

void vww_sha256_init(struct vww_sha256 *sha);
void vww_sha256_update(struct vww_sha256 *sha, const void *data, size_t bytes);
/* 64 lower-case hexadecimal digits and a NUL. */
void vww_sha256_hex(struct vww_sha256 *sha, char hex[65]);
/* All three for data that is at hand. */
void vww_sha256_of(const void *data, size_t bytes, char hex[65]);

/* The same in plain C, which the processor's instructions for it are tested against. state: that of
 * struct vww_sha256; data: blocks of 64 bytes. */
uint32_t vww_crc32c_portable(uint32_t crc, const void *data, size_t bytes);
void vww_sha256_blocks_portable(uint32_t state[8], const uint8_t *data, size_t blocks);

struct vww_md5 {
    uint32_t state[4];
    uint64_t bytes;
    uint8_t block[64];
};

void vww_md5_init(struct vww_md5 *md5);
void vww_md5_update(struct vww_md5 *md5, const void *data, size_t bytes);
/* 32 lower-case hexadecimal digits and a NUL. */
void vww_md5_hex(struct vww_md5 *md5, char hex[33]);

#endif
