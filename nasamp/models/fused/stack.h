// What holds for all sequences of a call: shapes, where the samples lie in memory, weights in the order of their use.
#pragma once
#include <algorithm>
#include <vector>

#include "kernels.h"

// A call, as Python describes it; all fields are 64 bits wide.
struct Task {
    int64_t layers, channels;
    int64_t sequences, samples;  // the input, (sequences, samples)
    int64_t start;               // the first sample whose output is wanted; the result has samples - start columns
    int64_t pieces;              // a sequence is cut into so many, each with its own past, to bound the memory
    int64_t kept;                // so many pieces have memory of their own, which the backward pass finds filled
    int64_t threads;

    int64_t units() const { return sequences * pieces; }
    int64_t outputs() const { return samples - start; }
};

// A row of the table of layers, which stands beside each call.
struct Layer {
    int64_t kernel_size, dilation;
};

constexpr int64_t CHUNK = 1024;  // samples that go through all layers before the next, so that they stay in the cache

inline int64_t rounded_up(int64_t value, int64_t to) { return (value + to - 1) / to * to; }
inline int64_t rounded_down(int64_t value, int64_t to) { return value / to * to; }

// Slot l, 0..layers, holds the input of layer l as `channels` rows of `stride` samples; zeros lie between the rows,
// as the past of one and the future of the row before it.
template <typename S> struct Stack {
    const int layers, channels;
    const S* weights;                 // in the order of the walk over the architecture's convolutions
    const std::vector<Layer> table;
    std::vector<int64_t> live, starts;  // of each layer: taps without those that reach no sample; its place in weights
    int64_t context = 0;                   // samples of the past that an output sees
    int64_t samples, pad = 0, stride;      // of the longest piece, rounded up; between the rows; from row to row
    std::vector<std::vector<S>> forward, backward;      // weights as `convolve` wants them
    std::vector<std::vector<ptrdiff_t>> before, after;  // offsets of the inputs that belong to them

    Stack(const Task& task, const Layer* rows, const S* given)
        : layers(task.layers), channels(task.channels), weights(given), table(rows, rows + task.layers) {
        const int64_t unreachable = int64_t(1) << 40;
        starts.push_back(2 * channels);
        for (const Layer& layer : table) {
            context = std::min(context + (layer.kernel_size - 1) * layer.dilation, unreachable);
            starts.push_back(starts.back() + int64_t(channels) * channels * layer.kernel_size + channels);
        }
        const int64_t longest = (task.outputs() + task.pieces - 1) / task.pieces;
        const int64_t past = task.pieces > 1 ? std::min(context, task.samples - longest) : task.start;
        samples = rounded_up(past + longest, TILE<S>);
        for (int l = 0; l < layers; l++) {
            live.push_back(std::min<int64_t>(table[l].kernel_size, (samples - 1) / table[l].dilation + 1));
            pad = std::max(pad, rounded_up(reach(l), LANES<S>));
        }
        stride = pad + samples;
        if (stride / LANES<S> % 2 == 0) stride += LANES<S>;  // rows a power of two apart would share cache sets
    }

    int64_t reach(int l) const { return (live[l] - 1) * table[l].dilation; }
    int64_t unit_elements() const { return samples + pad + (layers + 1) * channels * stride; }
    int64_t scratch_elements() const { return 2 * samples + channels * gradient_stride(); }
    int64_t gradient_stride() const { return CHUNK + LANES<S>; }

    const S* weight(int l) const { return weights + starts[l]; }
    const S* bias(int l) const { return weight(l + 1) - channels; }
    const S* output_weight() const { return weight(layers); }

    void order_forward() {
        for (int l = 0; l < layers; l++) {
            before.push_back(offsets(-table[l].dilation, live[l]));
            forward.push_back(ordered(l, [this, kernel_size = table[l].kernel_size](int row, int other, int tap) {
                return (row * channels + other) * kernel_size + kernel_size - 1 - tap;
            }));
        }
    }

    void order_backward() {
        for (int l = 0; l < layers; l++) {
            after.push_back(offsets(table[l].dilation, live[l]));
            backward.push_back(ordered(l, [this, kernel_size = table[l].kernel_size](int row, int other, int tap) {
                return (other * channels + row) * kernel_size + kernel_size - 1 - tap;
            }));
        }
    }

  private:
    std::vector<ptrdiff_t> offsets(int64_t step, int64_t taps) const {
        std::vector<ptrdiff_t> result;
        for (int other = 0; other < channels; other++)
            for (int64_t tap = 0; tap < taps; tap++) result.push_back(other * stride + tap * step);
        return result;
    }

    template <typename F> std::vector<S> ordered(int l, F place) const {
        std::vector<S> result;
        result.reserve(channels * channels * live[l]);
        in_blocks(channels, MOST_ROWS, [&](int first, int rows) {
            for (int other = 0; other < channels; other++)
                for (int tap = 0; tap < live[l]; tap++)
                    for (int i = 0; i < rows; i++) result.push_back(weight(l)[place(first + i, other, tap)]);
        });
        return result;
    }
};
