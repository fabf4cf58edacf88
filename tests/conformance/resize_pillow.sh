#!/bin/bash
# The resize that host and device share against Pillow's BILINEAR resize, which is the same filter:
# no pixel differs by more than 1. Skipped without Python, numpy and Pillow
# (VWW_ORACLE_PYTHON names the interpreter).
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import numpy, PIL' 2>/dev/null ||
    { echo "skipped: $python has no numpy or no Pillow"; exit 77; }
cc -std=c11 -O2 -shared -fPIC -I "$VWW_SOURCE_DIR/runtime" \
    "$VWW_SOURCE_DIR/runtime/preprocess/resize.c" -o resize.so
"$python" - <<'PYTHON'
import ctypes, numpy, PIL.Image
library = ctypes.CDLL("./resize.so")
library.vwwrt_resize_scratch_bytes.restype = ctypes.c_size_t
byte_pointer = ctypes.POINTER(ctypes.c_uint8)

def resize(image, width, height):
    in_height, in_width, channels = image.shape
    scratch = ctypes.create_string_buffer(
        library.vwwrt_resize_scratch_bytes(in_width, in_height, width, height, channels))
    state = ctypes.create_string_buffer(1024)  # larger than struct vwwrt_resize
    out = numpy.zeros((height, width, channels), numpy.uint8)
    library.vwwrt_resize_begin(state, in_width, in_height, width, height, channels, scratch)
    for row in numpy.ascontiguousarray(image):
        done = library.vwwrt_resize_row(state, row.ctypes.data_as(byte_pointer),
                                        out.ctypes.data_as(byte_pointer),
                                        ctypes.c_size_t(width * channels))
    assert done == height
    return out

random = numpy.random.default_rng(1)
shapes = [(640, 480, 96, 96), (480, 640, 96, 96), (320, 213, 128, 128), (96, 96, 224, 224),
          (333, 500, 160, 160), (50, 40, 96, 96), (7, 5, 31, 33), (500, 375, 1, 1), (1, 1, 9, 9),
          (97, 96, 96, 97), (2000, 30, 17, 90), (64, 64, 64, 64)]
most, total, differing = 0, 0, 0
for in_width, in_height, width, height in shapes:
    for channels in (1, 3):
        y, x = numpy.mgrid[0:in_height, 0:in_width]
        smooth = ((x * 255) // in_width)[..., None] ^ ((y * 255) // in_height)[..., None]
        for image in (random.integers(0, 256, (in_height, in_width, channels)),
                      numpy.repeat(smooth, channels, 2),
                      random.integers(0, 2, (in_height, in_width, channels)) * 255):
            image = image.astype(numpy.uint8)
            ours = resize(image, width, height)
            theirs = PIL.Image.fromarray(image[..., 0] if channels == 1 else image).resize(
                (width, height), PIL.Image.Resampling.BILINEAR)
            theirs = numpy.asarray(theirs).reshape(height, width, channels)
            difference = numpy.abs(ours.astype(int) - theirs.astype(int))
            most = max(most, difference.max())
            total += difference.size
            differing += numpy.count_nonzero(difference)
print(f"{total} values against Pillow {PIL.__version__}: largest difference {most}, "
      f"{100 * differing / total:.3f} % differ")
assert most <= 1
PYTHON
