// Stopping a process whose main thread may be inside a loop that never yields: a flag it can read at its next step
// boundary, and a watchdog thread that ends the process when it does not. No locks: signal handlers come through here.
#pragma once

namespace gradtape {

// Raises the flag; unless AcknowledgeStop comes within `graceMs`, the process ends with exit code 130.
void RequestStop(double graceMs);
bool StopRequested() noexcept;
void AcknowledgeStop() noexcept;

// SIGINT and SIGTERM request a stop; a second signal ends the process at once with 128 + its number.
void StopOnSignals(double graceMs);

}  // namespace gradtape
