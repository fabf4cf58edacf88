#!/bin/sh
# Format, include order, banned functions, static analysis, scripts. Changes nothing.
set -eu
cd "$(dirname "$0")/.."
failed=0

echo "clang-format"
git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror || failed=1

echo "include order"
scripts/check-includes.sh || failed=1

# Functions with no bound, hidden state or no way to report failure; what to use instead.
echo "banned functions"
if git ls-files 'src/*.[ch]' 'cli/*.[ch]' 'runtime/*.[ch]' |
    xargs grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|tmpnam|mktemp|system|popen)\(' /dev/null; then
    echo "use snprintf, strtol with checks, mkstemp, fork and exec instead"
    failed=1
fi

# Right shifts of negative numbers are arithmetic in every compiler that builds vww: the kernels count on it.
echo "cppcheck"
cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
    --suppress=missingIncludeSystem --suppress=shiftTooManyBitsSigned -I include -I src -I runtime -j "$(nproc)" \
    src cli runtime || failed=1

echo "shellcheck"
git ls-files '*.sh' .ci/run | xargs shellcheck -S warning -s bash || failed=1

[ $failed -eq 0 ] && echo "lint: clean"
exit $failed
