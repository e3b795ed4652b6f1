// Kernels: an operation's name with its attributes, defined once and executed many times; and what TensorFlow's
// registry says of an operation. Process-wide. Knows nothing of tensors.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "attributes.h"

namespace gradtape {

// The arguments of an operation as TensorFlow registered it.
struct Signature {
  std::vector<bool> inputIsList;
  // A list of one dtype must hold at least one tensor: TensorFlow reads the dtype off the first.
  std::vector<bool> listNeedsOne;
};

// The registered signature, or a null pointer for what is no primitive operation (a function, an unknown name).
const Signature* FindSignature(const std::string& op);

// Whether the operation and at least one kernel for it are registered.
bool HasKernel(const std::string& op);

struct Kernel {
  std::string op;
  std::vector<Attribute> attributes;
  int listInput;
  int inputs;
  int outputs;
  bool alias;
  // The recorder's string id for `op`; 0 while no recorder is open.
  const std::atomic<uint32_t>* recorded;

  // Throws NativeError when `count` inputs cannot be right; TensorFlow itself would read past its tables.
  void CheckInputs(size_t count) const;
};

// `KernelSpec` of binding.ts. The same spec gets the same id.
int DefineKernel(const Napi::Value& spec);

// Null for an id that was never given out.
const Kernel* FindKernel(int id);

}  // namespace gradtape
