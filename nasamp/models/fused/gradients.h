// Gradients of all weights, summed as `correlate` writes them, and put into PyTorch's order at the end.
#pragma once
#include "stack.h"

// A weight's shape, and which of its taps are live.
struct Weight {
    int rows, others, taps, live;
};

template <typename F> inline void in_gradient_blocks(const Weight& weight, F f) {
    in_blocks(weight.rows, MOST_GRADIENT_ROWS, [&](int row, int rows) {
        for (int other = 0; other < weight.others; other++)
            in_blocks(weight.live, MOST_TAPS, [&](int tap, int taps) { f(row, rows, other, tap, taps); });
    });
}

template <typename S> int64_t elements(const Weight& weight) {
    int64_t result = 0;
    in_gradient_blocks(weight, [&](int, int rows, int, int, int taps) { result += filled<S>(rows * taps); });
    return result;
}

// Signals that lie row by row; others are seen `lag` samples later for each tap.
template <typename S> struct Rows {
    const S* first;
    ptrdiff_t stride;
};

template <typename S>
void add_gradient(S* sums, const Weight& weight, Rows<S> rows, Rows<S> others, int64_t lag, int64_t samples) {
    in_gradient_blocks(weight, [&](int row, int count, int other, int tap, int taps) {
        int64_t lags[MOST_TAPS];
        for (int i = 0; i < taps; i++) lags[i] = (tap + i) * lag;
        const S *from = rows.first + row * rows.stride, *with = others.first + other * others.stride;
        with_constant<MOST_GRADIENT_ROWS>(count, [&](auto fixed_count) {
            with_constant<MOST_TAPS>(taps, [&](auto fixed_taps) {
                correlate<S, fixed_count, fixed_taps>(sums, from, rows.stride, with, lags, samples);
            });
        });
        sums += filled<S>(count * taps);
    });
}

// Add sums to the gradient of a weight in PyTorch's order, (rows, others, taps), the oldest tap first.
template <typename S> void put_into_order(double* gradient, const Weight& weight, const double* sums) {
    in_gradient_blocks(weight, [&](int row, int count, int other, int tap, int taps) {
        for (int i = 0; i < count; i++)
            for (int j = 0; j < taps; j++) {
                const int place = ((row + i) * weight.others + other) * weight.taps + weight.taps - 1 - tap - j;
                gradient[place] += sums[i * taps + j];
            }
        sums += filled<S>(count * taps);
    });
}

// Where the sums of each weight begin, in PyTorch's order of parameters: weight and bias in turns.
template <typename S> struct GradientLayout {
    std::vector<Weight> weights;
    std::vector<int64_t> starts{0};

    explicit GradientLayout(const Stack<S>& stack) {
        const int c = stack.channels;
        add({c, 1, 1, 1}), add({c, 1, 1, 1});
        for (int l = 0; l < stack.layers; l++) add({c, c, int(stack.table[l].kernel_size), int(stack.live[l])}), add({c, 1, 1, 1});
        add({c, 1, 1, 1}), add({1, 1, 1, 1});
    }
    int64_t size() const { return starts.back(); }

  private:
    void add(const Weight& weight) {
        weights.push_back(weight);
        starts.push_back(starts.back() + elements<S>(weight));
    }
};
