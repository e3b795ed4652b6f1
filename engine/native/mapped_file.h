// A file of a run, mapped into memory. Its blocks are allocated before they are written, so that a full disk is an
// error of the call that grows it and never a SIGBUS later.
#pragma once

#include <cstddef>
#include <string>

namespace gradtape {

class MappedFile {
 public:
  // Makes a new file of `bytes` zeros; an older file of that name stays as it was for whoever has it open.
  MappedFile(std::string path, size_t bytes);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  unsigned char* data() const { return data_; }
  size_t size() const { return size_; }
  // Moves the mapping. On failure the file stays as it was.
  void Grow(size_t bytes);

 private:
  void Allocate(size_t from, size_t bytes) const;
  unsigned char* Map(size_t bytes) const;

  std::string path_;
  int file_ = -1;
  unsigned char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace gradtape
