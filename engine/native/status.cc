// TensorFlow's status and errno as errors. The text is TensorFlow's own, without the parts that speak of its insides.
#include "status.h"

#include <cerrno>
#include <cstring>
#include <new>

#include "library.h"

namespace gradtape {
namespace {

const char* CodeName(int code) {
  switch (code) {
    case 1:
      return "CANCELLED";
    case 3:
      return "INVALID_ARGUMENT";
    case 4:
      return "DEADLINE_EXCEEDED";
    case 5:
      return "NOT_FOUND";
    case 6:
      return "ALREADY_EXISTS";
    case 7:
      return "PERMISSION_DENIED";
    case 8:
      return "RESOURCE_EXHAUSTED";
    case 9:
      return "FAILED_PRECONDITION";
    case 10:
      return "ABORTED";
    case 11:
      return "OUT_OF_RANGE";
    case 12:
      return "UNIMPLEMENTED";
    case 13:
      return "INTERNAL";
    case 14:
      return "UNAVAILABLE";
    case 15:
      return "DATA_LOSS";
    case 16:
      return "UNAUTHENTICATED";
    default:
      return "UNKNOWN";
  }
}

const char* ErrnoName(int error) {
  switch (error) {
    case ENOSPC:
      return "ENOSPC";
    case EDQUOT:
      return "EDQUOT";
    case EFBIG:
      return "EFBIG";
    case ENOENT:
      return "ENOENT";
    case ENOTDIR:
      return "ENOTDIR";
    case EACCES:
      return "EACCES";
    case EPERM:
      return "EPERM";
    case EROFS:
      return "EROFS";
    case EMFILE:
      return "EMFILE";
    case ENFILE:
      return "ENFILE";
    case ENOMEM:
      return "ENOMEM";
    case ENAMETOOLONG:
      return "ENAMETOOLONG";
    case EINVAL:
      return "EINVAL";
    default:
      return "EIO";
  }
}

// "{{function_node __wrapped__MatMul_device_/job:…}} Matrix size-incompatible: … [Op:MatMul] name: " holds, between
// TensorFlow's names for its own wrapping, one sentence for a person. `deferred`: an asynchronous error, which the call
// that reports it did not cause.
struct Text {
  std::string message;
  std::string op;
  bool deferred = false;
};

Text Clean(std::string message) {
  Text text;
  const std::string wrapped = "__wrapped__";
  for (size_t open; (open = message.find("{{")) != std::string::npos;) {
    const size_t close = message.find("}}", open);
    if (close == std::string::npos) break;
    const std::string node = message.substr(open, close - open);
    const size_t start = node.find(wrapped), end = node.rfind("_device_");
    if (text.op.empty() && start != std::string::npos && end != std::string::npos && end > start) {
      text.op = node.substr(start + wrapped.size(), end - start - wrapped.size());
    }
    const size_t after = message.find_first_not_of(' ', close + 2);
    message.erase(open, (after == std::string::npos ? message.size() : after) - open);
  }
  const size_t tail = message.rfind("[Op:");
  if (tail != std::string::npos) {
    const size_t end = message.find(']', tail);
    if (text.op.empty() && end != std::string::npos) text.op = message.substr(tail + 4, end - tail - 4);
    message.erase(tail);
  }
  const size_t executor = message.find("\n\tEncountered when executing an operation using EagerExecutor");
  if (executor != std::string::npos) {
    text.deferred = true;
    message.erase(executor);
  }
  const size_t last = message.find_last_not_of(" \n");
  message.erase(last == std::string::npos ? 0 : last + 1);
  text.message = message.empty() ? "TensorFlow gave no reason" : message;
  return text;
}

void Throw(napi_env env, const std::string& code, const std::string& op, const std::string& message) {
  napi_value codeValue, opValue, messageValue, error;
  if (napi_create_string_utf8(env, code.data(), code.size(), &codeValue) != napi_ok ||
      napi_create_string_utf8(env, op.data(), op.size(), &opValue) != napi_ok ||
      napi_create_string_utf8(env, message.data(), message.size(), &messageValue) != napi_ok ||
      napi_create_error(env, codeValue, messageValue, &error) != napi_ok) {
    return;
  }
  napi_set_named_property(env, error, "op", opValue);
  napi_throw(env, error);
}

}  // namespace

void Refuse(const std::string& message, const std::string& op) { throw NativeError("GRADTAPE", op, message); }

void RefuseErrno(int error, const std::string& what) {
  const std::string name = ErrnoName(error);
  throw NativeError(name, "", name + ": " + what + ": " + std::strerror(error));
}

Status::Status() : status_(tensorflow.TF_NewStatus()) {}
Status::~Status() { tensorflow.TF_DeleteStatus(status_); }
bool Status::ok() const { return tensorflow.TF_GetCode(status_) == kOk; }

void Status::Check(const char* op) const {
  const int code = tensorflow.TF_GetCode(status_);
  if (code == kOk) return;
  Text text = Clean(tensorflow.TF_Message(status_));
  throw NativeError(CodeName(code), text.op.empty() && !text.deferred ? op : text.op, text.message);
}

void ThrowToJavaScript(napi_env env) {
  try {
    throw;
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (const NativeError& error) {
    Throw(env, error.code(), error.op(), error.what());
  } catch (const std::bad_alloc&) {
    Throw(env, "GRADTAPE", "", "the addon is out of memory");
  } catch (const std::exception& error) {
    Throw(env, "GRADTAPE", "", error.what());
  }
}

}  // namespace gradtape
