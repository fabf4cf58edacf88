# The include-order check refuses what it should: one planted include for each rule.
set -eu
tree=$PWD/tree
mkdir "$tree"
cp -r "$VWW_SOURCE_DIR/scripts" "$VWW_SOURCE_DIR/src" "$VWW_SOURCE_DIR/include" "$VWW_SOURCE_DIR/cli" "$tree"
[ -d "$VWW_SOURCE_DIR/runtime" ] && cp -r "$VWW_SOURCE_DIR/runtime" "$tree"
"$tree/scripts/check-includes.sh" || { echo "the tree itself is refused"; exit 1; }
plant() {
    mkdir -p "$(dirname "$tree/$1")"
    printf '#include %s\n' "$2" >"$tree/$1"
    if "$tree/scripts/check-includes.sh" >output; then
        echo "not refused: $2 in $1"
        exit 1
    fi
    grep -q "$1" output || { echo "the message does not name $1"; cat output; exit 1; }
    rm "$tree/$1"
}
plant src/base/planted.c '"vww/graph.h"'
plant src/model/planted.c '"vww/train.h"'
plant src/dataset/planted.h '"model/zoo.h"'
plant src/nowhere/planted.c '<stdio.h>'; rmdir "$tree/src/nowhere"
plant cli/planted.c '"base/memory.h"'
plant include/vww/planted.h '"base/memory.h"'
plant runtime/planted.c '<stdlib.h>'
plant runtime/planted.c '"vww/status.h"'
