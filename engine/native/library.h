// Opening libtensorflow by path. Knows file names and symbols; nothing of devices or tensors.
#pragma once

#include <string>

#include "tensorflow_api.h"

namespace gradtape {

// The functions of the opened library. Null pointers until OpenLibrary succeeded.
extern TensorFlow tensorflow;

// The C interface for kernels; all null pointers where the library does not export all of it.
extern TensorFlowKernels kernelInterface;
bool HasKernelInterface();

// Opens the library (and the framework library beside it) and fills `tensorflow`. Throws NativeError naming the file or
// the symbol that is missing. Not thread-safe: context.cc calls it once, under its lock.
void OpenLibrary(const std::string& path);

// Makes TensorFlow refuse kernels whose results depend on the order of threads. It has no C function: false where the
// library does not export the switch under the name it has had since 2.10.
bool EnableOpDeterminism(bool on);

}  // namespace gradtape
