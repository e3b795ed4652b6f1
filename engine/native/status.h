// What can go wrong, as one C++ exception, and its way to JavaScript: an Error with `code`, `op` and TensorFlow's own
// message. Also the RAII TF_Status. Knows nothing of tensors.
#pragma once

#include <napi.h>

#include <stdexcept>
#include <string>

#include "tensorflow_api.h"

namespace gradtape {

class NativeError : public std::runtime_error {
 public:
  NativeError(std::string code, std::string op, const std::string& message)
      : std::runtime_error(message), code_(std::move(code)), op_(std::move(op)) {}
  const std::string& code() const { return code_; }
  const std::string& op() const { return op_; }

 private:
  std::string code_;
  std::string op_;
};

// The addon's own refusal: code "GRADTAPE".
[[noreturn]] void Refuse(const std::string& message, const std::string& op = "");

// A failed system call: code and message carry the errno's name ("ENOSPC").
[[noreturn]] void RefuseErrno(int error, const std::string& what);

// A TF_Status that lives as long as the scope. Reusable: every TensorFlow call overwrites it.
class Status {
 public:
  Status();
  ~Status();
  Status(const Status&) = delete;
  Status& operator=(const Status&) = delete;

  operator TF_Status*() const { return status_; }
  bool ok() const;
  // Throws NativeError unless the last call succeeded. `op` is the operation that the call was for, if any; an error
  // that an earlier asynchronous operation left behind does not carry it.
  void Check(const char* op = "") const;

 private:
  TF_Status* status_;
};

// Makes the exception now being handled the pending JavaScript exception. Call it in a catch (...) block.
void ThrowToJavaScript(napi_env env);

// A function for the table of exports: C++ exceptions become JavaScript's.
template <Napi::Value (*function)(const Napi::CallbackInfo&)>
Napi::Value Guarded(const Napi::CallbackInfo& info) {
  try {
    return function(info);
  } catch (...) {
    ThrowToJavaScript(info.Env());
    return {};
  }
}

}  // namespace gradtape
