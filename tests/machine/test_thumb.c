/* Classes of instructions, and cycles of a Cortex-M4. The encodings are those of GNU's assembler.
 */
#include "support/check.h"

#include "machine/thumb.h"

static const struct {
    const char *text;
    uint16_t first, second;
    enum vww_instruction_class kind;
} instructions[] = {
    {"movs r1, r2", 0x0011, 0x0000, VWW_CLASS_OTHER},
    {"lsls r1, r2, #3", 0x00d1, 0x0000, VWW_CLASS_SHIFT},
    {"lsrs r1, r2, #3", 0x08d1, 0x0000, VWW_CLASS_SHIFT},
    {"asrs r1, r2, #31", 0x17d1, 0x0000, VWW_CLASS_SHIFT},
    {"adds r1, r2, r3", 0x18d1, 0x0000, VWW_CLASS_OTHER},
    {"subs r1, r2, #7", 0x1fd1, 0x0000, VWW_CLASS_OTHER},
    {"movs r1, #255", 0x21ff, 0x0000, VWW_CLASS_OTHER},
    {"cmp r1, #4", 0x2904, 0x0000, VWW_CLASS_OTHER},
    {"ands r1, r2", 0x4011, 0x0000, VWW_CLASS_OTHER},
    {"lsls r1, r2", 0x4091, 0x0000, VWW_CLASS_SHIFT},
    {"rors r1, r2", 0x41d1, 0x0000, VWW_CLASS_SHIFT},
    {"muls r1, r2, r1", 0x4351, 0x0000, VWW_CLASS_MULTIPLY},
    {"mvns r1, r2", 0x43d1, 0x0000, VWW_CLASS_OTHER},
    {"add r8, r9", 0x44c8, 0x0000, VWW_CLASS_OTHER},
    {"mov r8, r9", 0x46c8, 0x0000, VWW_CLASS_OTHER},
    {"bx lr", 0x4770, 0x0000, VWW_CLASS_BRANCH},
    {"blx r3", 0x4798, 0x0000, VWW_CLASS_BRANCH},
    {"mov pc, lr", 0x46f7, 0x0000, VWW_CLASS_BRANCH},
    {"ldr r1, [pc, #8]", 0x4902, 0x0000, VWW_CLASS_LOAD},
    {"str r1, [r2, r3]", 0x50d1, 0x0000, VWW_CLASS_STORE},
    {"strb r1, [r2, r3]", 0x54d1, 0x0000, VWW_CLASS_STORE},
    {"ldrsb r1, [r2, r3]", 0x56d1, 0x0000, VWW_CLASS_LOAD},
    {"ldrsh r1, [r2, r3]", 0x5ed1, 0x0000, VWW_CLASS_LOAD},
    {"ldr r1, [r2, #4]", 0x6851, 0x0000, VWW_CLASS_LOAD},
    {"str r1, [r2, #4]", 0x6051, 0x0000, VWW_CLASS_STORE},
    {"ldrb r1, [r2, #4]", 0x7911, 0x0000, VWW_CLASS_LOAD},
    {"strb r1, [r2, #4]", 0x7111, 0x0000, VWW_CLASS_STORE},
    {"ldrh r1, [r2, #4]", 0x8891, 0x0000, VWW_CLASS_LOAD},
    {"strh r1, [r2, #4]", 0x8091, 0x0000, VWW_CLASS_STORE},
    {"ldr r1, [sp, #4]", 0x9901, 0x0000, VWW_CLASS_LOAD},
    {"str r1, [sp, #4]", 0x9101, 0x0000, VWW_CLASS_STORE},
    {"add r1, sp, #8", 0xa902, 0x0000, VWW_CLASS_OTHER},
    {"add sp, #8", 0xb002, 0x0000, VWW_CLASS_OTHER},
    {"sub sp, #8", 0xb082, 0x0000, VWW_CLASS_OTHER},
    {"sxtb r1, r2", 0xb251, 0x0000, VWW_CLASS_OTHER},
    {"uxth r1, r2", 0xb291, 0x0000, VWW_CLASS_OTHER},
    {"rev r1, r2", 0xba11, 0x0000, VWW_CLASS_OTHER},
    {"push {r4, lr}", 0xb510, 0x0000, VWW_CLASS_STORE},
    {"pop {r4, r5}", 0xbc30, 0x0000, VWW_CLASS_LOAD},
    {"pop {r4, pc}", 0xbd10, 0x0000, VWW_CLASS_BRANCH},
    {"nop", 0xbf00, 0x0000, VWW_CLASS_OTHER},
    {"ldm r1!, {r2, r3}", 0xc90c, 0x0000, VWW_CLASS_LOAD},
    {"stm r1!, {r2, r3}", 0xc10c, 0x0000, VWW_CLASS_STORE},
    {"b x", 0xe7fe, 0x0000, VWW_CLASS_BRANCH},
    {"bne x", 0xd1fe, 0x0000, VWW_CLASS_BRANCH},
    {"svc 3", 0xdf03, 0x0000, VWW_CLASS_OTHER},
    {"ldm.w r1, {r2, r8}", 0xe891, 0x0104, VWW_CLASS_LOAD},
    {"stmdb sp!, {r4, r8, lr}", 0xe92d, 0x4110, VWW_CLASS_STORE},
    {"ldmia.w sp!, {r4, r8, pc}", 0xe8bd, 0x8110, VWW_CLASS_BRANCH},
    {"ldrd r2, r3, [r1], #8", 0xe8f1, 0x2302, VWW_CLASS_LOAD},
    {"strd r2, r3, [r1, #16]", 0xe9c1, 0x2304, VWW_CLASS_STORE},
    {"ldrex r2, [r1]", 0xe851, 0x2f00, VWW_CLASS_LOAD},
    {"tbb [r1, r2]", 0xe8d1, 0xf002, VWW_CLASS_BRANCH},
    {"tbh [r1, r2, lsl #1]", 0xe8d1, 0xf012, VWW_CLASS_BRANCH},
    {"mov.w r8, r1", 0xea4f, 0x0801, VWW_CLASS_OTHER},
    {"lsl.w r8, r1, #4", 0xea4f, 0x1801, VWW_CLASS_SHIFT},
    {"asr.w r8, r1, #16", 0xea4f, 0x4821, VWW_CLASS_SHIFT},
    {"ror.w r8, r1, #8", 0xea4f, 0x2831, VWW_CLASS_SHIFT},
    {"add.w r1, r2, r8, asr #4", 0xeb02, 0x1128, VWW_CLASS_OTHER},
    {"orr.w r1, r2, r8, lsl #4", 0xea42, 0x1108, VWW_CLASS_OTHER},
    {"cmp.w r1, r8", 0xebb1, 0x0f08, VWW_CLASS_OTHER},
    {"pkhbt r1, r2, r3, lsl #16", 0xeac2, 0x4103, VWW_CLASS_DSP},
    {"pkhtb r1, r2, r3, asr #16", 0xeac2, 0x4123, VWW_CLASS_DSP},
    {"add.w r1, r2, #256", 0xf502, 0x7180, VWW_CLASS_OTHER},
    {"movw r1, #4660", 0xf241, 0x2134, VWW_CLASS_OTHER},
    {"movt r1, #4660", 0xf2c1, 0x2134, VWW_CLASS_OTHER},
    {"subw r1, r2, #4000", 0xf6a2, 0x71a0, VWW_CLASS_OTHER},
    {"ssat r1, #8, r2, asr #3", 0xf322, 0x01c7, VWW_CLASS_DSP},
    {"usat r1, #8, r2", 0xf382, 0x0108, VWW_CLASS_DSP},
    {"ssat16 r1, #8, r2", 0xf322, 0x0107, VWW_CLASS_DSP},
    {"sbfx r1, r2, #4, #8", 0xf342, 0x1107, VWW_CLASS_SHIFT},
    {"ubfx r1, r2, #4, #8", 0xf3c2, 0x1107, VWW_CLASS_SHIFT},
    {"bfi r1, r2, #4, #8", 0xf362, 0x110b, VWW_CLASS_SHIFT},
    {"b.w x", 0xf7ff, 0xbffe, VWW_CLASS_BRANCH},
    {"bne.w x", 0xf47f, 0xaffe, VWW_CLASS_BRANCH},
    {"bl x", 0xf7ff, 0xfffe, VWW_CLASS_BRANCH},
    {"dsb", 0xf3bf, 0x8f4f, VWW_CLASS_OTHER},
    {"mrs r1, primask", 0xf3ef, 0x8110, VWW_CLASS_OTHER},
    {"str.w r1, [r2], #4", 0xf842, 0x1b04, VWW_CLASS_STORE},
    {"strb.w r8, [r2, r3, lsl #1]", 0xf802, 0x8013, VWW_CLASS_STORE},
    {"ldr.w r1, [r2], #4", 0xf852, 0x1b04, VWW_CLASS_LOAD},
    {"ldrsb.w r1, [r2, #1]", 0xf992, 0x1001, VWW_CLASS_LOAD},
    {"ldrsh.w r8, [r2, r3, lsl #1]", 0xf932, 0x8013, VWW_CLASS_LOAD},
    {"ldr.w r8, [pc, #16]", 0xf8df, 0x8010, VWW_CLASS_LOAD},
    {"ldr.w pc, [r1, r2, lsl #2]", 0xf851, 0xf022, VWW_CLASS_BRANCH},
    {"pld [r1]", 0xf891, 0xf000, VWW_CLASS_OTHER},
    {"lsl.w r1, r2, r8", 0xfa02, 0xf108, VWW_CLASS_SHIFT},
    {"asr.w r1, r2, r8", 0xfa42, 0xf108, VWW_CLASS_SHIFT},
    {"sxtb16 r1, r2, ror #8", 0xfa2f, 0xf192, VWW_CLASS_DSP},
    {"uxtb16 r1, r2", 0xfa3f, 0xf182, VWW_CLASS_DSP},
    {"sxtab r1, r2, r3", 0xfa42, 0xf183, VWW_CLASS_DSP},
    {"sxtab16 r1, r2, r3", 0xfa22, 0xf183, VWW_CLASS_DSP},
    {"sxtb.w r8, r2", 0xfa4f, 0xf882, VWW_CLASS_OTHER},
    {"uxth.w r8, r2", 0xfa1f, 0xf882, VWW_CLASS_OTHER},
    {"sadd16 r1, r2, r3", 0xfa92, 0xf103, VWW_CLASS_DSP},
    {"uqsub8 r1, r2, r3", 0xfac2, 0xf153, VWW_CLASS_DSP},
    {"qadd r1, r2, r3", 0xfa83, 0xf182, VWW_CLASS_DSP},
    {"sel r1, r2, r3", 0xfaa2, 0xf183, VWW_CLASS_DSP},
    {"rev.w r8, r2", 0xfa92, 0xf882, VWW_CLASS_OTHER},
    {"rbit r1, r2", 0xfa92, 0xf1a2, VWW_CLASS_OTHER},
    {"clz r1, r2", 0xfab2, 0xf182, VWW_CLASS_OTHER},
    {"mul r1, r2, r3", 0xfb02, 0xf103, VWW_CLASS_MULTIPLY},
    {"mla r1, r2, r3, r4", 0xfb02, 0x4103, VWW_CLASS_MAC},
    {"mls r1, r2, r3, r4", 0xfb02, 0x4113, VWW_CLASS_MAC},
    {"smulbb r1, r2, r3", 0xfb12, 0xf103, VWW_CLASS_MULTIPLY},
    {"smlabt r1, r2, r3, r4", 0xfb12, 0x4113, VWW_CLASS_MAC},
    {"smlad r1, r2, r3, r4", 0xfb22, 0x4103, VWW_CLASS_MAC},
    {"smuad r1, r2, r3", 0xfb22, 0xf103, VWW_CLASS_MAC},
    {"smulwb r1, r2, r3", 0xfb32, 0xf103, VWW_CLASS_MULTIPLY},
    {"smlawt r1, r2, r3, r4", 0xfb32, 0x4113, VWW_CLASS_MAC},
    {"smlsd r1, r2, r3, r4", 0xfb42, 0x4103, VWW_CLASS_MAC},
    {"smmulr r1, r2, r3", 0xfb52, 0xf113, VWW_CLASS_MULTIPLY},
    {"smmlar r1, r2, r3, r4", 0xfb52, 0x4113, VWW_CLASS_MAC},
    {"smmls r1, r2, r3, r4", 0xfb62, 0x4103, VWW_CLASS_MAC},
    {"usad8 r1, r2, r3", 0xfb72, 0xf103, VWW_CLASS_DSP},
    {"smull r1, r2, r3, r4", 0xfb83, 0x1204, VWW_CLASS_MULTIPLY},
    {"sdiv r1, r2, r3", 0xfb92, 0xf1f3, VWW_CLASS_OTHER},
    {"umull r1, r2, r3, r4", 0xfba3, 0x1204, VWW_CLASS_MULTIPLY},
    {"udiv r1, r2, r3", 0xfbb2, 0xf1f3, VWW_CLASS_OTHER},
    {"smlal r1, r2, r3, r4", 0xfbc3, 0x1204, VWW_CLASS_MAC},
    {"smlald r1, r2, r3, r4", 0xfbc3, 0x12c4, VWW_CLASS_MAC},
    {"umlal r1, r2, r3, r4", 0xfbe3, 0x1204, VWW_CLASS_MAC},
    {"umaal r1, r2, r3, r4", 0xfbe3, 0x1264, VWW_CLASS_MAC},
    {"dls lr, r1", 0xf041, 0xe001, VWW_CLASS_BRANCH},
    {"wls lr, r1, x+64", 0xf041, 0xc01f, VWW_CLASS_BRANCH},
    {"le lr, x", 0xf00f, 0xc003, VWW_CLASS_BRANCH},
    {"dlstp.8 lr, r1", 0xf001, 0xe001, VWW_CLASS_BRANCH},
    {"letp lr, x", 0xf01f, 0xc003, VWW_CLASS_BRANCH},
    {"csel r1, r2, r3, eq", 0xea52, 0x8103, VWW_CLASS_OTHER},
    {"sqrshr r1, r2", 0xea51, 0x2f2d, VWW_CLASS_SHIFT},
    {"asrl r2, r3, #4", 0xea52, 0x132f, VWW_CLASS_SHIFT},
    {"vldrb.u8 q0, [r1]", 0xed91, 0x1e00, VWW_CLASS_MVE},
    {"vldrb.s16 q0, [r1], #8", 0xecb1, 0x0e88, VWW_CLASS_MVE},
    {"vldrb.u8 q0, [r1, q2]", 0xfc91, 0x0e04, VWW_CLASS_MVE},
    {"vstrb.8 q0, [r1], #16", 0xeca1, 0x1e10, VWW_CLASS_MVE},
    {"vmladava.s8 r2, q0, q1", 0xeef0, 0x2f22, VWW_CLASS_MVE},
    {"vmlaldav.s16 r2, r3, q0, q1", 0xee90, 0x2e02, VWW_CLASS_MVE},
    {"vqrdmulh.s32 q0, q1, q2", 0xff22, 0x0b44, VWW_CLASS_MVE},
    {"vadd.i32 q0, q1, q2", 0xef22, 0x0844, VWW_CLASS_MVE},
    {"vrshl.s32 q0, q1, q2", 0xef24, 0x0542, VWW_CLASS_MVE},
    {"vmax.s32 q0, q1, q2", 0xef22, 0x0644, VWW_CLASS_MVE},
    {"vdup.8 q0, r1", 0xeee0, 0x1b10, VWW_CLASS_MVE},
    {"vmov q0[2], q0[0], r1, r2", 0xec12, 0x0f01, VWW_CLASS_MVE},
    {"vctp.8 r1", 0xf001, 0xe801, VWW_CLASS_MVE},
    {"vldr s0, [r1]", 0xed91, 0x0a00, VWW_CLASS_LOAD},
    {"vpush {d8, d9}", 0xed2d, 0x8b04, VWW_CLASS_STORE},
    {"vpop {d8, d9}", 0xecbd, 0x8b04, VWW_CLASS_LOAD},
};
#define INSTRUCTION_COUNT (sizeof instructions / sizeof instructions[0])

static void classes(void **state)
{
    (void)state;
    for (size_t i = 0; i < INSTRUCTION_COUNT; i++) {
        const struct vww_thumb seen =
            vww_thumb_decode(instructions[i].first, instructions[i].second);
        if (seen.kind != instructions[i].kind)
            fail_msg("%s is %s, not %s", instructions[i].text,
                     vww_instruction_class_name(seen.kind),
                     vww_instruction_class_name(instructions[i].kind));
        assert_int_equal(seen.bytes, vww_thumb_is_wide(instructions[i].first) ? 4 : 2);
    }
}

static struct vww_thumb decoded(const char *text)
{
    for (size_t i = 0; i < INSTRUCTION_COUNT; i++)
        if (strcmp(instructions[i].text, text) == 0)
            return vww_thumb_decode(instructions[i].first, instructions[i].second);
    fail_msg("no row for %s", text);
    return (struct vww_thumb){0};
}

/* Cycles of `now` after `before` (NULL: after nothing known). */
static int cycles(const char *before, const char *now)
{
    const struct vww_thumb second = decoded(now);
    if (before == NULL)
        return vww_thumb_cycles(NULL, &second);
    const struct vww_thumb first = decoded(before);
    return vww_thumb_cycles(&first, &second);
}

static void timings(void **state)
{
    (void)state;
    static const char *const of_one_cycle[] = {
        "adds r1, r2, r3",      "muls r1, r2, r1",      "mla r1, r2, r3, r4",
        "smull r1, r2, r3, r4", "smlad r1, r2, r3, r4", "ssat r1, #8, r2, asr #3",
        "lsl.w r8, r1, #4",     "str r1, [r2, #4]",
    };
    for (size_t i = 0; i < sizeof of_one_cycle / sizeof of_one_cycle[0]; i++)
        assert_int_equal(cycles(NULL, of_one_cycle[i]), 1);
    /* A load alone; after a load; after a load that makes its address. */
    assert_int_equal(cycles(NULL, "ldr r1, [r2, #4]"), 2);
    assert_int_equal(cycles("ldrb r1, [r2, #4]", "ldr r1, [r2, #4]"), 1);
    assert_int_equal(cycles("ldr.w r1, [r2], #4", "ldrex r2, [r1]"), 2);
    /* After an addition that makes its address, or another register. */
    assert_int_equal(cycles("add.w r1, r2, #256", "ldm.w r1, {r2, r8}"), 1 + 2 + 1);
    assert_int_equal(cycles("movw r1, #4660", "ldr r1, [r2, #4]"), 2);
    assert_int_equal(cycles("movw r1, #4660", "ldrex r2, [r1]"), 3);
    /* Stores with two registers; several registers. */
    assert_int_equal(cycles(NULL, "str r1, [r2, r3]"), 2);
    assert_int_equal(cycles("ldr r1, [sp, #4]", "str r1, [r2, r3]"), 1);
    assert_int_equal(cycles(NULL, "ldrd r2, r3, [r1], #8"), 3);
    assert_int_equal(cycles(NULL, "push {r4, lr}"), 3);
    assert_int_equal(cycles(NULL, "pop {r4, pc}"), 3);
    assert_int_equal(cycles(NULL, "udiv r1, r2, r3"), 7);
}

/* Any two halfwords are something. */
static void everything_decodes(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 65536; first++)
        for (uint32_t k = 0; k < 64; k++) {
            const uint16_t second = (uint16_t)(k * 1021 + first * 40503u);
            const struct vww_thumb seen = vww_thumb_decode((uint16_t)first, second);
            assert_in_range(seen.kind, 0, VWW_CLASS_COUNT - 1);
            assert_true(seen.transfers <= 16 && (seen.writes & 0x8000) == 0);
            const int time = vww_thumb_cycles(&seen, &seen);
            assert_in_range(time, 1, 18);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes),
        cmocka_unit_test(timings),
        cmocka_unit_test(everything_decodes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
