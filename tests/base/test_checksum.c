#include "base/checksum.h"
#include "base/checksum_x86.h"
#include "base/random.h"
#include "support/check.h"

/* RFC 3720, appendix B.4, and specs: 32 zero bytes, 32 bytes of FF. */
static void crc32c_known_values(void **state)
{
    (void)state;
    uint8_t block[32];
    assert_int_equal(vww_crc32c(0, "", 0), 0);
    assert_int_equal(vww_crc32c(0, "123456789", 9), 0xe3069283u);
    memset(block, 0, sizeof block);
    assert_int_equal(vww_crc32c(0, block, sizeof block), 0x8a9136aau);
    memset(block, 0xff, sizeof block);
    assert_int_equal(vww_crc32c(0, block, sizeof block), 0x62a8ab43u);
    assert_int_equal(vww_crc32c(vww_crc32c(0, "1234", 4), "56789", 5), 0xe3069283u);
}

/* FIPS 180-4 examples, and a message that ends on each side of the padding boundary. */
static void sha256_known_values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vww_sha256 sha;
        char hex[65];
        vww_sha256_init(&sha);
        vww_sha256_update(&sha, cases[i].text, strlen(cases[i].text));
        vww_sha256_hex(&sha, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

/* RFC 1321, section A.5, and lengths on both sides of the padding boundary. */
static void md5_known_values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
         "d174ab98d277d9f5a5611c2c9f419d9f"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vww_md5 md5;
        char hex[33];
        vww_md5_init(&md5);
        for (const char *p = cases[i].text; *p != '\0'; p++)
            vww_md5_update(&md5, p, 1);
        vww_md5_hex(&md5, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

/* Random content, lengths, alignments and beginnings: the instructions give what plain C gives. */
static void instructions_equal_plain_c(void **state)
{
    (void)state;
    static uint8_t data[5000];
    struct vww_random random = vww_random_init(7, VWW_RANDOM_TEST, 0, 0);
    if (!vww_checksum_x86()->crc32c && !vww_checksum_x86()->sha256)
        skip();
    for (int round = 0; round < 2000; round++) {
        const size_t start = vww_random_below(&random, 16);
        const size_t bytes = vww_random_below(&random, round < 1000 ? 80 : sizeof data - 16);
        for (size_t i = 0; i < bytes; i++)
            data[start + i] = (uint8_t)vww_random_below(&random, 256);
        const uint32_t before = vww_random_below(&random, UINT32_MAX);
        assert_int_equal(vww_crc32c(before, data + start, bytes),
                         vww_crc32c_portable(before, data + start, bytes));
        struct vww_sha256 sha;
        uint32_t plain[8];
        vww_sha256_init(&sha);
        memcpy(plain, sha.state, sizeof plain);
        vww_sha256_update(&sha, data + start, bytes / 64 * 64);
        vww_sha256_blocks_portable(plain, data + start, bytes / 64);
        assert_memory_equal(sha.state, plain, sizeof plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_known_values), cmocka_unit_test(instructions_equal_plain_c),
        cmocka_unit_test(md5_known_values), cmocka_unit_test(sha256_known_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
