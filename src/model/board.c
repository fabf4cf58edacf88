#include "vww/board.h"
#include "vww/text.h"

#include <string.h>

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)

static const struct vww_board boards[] = {
    {"frdm_k64f", "NXP Kinetis K64F, Freedom board", "Cortex-M4", 120, 256 * KIB, 1 * MIB, false},
    {"frdm_k66f", "NXP Kinetis K66F, Freedom board", "Cortex-M4", 180, 256 * KIB, 2 * MIB, false},
    {"stm32f723", "ST STM32F723, Discovery board", "Cortex-M7", 216, 256 * KIB, 512 * KIB, false},
    {"stm32f746", "ST STM32F746, Nucleo and Discovery boards", "Cortex-M7", 216, 320 * KIB, 1 * MIB,
     false},
    {"stm32f767", "ST STM32F767, Nucleo board", "Cortex-M7", 216, 512 * KIB, 2 * MIB, false},
    {"stm32h743", "ST STM32H743, Nucleo board", "Cortex-M7", 480, 1 * MIB, 2 * MIB, false},
    {"stm32h747", "ST STM32H747: Arduino Portenta H7, Nicla Vision", "Cortex-M7", 480, 1 * MIB,
     2 * MIB, false},
    {"stm32f407", "ST STM32F407, Discovery board", "Cortex-M4", 168, 192 * KIB, 1 * MIB, false},
    {"stm32f411", "ST STM32F411, Nucleo board", "Cortex-M4", 100, 128 * KIB, 512 * KIB, false},
    {"stm32l476", "ST STM32L476, Nucleo board", "Cortex-M4", 80, 128 * KIB, 1 * MIB, false},
    {"stm32l4r5", "ST STM32L4R5, Nucleo board of MLPerf Tiny's reference", "Cortex-M4", 120,
     640 * KIB, 2 * MIB, false},
    {"stm32u575", "ST STM32U575, Nucleo board", "Cortex-M33", 160, 784 * KIB, 2 * MIB, false},
    {"nano33ble", "Nordic nRF52840: Arduino Nano 33 BLE", "Cortex-M4", 64, 256 * KIB, 1 * MIB,
     false},
    {"nrf5340", "Nordic nRF5340, development kit", "Cortex-M33", 128, 512 * KIB, 1 * MIB, false},
    {"sparkfun_edge", "Ambiq Apollo3: SparkFun Edge", "Cortex-M4", 48, 384 * KIB, 1 * MIB, false},
    {"samd51", "Microchip SAMD51J19", "Cortex-M4", 120, 192 * KIB, 512 * KIB, false},
    {"max78000", "Analog Devices MAX78000, without its accelerator", "Cortex-M4", 100, 128 * KIB,
     512 * KIB, false},
    {"rp2040", "Raspberry Pi Pico", "Cortex-M0+", 133, 264 * KIB, 2 * MIB, true},
    {"rp2350", "Raspberry Pi Pico 2", "Cortex-M33", 150, 520 * KIB, 4 * MIB, true},
    {"teensy41", "NXP i.MX RT1062: Teensy 4.1", "Cortex-M7", 600, 1 * MIB, 8 * MIB, true},
    {"esp32", "Espressif ESP32, WROOM module", "Xtensa LX6", 240, 520 * KIB, 4 * MIB, true},
    {"esp32s3", "Espressif ESP32-S3, WROOM module", "Xtensa LX7", 240, 512 * KIB, 8 * MIB, true},
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
