#include "stop.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cmath>
#include <mutex>
#include <system_error>
#include <thread>

#include "recorder.h"
#include "status.h"

namespace gradtape {
namespace {

constexpr int kStoppedExitCode = 130;
constexpr int64_t kNever = INT64_MAX;

std::atomic<bool> requested{false};
std::atomic<bool> acknowledged{false};
// Milliseconds on the monotonic clock.
std::atomic<int64_t> deadline{kNever};
std::atomic<int64_t> signalGrace{0};
std::atomic<int> signals{0};
// The watchdog sleeps on the reading end; one byte on the writing end makes it look at the deadline.
int bell[2] = {-1, -1};
std::mutex starting;

static_assert(std::atomic<int64_t>::is_always_lock_free, "the signal handler needs it");

int64_t Milliseconds() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1000000;
}

int Remaining() noexcept {
  const int64_t until = deadline.load();
  if (until == kNever || acknowledged.load()) return -1;  // poll: for ever
  const int64_t left = until - Milliseconds();
  return static_cast<int>(left < 0 ? 0 : left > 60000 ? 60000 : left);
}

void Watch() {
  for (;;) {
    pollfd reading = {bell[0], POLLIN, 0};
    if (poll(&reading, 1, Remaining()) > 0) {
      char rung[16];
      if (read(bell[0], rung, sizeof rung) < 0 && errno != EINTR && errno != EAGAIN) return;
    }
    // _exit and not exit: nothing of this process may be waited for, least of all a main thread inside a kernel.
    if (Remaining() == 0) _exit(kStoppedExitCode);
  }
}

void StartWatchdog() {
  const std::lock_guard<std::mutex> lock(starting);
  if (bell[0] >= 0) return;
  int made[2];
  if (pipe(made) != 0) RefuseErrno(errno, "cannot make the watchdog's pipe");
  for (const int end : made) {
    fcntl(end, F_SETFD, FD_CLOEXEC);
    fcntl(end, F_SETFL, O_NONBLOCK);
  }
  bell[1] = made[1];
  bell[0] = made[0];
  // The watchdog itself must not be the thread that a signal interrupts.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread(Watch).detach();
  } catch (const std::system_error& error) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    close(bell[0]);
    close(bell[1]);
    bell[0] = bell[1] = -1;
    RefuseErrno(error.code().value(), "cannot start the watchdog's thread");
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

// Async-signal-safe.
void Raise(int64_t grace) noexcept {
  const int64_t until = Milliseconds() + grace;
  int64_t known = deadline.load();
  while (until < known && !deadline.compare_exchange_weak(known, until)) {
  }
  requested.store(true);
  SetCurrent(Current::kStop, 1);
  const char one = 1;
  // A full pipe has enough to wake the watchdog.
  if (write(bell[1], &one, 1) < 0) return;
}

void OnSignal(int number) {
  const int before = errno;
  if (signals.fetch_add(1) > 0) _exit(128 + number);
  Raise(signalGrace.load());
  errno = before;
}

int64_t Grace(double milliseconds) {
  if (!(milliseconds >= 0)) Refuse("a stop's grace: expected milliseconds of 0 or more");
  return static_cast<int64_t>(std::fmin(milliseconds, 1e12));
}

}  // namespace

void RequestStop(double graceMs) {
  const int64_t grace = Grace(graceMs);
  StartWatchdog();
  Raise(grace);
}

bool StopRequested() noexcept { return requested.load(std::memory_order_relaxed); }

void AcknowledgeStop() noexcept { acknowledged.store(true); }

void StopOnSignals(double graceMs) {
  signalGrace.store(Grace(graceMs));
  StartWatchdog();
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM}) {
    if (sigaction(number, &action, nullptr) != 0) RefuseErrno(errno, "cannot handle signals");
  }
}

}  // namespace gradtape
