// Process-wide state that is never destroyed: worker threads and V8's finalizers may still use it while the process
// ends, and TensorFlow's own statics may already be gone by then.
#pragma once

#include <new>
#include <utility>

namespace gradtape {

template <typename T>
class Immortal {
 public:
  template <typename... Arguments>
  explicit Immortal(Arguments&&... arguments) {
    ::new (static_cast<void*>(storage_)) T(std::forward<Arguments>(arguments)...);
  }
  T& operator*() { return *std::launder(reinterpret_cast<T*>(storage_)); }
  T* operator->() { return &**this; }

 private:
  alignas(T) unsigned char storage_[sizeof(T)];
};

}  // namespace gradtape
