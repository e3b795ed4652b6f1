// The same addition through TensorFlow's C interface alone, for nativeOp.mjs: what the addon cannot go below.
// Usage: nativeOp LIBRARY COUNT ROUNDS; prints microseconds per operation, a line for each round, twice: a new TFE_Op
// each time, and one that is reset each time.
#include <dlfcn.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "../../engine/native/tensorflow_api.h"

using namespace gradtape;

static TensorFlow tf;

template <typename Function>
static double Measure(int count, Function function) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < count; i++) function();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / count;
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string path = argv[1];
  dlopen((path.substr(0, path.rfind('/') + 1) + "libtensorflow_framework.so.2").c_str(), RTLD_LAZY | RTLD_GLOBAL);
  void* library = dlopen(path.c_str(), RTLD_LAZY);
  if (library == nullptr) return 1;
#define FIND(result, name, parameters) *reinterpret_cast<void**>(&tf.name) = dlsym(library, #name);
  GRADTAPE_TENSORFLOW_API(FIND)
#undef FIND
  TF_Status* status = tf.TF_NewStatus();
  TFE_Context* context = tf.TFE_NewContext(tf.TFE_NewContextOptions(), status);
  const int64_t dims[] = {4};
  TF_Tensor* tensor = tf.TF_AllocateTensor(kFloat32, dims, 1, 16);
  std::memset(tf.TF_TensorData(tensor), 0, 16);
  TFE_TensorHandle* x = tf.TFE_NewTensorHandle(tensor, status);
  const char* device = "/job:localhost/replica:0/task:0/device:CPU:0";
  const auto run = [&](TFE_Op* op) {
    tf.TFE_OpSetAttrType(op, "T", kFloat32);
    tf.TFE_OpAddInput(op, x, status);
    tf.TFE_OpAddInput(op, x, status);
    TFE_TensorHandle* result;
    int made = 1;
    tf.TFE_Execute(op, &result, &made, status);
    if (tf.TF_GetCode(status) != kOk) std::exit(1);
    tf.TFE_DeleteTensorHandle(result);
  };
  TFE_Op* reused = tf.TFE_NewOp(context, "AddV2", status);
  const int count = std::atoi(argv[2]);
  for (int round = 0; round < std::atoi(argv[3]); round++) {
    const double fresh = Measure(count, [&] {
      TFE_Op* op = tf.TFE_NewOp(context, "AddV2", status);
      tf.TFE_OpSetDevice(op, device, status);
      run(op);
      tf.TFE_DeleteOp(op);
    });
    const double reset = Measure(count, [&] {
      tf.TFE_OpReset(reused, "AddV2", device, status);
      run(reused);
    });
    std::printf("%f %f\n", fresh, reset);
  }
}
