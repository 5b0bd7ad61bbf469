// The WaveNet forward and backward in one pass over memory that stays in the cache; called from Python through ctypes.
#include <atomic>
#include <thread>

#include "unit.h"

#if defined(_WIN32)
#define EXPORTED extern "C" __declspec(dllexport)
#else
#define EXPORTED extern "C" __attribute__((visibility("default")))
#endif

// Call f(item, thread) for each item, on some threads.
template <typename F> void in_parallel(int64_t items, int64_t threads, F f) {
    std::atomic<int64_t> next{0};
    auto work = [&](int64_t thread) {
        for (int64_t item; (item = next++) < items;) f(item, thread);
    };
    std::vector<std::thread> others;
    for (int64_t i = 1; i < std::min(threads, items); i++) others.emplace_back(work, i);
    work(0);
    for (auto& other : others) other.join();
}

// Where a unit's samples lie in the whole sequences.
struct Place {
    int64_t sequence, from, to, start;  // input samples, and the first wanted among them

    Place(const Task& task, int64_t unit, int64_t context) : sequence(unit / task.pieces) {
        const int64_t piece = unit % task.pieces;
        const int64_t wanted = task.start + task.outputs() * piece / task.pieces;
        to = task.start + task.outputs() * (piece + 1) / task.pieces;
        from = task.pieces == 1 ? 0 : std::max<int64_t>(0, wanted - context);
        start = wanted - from;
    }
};

template <typename S> struct Call {
    const Task& task;
    Stack<S> stack;
    S *kept, *scratch;

    Call(const Task& task, const Layer* table, const S* weights, S* kept, S* scratch)
        : task(task), stack(task, table, weights), kept(kept), scratch(scratch) {
        stack.order_forward();
    }

    Unit<S> unit(int64_t index, const Place& place, int64_t thread) const {
        S* own = scratch + thread * (stack.unit_elements() + stack.scratch_elements());
        S* memory = index < task.kept ? kept + index * stack.unit_elements() : own + stack.scratch_elements();
        return Unit<S>(stack, place.to - place.from, place.start, memory, own);
    }

    void forward(const S* x, S* y) const {
        in_parallel(task.units(), task.threads, [&](int64_t index, int64_t thread) {
            const Place place(task, index, stack.context);
            S* to = y + place.sequence * task.outputs() + place.from + place.start - task.start;
            unit(index, place, thread).forward(x + place.sequence * task.samples + place.from, to);
        });
    }

    // Sums are made in groups of units, whose number does not depend on the threads, so that neither do the results.
    void backward(const S* x, const S* dy, S* dweights, S* dx) {
        stack.order_backward();
        const GradientLayout<S> layout(stack);
        const int64_t most = std::max<int64_t>(1, (int64_t(1) << 26) / (layout.size() * sizeof(S)));
        const int64_t groups = std::min({task.units(), most, int64_t(64)});
        std::vector<S> sums(groups * layout.size());
        in_parallel(groups, task.threads, [&](int64_t group, int64_t thread) {
            std::vector<S> again(task.outputs());
            for (int64_t i = task.units() * group / groups; i < task.units() * (group + 1) / groups; i++) {
                const Place place(task, i, stack.context);
                const S* input = x + place.sequence * task.samples + place.from;
                const int64_t output = place.sequence * task.outputs() + place.from + place.start - task.start;
                Unit<S> unit = this->unit(i, place, thread);
                if (i >= task.kept) unit.forward(input, again.data());
                unit.backward(dy + output, layout, sums.data() + group * layout.size(),
                              dx ? dx + place.sequence * task.samples : nullptr);
            }
        });
        put_into_order(layout, sums, groups, dweights);
    }

  private:
    static void put_into_order(const GradientLayout<S>& layout, const std::vector<S>& sums, int64_t groups, S* to) {
        std::vector<double> total(layout.size());
        for (int64_t group = 0; group < groups; group++)
            for (int64_t i = 0; i < layout.size(); i++) total[i] += sums[group * layout.size() + i];
        std::vector<double> ordered;
        for (size_t i = 0; i < layout.weights.size(); i++) {
            const Weight& weight = layout.weights[i];
            ordered.assign(int64_t(weight.rows) * weight.others * weight.taps, 0.0);
            ::put_into_order<S>(ordered.data(), weight, total.data() + layout.starts[i]);
            to = std::copy(ordered.begin(), ordered.end(), to);
        }
    }
};

// Elements of one kept unit, and of the scratch of one thread.
template <typename S> void memory(const Task& task, const Layer* table, int64_t* unit, int64_t* scratch) {
    const Stack<S> stack(task, table, nullptr);
    *unit = stack.unit_elements();
    *scratch = stack.unit_elements() + stack.scratch_elements();
}

#define FOR_TYPE(S, NAME)                                                                                             \
    EXPORTED void memory_##NAME(const Task* task, const Layer* table, int64_t* unit, int64_t* scratch) {              \
        memory<S>(*task, table, unit, scratch);                                                                       \
    }                                                                                                                 \
    EXPORTED void forward_##NAME(const Task* task, const Layer* table, const S* weights, const S* x, S* y, S* kept,   \
                                 S* scratch) {                                                                        \
        Call<S>(*task, table, weights, kept, scratch).forward(x, y);                                                  \
    }                                                                                                                 \
    EXPORTED void backward_##NAME(const Task* task, const Layer* table, const S* weights, const S* x, const S* dy,    \
                                  S* kept, S* scratch, S* dweights, S* dx) {                                          \
        Call<S>(*task, table, weights, kept, scratch).backward(x, dy, dweights, dx);                                  \
    }
FOR_TYPE(float, float32)
FOR_TYPE(double, float64)
