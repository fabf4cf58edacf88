"""Models that other tools make and vww does not: the older uint8 scheme, and int8 models with float or
uint8 ends. Each is drawn at random and run by LiteRT's built-in reference kernels and by `vww run`:
tflite_uint8.py VWW REWRITE MODELS. `tflite_uint8.py record MODELS` prints some of them with LiteRT's outputs:
a line `number model input output` for each, in hexadecimal."""

import json
import subprocess
import sys

import flatbuffers
import numpy
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

CODES = schema.BuiltinOperator
TYPES = schema.TensorType
DTYPES = {TYPES.UINT8: numpy.uint8, TYPES.INT8: numpy.int8, TYPES.FLOAT32: numpy.float32}


class Model:
    """A chain of operators on tensors of one integer type."""

    def __init__(self, random, integer):
        self.random = random
        self.integer = integer
        self.low = 0 if integer == TYPES.UINT8 else -128
        self.tensors, self.buffers, self.operators, self.codes = [], [schema.BufferT()], [], []

    def zero_point(self):
        return int(self.random.integers(self.low, self.low + 256))

    def scale(self):
        return float(numpy.float32(2.0 ** self.random.uniform(-8, -2)))

    def tensor(self, shape, kind, scale=None, zero=0, data=None):
        tensor = schema.TensorT()
        tensor.shape = [int(n) for n in shape]
        tensor.type = kind
        tensor.name = f"t{len(self.tensors)}"
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = [scale]
            tensor.quantization.zeroPoint = [zero]
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = numpy.frombuffer(data.tobytes(), numpy.uint8)
            self.buffers.append(buffer)
            tensor.buffer = len(self.buffers) - 1
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def activation(self, shape, scale=None, zero=None):
        return self.tensor(shape, self.integer, self.scale() if scale is None else scale,
                           self.zero_point() if zero is None else zero)

    def like(self, tensor, shape):
        q = self.tensors[tensor].quantization
        return self.activation(shape, q.scale[0], q.zeroPoint[0])

    def append(self, code, inputs, output, options_type=0, options=None, version=1):
        op = schema.OperatorT()
        entry = schema.OperatorCodeT()
        entry.builtinCode = code
        entry.deprecatedBuiltinCode = min(code, 127)
        entry.version = version
        self.codes.append(entry)
        op.opcodeIndex = len(self.codes) - 1
        op.inputs, op.outputs = inputs, [output]
        op.builtinOptionsType, op.builtinOptions = options_type, options
        self.operators.append(op)
        return output

    def weights(self, shape, channels, terms, x, out_scale):
        """Weights with a zero point of their own, and a bias: sums reach the output's range."""
        scale_in = self.tensors[x].quantization.scale[0]
        scale = float(numpy.float32(out_scale / scale_in / (60 * numpy.sqrt(terms))))
        data = self.random.integers(self.low, self.low + 256, shape)
        zero = self.zero_point() if self.integer == TYPES.UINT8 else 0
        w = self.tensor(shape, self.integer, scale, zero, data.astype(DTYPES[self.integer]))
        bias = self.random.integers(-2000, 2000, channels).astype(numpy.int32)
        return w, self.tensor([channels], TYPES.INT32, float(numpy.float32(scale_in * scale)), 0,
                              bias)

    def window(self, options):
        options.padding = int(self.random.integers(0, 2))
        options.strideH = options.strideW = int(self.random.integers(1, 3))
        options.fusedActivationFunction = int(self.random.integers(0, 4))
        return options

    def sides(self, shape, options, kernel):
        if options.padding == 1 and kernel > min(shape[1], shape[2]):
            options.padding = 0
        size = [n if options.padding == 0 else n - kernel + 1 for n in shape[1:3]]
        return [-(-n // options.strideH) for n in size]

    def conv(self, x, depthwise):
        shape = self.tensors[x].shape
        kernel = int(self.random.integers(1, 4))
        scale = self.scale()
        if depthwise:
            options = self.window(schema.DepthwiseConv2DOptionsT())
            options.depthMultiplier = int(self.random.integers(1, 3))
            channels = shape[3] * options.depthMultiplier
            w = self.weights([1, kernel, kernel, channels], channels, kernel ** 2, x, scale)
        else:
            options = self.window(schema.Conv2DOptionsT())
            channels = int(self.random.integers(1, 9))
            w = self.weights([channels, kernel, kernel, shape[3]], channels,
                             kernel ** 2 * shape[3], x, scale)
        options.dilationHFactor = options.dilationWFactor = 1
        out = self.activation([1, *self.sides(shape, options, kernel), channels], scale)
        if depthwise:
            return self.append(CODES.DEPTHWISE_CONV_2D, [x, *w], out,
                               schema.BuiltinOptions.DepthwiseConv2DOptions, options)
        return self.append(CODES.CONV_2D, [x, *w], out, schema.BuiltinOptions.Conv2DOptions, options)

    def pool(self, x, code):
        shape = self.tensors[x].shape
        options = self.window(schema.Pool2DOptionsT())
        options.filterHeight = options.filterWidth = kernel = int(self.random.integers(1, 5))
        sides = self.sides(shape, options, kernel)
        return self.append(code, [x], self.like(x, [1, *sides, shape[3]]),
                           schema.BuiltinOptions.Pool2DOptions, options)

    def pair(self, x, code):
        options = schema.AddOptionsT() if code == CODES.ADD else schema.MulOptionsT()
        options.fusedActivationFunction = int(self.random.integers(0, 4))
        kind = (schema.BuiltinOptions.AddOptions
                if code == CODES.ADD else schema.BuiltinOptions.MulOptions)
        shape = self.tensors[x].shape
        other = self.append(CODES.QUANTIZE, [x], self.activation(shape), version=2)
        return self.append(code, [x, other], self.activation(shape), kind, options)

    def lookup(self, x, code):
        shape = self.tensors[x].shape
        if code == CODES.LOGISTIC:
            return self.append(code, [x], self.activation(shape, 1 / 256, self.low))
        scale = self.tensors[x].quantization.scale[0]
        return self.append(code, [x], self.activation(shape, scale * 1.3))

    def end(self, x):
        elements = int(numpy.prod(self.tensors[x].shape))
        flat = self.like(x, [1, elements])
        options = schema.ReshapeOptionsT()
        options.newShape = [1, elements]
        self.append(CODES.RESHAPE, [x], flat, schema.BuiltinOptions.ReshapeOptions, options)
        outputs = int(self.random.integers(1, 9))
        scale = self.scale()
        w = self.weights([outputs, elements], outputs, elements, flat, scale)
        options = schema.FullyConnectedOptionsT()
        full = self.append(CODES.FULLY_CONNECTED, [flat, *w], self.activation([1, outputs], scale),
                           schema.BuiltinOptions.FullyConnectedOptions, options)
        options = schema.SoftmaxOptionsT()
        options.beta = 1.0
        return self.append(CODES.SOFTMAX, [full], self.activation([1, outputs], 1 / 256, self.low),
                           schema.BuiltinOptions.SoftmaxOptions, options)

    def chain(self):
        first = x = self.activation([1, *self.random.integers(3, 10, 2), self.random.integers(1, 6)])
        steps = [lambda x: self.conv(x, False), lambda x: self.conv(x, True),
                 lambda x: self.pool(x, CODES.AVERAGE_POOL_2D),
                 lambda x: self.pool(x, CODES.MAX_POOL_2D), lambda x: self.pair(x, CODES.ADD),
                 lambda x: self.pair(x, CODES.MUL), lambda x: self.lookup(x, CODES.LOGISTIC),
                 lambda x: self.lookup(x, CODES.HARD_SWISH), lambda x: self.lookup(x, CODES.RELU),
                 lambda x: self.lookup(x, CODES.RELU6)]
        for _ in range(self.random.integers(1, 6)):
            x = self.random.choice(steps)(x)
        if self.random.integers(0, 3) == 0:
            x = self.end(x)
        return first, x

    def ends(self, first, last):
        """Another type at the model's input and output, or not."""
        choices = [None, TYPES.FLOAT32] + ([TYPES.UINT8] if self.integer == TYPES.INT8 else [])
        for at_input in (True, False):
            kind = choices[self.random.integers(0, len(choices))]
            inner = first if at_input else last
            if kind is None:
                continue
            q = self.tensors[inner].quantization
            moved = kind == TYPES.UINT8 and self.random.integers(0, 2) == 0  # another scale
            outer = self.tensor(self.tensors[inner].shape, kind,
                                None if kind == TYPES.FLOAT32 else
                                self.scale() if moved else q.scale[0], q.zeroPoint[0] + 128)
            code = CODES.DEQUANTIZE if not at_input and kind == TYPES.FLOAT32 else CODES.QUANTIZE
            pair = (outer, inner) if at_input else (inner, outer)
            self.append(code, [pair[0]], pair[1], version=2)
            if at_input:
                self.operators.insert(0, self.operators.pop())
                first = outer
            else:
                last = outer
        return first, last

    def pack(self, first, last):
        graph = schema.SubGraphT()
        graph.tensors, graph.operators = self.tensors, self.operators
        graph.inputs, graph.outputs = [first], [last]
        model = schema.ModelT()
        model.version = 3
        model.subgraphs, model.buffers, model.operatorCodes = [graph], self.buffers, self.codes
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def expected(model, data):
    interpreter = Interpreter(model_content=model,
                              experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    given, made = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    values = data.reshape(given["shape"])
    if given["dtype"] == numpy.int8:
        values = (values.astype(numpy.int16) - 128).astype(numpy.int8)
    elif given["dtype"] == numpy.float32:
        values = values.astype(numpy.float32) * numpy.float32(1 / 255)
    interpreter.set_tensor(given["index"], values)
    interpreter.invoke()
    return interpreter.get_tensor(made["index"]).flatten()


def draw(number):
    """Model file and input bytes."""
    random = numpy.random.default_rng(number)
    model = Model(random, TYPES.UINT8 if number % 2 == 0 else TYPES.INT8)
    ends = model.ends(*model.chain())
    data = random.integers(0, 256, model.tensors[ends[0]].shape).astype(numpy.uint8)
    return model, model.pack(*ends), data


def record(models):
    for number in range(models):
        _, content, data = draw(number)
        if len(content) < 3000:
            print(number, content.hex(), data.tobytes().hex(),
                  expected(content, data).tobytes().hex())


def got(vww, path, raw):
    line = subprocess.run([vww, "run", path, "--raw", raw, "--json"], check=True,
                          capture_output=True, text=True).stdout
    return numpy.float32(json.loads(line)["output"]).tolist()


def main(vww, rewrite, models):
    wrong = 0
    for number in range(models):
        model, content, data = draw(number)
        with open("model.tflite", "wb") as file:
            file.write(content)
        with open("input.bin", "wb") as file:
            file.write(data.tobytes())
        wanted = numpy.float32(expected(content, data)).tolist()
        subprocess.run([rewrite, "--rewrite", "model.tflite", "again.tflite"], check=True)
        with open("again.tflite", "rb") as file:
            again = numpy.float32(expected(file.read(), data)).tolist()
        seen = got(vww, "model.tflite", "input.bin"), again, got(vww, "again.tflite", "input.bin")
        for what, output in zip(("vww", "LiteRT on what vww wrote", "vww on that"), seen,
                                strict=True):
            if output != wanted:
                wrong += 1
                codes = [model.codes[op.opcodeIndex].builtinCode for op in model.operators]
                print(f"model {number} {codes}: LiteRT {wanted[:8]}… {what} {output[:8]}…")
    print(f"{models} models, {wrong} outputs differ")
    sys.exit(wrong > 0)


if sys.argv[1] == "record":
    record(int(sys.argv[2]))
else:
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
