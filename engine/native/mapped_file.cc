#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "status.h"

namespace gradtape {

MappedFile::MappedFile(std::string path, size_t bytes) : path_(std::move(path)) {
  if (unlink(path_.c_str()) != 0 && errno != ENOENT) RefuseErrno(errno, "cannot replace " + path_);
  file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file_ < 0) RefuseErrno(errno, "cannot create " + path_);
  try {
    Allocate(0, bytes);
    data_ = Map(bytes);
  } catch (...) {
    close(file_);
    unlink(path_.c_str());
    throw;
  }
  size_ = bytes;
}

MappedFile::~MappedFile() {
  munmap(data_, size_);
  close(file_);
}

void MappedFile::Grow(size_t bytes) {
  Allocate(size_, bytes - size_);
  unsigned char* moved = Map(bytes);
  munmap(data_, size_);
  data_ = moved;
  size_ = bytes;
}

void MappedFile::Allocate(size_t from, size_t bytes) const {
  int error = 0;
#ifdef __APPLE__
  fstore_t store = {F_ALLOCATEALL, F_PEOFPOSMODE, 0, static_cast<off_t>(bytes), 0};
  if (fcntl(file_, F_PREALLOCATE, &store) != 0 || ftruncate(file_, static_cast<off_t>(from + bytes)) != 0)
    error = errno;
#else
  do {
    error = posix_fallocate(file_, static_cast<off_t>(from), static_cast<off_t>(bytes));
  } while (error == EINTR);
#endif
  if (error == 0) return;
  // A failed allocation may have lengthened the file: blocks that are not there must not be mapped.
  if (ftruncate(file_, static_cast<off_t>(from)) != 0) error = errno;
  RefuseErrno(error, "cannot write " + std::to_string(bytes) + " bytes to " + path_);
}

unsigned char* MappedFile::Map(size_t bytes) const {
  void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (mapped == MAP_FAILED) RefuseErrno(errno, "cannot map " + path_);
  return static_cast<unsigned char*>(mapped);
}

}  // namespace gradtape
