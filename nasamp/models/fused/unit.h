// One piece of one sequence, forward and backward through all layers.
#pragma once
#include <cstring>

#include "gradients.h"

template <typename S> struct Unit {
    const Stack<S>& stack;
    const int64_t samples, start;  // of this piece; its output begins at `start`
    S *const input, *const rows;   // its memory: the input, then the slots
    S *const output, *const ones;  // scratch, one row each
    S *const gradient;             // scratch, `channels` rows of a chunk
    std::vector<int64_t> first;    // of each slot, the first sample that is computed

    Unit(const Stack<S>& stack, int64_t samples, int64_t start, S* memory, S* scratch)
        : stack(stack), samples(samples), start(start), input(memory), rows(memory + stack.samples + stack.pad),
          output(scratch), ones(scratch + stack.samples), gradient(ones + stack.samples), first(stack.layers + 1) {
        first[stack.layers] = rounded_down(start, TILE<S>);
        for (int l = stack.layers - 1; l >= 0; l--)
            first[l] = rounded_down(std::max<int64_t>(0, first[l + 1] - stack.reach(l)), TILE<S>);
    }

    S* row(int slot, int channel) const { return rows + (int64_t(slot) * stack.channels + channel) * stack.stride; }
    S* gradient_row(int channel) const { return gradient + channel * stack.gradient_stride(); }
    int64_t end() const { return rounded_up(samples, TILE<S>); }

    // Compute the output, (samples - start); the slots hold what the backward pass needs.
    void forward(const S* x, S* y) {
        std::memcpy(input, x, samples * sizeof(S));
        std::fill(input + samples, input + end(), S(0));
        std::fill(rows - stack.pad, rows, S(0));
        for (int i = 0; i < (stack.layers + 1) * stack.channels; i++) {
            S* begin = rows + i * stack.stride;
            std::fill(begin + end(), begin + stack.stride, S(0));
        }
        for (int64_t from = 0; from < end(); from += CHUNK) {
            const int64_t to = std::min(from + CHUNK, end());
            for (int c = 0; c < stack.channels; c++)
                for (int64_t t = std::max(from, first[0]); t < to; t += LANES<S>)
                    store(row(0, c) + t, stack.weights[c] * load(input + t) + stack.weights[stack.channels + c]);
            for (int l = 0; l < stack.layers; l++) through_layer(l, std::max(from, first[l + 1]), to);
            for (int64_t t = std::max(from, first[stack.layers]); t < to; t += LANES<S>) {
                V<S> sum = V<S>{} + stack.output_weight()[stack.channels];
                for (int c = 0; c < stack.channels; c++)
                    sum += stack.output_weight()[c] * load(row(stack.layers, c) + t);
                store(output + t, sum);
            }
        }
        std::memcpy(y, output + start, (samples - start) * sizeof(S));
    }

    // Add the gradients of the weights to `sums`, and that of the input to dx unless it is null; overwrites the slots.
    void backward(const S* dy, const GradientLayout<S>& layout, S* sums, S* dx) {
        std::fill(output, output + start, S(0));
        std::memcpy(output + start, dy, (samples - start) * sizeof(S));
        std::fill(output + samples, output + end(), S(0));
        std::fill(ones, ones + CHUNK, S(1));
        sums[layout.starts[2 * stack.layers + 3]] += total(dy, samples - start);
        for (int64_t from = rounded_down(end() - 1, CHUNK); from >= 0; from -= CHUNK) {
            const int64_t to = std::min(from + CHUNK, end());
            if (to <= first[0]) break;
            auto add = [&](int i, Rows<S> of, Rows<S> with, int64_t lag, int64_t begin) {
                if (begin < to) add_gradient(sums + layout.starts[i], layout.weights[i], of, with, lag, to - begin);
            };
            int64_t begin = std::max(from, first[stack.layers]);
            add(2 * stack.layers + 2, {row(stack.layers, 0) + begin, stack.stride}, {output + begin, 0}, 0, begin);
            through_output(from, begin, to);
            for (int l = stack.layers - 1; l >= 0; l--) {
                const Rows<S> pre{row(l + 1, 0) + begin, stack.stride};
                add(2 * l + 2, pre, {row(l, 0) + begin, stack.stride}, stack.table[l].dilation, begin);
                add(2 * l + 3, pre, {ones, 0}, 0, begin);
                const int64_t before = std::max(from, first[l]);
                clear(l + 1, from, before, std::min(begin, to));
                back_through_layer(l, from, before, to);
                begin = before;
            }
            const Rows<S> left{gradient + begin - from, stack.gradient_stride()};
            add(0, left, {input + begin, 0}, 0, begin);
            add(1, left, {ones, 0}, 0, begin);
            if (dx) through_input(dx, from, begin, std::min(to, samples));
        }
    }

  private:
    // In float64, since the errors of a good model have next to no mean.
    static double total(const S* values, int64_t count) {
        double part[8] = {};
        for (int64_t t = 0; t < count; t++) part[t % 8] += values[t];
        return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
    }

    static constexpr int64_t AHEAD = 4 * TILE<S>;
    template <int ROWS> void prefetch(const S* from) const {
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < COLUMNS; j++) __builtin_prefetch(from + i * stack.stride + j * LANES<S>, 1);
    }
    void through_layer(int l, int64_t from, int64_t to) {
        const ptrdiff_t stride = stack.stride;
        for (int64_t t = from; t < to; t += TILE<S>) {
            const S* weights = stack.forward[l].data();
            in_blocks(stack.channels, MOST_ROWS, [&](int channel, int rows) {
                with_constant<MOST_ROWS>(rows, [&](auto fixed) {
                    constexpr int ROWS = fixed;
                    V<S> sum[ROWS][COLUMNS];
#pragma GCC unroll 8
                    for (int i = 0; i < ROWS; i++) sum[i][0] = sum[i][1] = V<S>{} + stack.bias(l)[channel + i];
                    const S* before = row(l, channel) + t;
                    S* after = row(l + 1, channel) + t;
                    prefetch<ROWS>(after + AHEAD);
                    convolve<S, ROWS>(sum, weights, stack.before[l].data(), stack.before[l].size(), row(l, 0) + t);
#pragma GCC unroll 8
                    for (int i = 0; i < ROWS; i++)
                        for (int j = 0; j < COLUMNS; j++) {
                            const ptrdiff_t at = i * stride + j * LANES<S>;
                            store(after + at, load(before + at) + tanh_of(sum[i][j]));
                        }
                });
                weights += rows * stack.before[l].size();
            });
        }
    }

    // Replace a layer's output by the gradient with respect to its pre-activation; its z is the output without the input.
    static void through_activation(S* after, const S* before, V<S> gradient) {
        const V<S> z = load(after) - load(before);
        store(after, gradient * (S(1) - z * z));
    }

    void through_output(int64_t chunk, int64_t from, int64_t to) {
        for (int c = 0; c < stack.channels; c++) {
            S *after = row(stack.layers, c), *before = row(stack.layers - 1, c), *to_here = gradient_row(c) - chunk;
            for (int64_t t = from; t < to; t += LANES<S>) {
                const V<S> value = stack.output_weight()[c] * load(output + t);
                __builtin_prefetch(before + stack.stride + t);
                store(to_here + t, value);
                through_activation(after + t, before + t, value);
            }
        }
    }

    void clear(int slot, int64_t chunk, int64_t from, int64_t to) {
        for (int c = 0; c < stack.channels && from < to; c++) {
            std::fill(gradient_row(c) + from - chunk, gradient_row(c) + to - chunk, S(0));
            std::fill(row(slot, c) + from, row(slot, c) + to, S(0));
        }
    }

    void back_through_layer(int l, int64_t chunk, int64_t from, int64_t to) {
        const ptrdiff_t stride = stack.stride;
        for (int64_t t = from; t < to; t += TILE<S>) {
            const S* weights = stack.backward[l].data();
            in_blocks(stack.channels, MOST_ROWS, [&](int channel, int rows) {
                with_constant<MOST_ROWS>(rows, [&](auto fixed) {
                    constexpr int ROWS = fixed;
                    S *own = gradient_row(channel) + t - chunk, *after = row(l, channel) + t;
                    const S* before = after - stack.channels * stride;  // the slot of the layer before
                    V<S> sum[ROWS][COLUMNS];
#pragma GCC unroll 8
                    for (int i = 0; i < ROWS; i++)
                        for (int j = 0; j < COLUMNS; j++)
                            sum[i][j] = load(own + i * stack.gradient_stride() + j * LANES<S>);
                    if (l > 0) prefetch<ROWS>(before + AHEAD);
                    convolve<S, ROWS>(sum, weights, stack.after[l].data(), stack.after[l].size(), row(l + 1, 0) + t);
#pragma GCC unroll 8
                    for (int i = 0; i < ROWS; i++)
                        for (int j = 0; j < COLUMNS; j++) {
                            const ptrdiff_t at = i * stride + j * LANES<S>;
                            store(own + i * stack.gradient_stride() + j * LANES<S>, sum[i][j]);
                            if (l > 0) through_activation(after + at, before + at, sum[i][j]);
                        }
                });
                weights += rows * stack.after[l].size();
            });
        }
    }

    void through_input(S* dx, int64_t chunk, int64_t from, int64_t to) const {
        for (int64_t t = from; t < to; t++)
            for (int c = 0; c < stack.channels; c++) dx[t] += stack.weights[c] * gradient_row(c)[t - chunk];
    }
};
