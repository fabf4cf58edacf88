#include "vww/quantization.h"

#include <math.h>

void vww_quantization_from_range(float low, float high, float *scale, int32_t *zero_point)
{
    const double bottom = low < 0 ? low : 0, top = high > 0 ? high : 0;
    if (!(top - bottom > 0) || !isfinite(top - bottom)) {
        *scale = 1.0f / 128;
        *zero_point = 0;
        return;
    }
    *scale = (float)((top - bottom) / 255);
    if (*scale < 1e-30f)
        *scale = 1e-30f;
    const double zero = round(-128 - bottom / *scale);
    *zero_point = (int32_t)(zero < -128 ? -128 : (zero > 127 ? 127 : zero));
}

float vww_quantization_weight_scale(float largest)
{
    return largest > 0 ? fmaxf(largest / 127, 1e-30f) : 1.0f / 127;
}

int32_t vww_quantize_value(float value, float scale, int32_t zero_point, int32_t low, int32_t high)
{
    const double q = round((double)value / scale) + zero_point;
    return q <= low ? low : (q >= high ? high : (int32_t)q);
}

void vww_quantization_multiplier(double real, int32_t *multiplier, int32_t *shift)
{
    int exponent;
    int64_t mantissa = (int64_t)round(frexp(real, &exponent) * (double)(1ll << 31));
    if (mantissa == 1ll << 31) {
        mantissa /= 2;
        exponent++;
    }
    if (mantissa == 0 || exponent < -31) {
        mantissa = 0;
        exponent = 0;
    }
    if (exponent > 30) {
        mantissa = INT32_MAX;
        exponent = 30;
    }
    *multiplier = (int32_t)mantissa;
    *shift = exponent;
}

bool vww_op_keeps_quantization(enum vww_op_kind kind)
{
    return kind == VWW_OP_AVERAGE_POOL_2D || kind == VWW_OP_RESHAPE || kind == VWW_OP_DROPOUT;
}
