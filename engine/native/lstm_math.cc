// Plain loops that the compiler turns into vector code, once for every x86 and once for those with AVX2 and FMA, chosen
// when the process runs: one addon serves all of them. Elsewhere the compiler's own target is what there is.
#include "lstm_math.h"

#include <cstring>

// The loops need what GCC's -O2 leaves out. Nobody looks at the flags that a floating-point comparison could raise;
// with those to be kept, GCC does not vectorise the choices below.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math")
#endif

// No iteration of the next loop touches what another one writes.
#if defined(__clang__)
#define GRADTAPE_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define GRADTAPE_INDEPENDENT _Pragma("GCC ivdep")
#endif
#define GRADTAPE_INLINE inline __attribute__((always_inline))

namespace gradtape {
namespace {

GRADTAPE_INLINE uint32_t BitsOf(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

GRADTAPE_INLINE float FloatOf(uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

constexpr uint32_t kSign = 0x80000000u;

GRADTAPE_INLINE float Magnitude(float x) { return FloatOf(BitsOf(x) & ~kSign); }

// exp(x) = power · (1 + rest), |rest| < 0.42: kept apart, both exp(x) and exp(x) - 1 come without cancellation.
struct Exponential {
  float power;
  float rest;
};

// For x <= 0; NaN stays NaN. x = k · ln 2 + r with |r| <= ln 2 / 2, so exp(x) = 2^k · exp(r).
GRADTAPE_INLINE Exponential ExponentialOf(float x) {
  constexpr float kLowest = -88.0f;  // 2^k is 0 from here on
  constexpr float kLog2E = 1.44269504f;
  // ln 2 as a part with few enough digits for an exact product with k, and the remainder.
  constexpr float kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  // Added to a small number, this leaves the nearest integer in the lowest bits.
  constexpr float kRounding = 12582912.0f;  // 1.5 · 2^23
  const float within = x < kLowest ? kLowest : x;
  const float shifted = within * kLog2E + kRounding;
  const float k = shifted - kRounding;
  const float r = (within - k * kLn2High) - k * kLn2Low;
  const float power = FloatOf((BitsOf(shifted) << 23) + (127u << 23));
  // (exp(r) - 1 - r) / r², least in its largest error relative to exp(r) - 1: 1.6e-8.
  const float q = 0.5f + r * (0.166665405f + r * (0.0416662768f + r * (0.0083670076f + r * 0.00139471469f)));
  return {power, r + r * r * q};
}

// 1 / (1 + exp(-x)), and exp(x) / (1 + exp(x)) for negative x: the exponential is never above 1.
GRADTAPE_INLINE float Sigmoid(float x) {
  const Exponential e = ExponentialOf(-Magnitude(x));
  const float power = e.power + e.power * e.rest;
  const float numerator = x < 0.0f ? power : 1.0f;
  return numerator / (1.0f + power);
}

// -m / (2 + m) with m = exp(-2|x|) - 1, and the sign of x.
GRADTAPE_INLINE float Tanh(float x) {
  const Exponential e = ExponentialOf(-2.0f * Magnitude(x));
  const float m = e.power * e.rest + (e.power - 1.0f);
  const float size = Magnitude(m) / (2.0f + m);
  return FloatOf(BitsOf(size) | (BitsOf(x) & kSign));
}

// Four rows of one array, one for each gate: pointers of their own, or the compiler could not tell them apart.
template <typename T>
struct Gates {
  GRADTAPE_INLINE Gates(T* row, int64_t n) : i(row), f(row + n), g(row + 2 * n), o(row + 3 * n) {}
  T* i;
  T* f;
  T* g;
  T* o;
};

GRADTAPE_INLINE void Forward(const LstmStep& step) {
  const int64_t n = step.hidden;
  const Gates<const float> bias(step.bias, n);
  for (int64_t row = 0; row < step.rows; row++) {
    const Gates<const float> projected(step.projected + row * 4 * n, n);
    const Gates<const float> recurrent(step.recurrent + row * 4 * n, n);
    const Gates<float> gates(step.gates + row * 4 * n, n);
    const float* cBefore = step.cBefore + row * n;
    float* c = step.c + row * n;
    float* tanhC = step.tanhC + row * n;
    float* h = step.h + row * n;
    GRADTAPE_INDEPENDENT
    for (int64_t j = 0; j < n; j++) {
      const float i = Sigmoid(projected.i[j] + bias.i[j] + recurrent.i[j]);
      const float f = Sigmoid(projected.f[j] + bias.f[j] + recurrent.f[j]);
      const float g = Tanh(projected.g[j] + bias.g[j] + recurrent.g[j]);
      const float o = Sigmoid(projected.o[j] + bias.o[j] + recurrent.o[j]);
      const float cell = f * cBefore[j] + i * g;
      const float squashed = Tanh(cell);
      gates.i[j] = i;
      gates.f[j] = f;
      gates.g[j] = g;
      gates.o[j] = o;
      c[j] = cell;
      tanhC[j] = squashed;
      h[j] = o * squashed;
    }
  }
}

GRADTAPE_INLINE void Backward(const LstmStepGradient& step) {
  const int64_t n = step.hidden;
  for (int64_t row = 0; row < step.rows; row++) {
    const Gates<const float> gates(step.gates + row * 4 * n, n);
    const Gates<float> dGates(step.dGates + row * 4 * n, n);
    const float* tanhC = step.tanhC + row * n;
    const float* cBefore = step.cBefore + row * n;
    const float* dOutput = step.dOutput + row * n;
    const float* dhAfter = step.dh + row * n;
    const float* dcAfter = step.dc + row * n;
    float* dcBefore = step.dcBefore + row * n;
    GRADTAPE_INDEPENDENT
    for (int64_t j = 0; j < n; j++) {
      const float i = gates.i[j], f = gates.f[j], g = gates.g[j], o = gates.o[j], squashed = tanhC[j];
      const float dh = dOutput[j] + dhAfter[j];
      const float dc = dcAfter[j] + dh * o * (1.0f - squashed * squashed);  // h = o · tanh(c)
      dGates.i[j] = dc * g * i * (1.0f - i);                                // c = f · c before + i · g
      dGates.f[j] = dc * cBefore[j] * f * (1.0f - f);
      dGates.g[j] = dc * i * (1.0f - g * g);
      dGates.o[j] = dh * squashed * o * (1.0f - o);
      dcBefore[j] = dc * f;
    }
  }
}

#if defined(__x86_64__)
#define GRADTAPE_AVX2 __attribute__((target("avx2,fma")))
GRADTAPE_AVX2 void ForwardAvx2(const LstmStep& step) { Forward(step); }
GRADTAPE_AVX2 void BackwardAvx2(const LstmStepGradient& step) { Backward(step); }
bool HasAvx2() {
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has;
}
#endif

}  // namespace

void RunLstmStep(const LstmStep& step) {
#if defined(__x86_64__)
  if (HasAvx2()) return ForwardAvx2(step);
#endif
  Forward(step);
}

void RunLstmStepGradient(const LstmStepGradient& step) {
#if defined(__x86_64__)
  if (HasAvx2()) return BackwardAvx2(step);
#endif
  Backward(step);
}

}  // namespace gradtape
