// One piece of one sequence, forward and backward through all steps.
#pragma once
#include <cstring>

#include "network.h"

// Rows of samples: channels of a slot, or of the gradient of h.
template <typename S> struct Signal {
    S* first;  // sample 0 of the first row, which memory need not reach
    ptrdiff_t stride;

    S* at(int channel, int64_t t) const { return first + channel * stride + t; }
    void clear(int channels, int64_t from, int64_t to) const {
        for (int i = 0; i < channels && from < to; i++) std::fill(at(i, from), at(i, to), S(0));
    }
};

template <typename S> struct Unit {
    const Network<S>& network;
    const int64_t samples, start;  // of this piece; its output begins at `start`
    S *const memory, *const scratch;
    std::vector<int64_t> first, begins;  // of each slot and each step, the first sample that is computed

    Unit(const Network<S>& network, int64_t samples, int64_t start, S* memory, S* scratch)
        : network(network), samples(samples), start(start), memory(memory), scratch(scratch) {
        for (const Slot& slot : network.slots) first.push_back(first_of(slot.back));
        for (const Step<S>& step : network.steps) begins.push_back(first_of(step.back));
    }

    int64_t end() const { return rounded_up(samples, TILE<S>); }
    Signal<S> signal(int place) const {
        const Slot& slot = network.slots[place];
        return {memory + slot.start + slot.samples - end(), slot.stride};
    }

    // Compute the output, (samples - start); the slots hold what the backward pass needs.
    void forward(const S* x, S* y) const {
        put_zeros_around();
        std::memcpy(signal(X).first, x, samples * sizeof(S));
        signal(X).clear(1, samples, end());
        for (int64_t from = 0; from < end(); from += FORWARD_CHUNK)
            for (size_t i = 0; i < network.steps.size(); i++)
                forward(network.steps[i], std::max(from, begins[i]), std::min(from + FORWARD_CHUNK, end()));
        std::memcpy(y, signal(network.output()).first + start, (samples - start) * sizeof(S));
    }

    // Add the gradients of the weights to `sums`, and that of the input to dx unless it is null; overwrites the slots.
    void backward(const S* dy, S* sums, S* dx) {
        const Signal<S> output = signal(network.output());
        output.clear(1, first[network.output()], start);
        std::memcpy(output.first + start, dy, (samples - start) * sizeof(S));
        output.clear(1, samples, end());
        std::fill(ones(), ones() + CHUNK, S(1));
        for (int64_t from = rounded_down(end() - 1, CHUNK); from >= 0; from -= CHUNK) {
            chunk = from, to = std::min(from + CHUNK, end());
            enter_h(scratch, to);
            for (int i = network.steps.size() - 1; i >= 0; i--)
                if (begins[i] < end()) backward(i, within(begins[i]), sums + network.steps[i].sums, dx);
        }
        for (const Step<S>& step : network.steps)
            if (step.row.role == HEAD && step.bias != NONE) add_head_bias(step, sums);
    }

  private:
    int64_t chunk, to;  // the samples that `backward` is at
    Signal<S> h;        // gradient with respect to some step's h, of this chunk
    int64_t h_begins;   // its first sample

    S* ones() const { return scratch + 2 * network.h_elements(); }
    int64_t within(int64_t sample) const { return std::min(to, std::max(chunk, sample)); }

    int64_t first_of(int64_t back) const {
        return back == NONE ? end() : std::max<int64_t>(0, rounded_down(start, TILE<S>) - back);
    }

    void put_zeros_around() const {
        for (size_t i = 0; i < network.slots.size(); i++) {
            const Slot& slot = network.slots[i];
            if (first[i] == 0) signal(i).clear(slot.rows, -slot.reach, 0);
            signal(i).clear(slot.rows, end(), end() + slot.reach);
        }
    }

    // Call f(vector, its address in a signal, and in the other) for rows of one tile.
    template <int ROWS, typename F>
    INLINED static inline void each(V<S> (&rows)[ROWS][WIDTH], int channel, int64_t t, F f, const Signal<S>& signal,
                                    const Signal<S>& other) {
        S *at = signal.at(channel, t), *other_at = other.at(channel, t);
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; i++, at += signal.stride, other_at += other.stride)
            for (int j = 0; j < WIDTH; j++) f(rows[i][j], at + j * LANES<S>, other_at + j * LANES<S>);
    }
    template <int ROWS, typename F>
    INLINED static inline void each(V<S> (&rows)[ROWS][WIDTH], int channel, int64_t t, F f, const Signal<S>& signal) {
        each(rows, channel, t, [&](V<S>& row, S* at, S*) INLINED { f(row, at); }, signal, signal);
    }

    // Fetch what is read or written soon, so that memory keeps pace.
    template <int ROWS> INLINED static inline void prefetch(const Signal<S>& signal, int channel, int64_t t) {
        const S* at = signal.at(channel, t + 4 * TILE<S>);
#pragma GCC unroll 8
        for (int i = 0; i < ROWS; i++, at += signal.stride)
            for (int j = 0; j < WIDTH; j++) __builtin_prefetch(at + j * LANES<S>, 1);
    }

    static auto write(const Signal<S>& to) {
        return [to](int channel, int64_t t, auto& rows) INLINED {
            each(rows, channel, t, [](V<S> row, S* at) INLINED { store(at, row); }, to);
        };
    }

    void forward(const Step<S>& step, int64_t from, int64_t to) const {
        auto bias = [&](int row, int64_t) {
            return V<S>{} + (step.bias == NONE ? S(0) : network.weights[step.bias + row]);
        };
        multiply(step.forward, signal(step.source).first, from, to, bias, [&](int row, int64_t t, auto& value) INLINED {
            constexpr int ROWS = sizeof value / sizeof value[0];
            const bool is_gate = row >= step.channels();
            prefetch<ROWS>(signal(step.target), row, t);
            with_activation<S>(is_gate ? step.row.gate : step.row.activation, [&](auto function) INLINED {
#pragma GCC unroll 8
                for (int i = 0; i < ROWS; i++)
                    for (int j = 0; j < WIDTH; j++) value[i][j] = function.of(value[i][j]);
            });
            if (step.left != NONE) write(signal(step.left))(row, t, value);
            if (step.is_gated() && !is_gate) return;
            if (is_gate) {
                row -= step.channels();
                each(value, row, t, [](V<S>& value, S* factor) INLINED { value *= load(factor); }, signal(step.left));
            }
            hand_on(step, row, t, value);
        });
    }

    template <int ROWS>
    INLINED inline void hand_on(const Step<S>& step, int channel, int64_t t, V<S> (&z)[ROWS][WIDTH]) const {
        if (step.skip != NONE && t >= first[step.skip]) {
            if (step.begins_skip) write(signal(step.skip))(channel, t, z);
            else each(z, channel, t, [](V<S> z, S* sum) INLINED { store(sum, load(sum) + z); }, signal(step.skip));
        }
        if (step.base == NONE) return write(signal(step.target))(channel, t, z);
        auto add = [](V<S> z, S* to, const S* base) INLINED { store(to, load(base) + z); };
        each(z, channel, t, add, signal(step.target), signal(step.base));
    }

    // Change to another h, whose gradient is unknown before a sample.
    void enter_h(S* rows, int64_t begin) {
        h = {rows - chunk, GRADIENT_STRIDE};
        h_begins = begin;
    }

    // Let the gradient of h begin earlier, with zeros.
    void extend_h(int channels, int64_t begin) {
        h.clear(channels, begin, h_begins);
        h_begins = std::min(h_begins, begin);
    }

    // Put the gradient with respect to the pre-activation, from that of z, in the place of what the forward pass left.
    template <int ROWS>
    INLINED inline void through_activation(const Step<S>& step, int channel, int64_t t,
                                           V<S> (&gradient)[ROWS][WIDTH]) const {
        const Signal<S> left = signal(step.gradient());
        if (step.is_gated()) {
            with_activation<S>(step.row.gate, [&](auto gate) INLINED {
                auto back = [&](V<S>& gradient, S* at, const S* value) INLINED {
                    const V<S> share = load(at);
                    store(at, gate.back(gradient * load(value), share));
                    gradient *= share;
                };
                each(gradient, channel, t, back, Signal<S>{left.at(step.channels(), 0), left.stride}, left);
            });
        }
        with_activation<S>(step.row.activation, [&](auto function) INLINED {
            if (step.left == NONE && step.base != NONE) {
                auto back = [&](V<S> gradient, S* at, const S* base) INLINED {
                    store(at, function.back(gradient, load(at) - load(base)));
                };
                each(gradient, channel, t, back, left, signal(step.base));
            } else {
                auto back = [&](V<S> gradient, S* at) INLINED { store(at, function.back(gradient, load(at))); };
                each(gradient, channel, t, back, left);
            }
        });
    }

    void backward(int i, int64_t begin, S* sums, S* dx) {
        const Step<S>& step = network.steps[i];
        if (step.row.role == HEAD) return back_through_head(i, begin, sums);
        const Signal<S> gradient = step.row.role == HIDDEN ? signal(step.gradient()) : h;
        add_gradient(step, gradient, begin, sums);
        if (dx && step.source == X) add_through(network.weights + step.weight, step, gradient, begin, dx);
        if (dx && step.mixin != NONE) add_through(network.weights + step.mixin, step, gradient, begin, dx);
        if (step.source == X) return;
        const int64_t before = within(begins[step.producer]);
        gradient.clear(step.row.outputs, before, begin);
        S* other = h.at(0, chunk) == scratch ? scratch + network.h_elements() : scratch;
        if (step.row.role == INPUT) enter_h(other, before);  // of the array before
        back_to_source(step, gradient, before);
    }

    // Of the head's gradient make that of the skip sum, or of the h that stands for it.
    void back_through_head(int i, int64_t begin, S* sums) {
        const Step<S>& step = network.steps[i];
        const Signal<S> output = signal(step.target), source = signal(step.source);
        const Step<S>& last = network.steps[i - 1];
        const Step<S>& hidden = last.row.role == HIDDEN ? last : network.steps[i - 2];
        // Whether no later step passes through the last layer's activation.
        const bool is_last = last.row.role == HIDDEN || first[last.target] == end();
        const int64_t before = within(std::min(first[step.source], is_last ? begins[step.producer] : end()));
        output.clear(step.row.outputs, before, begin);
        std::vector<const S*> columns;
        for (int64_t offset : step.backward.offsets) columns.push_back(output.first + before + offset);
        ::add_gradient(sums, step.row.inputs, source.at(0, before), source.stride, columns, to - before);
        if (!step.row.has_skip) return back_to_source(step, output, before);
        if (last.row.role == HIDDEN) extend_h(hidden.channels(), before);
        auto zero = [](int, int64_t) { return V<S>{}; };
        multiply(step.backward, output.first, before, to, zero, write(source));
        for (int channel = 0; channel < hidden.channels() && is_last; channel++)
            for (int64_t t = before; t < to; t += TILE<S>) {
                V<S> z[1][WIDTH] = {};
                auto add = [](V<S>& z, const S* gradient) INLINED { z += load(gradient); };
                each(z, channel, t, add, source);
                if (last.row.role == HIDDEN) each(z, channel, t, add, h);
                through_activation(hidden, channel, t, z);
            }
    }

    // Of the gradient of a step's pre-activation make that of its source, and go on to what made that.
    void back_to_source(const Step<S>& step, const Signal<S>& gradient, int64_t before) {
        const Step<S>& producer = network.steps[step.producer];
        const bool adds = step.row.role == HIDDEN || step.row.role == HEAD;
        if (adds) extend_h(step.row.inputs, before);
        auto begin = [&](int channel, int64_t t) { return adds ? load(h.at(channel, t)) : V<S>{}; };
        multiply(step.backward, gradient.first, before, to, begin, [&](int channel, int64_t t, auto& gradient) INLINED {
            prefetch<sizeof gradient / sizeof gradient[0]>(signal(producer.source), channel, t);
            const bool is_skipped = producer.skip != NONE && t >= first[producer.skip];
            auto add = [](V<S>& gradient, const S* skip) INLINED { gradient += load(skip); };
            if (is_skipped && producer.row.role == INPUT) each(gradient, channel, t, add, signal(producer.skip));
            if (step.row.role != RESIDUAL) write(h)(channel, t, gradient);
            if (producer.row.role != HIDDEN || step.row.role == INPUT) return;
            if (is_skipped) each(gradient, channel, t, add, signal(producer.skip));
            through_activation(producer, channel, t, gradient);
        });
    }

    // Add the gradient of a step's weights, where that of its pre-activation is known.
    void add_gradient(const Step<S>& step, const Signal<S>& gradient, int64_t begin, S* sums) const {
        std::vector<const S*> columns;
        for (int64_t offset : step.forward.offsets) columns.push_back(signal(step.source).first + begin + offset);
        if (step.bias != NONE) columns.push_back(ones());
        ::add_gradient(sums, step.row.outputs, gradient.at(0, begin), gradient.stride, columns, to - begin);
    }

    // The bias of a head, in float64, since the errors of a good model have next to no mean.
    void add_head_bias(const Step<S>& step, S* sums) const {
        for (int channel = 0; channel < step.row.outputs; channel++) {
            double part[8] = {};
            const S* output = signal(step.target).at(channel, 0);
            for (int64_t t = first[step.target]; t < end(); t++) part[t % 8] += output[t];
            for (double each : part) sums[step.bias_sums + channel] += each;
        }
    }

    void add_through(const S* weights, const Step<S>& step, const Signal<S>& gradient, int64_t from, S* dx) const {
        for (int64_t t = from; t < std::min(to, samples); t++)
            for (int c = 0; c < step.row.outputs; c++) dx[t] += weights[c] * *gradient.at(c, t);
    }
};
