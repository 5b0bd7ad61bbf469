// What holds for all sequences of a call: the steps of the network, and where their signals lie in memory.
#pragma once
#include "activations.h"
#include "kernels.h"

// A call, as Python describes it; all fields are 64 bits wide.
struct Task {
    int64_t rows, context;       // of the table; samples of the past that an output depends on
    int64_t sequences, samples;  // the input, (sequences, samples)
    int64_t start;               // the first sample whose output is wanted; the result has samples - start columns
    int64_t pieces;              // a sequence is cut into so many, each with its own past, to bound the memory
    int64_t kept;                // so many pieces have memory of their own, which the backward pass finds filled
    int64_t threads;

    int64_t units() const { return sequences * pieces; }
    int64_t outputs() const { return samples - start; }
};

enum Role : int64_t { INPUT, HIDDEN, MIXIN, RESIDUAL, HEAD };

// A convolution of the walk over the architecture, as table.py describes it.
struct Row {
    Role role;
    int64_t inputs, outputs, kernel_size, dilation, is_depthwise, has_bias;
    int64_t has_base, has_skip;  // whether it adds its result to h, to the skip sum
    Activation activation, gate;
};

// Samples that go through all steps before the next, so that they stay in the cache. Each chunk of the backward pass adds
// up its sums, so there they are fewer and longer.
constexpr int64_t FORWARD_CHUNK = 1024, CHUNK = 4096;
constexpr int64_t GRADIENT_STRIDE = CHUNK + 16;  // rows a power of two apart would share cache sets
constexpr int NONE = -1;
constexpr int X = 0;  // the slot of the network's input

inline int64_t rounded_up(int64_t value, int64_t to) { return (value + to - 1) / to * to; }
inline int64_t rounded_down(int64_t value, int64_t to) { return value / to * to; }

// A signal of some channels, each a row of the last `samples` of a piece; zeros lie before, between and behind the rows,
// `reach` of them, which convolutions take from there.
struct Slot {
    int rows;
    int64_t reach = 0;
    int64_t back = NONE;  // so many samples before the first output it begins to matter; NONE: it never does
    int64_t room = 0;     // so many samples before the first output have a place in memory
    int64_t samples = 0, start = 0, stride = 0;
};

// A convolution with what follows it: z = activation(weight * columns + bias), of a gated one times the activation of
// the other half of its rows. z is added to the skip sum, and to `base` or to nothing, which makes `target`.
template <typename S> struct Step {
    Row row{};
    int live = 0;                                   // taps without those that reach no sample
    int64_t weight = 0, bias = NONE, mixin = NONE;  // places among the weights
    int source = X, target = X, base = NONE, skip = NONE;  // slots
    int left = NONE;           // slot of z where `target` does not tell it, or of both factors of z
    int producer = NONE;       // step that made the source; of a skip sum, the h beside it
    bool begins_skip = false;  // so that there is no sum yet
    Matrix<S> forward, backward;
    int64_t back = NONE;              // as that of a slot
    int64_t sums = 0, bias_sums = 0;  // places among the sums of gradients

    bool is_gated() const { return row.gate.kind != NONE; }
    int64_t reach() const { return (live - 1) * row.dilation; }
    int channels() const { return is_gated() ? row.outputs / 2 : row.outputs; }
    int gradient() const { return left == NONE ? target : left; }  // of the pre-activation: the slot that takes it

    int64_t place(int64_t output, int64_t input, int64_t tap) const {
        if (row.is_depthwise) return input == output ? weight + input : NONE;
        return weight + (output * row.inputs + input) * row.kernel_size + row.kernel_size - 1 - tap;
    }
    // Columns of the weight, the mixin, the bias.
    int64_t place(int64_t output, int64_t column) const {
        if (column < row.inputs * live) return place(output, column / live, column % live);
        return (column == row.inputs * live && mixin != NONE ? mixin : bias) + output;
    }

    // The gradient of a head has a row for each of its inputs, since its outputs are few.
    int gradient_rows() const { return row.role == HEAD ? row.inputs : row.outputs; }
    int gradient_columns() const {
        return row.role == HEAD ? row.outputs * live : row.inputs * live + (mixin != NONE) + (bias != NONE);
    }
    int64_t gradient_place(int64_t line, int64_t column) const {
        return row.role == HEAD ? place(column / live, line, column % live) : place(line, column);
    }
};

template <typename S> struct Network {
    const S* weights;  // in the order of the walk
    std::vector<Slot> slots{{1}};
    std::vector<Step<S>> steps;
    int64_t samples;  // of the longest piece, rounded up
    int64_t unit_elements = 0, sums = 0, channels = 0;  // of the widest h

    Network(const Task& task, const Row* table, const S* weights) : weights(weights) {
        const int64_t longest = (task.outputs() + task.pieces - 1) / task.pieces;
        const int64_t past = task.pieces > 1 ? std::min(task.context, task.samples - longest) : task.start;
        samples = rounded_up(past + longest, TILE<S>);
        connect(table, task.rows);
        look_back();
        for (Slot& slot : slots) {
            const int64_t pad = rounded_up(slot.reach, LANES<S>);
            slot.samples = std::min(samples, rounded_up(longest, TILE<S>) + TILE<S> + slot.room);
            slot.start = unit_elements + pad;
            slot.stride = pad + slot.samples;
            if (slot.stride / LANES<S> % 2 == 0) slot.stride += LANES<S>;  // rows a power of two apart share cache sets
            unit_elements = slot.start + slot.rows * slot.stride;
        }
        for (Step<S>& step : steps) {
            step.sums = sums;
            sums += gradient_elements<S>(step.gradient_rows(), step.gradient_columns());
            step.bias_sums = sums;
            if (step.row.role == HEAD) sums += filled<S>(step.row.outputs);
        }
    }

    int output() const { return steps.back().target; }
    int64_t h_elements() const { return channels * GRADIENT_STRIDE; }
    int64_t scratch_elements() const { return 2 * h_elements() + CHUNK; }

    void order_forward() {
        for (Step<S>& step : steps) {
            const Slot &source = slots[step.source], &x = slots[X];
            step.forward.rows = step.row.outputs;
            step.forward.parts = step.is_gated() ? 2 : 1;
            step.forward.offsets = offsets(step.row.inputs, source.stride, step.live, -step.row.dilation);
            if (step.mixin != NONE) step.forward.offsets.push_back(x.start + x.samples - source.start - source.samples);
            step.forward.order([&](int row, int column) { return weight(step.place(row, column)); });
        }
    }

    void order_backward() {
        for (Step<S>& step : steps) {
            const bool is_in_slot = step.row.role == HIDDEN || step.row.role == HEAD;
            const int64_t stride = is_in_slot ? slots[step.gradient()].stride : GRADIENT_STRIDE;
            step.backward.rows = step.row.inputs;
            step.backward.offsets = offsets(step.row.outputs, stride, step.live, step.row.dilation);
            step.backward.order([&](int row, int column) {
                return weight(step.place(column / step.live, row, column % step.live));
            });
        }
    }

  private:
    S weight(int64_t place) const { return place == NONE ? S(0) : weights[place]; }

    static std::vector<ptrdiff_t> offsets(int64_t rows, int64_t stride, int64_t taps, int64_t step) {
        std::vector<ptrdiff_t> result;
        for (int64_t row = 0; row < rows; row++)
            for (int64_t tap = 0; tap < taps; tap++) result.push_back(row * stride + tap * step);
        return result;
    }

    int new_slot(int rows) {
        slots.push_back({rows});
        return slots.size() - 1;
    }

    // Find how much of each signal is needed: a step computes only what later ones take.
    void look_back() {
        slots[output()].back = 0;
        for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
            const int64_t skip_back = step->skip == NONE ? NONE : slots[step->skip].back;
            step->back = std::max(slots[step->target].back, skip_back);
            if (step->back == NONE) continue;
            Slot &source = slots[step->source], &base = slots[step->base == NONE ? step->source : step->base];
            base.back = std::max(base.back, step->back);
            source.back = std::max(source.back, step->back + rounded_up(step->reach(), TILE<S>));
        }
        slots[X].room = samples;
        for (const Step<S>& step : steps) {
            // The backward pass puts zeros where a step has nothing to say about its source.
            const int64_t made = step.producer == NONE ? NONE : steps[step.producer].back;
            const int64_t back = std::max({slots[step.source].back, step.back, made});
            for (int slot : {step.source, step.target, step.gradient()})
                slots[slot].room = std::max(slots[slot].room, back);
            if (step.skip != NONE) slots[step.skip].room = std::max(slots[step.skip].room, slots[step.skip].back);
        }
    }

    void connect(const Row* table, int64_t rows) {
        int64_t place = 0;
        int h = X, skip = NONE, maker = NONE;  // the latest h, and the step that made it
        for (const Row& row : std::vector<Row>(table, table + rows)) {
            if (row.role == MIXIN) {
                steps.back().mixin = place;
                place += row.outputs;
                continue;
            }
            Step<S> step;
            step.row = row;
            step.live = std::min<int64_t>(row.kernel_size, (samples - 1) / row.dilation + 1);
            step.weight = place;
            place += row.is_depthwise ? row.outputs : row.outputs * row.inputs * row.kernel_size;
            if (row.has_bias) step.bias = place;
            place += row.has_bias ? row.outputs : 0;
            step.source = row.role == RESIDUAL ? steps.back().target : row.role == HEAD && row.has_skip ? skip : h;
            step.producer = row.role == RESIDUAL ? int(steps.size()) - 1 : maker;
            if (step.is_gated() || (row.has_base && row.activation.kind == HARDTANH)) step.left = new_slot(row.outputs);
            step.target = new_slot(step.channels());
            if (row.has_base) step.base = h;
            if (row.has_skip && row.role != HEAD) {
                step.begins_skip = skip == NONE;
                if (step.begins_skip) skip = new_slot(step.channels());
                step.skip = skip;
            }
            if (row.has_base || row.role == INPUT) h = step.target, maker = steps.size();
            if (row.role == HEAD) skip = step.target;  // of the next array
            else channels = std::max<int64_t>({channels, row.inputs, step.channels()});
            for (int slot : {step.source, step.gradient()})
                slots[slot].reach = std::max(slots[slot].reach, step.reach());
            steps.push_back(step);
        }
    }
};
