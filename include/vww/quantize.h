/* From a trained float network to the int8 network that runs on the device. */
#ifndef VWW_QUANTIZE_H
#define VWW_QUANTIZE_H

#include "vww/fold.h"
#include "vww/graph.h"

#endif
