"""Writes .npy files with NumPy (its version is noted in index.json).

    python make.py
"""
import base64, json, os
import numpy as np
from numpy.lib import format as npy

here = os.path.dirname(os.path.abspath(__file__))


def describe(a):
    plain = a.astype(a.dtype.newbyteorder("<"))
    return {"dtype": str(plain.dtype), "shape": list(a.shape), "data": base64.b64encode(plain.tobytes(order="C")).decode(),
            "fortran": a.flags.f_contiguous and not a.flags.c_contiguous, "big": a.dtype.byteorder == ">"}


rng = np.random.default_rng(0)
index = {"numpy": np.__version__, "files": {}, "refused": []}


def write(name, array, version=None):
    with open(os.path.join(here, name), "wb") as file:
        npy.write_array(file, array, version=version, allow_pickle=True)
    if array.dtype.kind in "fib" or array.dtype == np.uint8:
        index["files"][name] = {**describe(array), "version": version[0] if version else 1}
    else:
        index["refused"].append(name)


for dtype in ["float32", "float64", "float16", "int8", "uint8", "int16", "int32", "int64", "bool"]:
    values = rng.integers(0, 2, (2, 3)).astype(bool) if dtype == "bool" else np.frombuffer(rng.bytes(6 * np.dtype(dtype).itemsize), dtype).reshape(2, 3)
    write(f"{dtype}.npy", values)
    if np.dtype(dtype).itemsize > 1:
        write(f"{dtype}BigEndian.npy", values.astype(np.dtype(dtype).newbyteorder(">")))
    write(f"{dtype}Fortran.npy", np.asfortranarray(values))
write("scalar.npy", np.array(2.5))
write("empty.npy", np.zeros((0,), np.float32))
write("emptyMatrix.npy", np.zeros((3, 0, 2), np.int64, order="F"))
write("vectorFortran.npy", np.asfortranarray(np.arange(5)))
write("deep.npy", np.arange(48, dtype=np.int16).reshape(2, 1, 3, 2, 4))
write("deepFortran.npy", np.asfortranarray(np.arange(48, dtype=np.int16).reshape(2, 1, 3, 2, 4)))
write("deepFortranBigEndian.npy", np.asfortranarray(np.arange(24, dtype=">f8").reshape(2, 3, 4)))
write("version2.npy", np.arange(3, dtype=np.float32), (2, 0))
write("version3.npy", np.arange(3, dtype=np.float32), (3, 0))
write("uint16.npy", np.arange(3, dtype=np.uint16))
write("uint64.npy", np.arange(3, dtype=np.uint64))
write("complex64.npy", np.arange(3).astype(np.complex64))
write("text.npy", np.array(["a", "bc"]))
write("date.npy", np.array(["2020-01-01"], "datetime64[D]"))
write("record.npy", np.zeros(2, [("a", "<f4"), ("b", "<i4")]))
write("object.npy", np.array([{"a": 1}, None], dtype=object))
with open(os.path.join(here, "index.json"), "w") as file:
    json.dump(index, file, indent=1)
    file.write("\n")
