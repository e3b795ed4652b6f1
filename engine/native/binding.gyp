{
  "targets": [
    {
      "target_name": "gradtape",
      "sources": [
        "module.cc",
        "attributes.cc",
        "context.cc",
        "copy.cc",
        "counters.cc",
        "environment.cc",
        "execute.cc",
        "item.cc",
        "kernels.cc",
        "library.cc",
        "lstm_cell.cc",
        "lstm_math.cc",
        "mapped_file.cc",
        "recorder.cc",
        "saved_model.cc",
        "status.cc",
        "stop.cc",
        "string_tensor.cc",
        "tensors.cc",
        "tfjs_binding.cc",
      ],
      "include_dirs": ["<!@(node -p \"require('node-addon-api').include\")"],
      # Basic finalizers, which V8 runs inside a collection, are part of the experimental interface. They have kept their
      # shape from Node 20 to 24, and the same binary loads in each.
      # A worker thread may be ended inside a call, where JavaScript can be thrown no more: that must not end the process.
      "defines": ["NAPI_EXPERIMENTAL", "NAPI_CPP_EXCEPTIONS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "cflags_cc": ["-std=c++17", "-O2", "-Wall", "-Wextra", "-fvisibility=hidden"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti"],
      "cflags!": ["-fno-exceptions"],
      "conditions": [
        ["OS=='linux'", {"libraries": ["-ldl", "-pthread"]}],
        [
          "OS=='mac'",
          {
            "xcode_settings": {
              "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
              "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
              "GCC_ENABLE_CPP_RTTI": "YES",
              "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
              "MACOSX_DEPLOYMENT_TARGET": "11.0",
            }
          },
        ],
      ],
    }
  ]
}
