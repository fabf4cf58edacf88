"""The int8 model's outputs by LiteRT's built-in reference kernels and by `vww run`, on random images."""
import json
import subprocess
import sys

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType

vww, model = sys.argv[1:]
interpreter = Interpreter(model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
interpreter.allocate_tensors()
source = interpreter.get_input_details()[0]
target = interpreter.get_output_details()[0]
random = numpy.random.default_rng(1)
names, wanted = [], []
for number in range(20):
    high = random.integers(1, 257)  # dark images as well as bright ones
    image = random.integers(0, high, source["shape"], dtype=numpy.uint16).astype(numpy.uint8)
    names.append(f"image{number}.bin")
    image.tofile(names[-1])
    interpreter.set_tensor(source["index"], (image.astype(numpy.int16) - 128).astype(numpy.int8))
    interpreter.invoke()
    wanted.append(interpreter.get_tensor(target["index"]).flatten().tolist())
lines = subprocess.run([vww, "run", model, "--raw", *names, "--json"], check=True, capture_output=True)
seen = [json.loads(line)["output"] for line in lines.stdout.splitlines()]
assert seen == wanted, (seen, wanted)
assert len({tuple(output) for output in seen}) > 1, "all outputs are equal: this says nothing"
print(len(seen), "images: equal outputs")
