#include "saved_model.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "arguments.h"
#include "copy.h"
#include "immortal.h"
#include "tfjs_binding.h"

namespace gradtape {
namespace {

struct SavedModel {
  std::unique_ptr<TF_Graph, void (*)(TF_Graph*)> graph{tensorflow.TF_NewGraph(), tensorflow.TF_DeleteGraph};
  TF_Session* session = nullptr;

  ~SavedModel() {
    if (session == nullptr) return;
    const Status status;
    tensorflow.TF_CloseSession(session, status);
    tensorflow.TF_DeleteSession(session, status);
  }
};

struct SavedModels {
  std::mutex mutex;
  std::map<int, std::shared_ptr<SavedModel>> models;
  int last = 0;
};

SavedModels& Models() {
  static Immortal<SavedModels> models;
  return *models;
}

std::shared_ptr<SavedModel> FindModel(const Napi::Value& id, const char* what) {
  const int64_t number = ReadInteger(id, std::string(what) + ": model id");
  const std::lock_guard<std::mutex> lock(Models().mutex);
  const auto found = Models().models.find(static_cast<int>(number));
  if (found == Models().models.end()) {
    Refuse(std::string(what) + ": expected the id of a loaded SavedModel, got " + std::to_string(number));
  }
  return found->second;
}

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t from = 0; from <= text.size() && !text.empty();) {
    const size_t comma = std::min(text.find(',', from), text.size());
    parts.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return parts;
}

// "serving_default_x:0"; the position may be left out.
TF_Output FindOutput(const SavedModel& model, const std::string& name) {
  const size_t colon = name.rfind(':');
  const std::string operationName = name.substr(0, colon);
  TF_Operation* operation = tensorflow.TF_GraphOperationByName(model.graph.get(), operationName.c_str());
  if (operation == nullptr) Refuse("runSavedModel: the model has no operation named " + operationName);
  const std::string digits = colon == std::string::npos ? "0" : name.substr(colon + 1);
  const bool numeric =
      !digits.empty() && digits.size() < 6 && digits.find_first_not_of("0123456789") == std::string::npos;
  const int index = numeric ? std::stoi(digits) : -1;
  if (index < 0 || index >= tensorflow.TF_OperationNumOutputs(operation)) {
    Refuse("runSavedModel: " + operationName + " has no output " + digits);
  }
  return {operation, index};
}

std::vector<TF_Output> FindOutputs(const SavedModel& model, const Napi::Value& names, const char* what) {
  std::vector<TF_Output> found;
  for (const std::string& name : Split(ReadString(names, what))) found.push_back(FindOutput(model, name));
  return found;
}

}  // namespace

Napi::Value LoadSavedModel(const Napi::CallbackInfo& info) {
  Context::Get();
  const std::string folder = ReadString(info[0], "loadSavedModel: folder");
  const std::vector<std::string> tags = Split(ReadString(info[1], "loadSavedModel: tags"));
  std::vector<const char*> tagPointers;
  for (const std::string& tag : tags) tagPointers.push_back(tag.c_str());

  const auto model = std::make_shared<SavedModel>();
  const std::unique_ptr<TF_SessionOptions, void (*)(TF_SessionOptions*)> options(tensorflow.TF_NewSessionOptions(),
                                                                                 tensorflow.TF_DeleteSessionOptions);
  const Status status;
  model->session =
      tensorflow.TF_LoadSessionFromSavedModel(options.get(), nullptr, folder.c_str(), tagPointers.data(),
                                              static_cast<int>(tags.size()), model->graph.get(), nullptr, status);
  status.Check();
  const std::lock_guard<std::mutex> lock(Models().mutex);
  Models().models[++Models().last] = model;
  return Napi::Number::New(info.Env(), Models().last);
}

Napi::Value RunSavedModel(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Context::Get();
  const std::shared_ptr<SavedModel> model = FindModel(info[0], "runSavedModel");
  const auto inputs = ReadList(info[1], "runSavedModel: inputs", [](const Napi::Value& id, const std::string& what) {
    return Resolve(*FindTfjsTensor(id, what.c_str()));
  });
  const std::vector<TF_Output> inputPlaces = FindOutputs(*model, info[2], "runSavedModel: input names");
  const std::vector<TF_Output> outputPlaces = FindOutputs(*model, info[3], "runSavedModel: output names");
  if (inputs.size() != inputPlaces.size()) {
    Refuse("runSavedModel: expected " + std::to_string(inputPlaces.size()) + " inputs, got " +
           std::to_string(inputs.size()));
  }
  std::vector<TF_Tensor*> values, results(outputPlaces.size());
  for (const HostTensor& input : inputs) values.push_back(input.get());
  const Status status;
  tensorflow.TF_SessionRun(model->session, nullptr, inputPlaces.data(), values.data(), static_cast<int>(values.size()),
                           outputPlaces.data(), results.data(), static_cast<int>(results.size()), nullptr, 0, nullptr,
                           status);
  std::vector<HostTensor> owned;
  for (TF_Tensor* result : results) owned.emplace_back(result);
  status.Check();
  const auto described = Napi::Array::New(env, owned.size());
  for (uint32_t i = 0; i < owned.size(); i++) {
    described.Set(i, DescribeTfjsTensor(env, std::make_shared<const Contents>(NewHandle(owned[i]), 0)));
  }
  return described;
}

Napi::Value DeleteSavedModel(const Napi::CallbackInfo& info) {
  const std::shared_ptr<SavedModel> model = FindModel(info[0], "deleteSavedModel");
  const std::lock_guard<std::mutex> lock(Models().mutex);
  Models().models.erase(info[0].As<Napi::Number>().Int32Value());
  return info.Env().Undefined();
}

Napi::Value GetNumOfSavedModels(const Napi::CallbackInfo& info) {
  const std::lock_guard<std::mutex> lock(Models().mutex);
  return Napi::Number::New(info.Env(), static_cast<double>(Models().models.size()));
}

}  // namespace gradtape
