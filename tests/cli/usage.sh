# The command's own manners: help on stdout and exit 0, wrong usage on stderr and exit 2.
set -eu
"$VWW" --version | grep -q '^vww [0-9]'
"$VWW" --help | grep -q 'vww model list'
"$VWW" model list | grep -q '^mobilenet_v1 '
status=0; "$VWW" modle list 2>error || status=$?
[ $status -eq 2 ] && grep -q 'did you mean model' error
status=0; "$VWW" model list --nonsense 2>error || status=$?
[ $status -eq 2 ] && grep -q 'unknown option' error
