#!/bin/sh
# Run a test script in a new empty folder, and remove the folder afterwards.
set -eu
script=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
status=0
bash "$script" || status=$?
exit $status
