/* Texts: names a user may have meant. */
#ifndef VWW_TEXT_H
#define VWW_TEXT_H

#include <stddef.h>

/* Edit distance (insert, delete, replace, swap of neighbours = 1 each), ignoring case. Texts beyond
 * 63 characters are compared by their first 63. */
int vww_text_distance(const char *a, const char *b);

/* "did you mean person or parson?" with the up to three names nearest to `wrong`, or, where none is
 * near, "known: a, b, c, …". names: count entries. Writes an empty text for count 0. */
void vww_text_suggest(char *text, size_t size, const char *wrong, const char *const *names,
                      size_t count);

#endif
