// Opening libtensorflow by path. Knows file names and symbols; nothing of devices or tensors.
#pragma once

#include <string>

#include "tensorflow_api.h"

namespace gradtape {

// The functions of the opened library. Null pointers until OpenLibrary succeeded.
extern TensorFlow tensorflow;

// Opens the library (and the framework library beside it) and fills `tensorflow`. Throws NativeError naming the file or
// the symbol that is missing. Not thread-safe: context.cc calls it once, under its lock.
void OpenLibrary(const std::string& path);

}  // namespace gradtape
