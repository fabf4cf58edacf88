# Networks as text on the command line: show --text, --network, and the examples.
set -eu
examples=$VWW_SOURCE_DIR/examples/networks

# What is printed reads back to the same network.
"$VWW" model show shufflenet_v2 --depth-multiplier 0.5 --resolution 96 --text >shuffle.network
"$VWW" model show --network shuffle.network --text | cmp - shuffle.network
"$VWW" model cost --network shuffle.network --json | grep -q '"params_trainable":343842'

# The example in blocks is the zoo's network.
"$VWW" model show --network "$examples/mobilenet_v2_0.35.network" --text >blocks
"$VWW" model show mobilenet_v2_scaled --depth-multiplier 0.35 --resolution 96 --text |
    grep -v '^family ' | cmp - blocks
"$VWW" model cost --network "$examples/tiny.network" --resolution 64 --classes 3 --json |
    grep -q '"resolution":64,"classes":3'

# The drawing has a bar for each layer.
"$VWW" model show --network "$examples/tiny.network" | grep -q '^stem .*|########################|'

# Errors name line and column; a wrong command line is exit 2.
printf 'vww-network 1\ninput image 32x32x3\nclasses 2\na: conv 3x3 out=4 from=b\n' >wrong.network
status=0; "$VWW" model cost --network wrong.network >output 2>error || status=$?
[ $status -eq 1 ] && [ ! -s output ]
grep -q 'wrong.network: line 4, column 24: no layer above has this name; seen: b' error
status=0; "$VWW" model cost 2>error || status=$?
[ $status -eq 2 ] && grep -q 'which network' error
status=0; "$VWW" model show mobilenet_v1 --network wrong.network 2>error || status=$?
[ $status -eq 2 ] && grep -q 'not both' error
