// tfjs-node's binding interface, under its own names, over the same contents as Gradtape's table:
// `@tensorflow/tfjs-node` runs on this addon unchanged.
#pragma once

#include <napi.h>

#include "tensors.h"

namespace gradtape {

void ExportTfjsBinding(Napi::Env env, Napi::Object exports);

// tfjs's table. Process-wide; throws NativeError for an unknown id.
int AddTfjsTensor(ContentsPtr contents);
ContentsPtr FindTfjsTensor(const Napi::Value& id, const char* what);

// tfjs's description of a result: {id, shape, dtype}.
Napi::Object DescribeTfjsTensor(Napi::Env env, ContentsPtr contents);

// NativeBinding.toTfjs and fromTfjs.
Napi::Value ToTfjs(const Napi::CallbackInfo& info);
Napi::Value FromTfjs(const Napi::CallbackInfo& info);

}  // namespace gradtape
