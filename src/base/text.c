#include "vww/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LONGEST 63

int vww_text_distance(const char *a, const char *b)
{
    const size_t m = strnlen(a, LONGEST), n = strnlen(b, LONGEST);
    unsigned char distance[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= m; i++)
        for (size_t j = 0; j <= n; j++) {
            if (i == 0 || j == 0) {
                distance[i][j] = (unsigned char)(i + j);
                continue;
            }
            const int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            int best = distance[i - 1][j - 1] + (x != y);
            if (distance[i - 1][j] + 1 < best)
                best = distance[i - 1][j] + 1;
            if (distance[i][j - 1] + 1 < best)
                best = distance[i][j - 1] + 1;
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2]) && distance[i - 2][j - 2] + 1 < best)
                best = distance[i - 2][j - 2] + 1;
            distance[i][j] = (unsigned char)best;
        }
    return distance[m][n];
}

void vww_text_suggest(char *text, size_t size, const char *wrong, const char *const *names,
                      size_t count)
{
    size_t nearest[3] = {0}, found = 0;
    for (size_t i = 0; i < count; i++) {
        const int distance = vww_text_distance(wrong, names[i]);
        const int limit = (int)strlen(wrong) / 3 + 1;
        if (distance > limit)
            continue;
        size_t at = found < 3 ? found : 3;
        while (at > 0 && vww_text_distance(wrong, names[nearest[at - 1]]) > distance) {
            if (at < 3)
                nearest[at] = nearest[at - 1];
            at--;
        }
        if (at < 3) {
            nearest[at] = i;
            found += found < 3;
        }
    }
    size_t used = 0;
    text[0] = '\0';
    if (found > 0) {
        used = (size_t)snprintf(text, size, "did you mean ");
        for (size_t i = 0; i < found && used < size; i++)
            used +=
                (size_t)snprintf(text + used, size - used, "%s%s",
                                 i == 0 ? "" : (i + 1 == found ? " or " : ", "), names[nearest[i]]);
        if (used < size)
            snprintf(text + used, size - used, "?");
        return;
    }
    for (size_t i = 0; i < count && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", i == 0 ? "known: " : ", ", names[i]);
    if (used >= size && size > 4)
        memcpy(text + size - 4, "...", 4);
}
