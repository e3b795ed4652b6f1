"""Writes the golden files with the reference library (its version is noted in index.json).

    python make.py        (needs safetensors and numpy)
"""
import base64, json, os
import numpy as np
import safetensors
from safetensors import TensorSpec, serialize
from safetensors.numpy import save

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(0)
index = {"safetensors": safetensors.__version__, "files": []}


def write(name, data, tensors, metadata):
    with open(os.path.join(here, name), "wb") as file:
        file.write(data)
    index["files"].append({"file": name, "metadata": metadata, "tensors": tensors})


def describe(dtype, shape, raw):
    return {"dtype": dtype, "shape": shape, "data": base64.b64encode(raw).decode()}


formats = {"bool": "BOOL", "uint8": "U8", "int8": "I8", "int16": "I16", "uint16": "U16", "float16": "F16", "int32": "I32",
           "uint32": "U32", "float32": "F32", "float64": "F64", "int64": "I64", "uint64": "U64", "complex64": "C64"}


def numpy_file(name, arrays, metadata=None):
    tensors = {k: describe(formats[str(a.dtype)], list(a.shape), a.tobytes()) for k, a in arrays.items()}
    write(name, bytes(save(arrays, metadata)), tensors, metadata or {})


numpy_file("numpy.safetensors", {
    **{f"a.{d}": np.frombuffer(rng.bytes(6 * np.dtype(d).itemsize), d).reshape(2, 3) for d in formats if d != "bool"},
    "a.bool": np.array([True, False, True]),
}, {"format": "np"})
numpy_file("names.safetensors", {
    n: np.zeros(1, np.int8) for n in ["b", "a", "B", "a.b", "", "é", "日本", "\U0001F600", "\uFFFD", 'quote"back\\slash', "tab\tnew\nline\x01", "__proto__", "10", "9"]
})
numpy_file("shapes.safetensors", {
    "scalar": np.array(2.5), "empty": np.zeros((0,), np.float32), "emptyMatrix": np.zeros((3, 0, 2), np.float32), "deep": np.ones((1,) * 8, np.int64),
})
numpy_file("nothing.safetensors", {})
numpy_file("onlyMetadata.safetensors", {}, {"éa\n": "日\"本"})

buffer = np.frombuffer(rng.bytes(64), np.uint8).copy()
exotic = {"bool": ("BOOL", 1), "uint8": ("U8", 1), "int8": ("I8", 1), "int16": ("I16", 2), "uint16": ("U16", 2), "float16": ("F16", 2), "bfloat16": ("BF16", 2),
          "int32": ("I32", 4), "uint32": ("U32", 4), "float32": ("F32", 4), "float64": ("F64", 8), "int64": ("I64", 8), "uint64": ("U64", 8),
          "float8_e4m3fn": ("F8_E4M3", 1), "float8_e5m2": ("F8_E5M2", 1), "float8_e8m0fnu": ("F8_E8M0", 1),
          "float8_e4m3fnuz": ("F8_E4M3FNUZ", 1), "float8_e5m2fnuz": ("F8_E5M2FNUZ", 1), "complex64": ("C64", 8), "float4_e2m1fn_x2": ("F4", 0.5)}
specs, tensors = {}, {}
for dtype, (name, size) in exotic.items():
    length = int(4 * size)
    specs[name] = TensorSpec(dtype=dtype, shape=[2, 1] if name == "F4" else [2, 2], data_ptr=buffer.ctypes.data, data_len=length)
    tensors[name] = describe(name, [2, 2], buffer[:length].tobytes())
write("everyDtype.safetensors", bytes(serialize(specs)), tensors, {})

with open(os.path.join(here, "index.json"), "w") as file:
    json.dump(index, file, indent=1)
    file.write("\n")
