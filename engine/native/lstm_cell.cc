#include "lstm_cell.h"

#include <array>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "library.h"
#include "lstm_math.h"
#include "status.h"
#include "tensors.h"

namespace gradtape {
namespace {

constexpr char kCell[] = "GradtapeLstmCell";
constexpr char kCellGradient[] = "GradtapeLstmCellGrad";

using Shape = std::vector<int64_t>;

std::string TextOf(const Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); i++) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

Shape ShapeOf(const TF_Tensor* tensor) {
  Shape shape(tensorflow.TF_NumDims(tensor));
  for (size_t i = 0; i < shape.size(); i++) shape[i] = tensorflow.TF_Dim(tensor, static_cast<int>(i));
  return shape;
}

float* FloatsOf(const HostTensor& tensor) { return static_cast<float*>(tensorflow.TF_TensorData(tensor.get())); }

// One call of a kernel. Errors are NativeErrors, which never leave `Guard`; TensorFlow's own stay in the status.
class Call {
 public:
  Call(TF_OpKernelContext* context, const Status& status, const char* op)
      : context_(context), status_(status), op_(op) {}

  HostTensor Input(int index) const {
    TF_Tensor* tensor = nullptr;
    kernelInterface.TF_GetInput(context_, index, &tensor, status_);
    HostTensor input(tensor);
    status_.Check(op_);
    return input;
  }

  // An input that must have this shape.
  HostTensor Input(int index, const char* name, const Shape& expected) const {
    HostTensor input = Input(index);
    const Shape shape = ShapeOf(input.get());
    if (shape != expected)
      Refuse(std::string("expected ") + name + " of " + TextOf(expected) + ", got " + TextOf(shape), op_);
    return input;
  }

  // The place of a step's rows in an input of all steps.
  const float* RowsOf(const HostTensor& all, int64_t step) const {
    const Shape shape = ShapeOf(all.get());
    if (step < 0 || step >= shape[0])
      Refuse("expected a step below " + std::to_string(shape[0]) + ", got " + std::to_string(step), op_);
    return FloatsOf(all) + step * shape[1] * shape[2];
  }

  int64_t Step(int index) const {
    const HostTensor step = Input(index, "step", {});
    return *static_cast<const int32_t*>(tensorflow.TF_TensorData(step.get()));
  }

  HostTensor Output(int index, int64_t rows, int64_t columns) const {
    const std::array<int64_t, 2> dims = {rows, columns};
    HostTensor output(kernelInterface.TF_AllocateOutput(context_, index, kFloat32, dims.data(), 2,
                                                        sizeof(float) * rows * columns, status_));
    status_.Check(op_);
    return output;
  }

 private:
  TF_OpKernelContext* context_;
  const Status& status_;
  const char* op_;
};

// The first dim and the last of a matrix's shape.
std::array<int64_t, 2> SizesOf(const Call& call, int index, const char* op, const char* name) {
  const Shape shape = ShapeOf(call.Input(index).get());
  if (shape.size() != 2) Refuse(std::string("expected ") + name + " of 2 dims, got " + TextOf(shape), op);
  return {shape[0], shape[1]};
}

int64_t StepsOf(const Call& call, int index) {
  const Shape shape = ShapeOf(call.Input(index).get());
  return shape.empty() ? 0 : shape[0];
}

void Cell(TF_OpKernelContext* context, const Status& status) {
  const Call call(context, status, kCell);
  const auto [rows, hidden] = SizesOf(call, 4, kCell, "c_before");
  const HostTensor projected = call.Input(0, "projected", {StepsOf(call, 0), rows, 4 * hidden});
  const HostTensor bias = call.Input(1, "bias", {4 * hidden});
  const HostTensor recurrent = call.Input(3, "recurrent", {rows, 4 * hidden});
  const HostTensor cBefore = call.Input(4);
  const float* now = call.RowsOf(projected, call.Step(2));
  const HostTensor gates = call.Output(0, rows, 4 * hidden);
  const HostTensor c = call.Output(1, rows, hidden);
  const HostTensor tanhC = call.Output(2, rows, hidden);
  const HostTensor h = call.Output(3, rows, hidden);
  RunLstmStep({rows, hidden, now, FloatsOf(bias), FloatsOf(recurrent), FloatsOf(cBefore), FloatsOf(gates), FloatsOf(c),
               FloatsOf(tanhC), FloatsOf(h)});
}

void CellGradient(TF_OpKernelContext* context, const Status& status) {
  const Call call(context, status, kCellGradient);
  const auto [rows, hidden] = SizesOf(call, 2, kCellGradient, "c_before");
  const HostTensor gates = call.Input(0, "gates", {rows, 4 * hidden});
  const HostTensor tanhC = call.Input(1, "tanh_c", {rows, hidden});
  const HostTensor cBefore = call.Input(2);
  const HostTensor dOutput = call.Input(3, "d_output", {StepsOf(call, 3), rows, hidden});
  const float* now = call.RowsOf(dOutput, call.Step(4));
  const HostTensor dh = call.Input(5, "dh", {rows, hidden});
  const HostTensor dc = call.Input(6, "dc", {rows, hidden});
  const HostTensor dGates = call.Output(0, rows, 4 * hidden);
  const HostTensor dcBefore = call.Output(1, rows, hidden);
  RunLstmStepGradient({rows, hidden, FloatsOf(gates), FloatsOf(tanhC), FloatsOf(cBefore), now, FloatsOf(dh),
                       FloatsOf(dc), FloatsOf(dGates), FloatsOf(dcBefore)});
}

// TensorFlow calls this from C: what goes wrong becomes the operation's status.
template <void (*compute)(TF_OpKernelContext*, const Status&)>
void Guard(void*, TF_OpKernelContext* context) {
  constexpr int kInvalidArgument = 3;
  const Status status;
  try {
    compute(context, status);
    return;
  } catch (const std::exception& error) {
    if (status.ok()) tensorflow.TF_SetStatus(status, kInvalidArgument, error.what());
  }
  kernelInterface.TF_OpKernelContext_Failure(context, status);
}

// For graphs: each result has the shape of one of the inputs.
template <int... sameAs>
void InferShapes(TF_ShapeInferenceContext* context, TF_Status* status) {
  using Handle = std::unique_ptr<TF_ShapeHandle, void (*)(TF_ShapeHandle*)>;
  const Handle shape(kernelInterface.TF_NewShapeHandle(), kernelInterface.TF_DeleteShapeHandle);
  int output = 0;
  for (const int input : {sameAs...}) {
    kernelInterface.TF_ShapeInferenceContextGetInput(context, input, shape.get(), status);
    if (tensorflow.TF_GetCode(status) != kOk) return;
    kernelInterface.TF_ShapeInferenceContextSetOutput(context, output++, shape.get(), status);
    if (tensorflow.TF_GetCode(status) != kOk) return;
  }
}

struct Operation {
  const char* name;
  std::initializer_list<const char*> inputs;
  std::initializer_list<const char*> outputs;
  void (*infer)(TF_ShapeInferenceContext*, TF_Status*);
  void (*compute)(void*, TF_OpKernelContext*);
};

// Whether there is a kernel already: another copy of the addon may have been here, or a context that failed.
bool Registered(const char* name) {
  const Status status;
  using Buffer = std::unique_ptr<TF_Buffer, void (*)(TF_Buffer*)>;
  const Buffer kernels(tensorflow.TF_GetRegisteredKernelsForOp(name, status), tensorflow.TF_DeleteBuffer);
  status.Check(name);
  return reinterpret_cast<const TF_BufferView*>(kernels.get())->length > 0;
}

// Both builders belong to TensorFlow from their registration on.
void Register(const Operation& operation) {
  if (Registered(operation.name)) return;
  const Status status;
  TF_OpDefinitionBuilder* definition = kernelInterface.TF_NewOpDefinitionBuilder(operation.name);
  for (const char* input : operation.inputs) kernelInterface.TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : operation.outputs) kernelInterface.TF_OpDefinitionBuilderAddOutput(definition, output);
  kernelInterface.TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, operation.infer);
  kernelInterface.TF_RegisterOpDefinition(definition, status);
  status.Check(operation.name);
  TF_KernelBuilder* kernel =
      kernelInterface.TF_NewKernelBuilder(operation.name, "CPU", nullptr, operation.compute, nullptr);
  kernelInterface.TF_RegisterKernelBuilder(operation.name, kernel, status);
  status.Check(operation.name);
}

}  // namespace

void RegisterLstmCell() {
  if (!HasKernelInterface()) return;
  Register({kCell,
            {"projected: float", "bias: float", "step: int32", "recurrent: float", "c_before: float"},
            {"gates: float", "c: float", "tanh_c: float", "h: float"},
            InferShapes<3, 4, 4, 4>,
            Guard<Cell>});
  Register(
      {kCellGradient,
       {"gates: float", "tanh_c: float", "c_before: float", "d_output: float", "step: int32", "dh: float", "dc: float"},
       {"d_gates: float", "dc_before: float"},
       InferShapes<0, 2>,
       Guard<CellGradient>});
}

}  // namespace gradtape
