// The part of libtensorflow's C interface that the addon calls, in our own words: opaque types, the few enum values
// that matter here, and one table of functions. Nothing links against TensorFlow; library.cc fills the table when it
// opens the library by path, so one built addon serves wherever (and in whichever 2.x version) the library lies.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gradtape {

struct TF_Status;
struct TF_Tensor;
struct TF_Buffer;
struct TF_Graph;
struct TF_Operation;
struct TF_Session;
struct TF_SessionOptions;
struct TF_DeviceList;
struct TF_OpDefinitionBuilder;
struct TF_ShapeInferenceContext;
struct TF_ShapeHandle;
struct TF_KernelBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
struct TFE_Context;
struct TFE_ContextOptions;
struct TFE_Executor;
struct TFE_Op;
struct TFE_TensorHandle;

// TF_DataType. Kept as an int, since a newer library may answer with numbers that this table does not name.
using DType = int;
constexpr DType kFloat32 = 1, kFloat64 = 2, kInt32 = 3, kUint8 = 4, kInt16 = 5, kInt8 = 6, kString = 7, kComplex64 = 8,
                kInt64 = 9, kBool = 10, kBfloat16 = 14, kUint16 = 17, kComplex128 = 18, kFloat16 = 19, kResource = 20,
                kUint32 = 22, kUint64 = 23;
constexpr DType kLastDType = 31;

// TF_Code.
constexpr int kOk = 0;

// TFE_ContextDevicePlacementPolicy: inputs on another device are copied silently (shape vectors live on the host).
constexpr int kPlacementSilent = 2;

// The 24 bytes of a string element; only the library's own TF_String* functions look inside.
struct TF_TString {
  alignas(8) unsigned char opaque[24];
};

// A serialized protocol buffer. The deallocator belongs to the library.
struct TF_BufferView {
  const void* data;
  size_t length;
  void (*deallocator)(void* data, size_t length);
};

struct TF_Output {
  TF_Operation* operation;
  int index;
};

// X(result, name, parameters)
#define GRADTAPE_TENSORFLOW_API(X)                                                                                     \
  X(const char*, TF_Version, ())                                                                                       \
  X(TF_Status*, TF_NewStatus, ())                                                                                      \
  X(void, TF_DeleteStatus, (TF_Status*))                                                                               \
  X(void, TF_SetStatus, (TF_Status*, int code, const char* message))                                                   \
  X(int, TF_GetCode, (const TF_Status*))                                                                               \
  X(const char*, TF_Message, (const TF_Status*))                                                                       \
  X(TF_Buffer*, TF_NewBuffer, ())                                                                                      \
  X(void, TF_DeleteBuffer, (TF_Buffer*))                                                                               \
  X(TF_Buffer*, TF_GetRegisteredKernelsForOp, (const char* op, TF_Status*))                                            \
  X(TF_Tensor*, TF_NewTensor,                                                                                          \
    (int dtype, const int64_t* dims, int rank, void* data, size_t bytes, void (*free)(void*, size_t, void*), void*))   \
  X(TF_Tensor*, TF_AllocateTensor, (int dtype, const int64_t* dims, int rank, size_t bytes))                           \
  X(void, TF_DeleteTensor, (TF_Tensor*))                                                                               \
  X(int, TF_TensorType, (const TF_Tensor*))                                                                            \
  X(int, TF_NumDims, (const TF_Tensor*))                                                                               \
  X(int64_t, TF_Dim, (const TF_Tensor*, int axis))                                                                     \
  X(void*, TF_TensorData, (const TF_Tensor*))                                                                          \
  X(size_t, TF_TensorByteSize, (const TF_Tensor*))                                                                     \
  X(int64_t, TF_TensorElementCount, (const TF_Tensor*))                                                                \
  X(void, TF_StringInit, (TF_TString*))                                                                                \
  X(void, TF_StringCopy, (TF_TString*, const char* source, size_t bytes))                                              \
  X(const char*, TF_StringGetDataPointer, (const TF_TString*))                                                         \
  X(size_t, TF_StringGetSize, (const TF_TString*))                                                                     \
  X(void, TF_StringDealloc, (TF_TString*))                                                                             \
  X(void, TF_DeleteDeviceList, (TF_DeviceList*))                                                                       \
  X(int, TF_DeviceListCount, (const TF_DeviceList*))                                                                   \
  X(const char*, TF_DeviceListName, (const TF_DeviceList*, int index, TF_Status*))                                     \
  X(const char*, TF_DeviceListType, (const TF_DeviceList*, int index, TF_Status*))                                     \
  X(int64_t, TF_DeviceListMemoryBytes, (const TF_DeviceList*, int index, TF_Status*))                                  \
  X(TFE_ContextOptions*, TFE_NewContextOptions, ())                                                                    \
  X(void, TFE_DeleteContextOptions, (TFE_ContextOptions*))                                                             \
  X(void, TFE_ContextOptionsSetConfig, (TFE_ContextOptions*, const void* proto, size_t bytes, TF_Status*))             \
  X(void, TFE_ContextOptionsSetDevicePlacementPolicy, (TFE_ContextOptions*, int policy))                               \
  X(TFE_Context*, TFE_NewContext, (const TFE_ContextOptions*, TF_Status*))                                             \
  X(TF_DeviceList*, TFE_ContextListDevices, (TFE_Context*, TF_Status*))                                                \
  X(TFE_Executor*, TFE_NewExecutor, (bool async, bool streaming, int inFlight))                                        \
  X(void, TFE_ExecutorWaitForAllPendingNodes, (TFE_Executor*, TF_Status*))                                             \
  X(void, TFE_ExecutorClearError, (TFE_Executor*))                                                                     \
  X(void, TFE_ContextSetExecutorForThread, (TFE_Context*, TFE_Executor*))                                              \
  X(TFE_TensorHandle*, TFE_NewTensorHandle, (const TF_Tensor*, TF_Status*))                                            \
  X(void, TFE_DeleteTensorHandle, (TFE_TensorHandle*))                                                                 \
  X(int, TFE_TensorHandleDataType, (TFE_TensorHandle*))                                                                \
  X(int, TFE_TensorHandleNumDims, (TFE_TensorHandle*, TF_Status*))                                                     \
  X(int64_t, TFE_TensorHandleNumElements, (TFE_TensorHandle*, TF_Status*))                                             \
  X(int64_t, TFE_TensorHandleDim, (TFE_TensorHandle*, int axis, TF_Status*))                                           \
  X(const char*, TFE_TensorHandleBackingDeviceName, (TFE_TensorHandle*, TF_Status*))                                   \
  X(TF_Tensor*, TFE_TensorHandleResolve, (TFE_TensorHandle*, TF_Status*))                                              \
  X(TFE_TensorHandle*, TFE_TensorHandleCopyToDevice,                                                                   \
    (TFE_TensorHandle*, TFE_Context*, const char* device, TF_Status*))                                                 \
  X(TFE_Op*, TFE_NewOp, (TFE_Context*, const char* name, TF_Status*))                                                  \
  X(void, TFE_DeleteOp, (TFE_Op*))                                                                                     \
  X(void, TFE_OpReset, (TFE_Op*, const char* name, const char* device, TF_Status*))                                    \
  X(void, TFE_OpSetDevice, (TFE_Op*, const char* device, TF_Status*))                                                  \
  X(void, TFE_OpAddInput, (TFE_Op*, TFE_TensorHandle*, TF_Status*))                                                    \
  X(void, TFE_OpAddInputList, (TFE_Op*, TFE_TensorHandle**, int count, TF_Status*))                                    \
  X(int, TFE_OpGetFlatInputCount, (const TFE_Op*, TF_Status*))                                                         \
  X(void, TFE_OpSetAttrString, (TFE_Op*, const char* name, const void* value, size_t bytes))                           \
  X(void, TFE_OpSetAttrInt, (TFE_Op*, const char* name, int64_t value))                                                \
  X(void, TFE_OpSetAttrFloat, (TFE_Op*, const char* name, float value))                                                \
  X(void, TFE_OpSetAttrBool, (TFE_Op*, const char* name, unsigned char value))                                         \
  X(void, TFE_OpSetAttrType, (TFE_Op*, const char* name, int value))                                                   \
  X(void, TFE_OpSetAttrShape, (TFE_Op*, const char* name, const int64_t* dims, int rank, TF_Status*))                  \
  X(void, TFE_OpSetAttrStringList,                                                                                     \
    (TFE_Op*, const char* name, const void* const* values, const size_t* bytes, int count))                            \
  X(void, TFE_OpSetAttrIntList, (TFE_Op*, const char* name, const int64_t* values, int count))                         \
  X(void, TFE_OpSetAttrFloatList, (TFE_Op*, const char* name, const float* values, int count))                         \
  X(void, TFE_OpSetAttrBoolList, (TFE_Op*, const char* name, const unsigned char* values, int count))                  \
  X(void, TFE_OpSetAttrTypeList, (TFE_Op*, const char* name, const int* values, int count))                            \
  X(void, TFE_Execute, (TFE_Op*, TFE_TensorHandle * *results, int* count, TF_Status*))                                 \
  X(TF_Graph*, TF_NewGraph, ())                                                                                        \
  X(void, TF_DeleteGraph, (TF_Graph*))                                                                                 \
  X(void, TF_GraphGetOpDef, (TF_Graph*, const char* op, TF_Buffer* result, TF_Status*))                                \
  X(TF_Operation*, TF_GraphOperationByName, (TF_Graph*, const char* name))                                             \
  X(int, TF_OperationNumOutputs, (TF_Operation*))                                                                      \
  X(TF_SessionOptions*, TF_NewSessionOptions, ())                                                                      \
  X(void, TF_DeleteSessionOptions, (TF_SessionOptions*))                                                               \
  X(TF_Session*, TF_LoadSessionFromSavedModel,                                                                         \
    (const TF_SessionOptions*, const TF_Buffer* runOptions, const char* folder, const char* const* tags, int tagCount, \
     TF_Graph*, TF_Buffer* metaGraph, TF_Status*))                                                                     \
  X(void, TF_CloseSession, (TF_Session*, TF_Status*))                                                                  \
  X(void, TF_DeleteSession, (TF_Session*, TF_Status*))                                                                 \
  X(void, TF_SessionRun,                                                                                               \
    (TF_Session*, const TF_Buffer* runOptions, const TF_Output* inputs, TF_Tensor* const* inputValues, int inputCount, \
     const TF_Output* outputs, TF_Tensor** outputValues, int outputCount, const TF_Operation* const* targets,          \
     int targetCount, TF_Buffer* metadata, TF_Status*))

// What it takes to add operations to TensorFlow's. A library may lack it.
#define GRADTAPE_KERNEL_INTERFACE(X)                                                                              \
  X(TF_OpDefinitionBuilder*, TF_NewOpDefinitionBuilder, (const char* op))                                         \
  X(void, TF_OpDefinitionBuilderAddInput, (TF_OpDefinitionBuilder*, const char* argument))                        \
  X(void, TF_OpDefinitionBuilderAddOutput, (TF_OpDefinitionBuilder*, const char* argument))                       \
  X(void, TF_OpDefinitionBuilderSetShapeInferenceFunction,                                                        \
    (TF_OpDefinitionBuilder*, void (*infer)(TF_ShapeInferenceContext*, TF_Status*)))                              \
  X(void, TF_RegisterOpDefinition, (TF_OpDefinitionBuilder*, TF_Status*))                                         \
  X(TF_ShapeHandle*, TF_NewShapeHandle, ())                                                                       \
  X(void, TF_DeleteShapeHandle, (TF_ShapeHandle*))                                                                \
  X(void, TF_ShapeInferenceContextGetInput, (TF_ShapeInferenceContext*, int index, TF_ShapeHandle*, TF_Status*))  \
  X(void, TF_ShapeInferenceContextSetOutput, (TF_ShapeInferenceContext*, int index, TF_ShapeHandle*, TF_Status*)) \
  X(TF_KernelBuilder*, TF_NewKernelBuilder,                                                                       \
    (const char* op, const char* device, void* (*create)(TF_OpKernelConstruction*),                               \
     void (*compute)(void*, TF_OpKernelContext*), void (*destroy)(void*)))                                        \
  X(void, TF_RegisterKernelBuilder, (const char* name, TF_KernelBuilder*, TF_Status*))                            \
  X(void, TF_GetInput, (TF_OpKernelContext*, int index, TF_Tensor**, TF_Status*))                                 \
  X(TF_Tensor*, TF_AllocateOutput,                                                                                \
    (TF_OpKernelContext*, int index, int dtype, const int64_t* dims, int rank, size_t bytes, TF_Status*))         \
  X(void, TF_OpKernelContext_Failure, (TF_OpKernelContext*, TF_Status*))

struct TensorFlow {
#define GRADTAPE_DECLARE(result, name, parameters) result(*name) parameters;
  GRADTAPE_TENSORFLOW_API(GRADTAPE_DECLARE)
#undef GRADTAPE_DECLARE
};

struct TensorFlowKernels {
#define GRADTAPE_DECLARE(result, name, parameters) result(*name) parameters;
  GRADTAPE_KERNEL_INTERFACE(GRADTAPE_DECLARE)
#undef GRADTAPE_DECLARE
};

}  // namespace gradtape
