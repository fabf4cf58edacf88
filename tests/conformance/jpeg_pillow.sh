#!/bin/bash
# JPEG decoding against Pillow's: equal pixels for RGB, grey, progressive and CMYK files. Photographs
# are added where they are at hand (VWW_SHARED_DATA, or shared/data beside the project). Skipped
# without Python, numpy and Pillow.
set -eu
python=${VWW_ORACLE_PYTHON:-python3}
"$python" -c 'import numpy, PIL' 2>/dev/null ||
    { echo "skipped: $python has no numpy or no Pillow"; exit 77; }
cat >decode.c <<'C'
#include "vww/image.h"
#include <stdio.h>
int main(int count, char **paths)
{
    for (int i = 1; i < count; i++) {
        struct vww_image image;
        if (vww_image_read(paths[i], &image, NULL) != VWW_OK)
            return 1;
        printf("P6 %d %d 255\n", image.width, image.height);
        fwrite(image.pixels, 3, (size_t)image.width * (size_t)image.height, stdout);
        vww_image_fini(&image);
    }
    return 0;
}
C
sanitizers=$(grep -o -m 1 -e '-fsanitize=[a-z,]*' "$VWW_BUILD_DIR/CMakeCache.txt" || true)
# shellcheck disable=SC2046,SC2086 # lists of flags
cc -I "$VWW_SOURCE_DIR/include" decode.c "$VWW_BUILD_DIR/libvww.a" -o decode \
    $(pkg-config --libs libjpeg libpng yajl libprotobuf-c) -pthread -lm $sanitizers
shared=${VWW_SHARED_DATA:-$VWW_SOURCE_DIR/../shared/data}
"$python" - "$VWW_SOURCE_DIR/tests/fuzz/corpus/image" "$shared/photos/images" <<'PYTHON'
import io, pathlib, subprocess, sys
import numpy, PIL.Image
corpus, photos = (pathlib.Path(folder) for folder in sys.argv[1:])
files = sorted(corpus.glob("*.jpg")) + sorted(photos.glob("*.jpg"))[::50]
assert len(files) >= 4
for path in files:
    ours = subprocess.run(["./decode", path], stdout=subprocess.PIPE, check=True).stdout
    ours = numpy.asarray(PIL.Image.open(io.BytesIO(ours))).astype(int)
    image = PIL.Image.open(path)
    difference = numpy.abs(ours - numpy.asarray(image.convert("RGB")).astype(int)).max()
    assert difference == 0, f"{path}: pixels differ by {difference}"
print(f"{len(files)} files against Pillow {PIL.__version__}: equal pixels")
PYTHON
