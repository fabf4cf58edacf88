"""Compare `vww run` with LiteRT's built-in reference kernels: tflite_models.py VWW DATA INT8 FLOAT
SIMPLIFIED, where INT8 and FLOAT are the models of DATA/models as vww wrote them after reading them, and
SIMPLIFIED is the int8 one without what changes no output."""

import glob
import json
import os
import subprocess
import sys

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType

IMAGES = int(os.environ.get("VWW_CONFORMANCE_IMAGES", "150"))
SIDE = 96


def load(path):
    interpreter = Interpreter(
        model_path=path, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]["index"]
    made = interpreter.get_output_details()[0]["index"]

    def run(values):
        interpreter.set_tensor(given, values[None])
        interpreter.invoke()
        return interpreter.get_tensor(made)[0].copy()

    return run


def photographs(data, count):
    """Real photographs at the model's size, or none where Pillow or the folder is absent."""
    try:
        from PIL import Image
    except ImportError:
        return []
    paths = sorted(glob.glob(data + "/photos/images/*.jpg"))[:count]
    return [numpy.asarray(Image.open(p).convert("RGB").resize((SIDE, SIDE))) for p in paths]


def main(vww, data, rewritten, rewritten_float, simplified):
    random = numpy.random.default_rng(1)
    images = photographs(data, IMAGES)
    print(len(images), "photographs")
    for i in range(50):  # noise of all contrasts
        noise = random.integers(0, 256, (SIDE, SIDE, 3))
        images.append((noise * (i % 10 + 1) // 10).astype(numpy.uint8))
    names = []
    for i, image in enumerate(images):
        names.append(f"{i}.bin")
        with open(names[-1], "wb") as file:
            file.write(image.tobytes())
    model = data + "/models/vww_96_int8.tflite"
    wrong = 0
    whole = None
    for path in (model, rewritten, simplified):
        lines = subprocess.run([vww, "run", path, "--json", "--raw"] + names, check=True,
                               capture_output=True, text=True).stdout.splitlines()
        ours = [json.loads(line)["output"] for line in lines]
        run = load(path)
        theirs = [run((i.astype(numpy.int16) - 128).astype(numpy.int8)).tolist() for i in images]
        differ = sum(a != b for a, b in zip(ours, theirs, strict=True))
        print(f"{path}: {differ} of {len(images)} outputs differ")
        wrong += differ
        whole = whole or theirs
        wrong += theirs != whole
    before, after = load(data + "/models/vww_96_float.tflite"), load(rewritten_float)
    for image in images[:20]:
        values = image.astype(numpy.float32) / 255
        wrong += not numpy.array_equal(before(values), after(values))
    sys.exit(wrong > 0)


main(*sys.argv[1:])
