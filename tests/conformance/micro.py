"""Run a .tflite file in TensorFlow Lite Micro on random bytes: micro.py VWW MODEL. The outputs must
be those of `vww run`. Prints TensorFlow Lite Micro's allocations at the end."""

import json
import subprocess
import sys

import numpy
from tflite_micro import runtime


def main(vww, path):
    with open(path, "rb") as file:
        interpreter = runtime.Interpreter.from_bytes(file.read(), arena_size=4 << 20)
    shape = interpreter.get_input_details(0)["shape"]
    random = numpy.random.default_rng(5)
    for number in range(5):
        data = random.integers(0, 256 >> number % 3, shape).astype(numpy.uint8)
        data.tofile("input.bin")
        interpreter.set_input((data.astype(numpy.int16) - 128).astype(numpy.int8), 0)
        interpreter.invoke()
        theirs = interpreter.get_output(0).flatten().tolist()
        line = subprocess.run([vww, "run", path, "--raw", "input.bin", "--json"], check=True,
                              capture_output=True, text=True).stdout
        ours = json.loads(line)["output"]
        if ours != theirs:
            sys.exit(f"{path}: TensorFlow Lite Micro {theirs}, vww {ours}")
    interpreter.print_allocations()


main(*sys.argv[1:])
