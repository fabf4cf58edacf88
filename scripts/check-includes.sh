#!/bin/sh
# Fails, naming file and line, when a file includes from a room that scripts/rooms.txt does not allow.
#   src/<room>/   base headers, its own, and those of the rooms it may know, public or internal
#                 (a folder of runtime/, as in "preprocess/resize.h", is of the room runtime)
#   runtime/      only its own headers and <stdint.h>, <stddef.h>, <stdbool.h>, <limits.h>, Arm intrinsics
#   cli/          only include/vww and its own
#   include/vww/  only include/vww
set -eu
cd "$(dirname "$0")/.."
runtime_folders=" $(cd runtime 2>/dev/null && echo */ | tr -d /) "
# shellcheck disable=SC2046 # the project's file names hold no spaces
awk -F'|' -v runtime_folders="$runtime_folders" '
function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
FNR == NR {
    if ($0 ~ /^#/ || $0 !~ /\|/) next
    room = trim($1); rooms[room] = 1
    n = split(trim($2), parts, " "); for (i = 1; i <= n; i++) owner[parts[i]] = room
    n = split(trim($3), parts, " "); for (i = 1; i <= n; i++) knows[room, parts[i]] = 1
    knows[room, room] = 1
    next
}
FNR == 1 {
    where = ""
    if (FILENAME ~ /^src\//) { split(FILENAME, parts, "/"); where = parts[2]
        if (!(where in rooms)) { print FILENAME ": its room is not listed in scripts/rooms.txt"; bad = 1 } }
    else if (FILENAME ~ /^runtime\//) where = "runtime"
    else if (FILENAME ~ /^cli\//) where = "cli"
    else where = "public"
}
/^[ \t]*#[ \t]*include/ {
    line = $0
    if (match(line, /"[^"]*"/)) {
        name = substr(line, RSTART + 1, RLENGTH - 2); target = ""
        if (name ~ /^vww\//) { stem = name; sub(/^vww\//, "", stem); sub(/\.h$/, "", stem)
            target = owner[stem]
            if (target == "") { print FILENAME ":" FNR ": " name " belongs to no room of scripts/rooms.txt"; bad = 1; next }
            if (where == "cli" || where == "public") next }
        else if (name ~ /\//) { split(name, parts, "/"); target = (parts[1] in rooms) ? parts[1] : ""
            if (index(runtime_folders, " " parts[1] " ")) target = "runtime"
            if (target == "" && where != "runtime") { print FILENAME ":" FNR ": " name " is of no known room"; bad = 1; next } }
        if (where == "runtime") {
            if (name ~ /^vww\// || (target != "" && target != "runtime")) { print FILENAME ":" FNR ": the runtime includes nothing of the host: " name; bad = 1 }
            next }
        if (target == "") next
        if ((where == "cli" || where == "public") || !((where, target) in knows)) {
            print FILENAME ":" FNR ": " where " must not include " name " (" target ")"; bad = 1 }
    } else if (where == "runtime" && line !~ /<(stdint|stddef|stdbool|limits|arm_acle|arm_mve|arm_neon)\.h>/) {
        print FILENAME ":" FNR ": the runtime is freestanding: " line; bad = 1 }
}
END { exit bad }
' scripts/rooms.txt $(find src include cli runtime -name '*.[ch]' 2>/dev/null | sort)
