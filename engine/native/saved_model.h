// SavedModels through TensorFlow's sessions, as tfjs-node's binding offers them.
#pragma once

#include <napi.h>

namespace gradtape {

// (folder, "tag,tag") -> id
Napi::Value LoadSavedModel(const Napi::CallbackInfo& info);
// (id, input tensor ids, "input:0,…", "output:0,…") -> descriptions of the results
Napi::Value RunSavedModel(const Napi::CallbackInfo& info);
Napi::Value DeleteSavedModel(const Napi::CallbackInfo& info);
Napi::Value GetNumOfSavedModels(const Napi::CallbackInfo& info);

}  // namespace gradtape
