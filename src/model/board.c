#include "vww/board.h"
#include "vww/text.h"

#include <string.h>

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)

/* The last two, the memories' addresses, are from the makers' memory maps; K64F and K66F: SRAM_L
 * and SRAM_U, which meet at 0x20000000; F723, F746, F767: DTCM and the SRAMs behind it; L4R5: SRAM2
 * by its second address. */
static const struct vww_board boards[] = {
    {"frdm_k64f", "NXP Kinetis K64F, Freedom board", "Cortex-M4", 120, 256 * KIB, 1 * MIB, false,
     0x00000000, 0x1fff0000},
    {"frdm_k66f", "NXP Kinetis K66F, Freedom board", "Cortex-M4", 180, 256 * KIB, 2 * MIB, false,
     0x00000000, 0x1fff0000},
    {"stm32f723", "ST STM32F723, Discovery board", "Cortex-M7", 216, 256 * KIB, 512 * KIB, false,
     0x08000000, 0x20000000},
    {"stm32f746", "ST STM32F746, Nucleo and Discovery boards", "Cortex-M7", 216, 320 * KIB, 1 * MIB,
     false, 0x08000000, 0x20000000},
    {"stm32f767", "ST STM32F767, Nucleo board", "Cortex-M7", 216, 512 * KIB, 2 * MIB, false,
     0x08000000, 0x20000000},
    {"stm32h743", "ST STM32H743, Nucleo board", "Cortex-M7", 480, 1 * MIB, 2 * MIB, false, 0, 0},
    {"stm32h747", "ST STM32H747: Arduino Portenta H7, Nicla Vision", "Cortex-M7", 480, 1 * MIB,
     2 * MIB, false, 0, 0},
    {"stm32f407", "ST STM32F407, Discovery board", "Cortex-M4", 168, 192 * KIB, 1 * MIB, false, 0,
     0},
    {"stm32f411", "ST STM32F411, Nucleo board", "Cortex-M4", 100, 128 * KIB, 512 * KIB, false,
     0x08000000, 0x20000000},
    {"stm32l476", "ST STM32L476, Nucleo board", "Cortex-M4", 80, 128 * KIB, 1 * MIB, false, 0, 0},
    {"stm32l4r5", "ST STM32L4R5, Nucleo board of MLPerf Tiny's reference", "Cortex-M4", 120,
     640 * KIB, 2 * MIB, false, 0x08000000, 0x20000000},
    {"stm32u575", "ST STM32U575, Nucleo board", "Cortex-M33", 160, 784 * KIB, 2 * MIB, false, 0, 0},
    {"nano33ble", "Nordic nRF52840: Arduino Nano 33 BLE", "Cortex-M4", 64, 256 * KIB, 1 * MIB,
     false, 0x00000000, 0x20000000},
    {"nrf5340", "Nordic nRF5340, development kit", "Cortex-M33", 128, 512 * KIB, 1 * MIB, false,
     0x00000000, 0x20000000},
    {"sparkfun_edge", "Ambiq Apollo3: SparkFun Edge", "Cortex-M4", 48, 384 * KIB, 1 * MIB, false,
     0x00000000, 0x10000000},
    {"samd51", "Microchip SAMD51J19", "Cortex-M4", 120, 192 * KIB, 512 * KIB, false, 0x00000000,
     0x20000000},
    {"max78000", "Analog Devices MAX78000, without its accelerator", "Cortex-M4", 100, 128 * KIB,
     512 * KIB, false, 0, 0},
    {"rp2040", "Raspberry Pi Pico", "Cortex-M0+", 133, 264 * KIB, 2 * MIB, true, 0x10000000,
     0x20000000},
    {"rp2350", "Raspberry Pi Pico 2", "Cortex-M33", 150, 520 * KIB, 4 * MIB, true, 0x10000000,
     0x20000000},
    {"teensy41", "NXP i.MX RT1062: Teensy 4.1", "Cortex-M7", 600, 1 * MIB, 8 * MIB, true, 0, 0},
    {"esp32", "Espressif ESP32, WROOM module", "Xtensa LX6", 240, 520 * KIB, 4 * MIB, true, 0, 0},
    {"esp32s3", "Espressif ESP32-S3, WROOM module", "Xtensa LX7", 240, 512 * KIB, 8 * MIB, true, 0,
     0},
};
#define BOARD_COUNT (sizeof boards / sizeof boards[0])

const struct vww_board *vww_boards(size_t *count)
{
    *count = BOARD_COUNT;
    return boards;
}

vww_status vww_board_find(const char *name, const struct vww_board **board, struct vww_error *error)
{
    const char *names[BOARD_COUNT];
    *board = NULL;
    for (size_t i = 0; i < BOARD_COUNT; i++) {
        names[i] = boards[i].name;
        if (strcmp(name, boards[i].name) == 0)
            *board = &boards[i];
    }
    if (*board != NULL)
        return VWW_OK;
    char hint[256];
    vww_text_suggest(hint, sizeof hint, name, names, BOARD_COUNT);
    vww_fail(error, VWW_ERROR_NOT_FOUND, "no board is called %s", name);
    vww_error_remedy(error, "%s", hint);
    return VWW_ERROR_NOT_FOUND;
}
