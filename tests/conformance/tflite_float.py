"""Compare float outputs with LiteRT's built-in reference kernels: tflite_float.py FOLDER, of models
<name>.tflite with inputs <name>.in and vww's outputs <name>.out (float32). The bound is BOUND times the
largest magnitude among the outputs and 1."""

import os
import sys

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType

BOUND = 1e-5


def run(path):
    interpreter = Interpreter(model_path=path + ".tflite",
                              experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    given, made = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    values = numpy.fromfile(path + ".in", numpy.float32).reshape(given["shape"])
    interpreter.set_tensor(given["index"], values)
    interpreter.invoke()
    return interpreter.get_tensor(made["index"]).flatten()


def main(folder):
    worst, wrong = 0.0, 0
    names = sorted(name[:-7] for name in os.listdir(folder) if name.endswith(".tflite"))
    for name in names:
        theirs = run(os.path.join(folder, name))
        ours = numpy.fromfile(os.path.join(folder, name + ".out"), numpy.float32)
        distance = abs(ours - theirs).max() / max(1, abs(theirs).max())
        worst = max(worst, distance)
        if not distance <= BOUND:
            wrong += 1
            print(f"{name}: apart by {distance:.3g} of the largest output")
    print(f"{len(names)} models, {wrong} beyond {BOUND}; the worst {worst:.3g}")
    sys.exit(wrong > 0 or not names)


main(sys.argv[1])
