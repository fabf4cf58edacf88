#ifndef VWW_VERSION_H
#define VWW_VERSION_H

#define VWW_VERSION "0.1.0"

#endif
