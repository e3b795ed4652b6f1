"""What PyTorch and Pillow make of small images, for test/data: transforms.json, images.json and images/.

    python write.py          needs torch, numpy and Pillow; versions are written down in the results

The transforms are written with torch alone, as torchvision 0.29 defines them for tensors (its v1 functions).
"""

import hashlib
import io
import json
from pathlib import Path

import numpy
import PIL
import torch
import torch.nn.functional as F
from PIL import Image

here = Path(__file__).parent


def pattern(shape, dtype="uint8"):
    """The same numbers as `pattern` in the test: 0 to 255 without an order that a wrong index would keep."""
    n = int(numpy.prod(shape))
    i = torch.arange(n, dtype=torch.int64)
    values = (i * i * 7 + i * 37 + (i // 5) * 101) % 256
    if dtype == "uint8":
        return values.to(torch.uint8).reshape(shape)
    return (values.to(getattr(torch, dtype)) / 7 - 15).reshape(shape)


def numbers(x):
    if x.dtype == torch.float32:  # the shortest text that gives the same float32 again
        return [float(numpy.format_float_positional(v, unique=True, trim="-")) for v in x.flatten().numpy()]
    return x.flatten().tolist()


def resize(x, size, interpolation="bilinear", antialias=True, maxSize=None):
    h, w = x.shape[-2:]
    if isinstance(size, int):
        short, long = (w, h) if w <= h else (h, w)
        new_short, new_long = size, int(size * long / short)
        if maxSize is not None and new_long > maxSize:
            new_short, new_long = int(maxSize * new_short / new_long), maxSize
        size = [new_long, new_short] if w <= h else [new_short, new_long]
    if [h, w] == list(size):
        return x
    y = x.unsqueeze(0)
    if interpolation == "nearest":
        return F.interpolate(y, size=size, mode="nearest")[0]
    y = y if x.is_floating_point() else y.float()
    y = F.interpolate(y, size=size, mode="bilinear", align_corners=False, antialias=antialias)
    return (y if x.is_floating_point() else y.round().to(x.dtype))[0]


def pad(x, padding, fill=0, paddingMode="constant"):
    left, top, right, bottom = padding
    if paddingMode == "symmetric":
        return torch.from_numpy(numpy.pad(x.numpy(), [(0, 0), (top, bottom), (left, right)], "symmetric"))
    mode = {"edge": "replicate"}.get(paddingMode, paddingMode)
    y = x.float().unsqueeze(0)
    y = F.pad(y, (left, right, top, bottom), mode, **({"value": fill} if mode == "constant" else {}))
    return y[0].to(x.dtype)


def center_crop(x, size):
    ch, cw = size
    h, w = x.shape[-2:]
    if cw > w or ch > h:
        left, right = ((cw - w) // 2, (cw - w + 1) // 2) if cw > w else (0, 0)
        top, bottom = ((ch - h) // 2, (ch - h + 1) // 2) if ch > h else (0, 0)
        x = pad(x, [left, top, right, bottom])
        h, w = x.shape[-2:]
    top, left = int(round((h - ch) / 2.0)), int(round((w - cw) / 2.0))
    return x[..., top : top + ch, left : left + cw]


def grayscale(x, channels):
    r, g, b = x.unbind(-3)
    grey = (0.2989 * r + 0.587 * g + 0.114 * b).to(x.dtype).unsqueeze(-3)
    return grey.expand(channels, *grey.shape[1:])


def transform_cases():
    def case(op, shape, dtype, arguments, options, result):
        return {
            "op": op,
            "shape": shape,
            "dtype": dtype,
            "arguments": arguments,
            "options": options,
            "outShape": list(result.shape),
            "out": numbers(result),
        }

    for dtype in ["uint8", "float32", "float64"]:
        for shape in [[3, 7, 9], [1, 9, 7]]:
            for size in [[3, 4], [14, 5], [5, 20], [7, 9], [1, 1], 4, 12]:
                for options in [{}, {"antialias": False}, {"interpolation": "nearest"}]:
                    if dtype == "float64" and (isinstance(size, int) or shape[0] == 1):
                        continue
                    yield case("Resize", shape, dtype, [size], options, resize(pattern(shape, dtype), size, **options))
    yield case("Resize", [1, 6, 31], "uint8", [4], {"maxSize": 15}, resize(pattern([1, 6, 31]), 4, maxSize=15))
    yield case("Resize", [3, 37, 53], "uint8", [[16, 24]], {}, resize(pattern([3, 37, 53]), [16, 24]))
    for mode in ["constant", "edge", "reflect", "symmetric"]:
        for shape in [[3, 5, 6], [1, 5, 6]]:
            for sides in [[1, 2, 3, 4], [0, 0, 5, 0]]:
                options = {"paddingMode": mode, "fill": 9}
                yield case("Pad", shape, "uint8", [sides], options, pad(pattern(shape), sides, 9, mode))
    for size in [[3, 3], [4, 4], [2, 5], [8, 9], [9, 2], [5, 6]]:
        for shape in [[3, 5, 6], [1, 6, 5]]:
            yield case("CenterCrop", shape, "uint8", [size], {}, center_crop(pattern(shape), size))
    for channels in [1, 3]:
        for dtype in ["uint8", "float32"]:
            yield case("Grayscale", [3, 16, 16], dtype, [channels], {}, grayscale(pattern([3, 16, 16], dtype), channels))


def nearest_hash():
    """Of all nearest indices from 1..64 to 1..64, as int32."""
    hash = hashlib.sha256()
    for length in range(1, 65):
        for wanted in range(1, 65):
            x = torch.arange(length, dtype=torch.float32).reshape(1, 1, length)
            hash.update(F.interpolate(x, size=wanted, mode="nearest").flatten().int().numpy().tobytes())
    return hash.hexdigest()


def write_images():
    """Files as Pillow writes them, and what it reads from them again: height, width, channels and bytes."""
    folder = here / "images"
    folder.mkdir(exist_ok=True)
    rgb = pattern([10, 14, 3]).numpy()
    smooth = numpy.stack(numpy.meshgrid(numpy.arange(14) * 17, numpy.arange(10) * 25), -1).astype("uint8")
    smooth = numpy.concatenate([smooth, 255 - smooth[..., :1]], -1)
    alpha = pattern([10, 14, 4]).numpy()
    grey = pattern([10, 14]).numpy()
    made = {
        "rgb.png": (Image.fromarray(rgb), {}),
        "grey.png": (Image.fromarray(grey), {}),
        "alpha.png": (Image.fromarray(alpha), {}),
        "greyAlpha.png": (Image.fromarray(alpha[..., :2], "LA"), {}),
        "palette.png": (Image.fromarray(smooth).quantize(16), {}),
        "rgb.bmp": (Image.fromarray(rgb), {}),
        "palette.bmp": (Image.fromarray(smooth).quantize(16), {}),
        "grey.bmp": (Image.fromarray(grey), {}),
        "rgb.jpg": (Image.fromarray(smooth), {"quality": 90}),
        "subsampled.jpg": (Image.fromarray(smooth), {"quality": 75, "subsampling": 2}),
        "progressive.jpeg": (Image.fromarray(smooth), {"quality": 90, "progressive": True}),
        "grey.jpg": (Image.fromarray(smooth[..., 0].copy()), {"quality": 90}),
        "palette.gif": (Image.fromarray(smooth).quantize(16), {}),
    }
    result = {}
    for name, (image, options) in made.items():
        image.save(folder / name, **options)
        result[name] = read(folder / name)
    frames = [Image.fromarray(numpy.roll(smooth, 3 * i, 1)).quantize(16) for i in range(3)]
    frames[0].save(folder / "animated.gif", save_all=True, append_images=frames[1:], duration=50)
    result["animated.gif"] = read(folder / "animated.gif")
    return result


def read(file):
    image = Image.open(io.BytesIO(file.read_bytes()))
    if image.mode == "P":
        image = image.convert("RGB")
    pixels = numpy.asarray(image)
    grey = Image.open(io.BytesIO(file.read_bytes()))
    if grey.format == "JPEG":
        grey.draft("L", grey.size)  # the brightness that the file holds, as torchvision asks for it
    return {
        "shape": [*pixels.shape, 1][:3],
        "pixels": pixels.flatten().tolist(),
        "rgb": numpy.asarray(image.convert("RGB")).flatten().tolist(),
        "gray": numpy.asarray((grey if grey.format == "JPEG" else image).convert("L")).flatten().tolist(),
    }


def dump(name, value):
    (here / name).write_text(json.dumps(value, separators=(",", ":")).replace('{"op"', '\n{"op"') + "\n")


versions = {"torch": torch.__version__, "numpy": numpy.__version__, "pillow": PIL.__version__}
dump("transforms.json", {"versions": versions, "nearest": nearest_hash(), "cases": list(transform_cases())})
dump("images.json", {"versions": versions, "images": write_images()})
