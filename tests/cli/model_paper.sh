# docs/paper.md: each line of its checked list is what vww model cost says.
set -eu
sed -n '/^<!-- checked -->$/,$p' "$VWW_SOURCE_DIR/docs/paper.md" |
    grep -E '^[a-z_0-9]+ +[0-9.]+ +[0-9]+ +[0-9]+ +[a-z_0-9+]+ +[0-9]+$' >list
[ "$(wc -l <list)" -ge 28 ]
while read -r model multiplier resolution classes keys value; do
    "$VWW" model cost "$model" --depth-multiplier "$multiplier" --resolution "$resolution" \
        --classes "$classes" --json >cost.json
    sum=0
    for key in $(echo "$keys" | tr + ' '); do
        sum=$((sum + $(sed -n "s/.*\"$key\":\([0-9]*\)[,}].*/\1/p" cost.json)))
    done
    [ "$sum" -eq "$value" ] || { echo "$model $multiplier at $resolution: $keys is $sum, not $value"; exit 1; }
done <list
