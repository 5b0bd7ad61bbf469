// Vectors as wide as the registers of the CPU that this is compiled for, by the extensions that GCC and Clang share.
#pragma once
#include <cmath>
#include <cstddef>
#include <utility>

#if defined(__AVX512F__)
constexpr int REGISTER_BYTES = 64, MOST_ROWS = 8, MOST_GRADIENT_ROWS = 8;  // 32 registers
#elif defined(__AVX__)
constexpr int REGISTER_BYTES = 32, MOST_ROWS = 6, MOST_GRADIENT_ROWS = 4;  // 16 registers
#elif defined(__aarch64__)
constexpr int REGISTER_BYTES = 16, MOST_ROWS = 8, MOST_GRADIENT_ROWS = 8;  // 32 registers
#else
constexpr int REGISTER_BYTES = 16, MOST_ROWS = 6, MOST_GRADIENT_ROWS = 4;  // 16 registers
#endif

template <typename S> struct Vector;
template <> struct Vector<float> {
    typedef float Type __attribute__((vector_size(REGISTER_BYTES)));
    typedef float Anywhere __attribute__((vector_size(REGISTER_BYTES), aligned(4), may_alias));
    typedef int Mask __attribute__((vector_size(REGISTER_BYTES)));
};
template <> struct Vector<double> {
    typedef double Type __attribute__((vector_size(REGISTER_BYTES)));
    typedef double Anywhere __attribute__((vector_size(REGISTER_BYTES), aligned(8), may_alias));
    typedef long long Mask __attribute__((vector_size(REGISTER_BYTES)));
};
template <typename S> using V = typename Vector<S>::Type;
template <typename S> constexpr int LANES = REGISTER_BYTES / sizeof(S);

template <typename S> inline V<S> load(const S* from) { return *(const typename Vector<S>::Anywhere*)from; }
template <typename S> inline void store(S* to, V<S> value) { *(typename Vector<S>::Anywhere*)to = value; }

// Make the compiler hold a value in a register that it would otherwise load again for each use.
#if defined(__x86_64__)
template <typename T> inline void hold(T& value) { asm("" : "+v"(value)); }
#elif defined(__aarch64__)
template <typename T> inline void hold(T& value) { asm("" : "+w"(value)); }
#else
template <typename T> inline void hold(T&) {}
#endif

// Rational approximation, within 3e-7 of the truth; NaN stays NaN, since each comparison with it is false.
inline V<float> tanh_of(V<float> x) {
    const V<float> limit = V<float>{} + 7.90531110763549805f;  // beyond it the float nearest to tanh is 1 or next to it
    x = x > limit ? limit : x;
    x = x < -limit ? -limit : x;
    const V<float> y = x * x;
    V<float> p = -2.76076847742355e-16f * y + 2.00018790482477e-13f;
    p = p * y - 8.60467152213735e-11f;
    p = p * y + 5.12229709037114e-08f;
    p = p * y + 1.48572235717979e-05f;
    p = p * y + 6.37261928875436e-04f;
    p = p * y + 4.89352455891786e-03f;
    V<float> q = 1.19825839466702e-06f * y + 1.18534705686654e-04f;
    q = q * y + 2.26843463243900e-03f;
    q = q * y + 4.89352518554385e-03f;
    return p * x / q;
}

inline V<double> tanh_of(V<double> x) {
    for (int lane = 0; lane < LANES<double>; lane++) x[lane] = std::tanh(x[lane]);
    return x;
}

// Add neighbours STEP lanes apart: those of a go to the lanes whose bit STEP is 0, those of b to the others.
template <typename S, int STEP, int... LANE> inline V<S> folded(V<S> a, V<S> b, std::integer_sequence<int, LANE...>) {
#if defined(__clang__)
    return __builtin_shufflevector(a, b, (LANE & STEP ? LANES<S> + LANE - STEP : LANE)...) +
           __builtin_shufflevector(a, b, (LANE & STEP ? LANES<S> + LANE : LANE + STEP)...);
#else
    using Mask = typename Vector<S>::Mask;
    return __builtin_shuffle(a, b, Mask{(LANE & STEP ? LANES<S> + LANE - STEP : LANE)...}) +
           __builtin_shuffle(a, b, Mask{(LANE & STEP ? LANES<S> + LANE : LANE + STEP)...});
#endif
}

// Lane i of the result is the sum over the lanes of vectors[i], i < LANES.
template <typename S, int STEP = 1> inline V<S> sums(const V<S>* vectors) {
    if constexpr (STEP == LANES<S>) {
        return vectors[0];
    } else {
        V<S> half[LANES<S> / STEP / 2];
        for (int i = 0; i < LANES<S> / STEP / 2; i++)
            half[i] = folded<S, STEP>(vectors[2 * i], vectors[2 * i + 1], std::make_integer_sequence<int, LANES<S>>{});
        return sums<S, 2 * STEP>(half);
    }
}
