/* Text and bytes inside HTML and XML. */
#ifndef VWW_BASE_MARKUP_H
#define VWW_BASE_MARKUP_H

#include "base/memory.h"

/* Text for HTML and XML, with & < > " ' escaped; bytes that are not UTF-8, and control characters,
 * become U+FFFD. */
void vww_markup_text(struct vww_buffer *out, const char *text);

/* Base64 (RFC 4648), for "data:" addresses. */
void vww_markup_base64(struct vww_buffer *out, const void *from, size_t bytes);

#endif
