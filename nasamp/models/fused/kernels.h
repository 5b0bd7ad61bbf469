// The two loops that take all the time: a convolution of many rows, and the correlation of many rows with shifted ones.
#pragma once
#include <array>
#include <cstdint>

#include "vectors.h"

constexpr int COLUMNS = 2, MOST_TAPS = 3;  // with MOST_ROWS they fill the registers
template <typename S> constexpr int TILE = COLUMNS * LANES<S>;

// Split total rows into as few blocks as possible, of at most `most` and nearly equal: f(first, count).
template <typename F> inline void in_blocks(int total, int most, F f) {
    const int blocks = (total + most - 1) / most;
    for (int i = 0; i < blocks; i++) f(total * i / blocks, total * (i + 1) / blocks - total * i / blocks);
}

// Call f with the count as a constant, 1..MOST.
template <int MOST, typename F> inline void with_constant(int count, F f) {
    if constexpr (MOST > 0) {
        if (count == MOST) f(std::integral_constant<int, MOST>{});
        else with_constant<MOST - 1>(count, f);
    }
}

// sum[row] += weights[j][row] * in[offsets[j]...] over all j, for one tile of samples.
template <typename S, int ROWS>
inline void convolve(V<S> (&sum)[ROWS][COLUMNS], const S* weights, const ptrdiff_t* offsets, int count, const S* in) {
    for (int j = 0; j < count; j++, weights += ROWS) {
        const S* shifted = in + offsets[j];
        const V<S> left = load(shifted), right = load(shifted + LANES<S>);
#pragma GCC unroll 8
        for (int row = 0; row < ROWS; row++) {
            sum[row][0] += weights[row] * left;
            sum[row][1] += weights[row] * right;
        }
    }
}

// How many numbers correlate writes for a block: its sums, filled up to whole vectors.
template <typename S> constexpr int filled(int sums) { return (sums + LANES<S> - 1) / LANES<S> * LANES<S>; }

// result[row * TAPS + tap] += sum over samples of rows[row][t] * other[t - lags[tap]].
template <typename S, int ROWS, int TAPS>
inline void correlate(S* result, const S* rows, ptrdiff_t stride, const S* other, const int64_t* lags, int samples) {
    V<S> sum[filled<S>(ROWS * TAPS)] = {};
    for (int t = 0; t < samples; t += LANES<S>) {
        V<S> shifted[TAPS];
#pragma GCC unroll 3
        for (int tap = 0; tap < TAPS; tap++) shifted[tap] = load(other + t - lags[tap]);
#pragma GCC unroll 8
        for (int row = 0; row < ROWS; row++) {
            V<S> value = load(rows + row * stride + t);
            hold(value);
#pragma GCC unroll 3
            for (int tap = 0; tap < TAPS; tap++) sum[row * TAPS + tap] += value * shifted[tap];
        }
    }
    for (int i = 0; i < filled<S>(ROWS * TAPS); i += LANES<S>) store(result + i, load(result + i) + sums<S>(sum + i));
}
