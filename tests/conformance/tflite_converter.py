"""Models made by TensorFlow's own converter from Keras networks, float and int8 with int8, uint8 and float
ends: what `vww run` computes is what LiteRT's built-in reference kernels compute (floats within 1e-5):
tflite_converter.py VWW."""

import json
import os
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy
import tensorflow
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

keras = tensorflow.keras
layers = keras.layers
random = numpy.random.default_rng(0)


class Nearest(layers.Layer):
    def call(self, x):
        return tensorflow.image.resize(x, [32, 32], method="nearest")


def every_operator():
    x = image = layers.Input((32, 32, 3))
    x = layers.Conv2D(8, 3, 2, padding="same", activation="relu6")(x)
    y = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, activation="relu")(x)
    x = layers.Add()([x, layers.Conv2D(8, 1)(y)])
    x = layers.Activation("hard_swish")(x)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Multiply()([x, layers.Conv2D(8, 1, activation="sigmoid")(gate)])
    x = layers.MaxPool2D(3, 2, padding="same")(Nearest()(x))
    x = layers.Concatenate()([x, x * 0.5 + 0.1])[:, 1:-1, ::2, :]
    x = layers.Conv2D(12, 3, dilation_rate=2, activation="relu")(x)
    x = layers.ZeroPadding2D(1)(layers.AveragePooling2D(2, padding="same")(x))
    x = layers.Dense(10, activation="relu")(layers.Flatten()(x))
    return keras.Model(image, layers.Dense(3, activation="softmax")(x))


def networks():
    made = keras.applications
    size = {"weights": None, "classes": 2}
    yield "every_operator", every_operator()
    yield "mobilenet_v2", made.MobileNetV2((64, 64, 3), alpha=0.35, **size)
    yield "mobilenet_v3", made.MobileNetV3Small((64, 64, 3), alpha=0.75, **size)


def randomize(network):
    """He's deviations, and batch norms that do something: activations keep their size."""
    for weight in network.weights:
        name, shape = weight.path.split("/")[-1], tuple(weight.shape)
        if "kernel" in name:
            terms = shape[0] * shape[1] if "depthwise" in name else numpy.prod(shape[:-1])
            weight.assign(random.normal(0, numpy.sqrt(2 / terms), shape))
        elif name == "gamma":
            weight.assign(random.uniform(0.6, 1.2, shape))
        elif name in ("beta", "bias"):
            weight.assign(random.normal(0, 0.2, shape))


def convert(network, ends):
    """ends: the type of input and output, or None for a float model."""
    shape = (1, *network.input_shape[1:])
    function = tensorflow.function(lambda x: network(x, training=False))
    frozen = convert_variables_to_constants_v2(
        function.get_concrete_function(tensorflow.TensorSpec(shape, tensorflow.float32)))
    converter = tensorflow.lite.TFLiteConverter.from_concrete_functions([frozen])
    if ends is not None:
        converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: (
            [random.random(shape, numpy.float32)] for _ in range(8))
        converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = ends
    return converter.convert()


def worst_of(vww, model):
    """The largest difference over a few images."""
    with open("model.tflite", "wb") as file:
        file.write(model)
    interpreter = Interpreter(model_content=model,
                              experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    given, made = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    worst = 0.0
    for number in range(4):
        data = random.integers(0, 256 >> number % 3, given["shape"]).astype(numpy.uint8)
        data.tofile("input.bin")
        values = data
        if given["dtype"] == numpy.int8:
            values = (data.astype(numpy.int16) - 128).astype(numpy.int8)
        elif given["dtype"] == numpy.float32:
            values = data.astype(numpy.float32) * numpy.float32(1 / 255)
        interpreter.set_tensor(given["index"], values)
        interpreter.invoke()
        theirs = numpy.float32(interpreter.get_tensor(made["index"]).flatten())
        line = subprocess.run([vww, "run", "model.tflite", "--raw", "input.bin", "--json"],
                              check=True, capture_output=True, text=True).stdout
        ours = numpy.float32(json.loads(line)["output"])
        worst = max(worst, float(abs(ours - theirs).max()))
    return worst


def main(vww):
    wrong = 0
    kinds = {"float": None, "int8": tensorflow.int8, "uint8 ends": tensorflow.uint8,
             "float ends": tensorflow.float32}
    for name, network in networks():
        randomize(network)
        for kind, ends in kinds.items():
            worst = worst_of(vww, convert(network, ends))
            print(f"{name}, {kind}: apart by {worst:.3g} at most", flush=True)
            wrong += worst > (1e-5 if ends is None else 0)
    sys.exit(wrong > 0)


main(sys.argv[1])
