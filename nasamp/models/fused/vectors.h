// Vectors as wide as the registers of the CPU that this is compiled for, by the extensions that GCC and Clang share.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

#if defined(__AVX512F__)
constexpr int REGISTER_BYTES = 64, REGISTERS = 32;
#elif defined(__AVX__)
constexpr int REGISTER_BYTES = 32, REGISTERS = 16;
#elif defined(__aarch64__)
constexpr int REGISTER_BYTES = 16, REGISTERS = 32;
#else
constexpr int REGISTER_BYTES = 16, REGISTERS = 16;
#endif

constexpr int MOST_ROWS = REGISTERS == 32 ? 8 : 6;  // that a convolution, 2 vectors wide, holds in registers

// Vectors stay in registers only where no function takes their address.
#define INLINED __attribute__((always_inline))

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
