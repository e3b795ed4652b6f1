#include "library.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <cstdlib>

#include "status.h"

namespace gradtape {

TensorFlow tensorflow = {};
TensorFlowKernels kernelInterface = {};

namespace {

void (*enableOpDeterminism)(bool) = nullptr;

bool Exists(const std::string& path) {
  struct stat found;
  return stat(path.c_str(), &found) == 0;
}

void* Open(const std::string& path, int flags) {
  void* handle = dlopen(path.c_str(), flags);
  if (handle == nullptr) Refuse("load: cannot open " + path + ": " + dlerror());
  return handle;
}

// The main library needs the framework library by its soname; opened first by its full path, it is found wherever the
// folder lies and whatever LD_LIBRARY_PATH says. A library built as one file has no such neighbour.
void OpenFramework(const std::string& folder) {
  for (const char* name : {"libtensorflow_framework.so.2", "libtensorflow_framework.2.dylib"}) {
    const std::string path = folder + name;
    if (Exists(path)) {
      Open(path, RTLD_LAZY | RTLD_GLOBAL);
      return;
    }
  }
}

template <typename Function>
void Find(void* handle, const std::string& path, const char* name, Function& function) {
  void* symbol = dlsym(handle, name);
  if (symbol == nullptr) {
    Refuse("load: " + path + " has no function " + name +
           "; expected a libtensorflow 2.x with the eager interface (tested: 2.18)");
  }
  function = reinterpret_cast<Function>(symbol);
}

TensorFlowKernels FindKernelInterface(void* handle) {
  TensorFlowKernels found = {};
#define GRADTAPE_FIND(result, name, parameters)                              \
  found.name = reinterpret_cast<decltype(found.name)>(dlsym(handle, #name)); \
  if (found.name == nullptr) return {};
  GRADTAPE_KERNEL_INTERFACE(GRADTAPE_FIND)
#undef GRADTAPE_FIND
  return found;
}

}  // namespace

void OpenLibrary(const std::string& path) {
  if (!Exists(path)) Refuse("load: no such file: " + path);
  // Both are read while the library initializes itself. oneDNN's kernels are what makes the CPU fast, and TensorFlow's
  // own log belongs to its developers: errors reach the user as exceptions. A user's setting wins.
  setenv("TF_CPP_MIN_LOG_LEVEL", "3", 0);
  setenv("TF_ENABLE_ONEDNN_OPTS", "1", 0);
  OpenFramework(path.substr(0, path.rfind('/') + 1));
  void* handle = Open(path, RTLD_LAZY | RTLD_LOCAL);
  TensorFlow found = {};
#define GRADTAPE_FIND(result, name, parameters) Find(handle, path, #name, found.name);
  GRADTAPE_TENSORFLOW_API(GRADTAPE_FIND)
#undef GRADTAPE_FIND
  // tsl::EnableOpDeterminism(bool)
  enableOpDeterminism = reinterpret_cast<void (*)(bool)>(dlsym(handle, "_ZN3tsl19EnableOpDeterminismEb"));
  kernelInterface = FindKernelInterface(handle);
  tensorflow = found;
}

bool HasKernelInterface() { return kernelInterface.TF_NewKernelBuilder != nullptr; }

bool EnableOpDeterminism(bool on) {
  if (enableOpDeterminism == nullptr) return false;
  enableOpDeterminism(on);
  return true;
}

}  // namespace gradtape
