"""Runs LiteRT's built-in reference kernels over cases: FOLDER/<name>.tflite with its input bytes in
<name>.in. `compare FOLDER`: the output must be <name>.out, byte for byte. `record FOLDER`: prints
the record, a line `kind number crc output` for each case."""

import os
import sys

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def run(model, data):
    interpreter = Interpreter(
        model_path=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]
    made = interpreter.get_output_details()[0]
    interpreter.set_tensor(given["index"],
                           numpy.frombuffer(data, given["dtype"]).reshape(given["shape"]))
    interpreter.invoke()
    return interpreter.get_tensor(made["index"]).tobytes()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main(verb, folder):
    names = [name[:-7] for name in os.listdir(folder) if name.endswith(".tflite")]
    if not names:
        sys.exit("no cases in " + folder)
    wrong = 0
    lines = []
    for name in sorted(names, key=lambda n: (n.split("-")[0], int(n.split("-")[1]))):
        path = os.path.join(folder, name)
        output = run(path + ".tflite", read(path + ".in"))
        if verb == "record":
            kind, number, crc = name.split("-")
            lines.append(f"{kind} {number} {crc} {output.hex()}")
        elif output != read(path + ".out"):
            wrong += 1
            print(f"{name}: LiteRT {output[:16].hex()}… ours {read(path + '.out')[:16].hex()}…")
    if lines:
        print("\n".join(lines))
    else:
        print(f"{len(names)} cases, {wrong} differ")
    sys.exit(wrong > 0)


main(sys.argv[1], sys.argv[2])
