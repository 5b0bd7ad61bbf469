// A network forward and backward in one pass over memory that stays in the cache; called from Python through ctypes.
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
    Network<S> network;
    S *kept, *scratch;

    Call(const Task& task, const Row* table, const S* weights, S* kept, S* scratch)
        : task(task), network(task, table, weights), kept(kept), scratch(scratch) {
        network.order_forward();
    }

    Unit<S> unit(int64_t index, const Place& place, int64_t thread) const {
        S* own = scratch + thread * (network.unit_elements + network.scratch_elements());
        S* memory = index < task.kept ? kept + index * network.unit_elements : own + network.scratch_elements();
        return Unit<S>(network, place.to - place.from, place.start, memory, own);
    }

    void forward(const S* x, S* y) const {
        in_parallel(task.units(), task.threads, [&](int64_t index, int64_t thread) {
            const Place place(task, index, task.context);
            S* to = y + place.sequence * task.outputs() + place.from + place.start - task.start;
            unit(index, place, thread).forward(x + place.sequence * task.samples + place.from, to);
        });
    }

    // Sums are made in groups of units, whose number does not depend on the threads, so that neither do the results.
    void backward(const S* x, const S* dy, S* dweights, S* dx) {
        network.order_backward();
        const int64_t most = std::max<int64_t>(1, (int64_t(1) << 26) / (network.sums * sizeof(S)));
        const int64_t groups = std::min({task.units(), most, int64_t(64)});
        std::vector<S> sums(groups * network.sums);
        in_parallel(groups, task.threads, [&](int64_t group, int64_t thread) {
            std::vector<S> again(task.outputs());
            for (int64_t i = task.units() * group / groups; i < task.units() * (group + 1) / groups; i++) {
                const Place place(task, i, task.context);
                const S* input = x + place.sequence * task.samples + place.from;
                const int64_t output = place.sequence * task.outputs() + place.from + place.start - task.start;
                Unit<S> unit = this->unit(i, place, thread);
                if (i >= task.kept) unit.forward(input, again.data());
                unit.backward(dy + output, sums.data() + group * network.sums,
                              dx ? dx + place.sequence * task.samples : nullptr);
            }
        });
        put_into_order(sums, groups, dweights);
    }

  private:
    // Add up the groups' sums, each in its place among the weights.
    void put_into_order(const std::vector<S>& sums, int64_t groups, S* dweights) const {
        auto total = [&](int64_t place) {
            double result = 0;
            for (int64_t group = 0; group < groups; group++) result += sums[group * network.sums + place];
            return S(result);
        };
        for (const Step<S>& step : network.steps) {
            int64_t begin = step.sums;
            const auto put = [&](int row, int rows, int column, int columns) {
                for (int i = 0; i < rows; i++)
                    for (int j = 0; j < columns; j++) {
                        const int64_t place = step.gradient_place(row + i, column + j);
                        if (place != NONE) dweights[place] = total(begin + i * columns + j);
                    }
                begin += filled<S>(rows * columns);
            };
            in_gradient_blocks(step.gradient_rows(), step.gradient_columns(), put);
            for (int i = 0; i < step.row.outputs && step.row.role == HEAD && step.bias != NONE; i++)
                dweights[step.bias + i] = total(step.bias_sums + i);
        }
    }
};

// Elements of one kept unit, and of the scratch of one thread.
template <typename S> void memory(const Task& task, const Row* table, int64_t* unit, int64_t* scratch) {
    const Network<S> network(task, table, nullptr);
    *unit = network.unit_elements;
    *scratch = network.unit_elements + network.scratch_elements();
}

#define FOR_TYPE(S, NAME)                                                                                             \
    EXPORTED void memory_##NAME(const Task* task, const Row* table, int64_t* unit, int64_t* scratch) {              \
        memory<S>(*task, table, unit, scratch);                                                                       \
    }                                                                                                                 \
    EXPORTED void forward_##NAME(const Task* task, const Row* table, const S* weights, const S* x, S* y, S* kept,   \
                                 S* scratch) {                                                                        \
        Call<S>(*task, table, weights, kept, scratch).forward(x, y);                                                  \
    }                                                                                                                 \
    EXPORTED void backward_##NAME(const Task* task, const Row* table, const S* weights, const S* x, const S* dy,    \
                                  S* kept, S* scratch, S* dweights, S* dx) {                                          \
        Call<S>(*task, table, weights, kept, scratch).backward(x, dy, dweights, dx);                                  \
    }
FOR_TYPE(float, float32)
FOR_TYPE(double, float64)
